"""Tidying: attempts end after a day, parked events after seven, and those that a crash left over are recorded."""

from typing import Any

import pytest

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import OrderStatus
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.http import HttpResponse
from lightning_cart.storage.attempts import HOUR
from lightning_cart.storage.inbox import record_event_batch
from lightning_cart.storage.inbox_statements import MAX_PARKED
from lightning_cart.storage.sql import run_batch
from lightning_cart.usecases.tidy import STATEMENTS_PER_EVENT, tidy
from support.app import answer, run, stripe_routes
from support.builders import NOW, make_event
from support.every_provider import EveryProvider
from support.square import payment, square_order

K = EventKind
DAY, WEEK = 86_400, 7 * 86_400


def park(shop: EveryProvider, kind: EventKind = K.DISPUTED, number: int = 1, **changes: Any) -> PaymentEvent:
    """Record an event whose payment is not known."""
    names = {"id": f"evt_{number:03d}", "order_id": "", "object_id": f"dp_{number}", "payment_ref": "pi_1"}
    event = make_event(kind, **(names | changes))
    recorded = run(shop.app.engine.inbox.record_event(event, int(shop.now)))
    assert (recorded is not None and recorded.verdict) == "parked"
    return event


def crash_after_payment(shop: EveryProvider, **names: str) -> None:
    """Record the order's payment and nothing that waited for it, as if the process ended there."""
    event = make_event(K.PAID, **({"payment_ref": "pi_1"} | names))
    run(run_batch(shop.database, record_event_batch(event, int(shop.now))))
    assert shop.order().status is OrderStatus.PAID


def parked(shop: EveryProvider) -> int:
    return int(shop.rows("SELECT count(*) FROM events WHERE verdict = 'parked'")[0][0])


@pytest.fixture
def shop() -> EveryProvider:
    """Open a shop with one open order."""
    shop = EveryProvider()
    shop.add_order()
    return shop


# ---- the end of what nobody claims


def test_what_nobody_claims_is_kept_for_seven_days(shop: EveryProvider) -> None:
    park(shop)
    shop.now = NOW + WEEK
    assert (run(tidy(shop.app.engine, 10)), parked(shop)) == (0, 1)
    shop.now += 1
    assert (run(tidy(shop.app.engine, 10)), shop.database.count("events")) == (0, 0)


def test_what_was_recorded_is_kept_for_ever(shop: EveryProvider) -> None:
    crash_after_payment(shop)
    shop.now += 1000 * 86_400
    run(tidy(shop.app.engine, 10))
    assert shop.database.count("events") == 1


def test_what_was_tried_is_kept_for_a_day(shop: EveryProvider) -> None:
    hour = int(shop.now) // HOUR
    for number in range(26):
        shop.database.connection.execute("INSERT INTO attempts (key, hour, count) VALUES ('code:a', ?, 1)", (hour - number,))
    run(tidy(shop.app.engine, 10))
    assert shop.rows("SELECT hour FROM attempts ORDER BY hour") == [(hour - number,) for number in reversed(range(24))]
    shop.now += DAY
    run(tidy(shop.app.engine, 10, 3))
    assert shop.database.count("attempts") == 0


def test_no_more_than_ten_thousand_events_wait(shop: EveryProvider) -> None:
    park(shop)
    shop.database.connection.execute(
        f"""
        WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {MAX_PARKED})
        INSERT INTO events (provider, event_id, type, kind, payment_ref, subscription_ref, subject, verdict, fresh, received_at)
        SELECT 'stripe', 'evt_more_' || i, 'x', 'disputed', 'pi_' || i, '', 'dp_' || i, 'parked', 0, {NOW} FROM n
        """
    )
    assert parked(shop) == MAX_PARKED
    event = make_event(K.DISPUTED, id="evt_last", order_id="", object_id="dp_last", payment_ref="pi_last")
    assert run(shop.app.engine.inbox.record_event(event, NOW)) is None
    assert parked(shop) == MAX_PARKED


# ---- what a crash left over


@pytest.mark.parametrize(
    "names", [{"payment_ref": "pi_1"}, {"payment_ref": "", "subscription_ref": "sub_1"}], ids=["payment", "subscription"]
)
def test_a_dispute_is_recorded_though_the_process_ended_right_after_its_payment(
    shop: EveryProvider, names: dict[str, Any]
) -> None:
    park(shop, **names)
    crash_after_payment(shop, **names)
    assert shop.order().dispute == "none"
    assert run(tidy(shop.app.engine, 10)) == 1
    assert (shop.order().dispute, shop.messages()) == ("open", ["order.disputed:dp_1", "order.paid"])
    assert run(tidy(shop.app.engine, 10)) == 0


def test_the_end_of_a_dispute_that_came_before_the_dispute_is_recorded() -> None:
    shop = EveryProvider()
    shop.add_order()
    crash_after_payment(shop)
    park(shop, K.DISPUTE_LOST, payment_ref="", object_id="dp_1", created_at=NOW + 9)
    run(shop.app.engine.inbox.record_event(make_event(K.DISPUTED, object_id="dp_1", created_at=NOW), NOW))
    assert shop.order().dispute == "open"
    assert (run(tidy(shop.app.engine, 10)), shop.order().dispute) == (1, "lost")


