"""Fault injection: each fault has its effect on the members that the seed selects, and no other."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from lightning_cart_sandbox import Chaos, create_sandbox
from lightning_cart_sandbox.chaos.dial import CALL, DELIVERY, FAULTS, PAGE, Fault
from lightning_cart_sandbox.stripe.signing import signature_header
from support.sandbox_clients import session_params

MANY = 20_000
PAGE_ON_IT = Path(__file__).parents[2] / "docs" / "reliability.md"


@pytest.fixture
def set_rates(stripe: Any) -> Callable[[str], None]:
    """Set the sandbox's fault rates; it sends one event for each payment."""
    stripe.listen(secret="whsec_given", enabled_events=["charge.succeeded"])

    def set_parsed(text: str) -> None:
        stripe.sandbox.dial.set_rates(Chaos.parse(text))

    return set_parsed


def buy(stripe: Any) -> httpx.Response:
    answer: httpx.Response = stripe.pay(stripe.session())
    stripe.drain()
    return answer


def list_deliveries(stripe: Any) -> Any:
    return stripe.ask("GET", "/api/deliveries").json()["deliveries"]


def read_chaos(stripe: Any) -> Any:
    return stripe.ask("GET", "/api/chaos").json()


def signed_well(request: tuple[dict[str, str], bytes]) -> bool:
    headers, body = request
    moment = int(headers["stripe-signature"].partition(",")[0].removeprefix("t="))
    return headers["stripe-signature"] == signature_header(["whsec_given"], body, moment)


class TestAValue:
    def test_it_is_written_as_it_is_read(self) -> None:
        text = "seed=7 duplicate=0.1 no_return=0.25 speed=60.0"
        assert str(Chaos.parse(text)) == text

    def test_it_has_a_rate_and_words_for_each_fault(self) -> None:
        assert set(FAULTS) == set(Fault) == {*DELIVERY, *CALL, *PAGE}
        assert [Chaos().rate(fault) for fault in Fault] == [0.0] * len(Fault)

    def test_it_is_documented_as_it_is(self) -> None:
        told = re.findall(r"^\| `(\w+)` \| (.+) \|$", PAGE_ON_IT.read_text(encoding="utf-8"), re.MULTILINE)
        assert told == [(str(fault), FAULTS[fault]) for fault in (*DELIVERY, *CALL, *PAGE)]

    @pytest.mark.parametrize("group", [DELIVERY, CALL, PAGE], ids=["webhooks", "calls", "pages"])
    def test_it_hits_as_many_as_its_rates_say(self, group: tuple[Fault, ...]) -> None:
        rates = {fault: 0.05 * place for place, fault in enumerate(group, 1)}
        scaled: dict[str, object] = {fault: rate / (2 * sum(rates.values())) for fault, rate in rates.items()}
        dial = Chaos.from_mapping({"seed": 3, **scaled})
        hits = Counter(dial.fault_for(group, number) for number in range(MANY))
        assert {fault: hits[fault] / MANY for fault in group} == pytest.approx(scaled, abs=0.01)
        assert hits[None] / MANY == pytest.approx(0.5, abs=0.02)

    def test_it_decides_the_same_for_the_same_seed_and_otherwise_for_another(self) -> None:
        def decided(seed: int) -> list[Fault | None]:
            return [Chaos(seed=seed, drop=0.5).fault_for(DELIVERY, number) for number in range(100)]

        assert decided(1) == decided(1)
        assert decided(1) != decided(2)

    def test_where_every_rate_is_nought_nothing_is_hit(self) -> None:
        assert {Chaos(seed=seed).fault_for(DELIVERY, 1) for seed in range(1000)} == {None}

    def test_where_the_rates_make_one_everything_is_hit(self) -> None:
        dial = Chaos(early_event=0.1, server_error=0.2, rate_limit=0.3, lost_answer=0.4)
        assert None not in {dial.fault_for(CALL, number) for number in range(1000)}

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            pytest.param("drop=1.5", "drop must be from 0 to 1, not 1.5", id="a rate above one"),
            pytest.param("drop=nan", "drop must be from 0 to 1, not nan", id="no number at all"),
            pytest.param("speed=0.5", "speed must be from 1 to 1e.09, not 0.5", id="a clock that is slowed down"),
            pytest.param("late=inf", "late must be from 0 to 1e.09, not inf", id="a webhook that never comes"),
            pytest.param("drop=much", "drop must be a number, not 'much'", id="a word"),
            pytest.param("seed=1.5", "seed must be a number, not '1.5'", id="half a seed"),
            pytest.param("dorp=0.1", "dorp is no fault and no setting: use seed, duplicate,", id="an unknown name"),
            pytest.param("drop", "drop has no value: write it as in seed=7 duplicate=0.1", id="no value"),
            pytest.param("drop=0.6 delay=0.5", "add up to more than 1, but only one of them can happen", id="more than all"),
        ],
    )
    def test_what_cannot_be_set_is_said(self, text: str, complaint: str) -> None:
        with pytest.raises(ValueError, match=complaint.replace("(", r"\(")):
            Chaos.parse(text)


