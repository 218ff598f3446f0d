"""A payment's webhooks in any order and number, with returns and reconciler runs between them, end the same."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from lightning_cart.domain.order import PAID_STATUSES, EventKind, PaymentEvent
from lightning_cart.usecases.reconcile import reconcile
from lightning_cart.usecases.tidy import tidy
from proofs.exploring import Explored, State, Step, explore, remembering, restore
from proofs.scenarios import SCENARIOS, Ending, Scenario, pay
from support.harness import Harness, WebhookRequest, open_harness

AGED = 400  # seconds: the reconciler skips younger orders


def find_endings(explored: Explored) -> dict[State, Ending]:
    """Return the order's outcome in each state."""
    found = {}
    for state, image in explored.images.items():
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.deserialize(image)
            (row,) = connection.execute(
                "SELECT status, refunded_minor, dispute, paid_minor, "
                "(SELECT count(*) FROM outbox WHERE effect = 'order.paid'), needs_review FROM orders"
            )
            found[state] = Ending(*row)
    return found


def find_steps(explored: Explored) -> Iterator[tuple[Ending, Ending]]:
    """Yield the order's outcome before and after each step that changes something."""
    endings = find_endings(explored)
    for state, following in explored.ways.items():
        for after in following:
            yield endings[state], endings[after]


def is_forward(before: Ending, after: Ending) -> bool:
    """Return whether a step loses no amount and adds none."""
    kept = before.paid_minor <= after.paid_minor and before.refunded_minor <= after.refunded_minor <= Ending().paid_minor
    settled = after.status in PAID_STATUSES
    return kept and settled >= (before.status in PAID_STATUSES) and after.fulfilled == settled == (after.paid_minor > 0)


def posting(harness: Harness, webhook: WebhookRequest) -> Step:
    async def post() -> None:
        assert (await harness.post(webhook)).status == 200

    return post


def some_time_later(harness: Harness, ask: Step) -> Step:
    """Return a step that asks the provider although it was asked before: the clock of an exploration stands still."""

    async def step() -> None:
        harness.database.connection.execute("UPDATE orders SET looked_at = 0")
        await ask()

    return step


def giving_up(harness: Harness, order_id: str) -> Step:
    """Cancel the order in the engine only, as if the buyer paid during its cancellation."""
    event = PaymentEvent(harness.provider.name, "read:given-up", "order", EventKind.EXPIRED, order_id)
    return lambda: harness.app.engine.inbox.record_event(event, harness.app.engine.now())


async def play(strategy: Any, scenario: Scenario, *, gives_up: bool = False) -> tuple[Explored, Ending]:
    """Run a scenario at the provider, hold its webhooks, and deliver them in every order to an engine that has seen none."""
    async with open_harness(strategy) as harness:
        harness.hold_webhooks = True
        checkout = await harness.open()
        harness.wait(AGED)
        opened = harness.database.connection.serialize()
        ending = await scenario(harness, checkout)
        await harness.deliver()
        webhooks = {webhook.body: webhook for webhook in harness.webhooks}
        steps: list[Step] = [posting(harness, webhook) for webhook in webhooks.values()]
        steps += [some_time_later(harness, lambda: harness.come_back(checkout, pause=0))]
        steps += [some_time_later(harness, lambda: reconcile(harness.app.engine, 50)), lambda: tidy(harness.app.engine, 50)]
        steps += [giving_up(harness, checkout["order_id"])] if gives_up else []
        restore(harness.database.connection, opened)
        harness.send = remembering(harness.send)
        return await explore(harness.database.connection, steps), ending


def assert_always(explored: Explored, ending: Ending) -> None:
    endings = find_endings(explored)
    assert {endings[state] for state in explored.ends} == {ending}
    assert [step for step in find_steps(explored) if not is_forward(*step)] == []


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_order_of_a_payments_events_ends_the_same_with_one_effect(strategy: Any, name: str) -> None:
    explored, ending = asyncio.run(play(strategy, SCENARIOS[name]))
    assert_always(explored, ending)
    assert (explored.orders > 1) is (ending.paid_minor > 0 or ending.status == "failed")


def test_what_was_given_up_and_is_paid_all_the_same_ends_paid_in_every_order(strategy: Any) -> None:
    explored, ending = asyncio.run(play(strategy, pay, gives_up=True))
    assert_always(explored, ending)
    assert explored.orders >= 4  # what is read again and unchanged is no step
