"""Webhooks arrive: signed, tried again, logged, sent again by hand, and never lost."""

import asyncio
import hashlib
import hmac
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from lightning_cart_sandbox import create_sandbox
from lightning_cart_sandbox.stripe.signing import signature_header
from support.sandbox_clients import STRIPE_CARD, StripeClient, session_params


def pay_and_drain(stripe: Any) -> None:
    stripe.pay(stripe.session())
    stripe.drain()


def list_deliveries(stripe: Any) -> Any:
    return stripe.ask("GET", "/api/deliveries").json()["deliveries"]


def test_the_signature_is_the_published_one() -> None:
    header = signature_header(["whsec_test_secret"], b'{"id":"evt_1","object":"event"}', 1_700_000_000)
    assert header == "t=1700000000,v1=0c8670ed117751cc551a20e35839447075c42800ea3cf3e8a2fbda99cd1e6edd"


def test_two_secrets_give_two_signatures() -> None:
    assert signature_header(["new", "old"], b"{}", 1).count("v1=") == 2


def test_every_event_is_delivered_signed_over_its_exact_bytes(stripe: Any) -> None:
    stripe.listen(secret="whsec_given")
    pay_and_drain(stripe)
    assert [event["type"] for event in stripe.receiver.events] == stripe.event_types()
    for headers, body in stripe.receiver.requests:
        moment, _, signature = headers["stripe-signature"].partition(",v1=")
        signed = moment.removeprefix("t=").encode() + b"." + body
        assert hmac.new(b"whsec_given", signed, hashlib.sha256).hexdigest() == signature


def test_an_endpoint_gets_only_what_it_asked_for(stripe: Any) -> None:
    stripe.listen(enabled_events=["checkout.session.completed"])
    pay_and_drain(stripe)
    assert [event["type"] for event in stripe.receiver.events] == ["checkout.session.completed"]


def test_an_event_names_the_version_of_its_endpoint(stripe: Any) -> None:
    stripe.listen(api_version="2026-10-28.endive")
    pay_and_drain(stripe)
    assert {event["api_version"] for event in stripe.receiver.events} == {"2026-10-28.endive"}


def test_an_event_does_not_carry_line_items(stripe: Any) -> None:
    stripe.listen(enabled_events=["checkout.session.completed"])
    pay_and_drain(stripe)
    assert "line_items" not in stripe.receiver.events[0]["data"]["object"]


@pytest.mark.parametrize("status", [500, 404, 302])
def test_anything_but_2xx_is_tried_again_with_a_fresh_signature(stripe: Any, status: int) -> None:
    stripe.listen(enabled_events=["charge.succeeded"])
    stripe.receiver.answers = [status]
    pay_and_drain(stripe)
    stripe.now += 1
    stripe.drain()
    (delivery,) = list_deliveries(stripe)
    assert [attempt["status"] for attempt in delivery["attempts"]] == [status, 200]
    assert [headers["stripe-signature"][:12] for headers, _ in stripe.receiver.requests] == ["t=1780000000", "t=1780000001"]


def test_a_retry_waits_for_its_time(stripe: Any) -> None:
    stripe.listen(enabled_events=["charge.succeeded"])
    stripe.receiver.answers = [500]
    pay_and_drain(stripe)
    stripe.drain()
    assert len(stripe.receiver.requests) == 1


def test_after_the_last_retry_a_delivery_is_given_up_and_can_be_sent_again(stripe: Any) -> None:
    stripe.listen(enabled_events=["charge.succeeded"])
    stripe.receiver.answers = [500, 500, 500]
    pay_and_drain(stripe)
    for _ in range(5):
        stripe.now += 60
        stripe.drain()
    (failed,) = list_deliveries(stripe)
    answer = stripe.ask("POST", f"/deliveries/{failed['id']}")
    stripe.drain()
    assert (failed["state"], failed["tries"], answer.status_code) == ("failed", 3, 303)
    assert list_deliveries(stripe)[0]["state"] == "delivered"


def test_a_delivered_event_can_be_sent_again(stripe: Any) -> None:
    stripe.listen(enabled_events=["charge.succeeded"])
    pay_and_drain(stripe)
    stripe.ask("POST", f"/deliveries/{list_deliveries(stripe)[0]['id']}")
    stripe.drain()
    first, second = (event["id"] for event in stripe.receiver.events)
    assert first == second


def test_the_log_keeps_status_time_and_the_beginning_of_the_answer(stripe: Any) -> None:
    stripe.listen(enabled_events=["charge.succeeded"])
    pay_and_drain(stripe)
    (attempt,) = list_deliveries(stripe)[0]["attempts"]
    assert (attempt["status"], attempt["excerpt"], attempt["error"]) == (200, "thank you", None)


