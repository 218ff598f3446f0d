"""What was read of a checkout: what of it changes the order, and what is recorded as the webhook's own event."""

from typing import Any

import pytest

from lightning_cart.domain.buyer import Address, Contact
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, Order, OrderStatus
from lightning_cart.domain.payment import Payment, PaymentState
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.providers.strategy import CheckoutReading
from lightning_cart.storage.leases import LEASE_SECONDS, MAX_CLOCK_DIFFERENCE, Lease
from lightning_cart.storage.unread import find_unread
from lightning_cart.usecases.reading import changes_order, read_checkout, record_reading
from support.app import run
from support.builders import NOW, ORDER_ID, make_event, make_order
from support.every_provider import EveryProvider

K, S = EventKind, OrderStatus
USD = Money(1000, "USD")


def read(kind: EventKind, **changes: Any) -> PaymentEvent:
    """Return an event that was read of the order."""
    fields: dict[str, Any] = {
        "id": f"read:{kind}:{changes.get('payment_ref', 'pi_1')}",
        "checkout_ref": "cs_1",
        "was_read": True,
    }
    return make_event(kind, **(fields | changes))


PAID = Payment("pi_1", 1000, 200, 300)


@pytest.mark.parametrize(
    ("event", "known", "changes"),
    [
        (read(K.PAID), None, True),
        (read(K.PAID), Payment("pi_1", 1000, state=PaymentState.PENDING), True),
        (read(K.PAID), Payment("pi_1", 1000, state=PaymentState.FAILED), True),
        (read(K.PAID), Payment("pi_1", 1000), False),
        (read(K.PAID, amount=Money(1001, "USD")), Payment("pi_1", 1000), True),
        (read(K.PAID, amount=Money(999, "USD")), Payment("pi_1", 1000), False),
        (read(K.PAID, amount=None), Payment("pi_1", 0), False),
        (read(K.PAID, amount=Money(1000, "EUR")), Payment("pi_1", 0), False),
        (read(K.PAID, amount=Money(9, "EUR"), tip_minor=1, refunded=Money(9, "EUR")), Payment("pi_1", 0), False),
        (read(K.PAID, tip_minor=200), Payment("pi_1", 1000), True),
        (read(K.PAID, tip_minor=200), PAID, False),
        (read(K.PAID, tip_minor=0), PAID, False),
        (read(K.PAID, refunded=Money(300, "USD")), PAID, False),
        (read(K.PAID, refunded=Money(0, "USD")), PAID, True),
        (read(K.PAID, refunded=Money(1200, "USD")), PAID, True),
    ],
)
def test_a_payment_changes_an_order_as_far_as_it_says_something_new(
    event: PaymentEvent, known: Payment | None, changes: bool
) -> None:
    assert changes_order(event, make_order(status=S.PAID, paid_minor=1000), known) is changes


@pytest.mark.parametrize(
    ("kind", "order", "known", "changes"),
    [
        (K.PENDING, make_order(), None, True),
        (K.PENDING, make_order(status=S.PENDING), None, True),
        (K.PENDING, make_order(status=S.PENDING), Payment("pi_1", 0, state=PaymentState.PENDING), False),
        (K.PENDING, make_order(), Payment("pi_1", 0, state=PaymentState.PENDING), True),
        (K.NEEDS_REVIEW, make_order(), None, True),
        (K.NEEDS_REVIEW, make_order(needs_review=True), None, False),
        (K.EXPIRED, make_order(), None, True),
        (K.EXPIRED, make_order(status=S.EXPIRED), None, False),
        (K.FAILED, make_order(status=S.PENDING), None, True),
        (K.CANCELLED, make_order(status=S.PAID), None, False),
    ],
)
def test_the_other_kinds_change_an_order_that_is_not_there_yet(
    kind: EventKind, order: Order, known: Payment | None, changes: bool
) -> None:
    assert changes_order(read(kind), order, known) is changes


@pytest.fixture
def shop() -> EveryProvider:
    shop = EveryProvider()
    shop.add_order()
    return shop


def lease(shop: EveryProvider) -> Lease:
    _, taken = run(shop.app.engine.leases.take(ORDER_ID, int(shop.now)))
    assert taken is not None
    return taken


def busy_until(shop: EveryProvider) -> int:
    return int(shop.rows("SELECT busy_until FROM orders")[0][0])


def test_a_reading_that_says_nothing_new_only_ends_the_lease(shop: EveryProvider) -> None:
    taken = lease(shop)
    assert busy_until(shop) == NOW + LEASE_SECONDS
    order, recorded = run(record_reading(shop.app.engine, taken, CheckoutReading()))
    assert (order, recorded, busy_until(shop), shop.database.count("events")) == (taken.order, None, 0, 0)


