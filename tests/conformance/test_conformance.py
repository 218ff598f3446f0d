"""The contract of every payment strategy. A new strategy is tested by this file without changes."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Dispute, OrderStatus
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.errors import MoneyError
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.usecases.buyer_return import return_url
from lightning_cart.usecases.reading import record_reading
from support.app import problem
from support.harness import Harness, Scenario, WebhookRequest, open_harness

type Play = Callable[[Scenario], None]
S = OrderStatus


# ---- the purchase


def test_a_purchase_ends_paid_with_one_effect_and_books_that_agree(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.buy(("ten", 2), customer_email="ada@example.com", metadata={"table": "7"})
        order = await harness.order(checkout)
        assert (order.status, order.paid_minor, order.needs_review) == (S.PAID, 2000, False)
        assert await harness.effects(checkout) == ["order.paid"]
        assert harness.paid_out() == {"USD": 2000}

    play(scenario)


def test_the_webhook_alone_settles_an_order_whose_buyer_never_comes_back(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.open()
        await harness.visit(checkout, "pay")
        await harness.deliver()
        assert (await harness.order(checkout)).status is S.PAID

    play(scenario)


def test_the_return_alone_settles_an_order_whose_webhooks_are_lost(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        harness.hold_webhooks = True
        checkout = await harness.buy()
        assert (await harness.order(checkout)).status is S.PAID

    play(scenario)


def test_the_return_sends_the_buyer_to_the_sites_page_with_the_receipt(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.open()
        await harness.visit(checkout, "pay")
        back = await harness.come_back(checkout)
        page = f"https://shop.test/thanks#order={checkout['order_id']}&receipt={checkout['receipt']}"
        assert (back.status, back.header("location")) == (303, page)

    play(scenario)


def test_the_return_sends_a_buyer_without_javascript_to_the_orders_page_and_its_receipt(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        response = await harness.ask("POST", "/checkout", b"id=ten", content_type="application/x-www-form-urlencoded")
        (order,) = await harness.app.engine.orders.list_orders()
        assert (response.status, order.session is not None) == (303, True)
        checkout = {"order_id": order.id, "url": response.header("location")}
        await harness.visit(checkout, "pay")
        back = await harness.come_back(checkout)
        page = f"{harness.app.engine.public_url}/orders/{order.id}/page/{order.page_token}"
        assert (back.status, back.header("location")) == (303, page)
        shown = [await harness.ask("GET", f"/orders/{order.id}/{name}/{order.page_token}") for name in ("page", "receipt")]
        assert [one.status for one in shown] == [200, 200]
        assert (b"<h1>Paid. Thank you!</h1>" in shown[0].body, b"$10.00" in shown[1].body) == (True, True)

    play(scenario)


def test_a_return_before_the_buyer_paid_changes_nothing(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.open()
        await harness.come_back(checkout)
        assert (await harness.order(checkout)).status is S.OPEN

    play(scenario)


def test_the_page_decides_no_price(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        body = json.dumps({"items": [{"id": "ten", "quantity": 1, "price": 1, "amount_minor": 1}], "total": 1}).encode()
        response = await harness.ask("POST", "/checkout", body, content_type="application/json")
        assert (response.status, json.loads(response.body)["type"]) == (422, "/problems/invalid-field")
        checkout = await harness.open()
        await harness.visit(checkout, "pay")
        await harness.come_back(checkout)
        assert (await harness.order(checkout)).paid_minor == 1000
        assert harness.paid_out() == {"USD": 1000}

    play(scenario)


def test_a_payment_that_fails_leaves_the_order_open_for_another_try(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.open()
        await harness.visit(checkout, "decline")
        await harness.come_back(checkout)
        await harness.deliver()
        assert (await harness.order(checkout)).status is S.OPEN
        await harness.visit(checkout, "pay")
        await harness.come_back(checkout)
        await harness.deliver()
        assert (await harness.order(checkout)).status is S.PAID

    play(scenario)


def test_a_payment_that_takes_its_time_is_never_paid_before_the_money_is_there(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        if "pending" not in harness.provider.buyer_forms:
            return  # a provider whose payments are never late has nothing to show here
        checkout = await harness.buy(choice="pending")
        order = await harness.order(checkout)
        assert (order.status, order.paid_minor, await harness.effects(checkout)) == (S.PENDING, 0, ["order.pending"])

    play(scenario)


# ---- repeated events


def test_the_same_key_is_the_same_order_and_the_same_page(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        first, again = await harness.open(key="k"), await harness.open(key="k")
        assert first == again
        assert harness.database.count("orders") == 1

    play(scenario)


def test_the_same_key_with_another_cart_is_a_conflict(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        await harness.open(key="k")
        assert (await harness.check_out(("ten", 2), key="k")).status == 409

    play(scenario)


def test_an_answer_that_is_lost_opens_no_second_checkout(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        harness.faults = ["lost answer"] * 10
        assert (await harness.check_out(key="k")).status == 504
        harness.faults = []
        checkout = await harness.open(key="k")
        assert len({(call.method, call.url) for call in harness.calls}) == len(
            {(call.url, call.body) for call in harness.calls}
        )
        await harness.visit(checkout, "pay")
        await harness.come_back(checkout)
        await harness.deliver()
        assert (harness.database.count("orders"), harness.paid_out()) == (1, {"USD": 1000})

    play(scenario)


def test_every_call_that_changes_something_may_be_repeated(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        await harness.buy()
        assert [call.url for call in harness.calls if call.method != "GET" and not call.idempotent] == []

    play(scenario)


def test_webhooks_doubled_reversed_and_late_end_the_same(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        harness.hold_webhooks = True
        checkout = await harness.open()
        await harness.visit(checkout, "pay")
        await harness.deliver()
        await harness.come_back(checkout)
        await harness.deliver()
        for webhook in [*reversed(harness.webhooks), *harness.webhooks]:
            assert (await harness.post(webhook)).status == 200
        order = await harness.order(checkout)
        assert (order.status, order.paid_minor, order.needs_review) == (S.PAID, 1000, False)
        assert await harness.effects(checkout) == ["order.paid"]

    play(scenario)


def test_many_returns_and_webhooks_at_once_pay_once(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.open()
        await harness.visit(checkout, "pay")
        await asyncio.gather(*(harness.come_back(checkout) for _ in range(5)), harness.deliver())
        await harness.deliver()
        assert (await harness.order(checkout)).status is S.PAID
        assert await harness.effects(checkout) == ["order.paid"]
        assert harness.paid_out() == {"USD": 1000}

    play(scenario)


# ---- amounts


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD", "EUR"])
def test_an_amount_is_exact_to_the_last_decimal_or_refused_before_the_provider_hears_of_it(play: Play, currency: str) -> None:
    async def scenario(harness: Harness) -> None:
        price = harness.app.engine.catalog.products["ten"].prices[currency] * 3
        response = await harness.check_out(("ten", 3), currency=currency)
        if response.status == 422:
            assert problem(response)["field"] == "currency"
            # Where only the account knows its currency, it is asked; nothing is opened there.
            assert [call.url for call in harness.calls if call.method != "GET"] == []
            return
        assert response.status == 201
        checkout = json.loads(response.body)
        await harness.visit(checkout, "pay")
        await harness.come_back(checkout)
        await harness.deliver()
        order = await harness.order(checkout)
        assert (order.status, order.paid_minor) == (S.PAID, price.minor)

    play(scenario)


def test_an_amount_the_provider_cannot_write_is_an_error_and_never_rounded(strategy: Any) -> None:
    for minor in range(1000, 1020):
        try:
            wire = strategy.limits.amounts.to_provider(Money(minor, "KWD"))
        except MoneyError:
            continue
        assert strategy.limits.amounts.from_provider(wire, "KWD") == Money(minor, "KWD")


def test_refunds_at_the_provider_are_followed_and_never_counted_twice(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.buy()
        harness.provider.refund(checkout["order_id"], 300)
        await harness.deliver()
        order = await harness.order(checkout)
        assert (order.status, order.refunded_minor) == (S.PARTIALLY_REFUNDED, 300)
        harness.provider.refund(checkout["order_id"], 700)
        await harness.deliver()
        for webhook in harness.webhooks:
            await harness.post(webhook)
        order = await harness.order(checkout)
        assert (order.status, order.refunded_minor, order.dispute) == (S.REFUNDED, 1000, Dispute.NONE)
        assert (await harness.effects(checkout)).count("order.paid") == 1

    play(scenario)


# ---- failures


ERRORS = [400, 403, 404, 409, 422, 429, 500, 502, 503, 504]


@pytest.mark.parametrize("status", ERRORS)
@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"error": null}', b'{"errors": [1]}', b"[]"], ids=["empty", "cut", "null", "list", "array"]
)
def test_every_error_answer_is_a_problem_and_the_order_can_be_continued(play: Play, status: int, body: bytes) -> None:
    async def scenario(harness: Harness) -> None:
        harness.faults = [HttpResponse(status, {"content-type": "application/json"}, body)] * 12
        response = await harness.check_out(key="k")
        assert response.status in {502, 503, 504}
        assert problem(response)["status"] == response.status
        harness.faults = []
        assert (await harness.check_out(key="k")).status == 201
        assert harness.database.count("orders") == 1

    play(scenario)


def test_silence_is_a_timeout_and_the_order_can_be_continued(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        harness.faults = ["silence"] * 12
        assert (await harness.check_out(key="k")).status == 504
        harness.faults = []
        assert (await harness.open(key="k"))["order_id"].startswith("ord_")

    play(scenario)


def test_a_passing_trouble_is_not_even_noticed(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        harness.faults = [HttpResponse(503)]
        assert (await harness.check_out()).status == 201

    play(scenario)


def test_a_provider_that_cannot_be_asked_does_not_stop_the_buyers_return(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.open()
        await harness.visit(checkout, "pay")
        harness.faults = ["silence"] * 12
        assert (await harness.come_back(checkout)).status == 303
        harness.faults = []
        await harness.deliver()
        assert (await harness.order(checkout)).status is S.PAID

    play(scenario)


def test_without_storage_no_webhook_is_acknowledged(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        harness.hold_webhooks = True
        checkout = await harness.open()
        await harness.visit(checkout, "pay")
        await harness.come_back(checkout)
        await harness.deliver()
        harness.database.broken = True
        assert 503 in {(await harness.post(webhook)).status for webhook in harness.webhooks}

    play(scenario)


# ---- signatures


async def _a_webhook(harness: Harness) -> WebhookRequest:
    harness.hold_webhooks = True
    checkout = await harness.open()
    await harness.visit(checkout, "pay")
    await harness.deliver()
    return harness.webhooks[-1]


def test_a_webhook_whose_body_was_touched_is_refused(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        webhook = await _a_webhook(harness)
        forged = webhook.body.replace(b"{", b'{"forged": 1, ', 1)
        assert forged != webhook.body
        for body in (forged, webhook.body.replace(b'"id"', b'"ID"'), b"", webhook.body[:-1], b"\xff" + webhook.body):
            assert (await harness.post(WebhookRequest(webhook.url, webhook.headers, body))).status == 400
        assert (await harness.post(webhook)).status == 200

    play(scenario)


def test_a_webhook_without_its_signature_is_refused(play: Play, strategy: Any) -> None:
    async def scenario(harness: Harness) -> None:
        webhook = await _a_webhook(harness)
        for value in (None, "", "x", "é", "=" * 5000):
            headers = {name: text for name, text in webhook.headers.items() if name != strategy.signature_header}
            if value is not None:
                headers[strategy.signature_header] = value
            assert (await harness.post(WebhookRequest(webhook.url, headers, webhook.body))).status == 400

    play(scenario)


def test_a_webhook_finds_its_provider_without_being_told(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        webhook = await _a_webhook(harness)
        assert (await harness.post(WebhookRequest("https://shop.test/webhook", webhook.headers, webhook.body))).status == 200

    play(scenario)


def test_while_a_signing_secret_is_rotated_old_and_new_both_verify(play: Play, strategy: Any) -> None:
    async def scenario(harness: Harness) -> None:
        webhook = await _a_webhook(harness)
        engine = harness.app.engine
        for name in [setting.name for setting in strategy.settings if setting.multiple]:
            current = harness.settings[name]
            for secrets in (f"{current}-newer,{current}", f"{current},{current}-older"):
                engine.configured[harness.strategy] = strategy.from_env(harness.settings | {name: secrets})
                assert (await harness.post(webhook)).status == 200
            engine.configured[harness.strategy] = strategy.from_env(harness.settings | {name: f"{current}-newer"})
            assert (await harness.post(webhook)).status == 400

    play(scenario)


@given(st.dictionaries(st.text(max_size=30), st.text(max_size=60), max_size=4), st.binary(max_size=100), st.text(max_size=200))
@settings(max_examples=60)
def test_any_headers_and_any_bytes_are_refused_and_never_break_anything(
    strategy: Any, headers: dict[str, str], body: bytes, signature: str
) -> None:
    async def scene() -> None:
        async with open_harness(strategy) as harness:
            named = {name.lower(): value for name, value in headers.items()} | {strategy.signature_header: signature}
            answer = await harness.post(WebhookRequest(f"https://shop.test/webhook/{strategy.provider_name()}", named, body))
            assert answer.status in {400, 503}
            assert harness.database.count("events") == 0

    asyncio.run(scene())


# ---- limits


def test_a_recurring_cart_is_taken_or_refused_before_the_provider_hears_of_it(play: Play, strategy: Any) -> None:
    async def scenario(harness: Harness) -> None:
        response = await harness.check_out(("club", 1))
        if strategy.limits.recurring_lines:
            checkout = json.loads(response.body)
            await harness.visit(checkout, "pay")
            await harness.come_back(checkout)
            await harness.deliver()
            assert (await harness.order(checkout)).status is S.PAID
        else:
            assert (response.status, problem(response)["field"], harness.calls) == (422, "items", [])

    play(scenario)


def test_a_checkout_is_one_call_or_two_and_two_round_trips(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        await harness.open()
        harness.calls.clear()
        harness.database.round_trips = 0
        await harness.open()
        assert (len(harness.calls), harness.database.round_trips) == (1, 2)

    play(scenario)


async def posted_one_by_one(harness: Harness, strategy: Any) -> list[tuple[PaymentEvent, int]]:
    """Deliver the pending webhooks; return each one's event and its round trips to the database."""
    engine, found, harness.hold_webhooks = harness.app.engine, [], True
    await harness.deliver()
    for webhook in harness.webhooks:  # which grows: taking an approved order's money sends more
        request = HttpRequest("POST", httpx.URL(webhook.url).path, webhook.headers, webhook.body)
        event = await engine.run(engine.strategy(strategy.name).verify_webhook(request, engine.now()))
        harness.database.round_trips = 0
        assert (await harness.post(webhook)).status == 200
        found.append((event, harness.database.round_trips))
        await harness.deliver()
    return found


