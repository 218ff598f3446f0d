"""Refunds with each strategy: full, partial, repeated, over the limit, without a response, and beside the dashboard's."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from lightning_cart.domain.order import OrderStatus
from lightning_cart.http import HttpResponse
from support.app import problem
from support.harness import Harness, Scenario

type Play = Callable[[Scenario], None]
S = OrderStatus


def content(response: HttpResponse) -> dict[str, Any]:
    assert response.status == 201, response.body
    answered: dict[str, Any] = json.loads(response.body)
    return answered


async def assert_refunded(harness: Harness, checkout: dict[str, Any], refunded: int) -> None:
    """Check that the order, the messages and the provider's ledger have this total refunded, once."""
    await harness.deliver()
    for webhook in [*harness.webhooks]:
        assert (await harness.post(webhook)).status in {200, 400}  # 400: signed too long ago
    order = await harness.order(checkout)
    status = S.REFUNDED if refunded == 1000 else S.PARTIALLY_REFUNDED if refunded else S.PAID
    assert (order.status, order.refunded_minor, order.needs_review) == (status, refunded, False)
    assert (await harness.effects(checkout)).count("order.paid") == 1
    assert harness.net_paid() == 1000 - refunded


def test_all_of_it_goes_back(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.buy()
        refund = content(await harness.refund(checkout))
        assert (refund["amount_minor"], refund["status"], refund["order_status"]) == (1000, "succeeded", "refunded")
        await assert_refunded(harness, checkout, 1000)

    play(scenario)


def test_parts_of_it_go_back_until_nothing_is_left(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.buy()
        content(await harness.refund(checkout, "a", amount_minor=300, reason="one was broken"))
        await assert_refunded(harness, checkout, 300)
        content(await harness.refund(checkout, "b", amount_minor=200))
        assert content(await harness.refund(checkout, "c"))["amount_minor"] == 500
        await assert_refunded(harness, checkout, 1000)

    play(scenario)


def test_the_same_key_gives_back_once_and_answers_the_same(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.buy()
        first = content(await harness.refund(checkout, "k", amount_minor=300))
        assert content(await harness.refund(checkout, "k", amount_minor=300)) == first
        assert problem(await harness.refund(checkout, "k", amount_minor=301))["type"] == "/problems/idempotency-conflict"
        await assert_refunded(harness, checkout, 300)

    play(scenario)


def test_more_than_is_left_is_refused_before_the_provider_hears_of_it(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.buy()
        content(await harness.refund(checkout, "a", amount_minor=700))
        harness.calls.clear()
        assert problem(await harness.refund(checkout, "b", amount_minor=301))["type"] == "/problems/not-possible"
        assert harness.calls == []
        await assert_refunded(harness, checkout, 700)

    play(scenario)


def test_an_order_that_nobody_paid_gives_nothing_back(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.open()
        harness.calls.clear()
        assert (await harness.refund(checkout)).status == 409
        assert harness.calls == []

    play(scenario)


@pytest.mark.parametrize("fault", ["silence", "lost answer"])
@pytest.mark.parametrize("hours", [0, 72], ids=["at once", "when the provider has forgotten the key"])
def test_after_a_silence_the_same_call_continues_and_gives_back_once(play: Play, fault: str, hours: int) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.buy()
        harness.faults = [fault] * 12
        assert (await harness.refund(checkout, "k", amount_minor=300)).status == 504
        assert (await harness.refund(checkout, "other", amount_minor=701)).status == 409
        harness.faults = []
        harness.wait(hours * 3600)
        assert content(await harness.refund(checkout, "k", amount_minor=300))["status"] == "succeeded"
        await assert_refunded(harness, checkout, 300)
        assert harness.database.count("refunds") == 1

    play(scenario)


def test_a_refusal_is_final_and_holds_nothing_back(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.buy()
        harness.faults = [HttpResponse(400, {}, b"{}")]
        assert problem(await harness.refund(checkout, "k", amount_minor=300))["type"] == "/problems/provider-refused"
        assert content(await harness.refund(checkout, "k", amount_minor=300))["status"] == "failed"
        assert content(await harness.refund(checkout, "fresh"))["amount_minor"] == 1000
        await assert_refunded(harness, checkout, 1000)

    play(scenario)


def test_a_refund_in_the_dashboard_counts_beside_ours_and_once(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.buy()
        content(await harness.refund(checkout, "a", amount_minor=300))
        harness.provider.refund(checkout["order_id"], 400)
        await harness.deliver()
        assert (await harness.refund(checkout, "b", amount_minor=301)).status == 409
        assert content(await harness.refund(checkout, "c"))["amount_minor"] == 300
        await assert_refunded(harness, checkout, 1000)

    play(scenario)


def test_calls_at_once_never_give_back_more_than_was_paid(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.buy()
        calls = [harness.refund(checkout, key, amount_minor=400) for key in ("a", "a", "b", "c", "d")]
        statuses = sorted([(await call).status for call in asyncio.as_completed(calls)])
        assert statuses.count(409) >= 2
        await assert_refunded(harness, checkout, 800)

    play(scenario)


def test_a_subscription_gives_back_its_first_payment(play: Play, strategy: Any) -> None:
    async def scenario(harness: Harness) -> None:
        if not strategy.limits.recurring_lines:
            return
        checkout = await harness.buy(("club", 1))
        assert content(await harness.refund(checkout))["status"] == "succeeded"
        order = await harness.order(checkout)
        assert (order.status, order.refunded_minor, harness.net_paid()) == (S.REFUNDED, 500, 0)

    play(scenario)


def test_what_is_cancelled_cannot_be_paid_any_more(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.open()
        response = await harness.cancel(checkout)
        assert json.loads(response.body) == {"order_id": checkout["order_id"], "status": "expired", "needs_review": False}
        assert (await harness.cancel(checkout)).status == 200
        await harness.visit(checkout, "pay")
        await harness.come_back(checkout)
        await harness.deliver()
        assert ((await harness.order(checkout)).status, harness.net_paid()) == (S.EXPIRED, 0)

    play(scenario)


def test_what_was_paid_meanwhile_is_not_cancelled(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        harness.hold_webhooks = True
        checkout = await harness.open()
        await harness.visit(checkout, "pay")
        await harness.come_back(checkout)
        assert problem(await harness.cancel(checkout))["type"] == "/problems/not-possible"
        assert (await harness.order(checkout)).status is S.PAID

    play(scenario)