class TestWebhooks:
    def test_a_duplicate_arrives_twice(self, stripe: Any, set_rates: Callable[[str], None]) -> None:
        set_rates("duplicate=1")
        buy(stripe)
        first, second = (event["id"] for event in stripe.receiver.events)
        assert first == second

    def test_one_that_is_overtaken_comes_after_a_later_one(self, stripe: Any, set_rates: Callable[[str], None]) -> None:
        set_rates("reorder=1")
        buy(stripe)
        set_rates("")
        buy(stripe)
        stripe.now += 1
        stripe.drain()
        newest_first = [charge["id"] for charge in stripe.get("charges")["data"]]
        assert [event["data"]["object"]["id"] for event in stripe.receiver.events] == newest_first

    def test_a_late_one_comes_within_its_time(self, stripe: Any, set_rates: Callable[[str], None]) -> None:
        set_rates("delay=1 late=100")
        buy(stripe)
        assert stripe.receiver.requests == []
        stripe.now += 100
        stripe.drain()
        assert len(stripe.receiver.requests) == 1

    def test_one_that_is_dropped_never_comes(self, stripe: Any, set_rates: Callable[[str], None]) -> None:
        set_rates("drop=1")
        buy(stripe)
        stripe.now += 10 * 24 * 3600
        stripe.drain()
        assert (stripe.receiver.requests, list_deliveries(stripe)[0]["state"]) == ([], "dropped")

    def test_a_stale_one_is_signed_well_and_an_hour_ago(self, stripe: Any, set_rates: Callable[[str], None]) -> None:
        set_rates("stale_timestamp=1")
        buy(stripe)
        (request,) = stripe.receiver.requests
        assert request[0]["stripe-signature"].startswith(f"t={int(stripe.now) - 3600},")
        assert signed_well(request)

    def test_one_with_the_wrong_secret_is_signed_well_the_next_time(
        self, stripe: Any, set_rates: Callable[[str], None]
    ) -> None:
        set_rates("wrong_secret=1")
        stripe.receiver.answers = [400]
        buy(stripe)
        stripe.now += 1
        stripe.drain()
        assert [signed_well(request) for request in stripe.receiver.requests] == [False, True]

    def test_three_days_of_retries_pass_in_a_minute(self, stripe: Any, set_rates: Callable[[str], None]) -> None:
        stripe.sandbox.deliveries.schedules["stripe"] = (12 * 3600.0,) * 6
        set_rates("speed=5000")
        stripe.receiver.answers = [500] * 6
        buy(stripe)
        for _ in range(60):
            stripe.now += 1
            stripe.drain()
        assert (len(stripe.receiver.requests), list_deliveries(stripe)[0]["state"]) == (7, "delivered")