def test_events_can_be_listed_by_whether_they_arrived(stripe: Any) -> None:
    stripe.listen(enabled_events=["charge.succeeded", "payment_intent.succeeded"])
    stripe.receiver.answers = [500]
    pay_and_drain(stripe)
    missed = stripe.get("events", delivery_success="false")["data"]
    assert [(event["type"], event["pending_webhooks"]) for event in missed] == [("charge.succeeded", 1)]


def test_what_is_on_its_way_to_a_deleted_endpoint_is_cancelled(stripe: Any) -> None:
    endpoint = stripe.listen()
    stripe.pay(stripe.session())
    stripe.api("DELETE", f"webhook_endpoints/{endpoint['id']}")
    stripe.drain()
    assert {delivery["state"] for delivery in list_deliveries(stripe)} == {"cancelled"}
    assert stripe.receiver.requests == []


def test_a_restart_delivers_what_was_pending(tmp_path: Path) -> None:
    path = str(tmp_path / "sandbox.db")
    before = StripeClient(path)
    before.listen(enabled_events=["checkout.session.completed"])
    session = before.session()
    before.pay(session)
    before.sandbox.store.close()
    after = StripeClient(path)
    after.drain()
    assert [event["data"]["object"]["id"] for event in after.receiver.events] == [session["id"]]
    assert after.balances()["FECU payout account"] == 941
    after.sandbox.store.close()


class Slow:
    """Receives webhooks: `/stuck` hangs until it is released, other paths respond at once."""

    def __init__(self) -> None:
        self.release = asyncio.Event()
        self.seen: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        if scope["path"] == "/stuck":
            await self.release.wait()
        self.seen.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def test_a_receiver_that_hangs_does_not_hold_up_another_or_the_buyer() -> None:
    async def scene() -> tuple[list[str], float]:
        slow = Slow()
        client = httpx.AsyncClient(transport=httpx.ASGITransport(slow))
        app = create_sandbox("http://sandbox.test", client=client, wait_seconds=0.2)
        stripe = app.state.sandbox.stripe
        for path in ("stuck", "well"):
            stripe.add_webhook_endpoint(f"http://127.0.0.1:9/{path}", enabled_events=["checkout.session.completed"])
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox.test") as shop,
        ):
            headers = {"authorization": "Bearer sk_test_sandbox"}
            session = (await shop.post("/stripe/v1/checkout/sessions", data=session_params(), headers=headers)).json()
            started = time.monotonic()
            await shop.post(f"/stripe/c/pay/{session['id']}", data=STRIPE_CARD)
            took = time.monotonic() - started
            seen = list(slow.seen)
            slow.release.set()
            await asyncio.sleep(0.05)
        return seen, took

    seen, took = asyncio.run(scene())
    assert seen == ["/well"]
    assert 0.2 <= took < 2


def test_the_buyer_goes_back_as_soon_as_the_shop_has_answered() -> None:
    async def scene() -> tuple[list[str], float]:
        quick = Slow()
        client = httpx.AsyncClient(transport=httpx.ASGITransport(quick))
        app = create_sandbox("http://sandbox.test", client=client, wait_seconds=5)
        app.state.sandbox.stripe.add_webhook_endpoint("http://127.0.0.1:9/well")
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox.test") as shop,
        ):
            headers = {"authorization": "Bearer sk_test_sandbox"}
            session = (await shop.post("/stripe/v1/checkout/sessions", data=session_params(), headers=headers)).json()
            started = time.monotonic()
            await shop.post(f"/stripe/c/pay/{session['id']}", data=STRIPE_CARD)
            return list(quick.seen), time.monotonic() - started

    seen, took = asyncio.run(scene())
    assert "/well" in seen
    assert took < 1


def test_the_worker_expires_sessions_by_the_clock() -> None:
    async def scene() -> str:
        now = [1_780_000_000.0]
        app = create_sandbox("http://sandbox.test", clock=lambda: now[0])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox.test") as shop:
            headers = {"authorization": "Bearer sk_test_sandbox"}
            await shop.post("/stripe/v1/checkout/sessions", data=session_params(), headers=headers)
            now[0] += 24 * 3600
            async with app.router.lifespan_context(app):
                await asyncio.sleep(0.05)
                return str(app.state.sandbox.store.find("event")[0]["type"])

    assert asyncio.run(scene()) == "checkout.session.expired"
