"""An order is read with its documents in one round trip, and in two if something has to be numbered first."""

from typing import Any

import pytest

from lightning_cart.domain.document import Series
from lightning_cart.domain.money import Money
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.domain.receipt import TaxShare
from lightning_cart.errors import StorageUnavailable
from lightning_cart.usecases.receipts import Papers, read_papers
from support.app import Shop, run
from support.builders import NOW, ORDER_ID, make_event
from support.full_orders import BOOK, SHIRT, make_addressed_order

K = EventKind
LINES = tuple(line._replace(tax_rate="8.875") for line in (SHIRT, BOOK))
ORDER = make_addressed_order(lines=LINES, customer_email="ada@example.com")  # of 92.43 dollars


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    run(shop.app.engine.orders.create_order(ORDER, "", "digest"))
    return shop


def record(shop: Shop, kind: EventKind, minor: int, now: int = NOW, **changes: Any) -> None:
    assert run(shop.app.engine.inbox.record_event(make_event(kind, amount=Money(minor, "USD"), **changes), now))


def read(shop: Shop) -> tuple[Papers, int]:
    """Return an order's papers, and how many round trips they took."""
    shop.database.round_trips = 0
    papers = run(read_papers(shop.app.engine, ORDER_ID))
    assert papers is not None
    return papers, shop.database.round_trips


def test_there_are_no_papers_of_no_order(shop: Shop) -> None:
    assert run(read_papers(shop.app.engine, "ord_unknown")) is None


def test_an_unpaid_order_has_shares_and_no_number(shop: Shop) -> None:
    papers, trips = read(shop)
    assert (papers.order.number, papers.documents, papers.paid_at, trips) == (None, (), None, 1)
    assert papers.shares == (TaxShare("8.875", "Sales tax", False, 8490, 753),)


def test_a_paid_order_is_numbered_before_it_is_shown(shop: Shop) -> None:
    record(shop, K.PAID, 9243, NOW + 7)
    first, trips = read(shop)
    assert first.order.number is not None
    assert (first.order.number.text(Series.RECEIPT), first.order.number.at, first.paid_at, trips) == ("2026-1", NOW, NOW + 7, 2)
    assert (first.order.customer_email, first.order.buyer.delivery) == ("ada@example.com", ORDER.buyer.address)
    assert read(shop) == (first, 1)


def test_a_refund_is_numbered_when_it_is_shown_and_not_before(shop: Shop) -> None:
    record(shop, K.PAID, 9243)
    read(shop)
    record(shop, K.REFUNDED, 1000)
    shop.now += 400 * 86_400
    papers, trips = read(shop)
    ((document, shares, _),) = papers.documents
    assert document.number is not None
    assert (document.number.text(document.series), document.paid_minor, trips) == ("C2027-1", 9243, 2)
    assert shares == (TaxShare("8.875", "Sales tax", False, 918, 82),)
    assert read(shop) == (papers, 1)


def test_a_renewal_without_a_document_gets_one_before_it_is_shown(shop: Shop) -> None:
    record(shop, K.PAID, 9243)
    read(shop)
    record(shop, K.RENEWED, 900, payment_ref="pi_2", object_id="in_2")
    shop.database.connection.execute("DELETE FROM documents")
    papers, trips = read(shop)
    assert ([one.document.amount_minor for one in papers.documents], trips) == ([900], 2)
    assert read(shop) == (papers, 1)


def test_two_orders_of_a_site_have_numbers_that_follow_each_other(shop: Shop) -> None:
    other = ORDER._replace(id=f"ord_{2:026d}")
    run(shop.app.engine.orders.create_order(other, "", "digest"))
    record(shop, K.PAID, 9243)
    record(shop, K.PAID, 9243, id="evt_2", order_id=other.id, payment_ref="pi_2")
    second = run(read_papers(shop.app.engine, other.id))
    assert second is not None
    numbers = [papers.order.number.number for papers in (second, read(shop)[0]) if papers.order.number]
    assert numbers == [1, 2]


def test_a_database_that_is_away_is_told(shop: Shop) -> None:
    shop.database.broken = True
    with pytest.raises(StorageUnavailable):
        run(read_papers(shop.app.engine, ORDER_ID))