class TestCalls:
    @pytest.mark.parametrize(("name", "status"), [("server_error", 500), ("rate_limit", 429)])
    def test_a_refused_call_does_nothing_and_succeeds_when_it_comes_again(self, stripe: Any, name: str, status: int) -> None:
        stripe.sandbox.dial.set_rates(Chaos.parse(f"{name}=1"))
        refused, repeated = stripe.api("GET", "events"), stripe.api("GET", "events")
        assert (refused.status_code, repeated.status_code) == (status, 200)
        assert refused.headers.get("retry-after") == ("1" if status == 429 else None)

    def test_a_lost_answer_was_carried_out_and_the_same_call_gives_it(self, stripe: Any) -> None:
        stripe.sandbox.dial.set_rates(Chaos.parse("lost_answer=1 hold=0"))
        lost = stripe.api("POST", "checkout/sessions", session_params(), idempotency_key="one")
        made = stripe.sandbox.store.find("checkout.session")
        found = stripe.api("POST", "checkout/sessions", session_params(), idempotency_key="one")
        assert (lost.status_code, found.json()["id"]) == (504, made[0]["id"])
        assert len(stripe.sandbox.store.find("checkout.session")) == 1

    def test_a_caller_who_hangs_up_is_not_held(self) -> None:
        async def scene() -> float:
            app = create_sandbox("http://sandbox.test", chaos=Chaos(lost_answer=1.0))
            coming = [{"type": "http.request", "body": b"", "more_body": False}, {"type": "http.disconnect"}]
            sent: list[Any] = []

            async def receive() -> Any:
                return coming.pop(0)

            async def send(message: Any) -> None:
                sent.append(message)

            started = time.monotonic()
            headers = [(b"authorization", b"Bearer sk_test_sandbox"), (b"host", b"sandbox.test")]
            scope = {"type": "http", "method": "GET", "path": "/stripe/v1/events", "query_string": b"", "headers": headers}
            await app(scope | {"app": app, "root_path": "", "http_version": "1.1", "scheme": "http"}, receive, send)
            app.state.sandbox.store.close()
            assert sent == []
            return time.monotonic() - started

        assert asyncio.run(scene()) < 10

    def test_an_early_event_arrives_before_the_answer(self) -> None:
        order: list[str] = []

        async def shop(_: Any, receive: Any, send: Any) -> None:
            await receive()
            await asyncio.sleep(0.05)
            order.append("webhook")
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        async def scene() -> None:
            client = httpx.AsyncClient(transport=httpx.ASGITransport(shop))
            app = create_sandbox("http://sandbox.test", client=client, chaos=Chaos(early_event=1.0))
            app.state.sandbox.square.add_webhook_subscription("http://127.0.0.1:9/square")
            async with (
                app.router.lifespan_context(app),
                httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox.test") as engine,
            ):
                item = {"name": "Test", "quantity": "1", "base_price_money": {"amount": 1000, "currency": "USD"}}
                location = app.state.sandbox.square.location_id
                body = {"idempotency_key": "k", "order": {"location_id": location, "line_items": [item]}}
                headers = {"authorization": "Bearer sandbox-access-token"}
                answer = await engine.post("/square/v2/online-checkout/payment-links", json=body, headers=headers)
                assert answer.status_code == 200, answer.text
                order.append("answer")

        asyncio.run(scene())
        assert order == ["webhook", "answer"]


