"""The clock of this machine, compared with the times that providers write into their responses."""

import asyncio

import pytest

from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart_host.cli.doctor.clock import check_clock
from lightning_cart_host.cli.doctor.observed_send import ObservedSend

NOW = 1_780_000_000


@pytest.mark.parametrize(
    ("date", "ahead"),
    [("Thu, 28 May 2026 20:26:40 GMT", 7.0), ("yesterday", None), ("", None)],
    ids=["a time", "no time", "none"],
)
def test_the_time_of_a_response_is_compared_with_the_middle_of_its_request(date: str, ahead: float | None) -> None:
    async def send(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - the name is the protocol's
        return HttpResponse(200, {"date": date})

    observed = ObservedSend(send, iter([NOW + 6.0, NOW + 8.0]).__next__)
    asyncio.run(observed(HttpRequest("GET", "https://acorn.example")))
    assert [seen.ahead for seen in observed.observations] == [ahead]


@pytest.mark.parametrize(
    ("seconds", "level"), [(0, "ok"), (29, "ok"), (30, "warn"), (-239, "warn"), (240, "fail"), (-9000, "fail")]
)
def test_the_clock_may_be_a_little_off(seconds: int, level: str) -> None:
    (found,) = check_clock({"acorn": seconds})
    assert found.level == level


def test_the_provider_that_agrees_most_counts() -> None:
    (found,) = check_clock({"acorn": 900.0, "oak": -2.0})
    assert (found.level, found.detail) == ("ok", "as oak's, within 2 s")


def test_without_a_providers_time_there_is_nothing_to_say() -> None:
    assert check_clock({}) == []
