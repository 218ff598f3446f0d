"""Giving money back, whoever took it: full, partial, repeated, over the limit, through silence, and beside the dashboard."""

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


def gone(world: Harness) -> int:
    """What left the buyer's bank and did not come back, according to the provider's books."""
    books = world.sandbox.ledger.report()
    assert books["balanced"]
    return -sum(one["balance_minor"] for one in books["accounts"] if "••" in one["name"])


async def ends(world: Harness, checkout: dict[str, Any], refunded: int) -> None:
    """The order, the effects and the provider's books all say that so much went back, once."""
    await world.deliver()
    for letter in [*world.webhooks]:
        assert (await world.post(letter)).status in {200, 400}  # 400: signed too long ago
    order = await world.order(checkout)
    status = S.REFUNDED if refunded == 1000 else S.PARTIALLY_REFUNDED if refunded else S.PAID
    assert (order.status, order.refunded_minor, order.needs_review) == (status, refunded, False)
    assert (await world.effects(checkout)).count("order.paid") == 1
    assert gone(world) == 1000 - refunded


def test_all_of_it_goes_back(play: Play) -> None:
    async def scenario(world: Harness) -> None:
        checkout = await world.buy()
        refund = content(await world.refund(checkout))
        assert (refund["amount_minor"], refund["status"], refund["order_status"]) == (1000, "succeeded", "refunded")
        await ends(world, checkout, 1000)

    play(scenario)


def test_parts_of_it_go_back_until_nothing_is_left(play: Play) -> None:
    async def scenario(world: Harness) -> None:
        checkout = await world.buy()
        content(await world.refund(checkout, "a", amount_minor=300, reason="one was broken"))
        await ends(world, checkout, 300)
        content(await world.refund(checkout, "b", amount_minor=200))
        assert content(await world.refund(checkout, "c"))["amount_minor"] == 500
        await ends(world, checkout, 1000)

    play(scenario)


def test_the_same_key_gives_back_once_and_answers_the_same(play: Play) -> None:
    async def scenario(world: Harness) -> None:
        checkout = await world.buy()
        first = content(await world.refund(checkout, "k", amount_minor=300))
        assert content(await world.refund(checkout, "k", amount_minor=300)) == first
        assert problem(await world.refund(checkout, "k", amount_minor=301))["type"] == "/problems/idempotency-conflict"
        await ends(world, checkout, 300)

    play(scenario)


def test_more_than_is_left_is_refused_before_the_provider_hears_of_it(play: Play) -> None:
    async def scenario(world: Harness) -> None:
        checkout = await world.buy()
        content(await world.refund(checkout, "a", amount_minor=700))
        world.calls.clear()
        assert problem(await world.refund(checkout, "b", amount_minor=301))["type"] == "/problems/not-possible"
        assert world.calls == []
        await ends(world, checkout, 700)

    play(scenario)


def test_an_order_that_nobody_paid_gives_nothing_back(play: Play) -> None:
    async def scenario(world: Harness) -> None:
        checkout = await world.open()
        world.calls.clear()
        assert (await world.refund(checkout)).status == 409
        assert world.calls == []

    play(scenario)


@pytest.mark.parametrize("fault", ["silence", "lost answer"])
@pytest.mark.parametrize("hours", [0, 72], ids=["at once", "when the provider has forgotten the key"])
def test_after_a_silence_the_same_call_continues_and_gives_back_once(play: Play, fault: str, hours: int) -> None:
    async def scenario(world: Harness) -> None:
        checkout = await world.buy()
        world.faults = [fault] * 12  # type: ignore[list-item]
        assert (await world.refund(checkout, "k", amount_minor=300)).status == 504
        assert (await world.refund(checkout, "other", amount_minor=701)).status == 409
        world.faults = []
        world.wait(hours * 3600)
        assert content(await world.refund(checkout, "k", amount_minor=300))["status"] == "succeeded"
        await ends(world, checkout, 300)
        assert world.database.count("refunds") == 1

    play(scenario)


def test_a_refusal_is_final_and_holds_nothing_back(play: Play) -> None:
    async def scenario(world: Harness) -> None:
        checkout = await world.buy()
        world.faults = [HttpResponse(400, {}, b"{}")]
        assert problem(await world.refund(checkout, "k", amount_minor=300))["type"] == "/problems/provider-refused"
        assert content(await world.refund(checkout, "k", amount_minor=300))["status"] == "failed"
        assert content(await world.refund(checkout, "fresh"))["amount_minor"] == 1000
        await ends(world, checkout, 1000)

    play(scenario)


def test_a_refund_in_the_dashboard_counts_beside_ours_and_once(play: Play) -> None:
    async def scenario(world: Harness) -> None:
        checkout = await world.buy()
        content(await world.refund(checkout, "a", amount_minor=300))
        world.provider.refund(checkout["order_id"], 400)
        await world.deliver()
        assert (await world.refund(checkout, "b", amount_minor=301)).status == 409
        assert content(await world.refund(checkout, "c"))["amount_minor"] == 300
        await ends(world, checkout, 1000)

    play(scenario)


def test_calls_at_once_never_give_back_more_than_was_paid(play: Play) -> None:
    async def scenario(world: Harness) -> None:
        checkout = await world.buy()
        calls = [world.refund(checkout, key, amount_minor=400) for key in ("a", "a", "b", "c", "d")]
        statuses = sorted([(await call).status for call in asyncio.as_completed(calls)])
        assert statuses.count(409) >= 2
        await ends(world, checkout, 800)

    play(scenario)


def test_a_subscription_gives_back_its_first_payment(play: Play, strategy: Any) -> None:
    async def scenario(world: Harness) -> None:
        if not strategy.limits.recurring_lines:
            return
        checkout = await world.buy(("club", 1))
        assert content(await world.refund(checkout))["status"] == "succeeded"
        order = await world.order(checkout)
        assert (order.status, order.refunded_minor, gone(world)) == (S.REFUNDED, 500, 0)

    play(scenario)


def test_what_is_cancelled_cannot_be_paid_any_more(play: Play) -> None:
    async def scenario(world: Harness) -> None:
        checkout = await world.open()
        response = await world.cancel(checkout)
        assert json.loads(response.body) == {"order_id": checkout["order_id"], "status": "expired"}
        assert (await world.cancel(checkout)).status == 200
        await world.visit(checkout, "pay")
        await world.come_back(checkout)
        await world.deliver()
        assert ((await world.order(checkout)).status, gone(world)) == (S.EXPIRED, 0)

    play(scenario)


def test_what_was_paid_meanwhile_is_not_cancelled(play: Play) -> None:
    async def scenario(world: Harness) -> None:
        world.hold_webhooks = True
        checkout = await world.open()
        await world.visit(checkout, "pay")
        await world.come_back(checkout)
        assert problem(await world.cancel(checkout))["type"] == "/problems/not-possible"
        assert (await world.order(checkout)).status is S.PAID

    play(scenario)
