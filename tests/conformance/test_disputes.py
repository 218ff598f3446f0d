"""Disputes with each strategy: each is kept and told by its own id, and an order's flag follows from all of them."""

from collections.abc import Callable
from typing import Any

from lightning_cart.domain.order import Dispute
from support.harness import Harness, Scenario

type Play = Callable[[Scenario], None]
DAY = 24 * 3600


async def act(harness: Harness, checkout: dict[str, Any], action: str) -> None:
    """Let a bank or the provider decide something about the payment, and deliver the webhooks."""
    harness.wait(DAY)
    assert await harness.at_provider(checkout, action)
    await harness.deliver()


async def told(harness: Harness, checkout: dict[str, Any]) -> list[str]:
    """Return the messages about disputes, with the number of the dispute instead of its id."""
    numbers = {str(row[0]): str(number) for number, row in enumerate(rows(harness, "dispute_id"), 1)}
    found = [effect.split(":") for effect in await harness.effects(checkout) if effect.startswith("order.dispute")]
    return [":".join([parts[0], numbers[parts[1]], *parts[2:3]]) for parts in found]


def rows(harness: Harness, columns: str) -> list[tuple[Any, ...]]:
    """Return columns of the stored disputes, oldest first."""
    found = harness.database.connection.execute(f"SELECT {columns} FROM disputes ORDER BY at, dispute_id").fetchall()
    return [tuple(row) for row in found]


def test_a_dispute_is_kept_with_its_amount_and_told_once(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.buy()
        await act(harness, checkout, "dispute")
        for webhook in [*harness.webhooks]:
            await harness.post(webhook)
        assert (await harness.order(checkout)).dispute is Dispute.OPEN
        assert (rows(harness, "amount_minor, currency, state"), await told(harness, checkout)) == (
            [(1000, "USD", "open")],
            ["order.disputed:1"],
        )

    play(scenario)


def test_a_dispute_that_is_won_is_told(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.buy()
        await act(harness, checkout, "dispute")
        await act(harness, checkout, "dispute_won")
        assert (await harness.order(checkout)).dispute is Dispute.WON
        assert await told(harness, checkout) == ["order.disputed:1", "order.dispute_closed:1:won"]

    play(scenario)


def test_a_second_dispute_of_a_payment_is_kept_and_told(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.buy()
        for action in ("dispute", "dispute_won", "dispute"):
            await act(harness, checkout, action)
        assert (await harness.order(checkout)).dispute is Dispute.OPEN
        assert rows(harness, "state, outcome") == [("closed", "won"), ("open", "")]
        assert await told(harness, checkout) == ["order.disputed:1", "order.dispute_closed:1:won", "order.disputed:2"]

    play(scenario)


def test_a_dispute_that_is_lost_and_then_won_on_appeal_ends_won(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.buy()
        await act(harness, checkout, "dispute")
        await act(harness, checkout, "dispute_lost")
        assert (await harness.order(checkout)).dispute is Dispute.LOST
        await act(harness, checkout, "dispute_won")
        assert (await harness.order(checkout)).dispute is Dispute.WON
        messages = set(await told(harness, checkout)) - {"order.disputed:1:open"}  # some providers open it again first
        expected = {"order.disputed:1", "order.dispute_closed:1:lost", "order.dispute_closed:1:won"}
        assert (rows(harness, "outcome"), messages) == ([("won",)], expected)

    play(scenario)


def test_events_of_a_dispute_that_come_in_reverse_end_the_same(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.buy()
        harness.hold_webhooks, harness.webhooks = True, []
        for action in ("dispute", "dispute_lost", "dispute_won"):
            assert await harness.at_provider(checkout, action)
            await harness.deliver()
            harness.wait(60)
        for webhook in [*reversed(harness.webhooks)]:
            assert (await harness.post(webhook)).status == 200
        assert ((await harness.order(checkout)).dispute, rows(harness, "outcome")) == (Dispute.WON, [("won",)])

    play(scenario)