def test_a_refund_is_read_and_recorded_though_the_process_ended_right_after_its_payment(shop: EveryProvider) -> None:
    park(shop, K.REFUNDED, amount=None, object_id="")
    crash_after_payment(shop)
    shop.provider.routes |= stripe_routes(400)
    assert run(tidy(shop.app.engine, 10)) == 1
    assert (shop.order().refunded_minor, parked(shop), shop.rows("SELECT busy_until FROM orders")) == (400, 0, [(0,)])


@pytest.mark.parametrize("status", [401, 503])
def test_a_refund_that_cannot_be_read_now_waits(shop: EveryProvider, status: int) -> None:
    park(shop, K.REFUNDED, amount=None, object_id="")
    crash_after_payment(shop)
    shop.provider.routes |= stripe_routes(400) | {"/v1/payment_intents/": HttpResponse(status)}
    assert (run(tidy(shop.app.engine, 10)), parked(shop)) == (0, 1)
    shop.provider.routes |= stripe_routes(400)
    assert (run(tidy(shop.app.engine, 10)), shop.order().refunded_minor) == (1, 400)


def test_a_refund_whose_order_is_being_read_waits(shop: EveryProvider) -> None:
    park(shop, K.REFUNDED, amount=None, object_id="")
    crash_after_payment(shop)
    shop.database.connection.execute(f"UPDATE orders SET busy_until = {NOW + 9}")
    assert (run(tidy(shop.app.engine, 10)), parked(shop), shop.provider.requests) == (0, 1, [])


def test_a_refund_of_an_order_whose_strategy_is_gone_waits(shop: EveryProvider) -> None:
    park(shop, K.REFUNDED, amount=None, object_id="")
    crash_after_payment(shop)
    shop.database.connection.execute("UPDATE orders SET strategy = 'former_pay'")
    assert (run(tidy(shop.app.engine, 10)), parked(shop)) == (0, 1)


def test_a_refund_that_the_checkout_does_not_show_is_not_counted_as_recorded(shop: EveryProvider) -> None:
    park(shop, K.REFUNDED, amount=None, object_id="")
    crash_after_payment(shop)
    shop.provider.routes |= stripe_routes(400, payment_intent="pi_2")
    assert run(tidy(shop.app.engine, 10)) == 0


# ---- whose turn it is


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_every_parked_event_has_its_turn_whatever_the_limit(shop: EveryProvider, limit: int) -> None:
    for number in range(1, 4):
        park(shop, number=number, payment_ref=f"pi_{number}")
    crash_after_payment(shop, payment_ref="pi_3")
    assert sum(run(tidy(shop.app.engine, limit)) for _ in range(4)) == 1
    run(run_batch(shop.database, record_event_batch(make_event(K.PENDING, payment_ref="pi_1"), NOW)))
    assert sum(run(tidy(shop.app.engine, limit)) for _ in range(4)) == 1
    assert parked(shop) == 1


def test_a_run_that_may_not_go_on_leaves_an_event_to_the_next(shop: EveryProvider) -> None:
    park(shop)
    crash_after_payment(shop)
    assert run(tidy(shop.app.engine, 10, go_on=lambda: False)) == 0
    assert run(tidy(shop.app.engine, 10)) == 1


def test_a_run_without_room_for_an_event_leaves_it_to_the_next(shop: EveryProvider) -> None:
    park(shop)
    crash_after_payment(shop)
    assert run(tidy(shop.app.engine, 10, STATEMENTS_PER_EVENT + 2)) == 0
    assert run(tidy(shop.app.engine, 10, STATEMENTS_PER_EVENT + 3)) == 1


def test_a_run_whose_budget_ends_within_an_event_is_continued_by_the_next() -> None:
    shop = EveryProvider()
    shop.add_order(strategy="square")
    parts = [payment(id=f"P{part}", order_id="cs_1", amount_money={"amount": 200, "currency": "USD"}) for part in range(5)]
    shop.provider.routes |= {"/v2/orders/": answer(square_order("OPEN", *(part["id"] for part in parts)))}
    shop.provider.routes |= {f"/v2/payments/{part['id']}": answer({"payment": part}) for part in parts}
    park(shop, K.REFUNDED, provider="square", amount=None, object_id="re_1", payment_ref="P4")
    pays = make_event(K.PAID, provider="square", payment_ref="P4", amount=Money(200, "USD"), is_part=True)
    run(run_batch(shop.database, record_event_batch(pays, NOW)))
    assert (run(tidy(shop.app.engine, 10, STATEMENTS_PER_EVENT + 10)), 0 < shop.order().paid_minor < 1000) == (0, True)
    shop.now += 20  # the lease ends
    assert [run(tidy(shop.app.engine, 10)) for _ in range(2)] == [0, 1]  # the first run starts the round again
    assert (parked(shop), shop.order().paid_minor, shop.order().status) == (0, 1000, OrderStatus.PAID)


@pytest.mark.parametrize("budget", [2, 20, 45])
def test_a_run_executes_no_more_statements_than_its_budget(shop: EveryProvider, budget: int) -> None:
    for number in range(1, 9):
        park(shop, number=number)
    crash_after_payment(shop)
    executed = shop.count_statements()
    run(tidy(shop.app.engine, 10, budget))
    assert 0 < sum(executed) <= budget
