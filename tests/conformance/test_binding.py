"""Whose payment it is: an event counts for an order only if it names the checkout or a payment of that order."""

from collections.abc import Callable

import httpx
import pytest

from lightning_cart.domain.order import OrderStatus
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.http import HttpRequest
from lightning_cart.storage.reconcile_queue import ReconcileQueue
from support.harness import Harness, Scenario, WebhookRequest

type Play = Callable[[Scenario], None]
S = OrderStatus
WRITTEN = ("events", "payments", "disputes", "outbox")
# Each before what it refers to.
STORED = ("buyers", "operator_log", "outbox", "refunds", "disputes", "payments", "events", "orders")


def count_written(harness: Harness) -> list[int]:
    return [harness.database.count(table) for table in WRITTEN]


async def post_held(harness: Harness) -> set[int]:
    """Send every webhook that was held back, and return the statuses of the responses."""
    harness.hold_webhooks = True
    await harness.deliver()
    sent, harness.webhooks = harness.webhooks, []
    return {(await harness.post(webhook)).status for webhook in sent}


@pytest.mark.parametrize("amount_minor", [100, 1000])
def test_a_sale_of_another_program_that_names_an_order_changes_nothing_and_leaves_no_row(play: Play, amount_minor: int) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.open()
        harness.provider.foreign_sale(reference=checkout["order_id"], amount_minor=amount_minor)
        assert await post_held(harness) == {200}
        order = await harness.order(checkout)
        assert (order.status, order.paid_minor, order.needs_review, count_written(harness)) == (S.OPEN, 0, False, [0, 0, 0, 0])

    play(scenario)


def test_a_sale_of_another_program_is_counted(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        harness.provider.foreign_sale(reference="invoice-7", amount_minor=1000)
        await post_held(harness)
        foreign = await ReconcileQueue(harness.database).foreign_events()
        assert (list(foreign), foreign[harness.provider.name][0] > 0) == ([harness.provider.name], True)

    play(scenario)


def test_a_sale_of_another_program_that_names_a_paid_order_changes_nothing(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.buy()
        await post_held(harness)  # also those that came while another one was being recorded
        before = (await harness.order(checkout), count_written(harness))
        harness.provider.foreign_sale(reference=checkout["order_id"], amount_minor=1000)
        assert await post_held(harness) == {200}
        assert (await harness.order(checkout), count_written(harness)) == before

    play(scenario)


def test_an_order_named_by_a_sale_of_another_program_is_paid_by_its_own_checkout(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.open()
        harness.provider.foreign_sale(reference=checkout["order_id"], amount_minor=1000)
        await harness.deliver()
        await harness.visit(checkout, "pay")
        await harness.come_back(checkout)
        await harness.deliver()
        order = await harness.order(checkout)
        assert (order.status, order.paid_minor, order.needs_review) == (S.PAID, 1000, False)
        assert (await harness.effects(checkout), harness.database.count("payments")) == (["order.paid"], 1)

    play(scenario)


def test_a_payment_of_one_order_pays_no_other_order_of_the_same_amount(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        paid, other = await harness.open(), await harness.open()
        await harness.visit(paid, "pay")
        await harness.come_back(paid)
        await harness.deliver()
        assert ((await harness.order(paid)).status, (await harness.order(other)).status) == (S.PAID, S.OPEN)

    play(scenario)


def test_events_of_an_order_that_is_not_here_leave_no_row(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        harness.hold_webhooks = True
        await harness.buy()
        for table in STORED:
            harness.database.connection.execute(f"DELETE FROM {table}")
        assert await post_held(harness) == {200}
        assert count_written(harness) == [0, 0, 0, 0]

    play(scenario)


async def read_event(harness: Harness, webhook: WebhookRequest) -> PaymentEvent:
    engine = harness.app.engine
    request = HttpRequest("POST", httpx.URL(webhook.url).path, webhook.headers, webhook.body)
    return await engine.run(engine.strategy(harness.strategy).verify_webhook(request, engine.now()))


def test_an_event_of_an_order_whose_checkout_is_not_stored_yet_must_come_again(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        harness.hold_webhooks = True
        checkout = await harness.open()
        await harness.visit(checkout, "pay")
        await harness.deliver()
        columns = ("session_id", "session_url", "session_expires_at")
        stored = tuple(harness.database.connection.execute(f"SELECT {', '.join(columns)} FROM orders").fetchone())
        harness.database.connection.execute(f"UPDATE orders SET {', '.join(f'{name} = NULL' for name in columns)}")
        events = [await read_event(harness, webhook) for webhook in harness.webhooks]
        # An event that does not name the order cannot be told from another program's, and the reconciler finds the payment.
        expected = [503 if event.claimed_order_id and event.kind is not EventKind.IGNORED else 200 for event in events]
        assert [(await harness.post(webhook)).status for webhook in harness.webhooks] == expected
        assert ((await harness.order(checkout)).status, count_written(harness)) == (S.OPEN, [0, 0, 0, 0])
        harness.database.connection.execute(f"UPDATE orders SET {', '.join(f'{name} = ?' for name in columns)}", stored)
        assert {(await harness.post(webhook)).status for webhook in harness.webhooks} == {200}
        assert (await harness.order(checkout)).status is S.PAID

    play(scenario)


def reset_to_open(harness: Harness) -> None:
    """Bring the only order back to what it was before anybody paid it, as if no event had been recorded."""
    for table in ("outbox", "disputes", "payments", "events"):
        harness.database.connection.execute(f"DELETE FROM {table}")
    harness.database.connection.execute(
        "UPDATE orders SET status = 'open', paid_minor = 0, refunded_minor = 0, payment_ref = '', dispute = 'none'"
    )


def test_a_refund_that_is_told_before_its_payment_is_applied_with_it(play: Play) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await harness.buy()
        paid = list(harness.webhooks)
        harness.provider.refund(checkout["order_id"], 400)
        harness.hold_webhooks, harness.webhooks = True, []
        await harness.deliver()
        reset_to_open(harness)
        refunds = [webhook for webhook in harness.webhooks if (await read_event(harness, webhook)).kind is EventKind.REFUNDED]
        assert {(await harness.post(webhook)).status for webhook in refunds} == {200}
        assert (await harness.order(checkout)).status is S.OPEN
        for webhook in (*paid, *harness.webhooks):
            assert (await harness.post(webhook)).status == 200
        order = await harness.order(checkout)
        assert (order.status, order.refunded_minor, order.needs_review) == (S.PARTIALLY_REFUNDED, 400, False)
        parked = harness.database.connection.execute("SELECT event_id FROM events WHERE verdict = 'parked'").fetchall()
        assert parked == []

    play(scenario)
