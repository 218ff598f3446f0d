"""A payment's webhooks in any order and number, with returns and reconciler runs between them, end the same."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from random import Random
from typing import Any, cast

import pytest

from lightning_cart.domain.order import PAID_STATUSES
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.http import json_bytes
from lightning_cart.providers import STRATEGIES
from lightning_cart.usecases.reconcile import reconcile
from lightning_cart.usecases.tidy import tidy
from lightning_cart.web.app import App
from proofs.exploring import Explored, State, Step, copy_rows, explore, explore_on_postgres, remembering, restore
from proofs.scenarios import LONG_SCENARIOS, SCENARIOS, Ending, Scenario, pay
from support.harness import Harness, WebhookRequest, open_harness
from support.postgres_tables import OpenTransaction
from support.stripe import sign

AGED = 400  # seconds: the reconciler skips younger orders


def read_ending(connection: sqlite3.Connection) -> Ending:
    """Return the outcome of the only order of a database."""
    (row,) = connection.execute(
        "SELECT status, refunded_minor, dispute, paid_minor, "
        "(SELECT count(*) FROM outbox WHERE effect = 'order.paid'), needs_review, tip_minor FROM orders"
    )
    return Ending(*row)


def find_endings(explored: Explored) -> dict[State, Ending]:
    """Return the order's outcome in each state."""
    found = {}
    for state, image in explored.images.items():
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.deserialize(image)
            found[state] = read_ending(connection)
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
    is_paid = after.paid_minor >= Ending().paid_minor
    return kept and settled >= (before.status in PAID_STATUSES) and after.fulfilled == settled == is_paid


def posting(harness: Harness, webhook: WebhookRequest) -> Step:
    async def post() -> None:
        assert (await harness.post(webhook)).status == 200

    return post


def some_time_later(harness: Harness, ask: Step) -> Step:
    """Return a step that asks the provider although it was asked before: in an exploration no time passes."""

    async def step() -> None:
        harness.database.connection.execute("UPDATE orders SET looked_at = 0")
        await ask()

    return step


def giving_up(harness: Harness, order_id: str) -> Step:
    """Cancel the order in the engine only, as if the buyer paid during its cancellation."""
    event = PaymentEvent(harness.provider.name, "read:given-up", "order", EventKind.EXPIRED, order_id)
    return lambda: harness.app.engine.inbox.record_event(event, harness.app.engine.now())


def without_ids(harness: Harness, webhook: WebhookRequest, places: Sequence[str]) -> WebhookRequest:
    """Return a Stripe webhook without some of the texts that name our order, signed as Stripe signs it."""
    document = json.loads(webhook.body)
    for place in places:
        document["data"]["object"].pop(place, None)
    body = json_bytes(document)
    secret = harness.settings["STRIPE_WEBHOOK_SECRET"]
    return WebhookRequest(
        webhook.url, webhook.headers | {"stripe-signature": sign(body, harness.app.engine.now(), secret)}, body
    )


@asynccontextmanager
async def held(
    strategy: Any, scenario: Scenario, left_out: Sequence[str] = ()
) -> AsyncIterator[tuple[Harness, Any, Ending, list[Step]]]:
    """Run a scenario at the provider, and go back to the open order: yield it with a step for each webhook that was held."""
    async with open_harness(strategy) as harness:
        if harness.provider.name == "paypal":
            cast("Any", harness.provider).leave_out = set(left_out)
        harness.hold_webhooks = True
        checkout = await harness.open()
        harness.wait(AGED)
        opened = harness.database.connection.serialize()
        ending = await scenario(harness, checkout)
        await harness.deliver()
        webhooks = list({webhook.body: webhook for webhook in harness.webhooks}.values())
        if left_out and harness.provider.name == "stripe":
            webhooks = [without_ids(harness, webhook, left_out) for webhook in webhooks]
        restore(harness.database.connection, opened)
        harness.send = remembering(harness.send)
        yield harness, checkout, ending, [posting(harness, webhook) for webhook in webhooks]


def asking(harness: Harness, checkout: Any) -> list[Step]:
    """Return the steps in which the engine asks the provider by itself."""
    return [
        some_time_later(harness, lambda: harness.come_back(checkout, pause=0)),
        some_time_later(harness, lambda: reconcile(harness.app.engine, 50)),
        lambda: tidy(harness.app.engine, 50),
    ]