class TestBuyers:
    def test_one_who_never_returns_has_paid(self, stripe: Any, set_rates: Callable[[str], None]) -> None:
        set_rates("no_return=1")
        answer = buy(stripe)
        assert (answer.status_code, "Window closed" in answer.text) == (200, True)
        assert stripe.balances()["FECU payout account"] == 941

    def test_one_who_is_back_first_is_followed_by_the_webhook(self, stripe: Any, set_rates: Callable[[str], None]) -> None:
        set_rates("early_return=1")
        answer = buy(stripe)
        before = len(stripe.receiver.requests)
        stripe.now += 2
        stripe.drain()
        assert (answer.status_code, before, len(stripe.receiver.requests)) == (303, 0, 1)

    def test_one_whose_card_is_declined_stays_on_the_page(self, stripe: Any, set_rates: Callable[[str], None]) -> None:
        set_rates("no_return=1")
        answer = stripe.pay(stripe.session(), card_number="4000 0000 0000 0002")
        assert (answer.status_code, read_chaos(stripe)["counts"]) == (402, {})


class TestTheDial:
    def test_everything_that_happened_is_recorded(self, stripe: Any, set_rates: Callable[[str], None]) -> None:
        set_rates("drop=1 no_return=1")
        buy(stripe)
        session = stripe.sandbox.store.find("checkout.session")[0]["id"]
        told = [(one["fault"], one["target"]) for one in read_chaos(stripe)["faults"]]
        assert told == [("no_return", f"POST /stripe/c/pay/{session}"), ("drop", list_deliveries(stripe)[0]["id"])]

    def test_turned_again_to_the_same_it_repeats_what_it_did(self, stripe: Any, set_rates: Callable[[str], None]) -> None:
        def run() -> list[str]:
            set_rates("seed=5 drop=0.5")
            for _ in range(8):
                buy(stripe)
            return [one["state"] for one in list_deliveries(stripe)[:8]]

        first, second = run(), run()
        assert set(first) == {"dropped", "delivered"}
        assert first == second

    def test_it_is_set_when_the_sandbox_is_made(self) -> None:
        app = create_sandbox("http://sandbox.test", chaos=Chaos(seed=9, drop=0.25))
        assert app.state.sandbox.dial.chaos == Chaos(seed=9, drop=0.25)
        app.state.sandbox.store.close()

    @pytest.mark.parametrize("value", [{"seed": 7, "drop": 0.5}, "seed=7 drop=0.5"], ids=["by names", "as text"])
    def test_a_script_turns_it(self, stripe: Any, value: Any) -> None:
        answer = stripe.ask("PUT", "/api/chaos", json=value).json()
        assert (answer["chaos"]["drop"], stripe.sandbox.dial.chaos) == (0.5, Chaos(seed=7, drop=0.5))

    @pytest.mark.parametrize("body", [b'{"drop": 2}', b"{"], ids=["out of bounds", "not JSON"])
    def test_a_script_that_is_wrong_is_told(self, stripe: Any, body: bytes) -> None:
        answer = stripe.ask("PUT", "/api/chaos", content=body)
        assert (answer.status_code, bool(answer.json()["error"])) == (422, True)
        assert stripe.sandbox.dial.chaos == Chaos()

    def test_a_person_turns_it_and_reads_what_it_did(self, stripe: Any) -> None:
        stripe.listen(enabled_events=["charge.succeeded"])
        answer = stripe.ask("POST", "/chaos", data={"seed": "7", "drop": "1", "delay": ""})
        buy(stripe)
        page = stripe.ask("GET", "/chaos").text
        assert (answer.status_code, 'value="1.0"' in page, "1 so far" in page) == (303, True, True)
        assert list_deliveries(stripe)[0]["id"] in page

    def test_a_person_who_is_wrong_keeps_what_was_typed(self, stripe: Any) -> None:
        answer = stripe.ask("POST", "/chaos", data={"drop": "often"})
        assert (answer.status_code, 'value="often"' in answer.text) == (422, True)
        assert "drop must be a number" in answer.text

    def test_a_webhooks_page_says_what_hit_it(self, stripe: Any, set_rates: Callable[[str], None]) -> None:
        set_rates("wrong_secret=1")
        buy(stripe)
        identifier = list_deliveries(stripe)[0]["id"]
        assert "state-wrong_secret" in stripe.ask("GET", f"/deliveries/{identifier}").text