def test_the_batch_that_records_the_first_event_ends_the_lease(shop: EveryProvider) -> None:
    taken = lease(shop)
    shop.database.round_trips = 0
    run(record_reading(shop.app.engine, taken, CheckoutReading((read(K.PAID),))))
    assert (shop.database.round_trips, busy_until(shop), shop.order().status) == (1, 0, S.PAID)


def test_a_lease_that_another_call_has_taken_meanwhile_is_not_ended(shop: EveryProvider) -> None:
    slow = lease(shop)
    shop.now += LEASE_SECONDS
    lease(shop)
    run(record_reading(shop.app.engine, slow, CheckoutReading((read(K.PAID),))))
    run(record_reading(shop.app.engine, slow, CheckoutReading()))
    assert busy_until(shop) == int(shop.now) + LEASE_SECONDS


def test_a_lease_lasts_for_a_minute_and_is_taken_by_one(shop: EveryProvider) -> None:
    lease(shop)
    shop.now += 59
    assert run(shop.app.engine.leases.take(ORDER_ID, int(shop.now)))[1] is None
    shop.now += 1
    assert run(shop.app.engine.leases.take(ORDER_ID, int(shop.now)))[1] is not None
    assert run(shop.app.engine.leases.take("ord_x", int(shop.now))) == (None, None)


def test_a_lease_that_a_wrong_clock_took_does_not_count(shop: EveryProvider) -> None:
    shop.database.connection.execute("UPDATE orders SET busy_until = ?, looked_at = ?", (NOW + 99_999, NOW + 99_999))
    assert lease(shop) is not None


@pytest.mark.parametrize(("ahead", "is_taken"), [(MAX_CLOCK_DIFFERENCE, False), (MAX_CLOCK_DIFFERENCE + 1, True)])
def test_the_clocks_of_two_engines_may_differ_by_so_much(shop: EveryProvider, ahead: int, is_taken: bool) -> None:
    taken_by_the_other = "UPDATE orders SET busy_until = ?", (NOW + LEASE_SECONDS + ahead,)
    shop.database.connection.execute(*taken_by_the_other)
    assert (run(shop.app.engine.leases.take(ORDER_ID, NOW))[1] is not None) == is_taken
    shop.database.connection.execute(*taken_by_the_other)
    assert (run(find_unread(shop.database, read(K.PAID, was_read=False), NOW)).lease is not None) == is_taken


def test_a_reading_that_was_recorded_before_ends_its_lease(shop: EveryProvider) -> None:
    for _ in range(2):
        other = read(K.NEEDS_REVIEW, review_reason="second_payment")
        run(record_reading(shop.app.engine, lease(shop), CheckoutReading((other,))))
        shop.database.connection.execute("UPDATE orders SET needs_review = 0")
    assert shop.rows("SELECT busy_until FROM orders") == [(0,)]


def test_what_is_new_of_a_known_payment_is_recorded_under_an_id_of_its_own(shop: EveryProvider) -> None:
    for refunded in (None, 300, 300, 1000):
        shop.now += 60
        total = Money(refunded, "USD") if refunded else None
        run(record_reading(shop.app.engine, lease(shop), CheckoutReading((read(K.PAID, refunded=total),))))
    assert (shop.database.count("events"), shop.order().refunded_minor, shop.order().needs_review) == (3, 1000, False)
    assert shop.messages() == ["order.paid", "order.refunded:300", "order.refunded:1000"]


WEBHOOK = Contact("jose@ejemplo.es", delivery=Address("ES", "José", "Calle 1"))
READING = Contact("other@example.com", "José Núñez", "+34600", delivery=Address("ES", "Ana", "Calle 2"))


def paid_by(shop: EveryProvider) -> Contact:
    return run(shop.app.engine.orders.get_order(ORDER_ID)).buyer.paid_by


def test_what_a_webhook_did_not_say_of_the_buyer_is_completed_without_an_event(shop: EveryProvider) -> None:
    run(shop.app.engine.inbox.record_event(make_event(K.PAID, contact=WEBHOOK), NOW))
    for _ in range(2):
        run(record_reading(shop.app.engine, lease(shop), CheckoutReading((read(K.PAID, contact=READING),))))
    assert paid_by(shop) == READING._replace(email=WEBHOOK.email, delivery=WEBHOOK.delivery)
    assert (shop.database.count("events"), shop.messages()) == (1, ["order.paid"])


def test_a_reading_that_says_no_more_of_the_buyer_executes_no_statement_for_it(shop: EveryProvider) -> None:
    run(shop.app.engine.inbox.record_event(make_event(K.PAID, contact=READING), NOW))
    taken = lease(shop)
    executed = shop.database.connection.total_changes
    run(record_reading(shop.app.engine, taken, CheckoutReading((read(K.PAID, contact=WEBHOOK),))))
    assert shop.database.connection.total_changes == executed + 1  # the end of the lease