async def play(
    strategy: Any, scenario: Scenario, *, gives_up: bool = False, left_out: Sequence[str] = ()
) -> tuple[Explored, Ending]:
    """Deliver the webhooks of a scenario in every order to an engine that has seen none."""
    async with held(strategy, scenario, left_out) as (harness, checkout, ending, posts):
        steps = posts + asking(harness, checkout)
        steps += [giving_up(harness, checkout["order_id"])] if gives_up else []
        return await explore(harness.database.connection, steps), ending


async def play_on_both(strategy: Any, scenario: Scenario, url: str) -> tuple[Explored, Mapping[State, frozenset[State]]]:
    """Deliver the webhooks of a scenario in every order, on SQLite and on PostgreSQL: return the states on both."""
    async with held(strategy, scenario) as (harness, checkout, _, posts):
        steps = [*posts, *asking(harness, checkout)]
        memory = harness.database.connection
        explored = await explore(memory, steps)
        with closing(OpenTransaction(url)) as transaction:
            copy_rows(memory, transaction)
            harness.database = transaction
            harness.app = App(harness.app.engine.with_database(transaction))
            harness.handle = harness.app.handle
            return explored, await explore_on_postgres(transaction, steps)


async def play_some(strategy: Any, scenario: Scenario, orders: int, left_out: Sequence[str] = ()) -> tuple[set[Ending], Ending]:
    """Deliver the webhooks of a scenario in some orders, with readings between them; return how each of them ended."""
    endings = set()
    async with held(strategy, scenario, left_out) as (harness, checkout, ending, posts):
        opened = harness.database.connection.serialize()
        for number in range(orders):
            chance = Random(number)
            steps = [*posts, *posts[: number % 3], *chance.sample(asking(harness, checkout), number % 3)]
            chance.shuffle(steps)
            restore(harness.database.connection, opened)
            for step in [*steps, asking(harness, checkout)[2]]:
                await step()
            endings.add(read_ending(harness.database.connection))
    return endings, ending


def assert_always(explored: Explored, ending: Ending) -> None:
    endings = find_endings(explored)
    assert {endings[state] for state in explored.ends} == {ending}
    assert [step for step in find_steps(explored) if not is_forward(*step)] == []


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_order_of_a_payments_events_ends_the_same_with_one_effect(strategy: Any, name: str) -> None:
    explored, ending = asyncio.run(play(strategy, SCENARIOS[name]))
    assert_always(explored, ending)
    assert (explored.orders > 1) is (ending.paid_minor > 0 or ending.status == "failed")


LEFT_OUT: Mapping[str, Sequence[Sequence[str]]] = {
    "stripe": [("metadata",), ("metadata", "client_reference_id")],
    "paypal": [
        ("order_id",),
        ("up",),
        ("custom_id",),
        ("order_id", "custom_id"),
        ("order_id", "up"),
        ("order_id", "up", "custom_id"),
    ],
    "square": [()],
}


@pytest.mark.parametrize("name", LONG_SCENARIOS)
def test_a_long_history_ends_the_same_in_some_orders_of_its_events(strategy: Any, name: str) -> None:
    endings, ending = asyncio.run(play_some(strategy, LONG_SCENARIOS[name], 15))
    assert endings == {ending}


@pytest.mark.parametrize("name", ["it is paid, refunded in part and then in full", "it is paid and disputed, and won"])
def test_events_without_some_of_their_ids_end_the_same_or_wait_and_need_no_review(strategy: Any, name: str) -> None:
    for left_out in LEFT_OUT.get(strategy.provider_name(), [()]):
        endings, ending = asyncio.run(play_some(strategy, SCENARIOS[name], 6, left_out))
        assert {one.needs_review for one in endings} == {0}
        assert {one.paid_minor for one in endings} == {ending.paid_minor}
        assert {one.refunded_minor in {0, 300, ending.refunded_minor} for one in endings} == {True}


def test_what_was_given_up_and_is_paid_all_the_same_ends_paid_in_every_order(strategy: Any) -> None:
    explored, ending = asyncio.run(play(strategy, pay, gives_up=True))
    assert_always(explored, ending)
    assert explored.orders >= 4  # what is read again and unchanged is no step


@pytest.mark.process
@pytest.mark.parametrize(
    ("sold_with", "name"),
    [
        ("stripe_checkout", "it is paid, refunded in part and then in full"),
        ("paypal", "it is paid late"),
        ("square", "it is paid with a tip, and all is refunded"),
    ],
)
def test_each_step_from_each_state_leads_to_the_same_state_on_postgresql(sold_with: str, name: str, postgres_url: str) -> None:
    (strategy,) = (strategy for strategy in STRATEGIES if strategy.name == sold_with)
    explored, ways = asyncio.run(play_on_both(strategy, SCENARIOS[name], postgres_url))
    assert ways == explored.ways
