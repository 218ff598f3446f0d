"""The table of buyers: what the provider reports is kept once, completed later, and not kept of a buyer who was forgotten."""

import pytest

from lightning_cart.domain.buyer import NO_CONTACT, Address, Buyer, Contact
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, Order
from lightning_cart.domain.payment_event import EventKind, Verdict
from lightning_cart.ports import Statement
from lightning_cart.storage.buyers import complete_contact
from lightning_cart.storage.inbox import Inbox, record_event_batch
from lightning_cart.storage.orders import OrderStore
from support.app import run
from support.builders import NOW, ORDER_ID, make_event, make_order
from support.databases import MemoryDatabase

K = EventKind
MADRID, SABADELL = Address("ES", "José", "Calle Mayor 1", postal_code="28013"), Address("ES", "Ada", "Plaça Major 1")
JOSE = Contact("jose@ejemplo.es", "José Núñez", "+34600", "ESB1", MADRID, SABADELL)
ADA = Contact("ada@example.com", "Ada", "+44", "GB1", SABADELL, MADRID)


class Kept:
    """A store with one open order."""

    def __init__(self, order: Order | None = None) -> None:
        self.database = MemoryDatabase()
        self.orders = OrderStore(self.database)
        opened = (order or make_order())._replace(session=CheckoutSession("cs_1", "https://pay.example", None))
        run(self.orders.create_order(opened, "", "digest"))
        run(self.orders.save_session(ORDER_ID, CheckoutSession("cs_1", "https://pay.example", None), NOW))

    def record(self, contact: Contact, event_id: str = "evt_1", kind: EventKind = K.PAID, amount: int = 1000) -> Verdict:
        event = make_event(kind, id=event_id, checkout_ref="cs_1", contact=contact, amount=Money(amount, "USD"))
        recorded = run(Inbox(self.database).record_event(event, NOW))
        assert recorded is not None
        return recorded.verdict

    def execute(self, sql: str) -> None:
        run(self.database.query(Statement(sql, ())))

    @property
    def order(self) -> Order:
        return run(self.orders.get_order(ORDER_ID))

    @property
    def paid_by(self) -> Contact:
        return self.order.buyer.paid_by


def test_what_is_reported_with_the_payment_is_kept_beside_what_the_cart_said() -> None:
    address = Address("ES", "Bo", "Calle 1")
    kept = Kept(make_order(customer_email="bo@example.com", buyer=Buyer(address, note="Ring twice", vat_id="ESX1")))
    kept.record(JOSE)
    order = kept.order
    assert (order.customer_email, order.buyer) == ("bo@example.com", Buyer(address, (), "Ring twice", "ESX1", JOSE))
    assert (order.buyer.name, order.buyer.phone, order.buyer.delivery, order.buyer.billing, order.buyer.tax_id) == (
        "Ada",
        "+34600",
        MADRID,
        SABADELL,
        "ESX1",
    )


def test_the_payers_address_is_the_orders_if_the_cart_had_none() -> None:
    kept = Kept()
    kept.record(JOSE)
    assert kept.order.customer_email == "jose@ejemplo.es"


@pytest.mark.parametrize("kind", [K.PAID, K.PENDING])
def test_each_part_keeps_its_first_report_and_a_missing_one_is_filled(kind: EventKind) -> None:
    kept = Kept()
    kept.record(Contact(email=JOSE.email, delivery=MADRID), kind=kind)
    kept.record(ADA, "evt_2")
    assert kept.paid_by == ADA._replace(email=JOSE.email, delivery=MADRID)


def test_an_event_without_a_contact_empties_nothing() -> None:
    kept = Kept()
    kept.record(JOSE)
    kept.record(NO_CONTACT, "evt_2")
    assert kept.paid_by == JOSE


def test_an_event_of_another_amount_still_says_who_paid() -> None:
    kept = Kept()
    assert (kept.record(JOSE, amount=999), kept.paid_by) == (Verdict.MISMATCH, JOSE)


def test_who_paid_in_another_checkout_is_not_the_buyer() -> None:
    kept = Kept()
    event = make_event(K.PAID, order_id="", checkout_ref="cs_other", claimed_order_id=ORDER_ID, contact=JOSE)
    recorded = run(Inbox(kept.database).record_event(event, NOW))
    assert recorded is not None
    assert (recorded.verdict, kept.paid_by) == (Verdict.MISMATCH, NO_CONTACT)


def test_a_repeated_event_changes_nothing() -> None:
    kept = Kept()
    kept.record(Contact(email=JOSE.email))
    kept.record(JOSE)
    assert kept.paid_by == Contact(email=JOSE.email)


def test_an_order_from_before_the_table_gets_a_row() -> None:
    kept = Kept(make_order(customer_email="bo@example.com"))
    kept.execute("DELETE FROM buyers")
    kept.record(JOSE)
    assert kept.paid_by == JOSE
    assert kept.database.connection.execute("SELECT country FROM buyers").fetchall()[0][0] == "ES"


def test_the_country_of_the_cart_stays_and_an_unknown_one_is_filled() -> None:
    for country, expected in (("DE", "DE"), ("", "ES")):
        kept = Kept(make_order(customer_email="bo@example.com"))
        kept.execute(f"UPDATE buyers SET country = '{country}'")
        kept.record(JOSE)
        assert kept.database.connection.execute("SELECT country FROM buyers").fetchall()[0][0] == expected


def test_nothing_is_kept_of_a_buyer_who_was_forgotten() -> None:
    kept = Kept()
    kept.execute(f"UPDATE orders SET forgotten_at = {NOW}")
    kept.execute("DELETE FROM buyers")
    kept.record(JOSE)
    run(complete_contact(kept.database, ORDER_ID, JOSE))
    assert kept.database.count("buyers") == 0


def test_what_is_missing_is_filled_without_an_event() -> None:
    kept = Kept()
    kept.record(Contact(email=JOSE.email, delivery=MADRID))
    run(complete_contact(kept.database, ORDER_ID, ADA))
    assert kept.paid_by == ADA._replace(email=JOSE.email, delivery=MADRID)
    assert (kept.database.count("events"), kept.database.count("outbox")) == (1, 1)


def test_a_contact_that_says_nothing_new_writes_no_row() -> None:
    kept = Kept()
    kept.record(JOSE)
    before = kept.database.connection.total_changes
    run(complete_contact(kept.database, ORDER_ID, ADA))
    assert kept.database.connection.total_changes == before


def test_an_event_without_a_contact_has_no_statement_about_buyers() -> None:
    plain, said = make_event(K.PAID), make_event(K.PAID, contact=JOSE)
    assert ("contact" in record_event_batch(plain, NOW), "contact" in record_event_batch(said, NOW)) == (False, True)


def test_a_contact_is_completed_by_another_part_by_part() -> None:
    some = Contact(email="a@b.example", delivery=MADRID)
    assert some.completed_by(ADA) == ADA._replace(email="a@b.example", delivery=MADRID)
    assert (some.lacks(ADA), ADA.lacks(some), JOSE.lacks(ADA), NO_CONTACT.lacks(NO_CONTACT)) == (True, False, False, False)