def _max_round_trips(event: PaymentEvent) -> int:
    return 0 if event.kind is EventKind.IGNORED else 1 + event.must_read


def test_a_webhook_is_one_round_trip_and_two_only_if_its_checkout_is_read(play: Play, strategy: Any) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.open()
        await harness.visit(checkout, "pay")
        found = await posted_one_by_one(harness, strategy)
        for minor in (300, 700):
            harness.provider.refund(checkout["order_id"], minor)
            found += await posted_one_by_one(harness, strategy)  # with those before once more
        assert (await harness.order(checkout)).status is S.REFUNDED
        assert [(event, trips) for event, trips in found if trips > _max_round_trips(event)] == []
        assert {EventKind.PAID, EventKind.REFUNDED} <= {event.kind for event, _ in found}

    play(scenario)


def test_no_secret_of_the_provider_shows_in_an_answer_or_a_representation(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        harness.faults = [HttpResponse(400, {}, b"{}")] * 3
        refused = await harness.check_out(key="k")
        shown = repr(harness.app.engine.configured) + repr(harness.calls) + refused.body.decode() + repr(refused.log_fields)
        secrets = [
            harness.settings[need.name] for need in harness.app.engine.strategies[harness.strategy].settings if need.secret
        ]
        assert [secret for secret in secrets if secret and secret in shown] == []

    play(scenario)


# ---- the checkout


async def _expire(harness: Harness, checkout: dict[str, Any]) -> list[EventKind]:
    """Expire the checkout of an order, record what the provider reports, and return its kinds."""
    engine = harness.app.engine
    _, lease = await engine.leases.take(checkout["order_id"], engine.now())
    assert lease is not None
    reading = await engine.run(engine.strategy(lease.order.strategy).expire_checkout(lease.order))
    await record_reading(engine, lease, reading)
    return [event.kind for event in reading.events]


def test_opening_an_orders_checkout_again_gives_the_same_checkout(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        order, engine = await harness.order(await harness.open()), harness.app.engine
        pages = (return_url(engine, order), "https://shop.test/cart")
        assert await engine.run(engine.strategy(order.strategy).create_checkout(order, *pages)) == order.session

    play(scenario)


def test_the_provider_sends_the_buyer_back_to_the_engine(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.open()
        answer, token = await harness.visit(checkout, "pay"), (await harness.order(checkout)).return_token
        assert len(token) == 32  # 128 random bits, in hex
        assert httpx.URL(answer.headers["location"]).path == f"/return/{checkout['order_id']}/{token}"

    play(scenario)


def test_who_turns_back_is_sent_to_the_cancel_page_where_there_is_a_way(play: Play, strategy: Any) -> None:
    async def scenario(harness: Harness) -> None:
        answer = await harness.visit(await harness.open(), "cancel")
        if strategy.limits.has_cancel_page:
            assert answer.headers["location"].partition("?")[0] == "https://shop.test/cart"
        else:
            assert not answer.is_redirect

    play(scenario)


def test_a_checkout_that_was_closed_takes_no_money(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.open()
        assert await _expire(harness, checkout) == [EventKind.EXPIRED]
        await harness.visit(checkout, "pay")
        await harness.come_back(checkout)
        await harness.deliver()
        assert ((await harness.order(checkout)).status, harness.paid_out()) == (S.EXPIRED, {})

    play(scenario)


def test_closing_a_checkout_that_is_paid_finds_the_payment(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        harness.hold_webhooks = True
        checkout = await harness.buy()
        assert await _expire(harness, checkout) == [EventKind.PAID]
        assert (await harness.order(checkout)).status is S.PAID

    play(scenario)


def test_an_amount_is_sent_to_the_last_cent(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.buy(("mug", 3))
        assert ((await harness.order(checkout)).paid_minor, harness.paid_out()) == (3702, {"USD": 3702})

    play(scenario)


@pytest.mark.parametrize(("status", "slug"), [(400, "refused"), (403, "refused"), (429, "unavailable"), (500, "unavailable")])
def test_an_error_answer_says_whether_trying_again_can_help(play: Play, status: int, slug: str) -> None:
    async def scenario(harness: Harness) -> None:
        harness.faults = [HttpResponse(status, {}, b"{}")] * 12
        assert problem(await harness.check_out())["type"] == f"/problems/provider-{slug}"

    play(scenario)