@pytest.mark.parametrize(
    "event",
    [
        read(K.PENDING, contact=READING),
        read(K.PAID, contact=READING, review_reason="another_mode"),
        read(K.EXPIRED, contact=READING),
    ],
    ids=["pending", "of another mode", "expired"],
)
def test_only_a_payment_that_is_the_orders_own_says_who_bought(shop: EveryProvider, event: PaymentEvent) -> None:
    run(shop.app.engine.inbox.record_event(make_event(K.PAID, contact=WEBHOOK), NOW))
    run(record_reading(shop.app.engine, lease(shop), CheckoutReading((event,))))
    assert paid_by(shop) == WEBHOOK


def test_a_reading_says_nothing_of_a_buyer_who_was_forgotten(shop: EveryProvider) -> None:
    run(shop.app.engine.inbox.record_event(make_event(K.PAID), NOW))
    shop.database.connection.execute(f"UPDATE orders SET forgotten_at = {NOW}")
    run(record_reading(shop.app.engine, lease(shop), CheckoutReading((read(K.PAID, contact=READING),))))
    assert shop.rows("SELECT * FROM buyers") == []


def test_a_webhook_is_recorded_under_its_own_id_with_what_was_read(shop: EveryProvider) -> None:
    hint = make_event(K.PAID, id="WH-1", order_id="", amount=Money(1, "USD"), must_read=True)
    _, recorded = run(record_reading(shop.app.engine, lease(shop), CheckoutReading((read(K.PAID),)), hint))
    assert recorded is not None
    assert shop.rows("SELECT event_id, amount_minor, verdict FROM events") == [("WH-1", 1000, "applied")]


def test_a_webhook_about_a_payment_that_the_checkout_does_not_have_is_not_recorded(shop: EveryProvider) -> None:
    hint = make_event(K.PAID, id="WH-1", order_id="", payment_ref="pi_9")
    _, recorded = run(record_reading(shop.app.engine, lease(shop), CheckoutReading((read(K.PAID),)), hint))
    assert (recorded, shop.rows("SELECT event_id FROM events"), shop.order().status) == (None, [("read:paid:pi_1",)], S.PAID)


def test_a_webhook_of_one_of_several_payments_brings_the_others_too(shop: EveryProvider) -> None:
    parts = tuple(read(K.PAID, payment_ref=ref, amount=Money(500, "USD"), is_part=True) for ref in ("pi_1", "pi_2"))
    hint = make_event(K.PAID, id="WH-1", order_id="", payment_ref="pi_2")
    run(record_reading(shop.app.engine, lease(shop), CheckoutReading(parts), hint))
    assert shop.rows("SELECT event_id FROM events ORDER BY 1") == [("WH-1",), ("read:paid:pi_1",)]
    assert (shop.order().paid_minor, shop.order().status) == (1000, S.PAID)


def test_a_webhook_of_a_refund_brings_its_payment_first(shop: EveryProvider) -> None:
    hint = make_event(K.REFUNDED, id="WH-1", order_id="", amount=None, object_id="re_1")
    run(record_reading(shop.app.engine, lease(shop), CheckoutReading((read(K.PAID, refunded=USD),)), hint))
    assert shop.rows("SELECT event_id, kind FROM events ORDER BY 1") == [("WH-1", "refunded"), ("read:paid:pi_1", "paid")]
    assert (shop.order().status, shop.order().refunded_minor) == (S.REFUNDED, 1000)


@pytest.mark.parametrize(("status", "may_capture"), [(S.OPEN, True), (S.PENDING, True), (S.CANCELLED, False), (S.PAID, False)])
def test_only_an_order_that_may_still_be_paid_is_captured(shop: EveryProvider, status: OrderStatus, may_capture: bool) -> None:
    asked = []
    strategy = shop.app.engine.strategy("stripe_checkout")

    def read_checkout_of(order: Order, *, capture: bool) -> Any:
        asked.append((order.id, capture))
        yield from ()
        return CheckoutReading()

    strategy.read_checkout = read_checkout_of  # type: ignore[method-assign]
    order = make_order(status=status, session=CheckoutSession("cs_1", "https://x.example", None))
    for capture in (True, False):
        run(read_checkout(shop.app.engine, Lease(order, {}, NOW), capture=capture))
    assert asked == [(ORDER_ID, may_capture), (ORDER_ID, False)]


def test_what_is_read_of_an_order_that_is_gone_meanwhile_is_recorded_nowhere(shop: EveryProvider) -> None:
    taken = lease(shop)
    shop.database.connection.execute("DELETE FROM orders")
    order, recorded = run(record_reading(shop.app.engine, taken, CheckoutReading((read(K.PAID),))))
    assert (order, recorded, shop.database.count("events")) == (taken.order, None, 0)
