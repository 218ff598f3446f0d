"""Driving a flow: retries, waits, the deadline, and what is thrown into the flow."""

import contextlib

import pytest

from lightning_cart.errors import ProviderTimeout, ProviderUnavailable
from lightning_cart.flow import Flow, ProviderRequest, drive
from lightning_cart.http import HttpResponse
from support.app import Provider, run

POST = ProviderRequest("POST", "https://api.example/v1", idempotent=True, retry_header="x-should-retry")
ONCE = ProviderRequest("POST", "https://api.example/v1")
OK, LATER = HttpResponse(200, {}, b"ok"), HttpResponse(503)


def one(request: ProviderRequest) -> Flow[bytes]:
    response = yield request
    return b"%d %b" % (response.status, response.body)


class ScriptedSend:
    def __init__(self, *answers: HttpResponse | Exception) -> None:
        self.provider = Provider(list(answers))
        self.waited: list[float] = []
        self.now = 100.0

    async def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds

    def drive[T](self, flow: Flow[T], deadline: float = 20.0) -> T:
        return run(drive(flow, self.provider, self.sleep, lambda: self.now, deadline))


def test_a_flow_is_sent_each_answer_and_gives_its_value() -> None:
    def two() -> Flow[bytes]:
        first = yield from one(POST)
        second = yield from one(ONCE)
        return first + b", " + second

    harness = ScriptedSend(OK, HttpResponse(404))
    assert harness.drive(two()) == b"200 ok, 404 "


@pytest.mark.parametrize("status", [408, 409, 424, 429, 500, 502, 503, 504])
def test_a_later_is_tried_again_with_backoff(status: int) -> None:
    harness = ScriptedSend(HttpResponse(status), HttpResponse(status), OK)
    assert (harness.drive(one(POST)), harness.waited) == (b"200 ok", [0.5, 1.0])


@pytest.mark.parametrize("status", [200, 400, 401, 402, 403, 404, 422])
def test_a_definite_answer_is_not_tried_again(status: int) -> None:
    harness = ScriptedSend(HttpResponse(status), OK)
    harness.drive(one(POST))
    assert len(harness.provider.requests) == 1


def test_after_three_tries_the_answer_stands() -> None:
    harness = ScriptedSend(LATER)
    assert (harness.drive(one(POST)), len(harness.provider.requests)) == (b"503 ", 3)


def test_what_is_not_idempotent_is_sent_once() -> None:
    harness = ScriptedSend(LATER, OK)
    assert (harness.drive(one(ONCE)), len(harness.provider.requests)) == (b"503 ", 1)


@pytest.mark.parametrize(("hint", "status", "tries"), [("true", 400, 2), ("false", 503, 1), ("perhaps", 503, 2)])
def test_the_providers_own_hint_decides(hint: str, status: int, tries: int) -> None:
    harness = ScriptedSend(HttpResponse(status, {"x-should-retry": hint}), OK)
    harness.drive(one(POST))
    assert len(harness.provider.requests) == tries


def test_a_wait_that_the_provider_asks_for_is_kept() -> None:
    harness = ScriptedSend(HttpResponse(429, {"retry-after": "3"}), OK)
    harness.drive(one(POST))
    assert harness.waited == [3.0]


@pytest.mark.parametrize("asked", ["6", "999999999"])
def test_a_wait_that_is_too_long_is_not_waited(asked: str) -> None:
    harness = ScriptedSend(HttpResponse(429, {"retry-after": asked}), OK)
    assert (harness.drive(one(POST)), harness.waited) == (b"429 ", [])


def test_a_date_as_the_wait_is_not_read() -> None:
    harness = ScriptedSend(HttpResponse(503, {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}), OK)
    harness.drive(one(POST))
    assert harness.waited == [0.5]


@pytest.mark.parametrize("trouble", [LATER, ProviderTimeout("stripe", "slow")], ids=["answer", "silence"])
def test_after_the_deadline_nothing_is_tried_again(trouble: HttpResponse | Exception) -> None:
    harness = ScriptedSend(trouble, trouble, OK)
    with contextlib.suppress(ProviderTimeout):
        assert harness.drive(one(POST), deadline=0.7) == b"503 "
    assert harness.waited == [0.5]


def test_silence_is_tried_again() -> None:
    harness = ScriptedSend(ProviderTimeout("stripe", "slow"), ProviderUnavailable("stripe", "refused"), OK)
    assert harness.drive(one(POST)) == b"200 ok"


def test_silence_that_remains_is_thrown_into_the_flow() -> None:
    def patient() -> Flow[bytes]:
        try:
            return (yield from one(POST))
        except ProviderTimeout:
            return (yield from one(ONCE))

    silence = ProviderTimeout("stripe", "slow")
    assert ScriptedSend(silence, silence, silence, OK).drive(patient()) == b"200 ok"


def test_silence_that_the_flow_does_not_expect_reaches_the_caller_and_closes_the_flow() -> None:
    closed = []

    def careful() -> Flow[bytes]:
        try:
            return (yield from one(ONCE))
        finally:
            closed.append(True)

    with pytest.raises(ProviderTimeout):
        ScriptedSend(ProviderTimeout("stripe", "slow")).drive(careful())
    assert closed == [True]


def test_without_clock_and_sleep_a_flow_is_driven_all_the_same() -> None:
    provider = Provider([LATER, ProviderUnavailable("stripe", "refused"), OK])
    assert run(drive(one(POST), provider)) == b"200 ok"


def test_after_the_deadline_no_further_exchange_is_started() -> None:
    def two() -> Flow[bytes]:
        yield ONCE
        harness.now += 21
        yield ONCE
        return b"never"

    harness = ScriptedSend(OK)
    with pytest.raises(ProviderTimeout):
        harness.drive(two())
    assert len(harness.provider.requests) == 1
