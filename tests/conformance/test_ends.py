"""An operator can bring every order to an end: by a refund, by accepting it as it is, or by closing it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from lightning_cart.domain.order import OrderStatus
from lightning_cart.http import HttpResponse, json_bytes
from lightning_cart.storage.leases import LEASE_SECONDS
from support.app import problem
from support.builders import ADMIN_TOKEN
from support.harness import Harness, Scenario

type Play = Callable[[Scenario], None]
S = OrderStatus


async def decide(harness: Harness, checkout: dict[str, Any], decision: str, reason: str = "agreed by phone") -> HttpResponse:
    """Decide about an order over HTTP, as an operator does."""
    path, token = f"/admin/orders/{checkout['order_id']}/{decision}", f"Bearer {ADMIN_TOKEN}"
    return await harness.ask("POST", path, json_bytes({"reason": reason}), authorization=token)


def logged(harness: Harness) -> list[tuple[Any, ...]]:
    found = harness.database.connection.execute("SELECT action, subject, who, reason FROM operator_log ORDER BY at").fetchall()
    return [tuple(row) for row in found]


async def pay_too_little(harness: Harness) -> dict[str, Any]:
    """Let a buyer pay 1000 of an order whose total is 1001, and record it."""
    checkout = await harness.buy()
    for table in ("outbox", "payments", "events"):
        harness.database.connection.execute(f"DELETE FROM {table}")
    harness.database.connection.execute(
        "UPDATE orders SET status = 'open', paid_minor = 0, payment_ref = '',"
        " total_minor = 1001, goods_minor = 1001, lines = replace(lines, '1000', '1001')"
    )
    await harness.come_back(checkout)
    return checkout


async def ending(harness: Harness, checkout: dict[str, Any]) -> tuple[OrderStatus, int, bool]:
    """Return an order's status, what is kept of it at the provider, and whether it needs review."""
    order = await harness.order(checkout)
    return order.status, harness.net_paid(), order.needs_review


def test_an_order_of_which_too_little_was_paid_waits_and_a_person_is_told(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await pay_too_little(harness)
        order, effects = await harness.order(checkout), await harness.effects(checkout)
        assert (order.status, order.paid_minor, "order.paid" in effects) == (S.PENDING, 1000, False)
        # Several payments may pay an order of a provider that reports parts of a payment.
        is_told = any(effect.startswith("order.needs_review:") for effect in effects)
        assert (order.needs_review, order.review_reason, is_told) in {(True, "amount", True), (False, "", False)}

    play(scenario)


def test_a_refund_of_the_wrong_amount_ends_its_order(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await pay_too_little(harness)
        refund = json.loads((await harness.refund(checkout)).body)
        await harness.deliver()
        assert (refund["amount_minor"], refund["status"]) == (1000, "succeeded")
        assert await ending(harness, checkout) == (S.CANCELLED, 0, False)
        assert [row[:2] for row in logged(harness)] == [("refund", checkout["order_id"])]

    play(scenario)


def test_a_dashboard_refund_of_the_wrong_amount_ends_its_order_too(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await pay_too_little(harness)
        harness.provider.refund(checkout["order_id"], 1000)
        await harness.deliver()
        assert await ending(harness, checkout) == (S.CANCELLED, 0, False)

    play(scenario)


def test_an_accepted_order_is_paid_and_told_once(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await pay_too_little(harness)
        assert (await decide(harness, checkout, "accept")).status == 200
        for webhook in [*harness.webhooks]:
            await harness.post(webhook)
        assert await ending(harness, checkout) == (S.PAID, 1000, False)
        assert (await harness.effects(checkout)).count("order.paid") == 1
        assert logged(harness) == [("accept", checkout["order_id"], "admin", "agreed by phone")]

    play(scenario)


def test_an_accepted_order_can_be_refunded(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await pay_too_little(harness)
        await decide(harness, checkout, "accept")
        assert (await harness.refund(checkout)).status == 201
        await harness.deliver()
        assert await ending(harness, checkout) == (S.REFUNDED, 0, False)

    play(scenario)


def test_nothing_is_accepted_without_a_reason(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await pay_too_little(harness)
        assert problem(await decide(harness, checkout, "accept", reason=" "))["field"] == "reason"
        assert ((await harness.order(checkout)).status, logged(harness)) == (S.PENDING, [])

    play(scenario)


def test_an_order_of_which_money_is_kept_is_not_closed(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await pay_too_little(harness)
        refused = problem(await decide(harness, checkout, "close"))
        assert (refused["status"], "$10.00 of $10.01 was paid" in refused["detail"], logged(harness)) == (409, True, [])

    play(scenario)


def test_closing_an_open_order_closes_its_page(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.open()
        assert (await decide(harness, checkout, "close")).status == 200
        assert logged(harness) == [("close", checkout["order_id"], "admin", "agreed by phone")]
        await harness.visit(checkout, "pay")
        await harness.come_back(checkout)
        await harness.deliver()
        status, kept_minor, needs_review = await ending(harness, checkout)
        assert (status in {S.EXPIRED, S.CANCELLED}, kept_minor, needs_review) == (True, 0, False)

    play(scenario)


@pytest.mark.parametrize("decision", ["cancel", "close"])
def test_while_the_provider_is_asked_about_an_order_nobody_ends_it(play: Play, decision: str) -> None:
    async def scenario(harness: Harness) -> None:
        checkout, engine = await harness.open(), harness.app.engine
        _, lease = await engine.leases.take(checkout["order_id"], engine.now())
        assert lease is not None
        harness.calls.clear()
        assert ((await decide(harness, checkout, decision)).status, harness.calls) == (409, [])
        harness.wait(LEASE_SECONDS + 1)  # the call that held it has crashed
        assert (await decide(harness, checkout, decision)).status == 200

    play(scenario)


def test_a_webhook_that_needs_a_reading_comes_again_while_the_provider_is_asked(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout, engine = await harness.buy(), harness.app.engine
        harness.provider.refund(checkout["order_id"], 1000)
        harness.hold_webhooks, harness.webhooks = True, []
        await harness.deliver()
        await engine.leases.take(checkout["order_id"], engine.now())
        harness.calls.clear()
        assert {(await harness.post(webhook)).status for webhook in harness.webhooks} <= {200, 503}
        assert [call.url for call in harness.calls if checkout["session_id"] in call.url] == []
        harness.wait(LEASE_SECONDS + 1)
        assert {(await harness.post(webhook)).status for webhook in harness.webhooks} == {200}
        assert (await harness.order(checkout)).status is S.REFUNDED

    play(scenario)
