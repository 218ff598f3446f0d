"""Documents are made with what they are about, and numbered later: once, and without a gap."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.document import Document, DocumentNumber, Series
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.payment import Payment
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.domain.refund import RefundResult, RefundStatus, RefundWish
from lightning_cart.errors import StorageUnavailable
from lightning_cart.ports import Row, Statement
from lightning_cart.storage.documents import needs_numbers, number_documents, number_orders, read_documents
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.operator_log import Operator
from lightning_cart.storage.orders import OrderStore
from lightning_cart.storage.refunds import RefundStore
from lightning_cart.storage.reviews import Reviews
from lightning_cart.usecases.refund_progress import refund_event
from support.app import run
from support.builders import NOW, ORDER_ID, make_event, make_order
from support.databases import MemoryDatabase

K = EventKind
DAY = 86_400
NEXT_YEAR = NOW + 300 * DAY
STATEMENTS = 9  # of a numbering
OTHER_ID = "ord_00000000000000000000000002"


class Books:
    """A database with orders that were paid, and what was numbered."""

    def __init__(self, *orders: Order) -> None:
        self.database = MemoryDatabase()
        for order in orders or (make_order(),):
            run(OrderStore(self.database).create_order(order, "", "digest"))

    def record(self, *events: PaymentEvent, now: int = NOW, known: Payment | None = None) -> None:
        for event in events:
            assert run(Inbox(self.database).record_event(event, now, known))

    def pay(self, order_id: str = ORDER_ID, minor: int = 1000, now: int = NOW, **changes: Any) -> None:
        named = {"id": f"paid_{order_id}", "order_id": order_id, "payment_ref": f"pi_{order_id}"}
        self.record(make_event(K.PAID, **(named | {"amount": Money(minor, "USD")} | changes)), now=now)

    def refund(self, total: int, order_id: str = ORDER_ID, now: int = NOW, subject: str = "") -> None:
        """Record that so much of an order's payment is refunded by now, as a webhook says it."""
        named = {"id": f"re_{order_id}_{total}_{now}", "order_id": order_id, "payment_ref": f"pi_{order_id}"}
        known = run(OrderStore(self.database).payments_of(order_id))[f"pi_{order_id}"]
        kind = K.REFUNDED if total >= known.refunded_minor else K.REFUND_FAILED
        event = make_event(kind, **named, amount=Money(total, "USD"), object_id=subject, was_read=True)
        self.record(event, now=now, known=known)

    def ask(self, minor: int, number: int) -> str:
        """Refund as an operator does, and return the refund's id."""
        wish = RefundWish(ORDER_ID, minor, "", f"key {number}")
        refunds, _ = run(RefundStore(self.database).create_refund(wish, "USD", f"rfd_{number:026d}", NOW))
        for refund in refunds:
            order = run(OrderStore(self.database).get_order(ORDER_ID))
            known = run(OrderStore(self.database).payments_of(ORDER_ID))[refund.payment_ref]
            total = Money(known.refunded_minor + refund.amount.minor, "USD")
            result = RefundResult(f"re_{refund.id}", RefundStatus.SUCCEEDED, total)
            assert run(Inbox(self.database).record_refund(refund, result, refund_event(order, refund, result), NOW, known))
        return f"rfd_{number:026d}"

    def read(self, order_id: str = ORDER_ID) -> tuple[Order, tuple[Document, ...]]:
        found = run(read_documents(self.database, order_id))
        assert found is not None
        return found.order, found.documents

    def number(self, order_id: str = ORDER_ID, now: int = NOW) -> list[str]:
        """Number an order's documents, and return the texts of their numbers."""
        order, documents = run(number_documents(self.database, self.read(order_id)[0], now))
        assert (order.number, documents) == (self.read(order_id)[0].number, self.read(order_id)[1])
        assert not needs_numbers(order, documents)
        return [
            *([order.number.text(Series.RECEIPT)] if order.number else []),
            *(one.number.text(one.series) for one in documents if one.number),
        ]

    def rows(self, sql: str) -> Sequence[Row]:
        return run(self.database.query(Statement(sql)))


def _amounts(documents: Sequence[Document]) -> list[tuple[int, int, str]]:
    return [(one.amount_minor, one.tip_minor, one.ref) for one in documents]


def test_there_are_no_documents_of_an_order_that_is_not_there() -> None:
    assert run(read_documents(MemoryDatabase(), ORDER_ID)) is None


def test_an_order_that_was_not_paid_gets_no_number() -> None:
    books = Books()
    order, documents = books.read()
    assert not needs_numbers(order, documents)
    assert books.number() == []
    assert books.rows("SELECT * FROM counters") == []


def test_a_paid_order_gets_its_number_once() -> None:
    books = Books()
    books.pay()
    order, documents = books.read()
    assert (order.number, needs_numbers(order, documents)) == (None, True)
    assert [books.number(), books.number(now=NEXT_YEAR)] == [["2026-1"], ["2026-1"]]
    assert books.read()[0].number == DocumentNumber(2026, 1, NOW)
    assert books.database.count("counters") == 1


def test_sites_series_and_years_have_numbers_of_their_own() -> None:
    orders = [make_order(id=f"ord_{number:026d}", site_id=site) for number, site in enumerate(("shop", "other", "shop"))]
    books = Books(*orders)
    for order in orders:
        books.pay(order.id)
    assert [books.number(order.id) for order in orders] == [["2026-1"], ["2026-1"], ["2026-2"]]
    books.refund(100, orders[0].id, NOW)
    books.refund(200, orders[2].id, NEXT_YEAR)
    assert books.number(orders[2].id, NEXT_YEAR) == ["2026-2", "C2027-1"]
    assert books.number(orders[0].id, NEXT_YEAR) == ["2026-1", "C2027-2"]


def test_several_orders_are_numbered_in_their_order_at_once() -> None:
    books = Books(make_order(), make_order(id=OTHER_ID))
    books.pay()
    books.pay(OTHER_ID)
    books.database.round_trips = 0
    run(number_orders(books.database, [OTHER_ID, ORDER_ID], NOW))
    assert books.database.round_trips == 1
    assert [books.number(order_id) for order_id in (ORDER_ID, OTHER_ID)] == [["2026-2"], ["2026-1"]]


def test_a_refund_asked_for_here_is_named_and_one_of_the_dashboard_is_not() -> None:
    books = Books()
    books.pay(payment_ref=f"pi_{ORDER_ID}")
    refund_id = books.ask(300, 1)
    books.refund(450)
    assert _amounts(books.read()[1]) == [(300, 0, refund_id), (150, 0, "")]
    assert books.number() == ["2026-1", "C2026-1", "C2026-2"]


def test_a_refund_of_several_payments_has_a_credit_note_for_each() -> None:
    books = Books()
    for part, minor in (("gift", 400), ("card", 600)):
        books.record(make_event(K.PAID, id=part, payment_ref=part, amount=Money(minor, "USD"), is_part=True))
    refund_id = books.ask(800, 1)
    documents = books.read()[1]
    assert _amounts(documents) == [(400, 0, refund_id), (400, 0, f"{refund_id}-2")]


def test_a_refund_that_failed_afterwards_takes_its_credit_note_back() -> None:
    books = Books()
    books.pay()
    refund_id = books.ask(300, 1)
    assert books.number() == ["2026-1", "C2026-1"]
    books.refund(0, subject=f"re_{refund_id}")
    assert _amounts(books.read()[1]) == [(300, 0, refund_id), (-300, 0, refund_id)]
    assert books.number() == ["2026-1", "C2026-1", "C2026-2"]


def test_a_refund_of_the_tip_is_kept_beside_the_amount() -> None:
    books = Books()
    books.pay(tip_minor=150)
    books.refund(900)
    books.refund(1100)
    books.refund(1150)
    assert _amounts(books.read()[1]) == [(900, 0, ""), (100, 100, ""), (0, 50, "")]
    books.refund(1000)
    assert _amounts(books.read()[1])[-1] == (0, -150, "")


def test_a_refund_of_money_in_another_currency_has_no_credit_note() -> None:
    books = Books()
    books.pay()
    euros = {"payment_ref": "pi_2", "was_read": True}
    books.record(make_event(K.PAID, id="evt_2", amount=Money(1000, "EUR"), tip_minor=100, **euros))
    books.record(make_event(K.REFUNDED, id="evt_3", amount=Money(1100, "EUR"), **euros))
    books.record(make_event(K.PAID, id="evt_4", amount=Money(1000, "EUR"), refunded=Money(1000, "EUR"), **euros))
    assert books.rows("SELECT amount_minor, tip_minor, refunded_minor FROM payments WHERE payment_ref = 'pi_2'") == [
        {"amount_minor": 0, "tip_minor": 0, "refunded_minor": 0}
    ]
    assert (books.number(), books.read()[0].tip_minor) == (["2026-1"], 0)


def test_a_document_keeps_what_was_paid_when_it_got_its_number() -> None:
    books = Books()
    books.pay()
    books.refund(300)
    books.number()
    books.record(make_event(K.PAID, id="evt_2", payment_ref="pi_2"))
    books.refund(500)
    assert [one.paid_minor for one in books.read()[1]] == [1000, None]
    books.number()
    assert [one.paid_minor for one in books.read()[1]] == [1000, 2000]


def test_what_a_release_without_documents_recorded_gets_its_credit_note() -> None:
    books = Books()
    books.pay(tip_minor=50)
    books.refund(1020)
    books.rows("DELETE FROM documents")
    order, documents = books.read()
    assert needs_numbers(order._replace(number=DocumentNumber(2026, 1, NOW)), documents)
    assert books.number() == ["2026-1", "C2026-1"]
    assert _amounts(books.read()[1]) == [(1000, 20, "")]


def test_a_renewal_that_a_release_without_documents_recorded_gets_its_document() -> None:
    books = Books(make_order(renewal_minor=700))
    books.pay()
    books.record(_renewal(1), now=NOW + 5)
    found = run(read_documents(books.database, ORDER_ID))
    assert found is not None
    assert not found.misses_renewal
    books.rows("DELETE FROM documents")
    found = run(read_documents(books.database, ORDER_ID))
    assert found is not None
    assert found.misses_renewal
    assert books.number() == ["2026-1", "R2026-1"]
    assert [(one.amount_minor, one.at, one.ref) for one in books.read()[1]] == [(700, NOW + 5, "in_2")]


def test_a_part_that_was_refunded_before_the_order_was_paid_gets_no_number() -> None:
    books = Books()
    books.pay(minor=400, is_part=True)
    books.refund(400)
    assert books.read()[0].status == "cancelled"
    assert (books.number(), len(books.read()[1])) == ([], 1)
    books.record(make_event(K.PAID, id="evt_2", payment_ref="pi_2"))
    assert books.number() == ["2026-1", "C2026-1"]


def _renewal(number: int, minor: int = 700, currency: str = "USD", subject: str = "in_2") -> PaymentEvent:
    amount = Money(minor, currency)
    return make_event(K.RENEWED, id=f"renewed_{number}", amount=amount, payment_ref=f"pi_{number}", object_id=subject)


def test_a_renewal_is_numbered_once_however_often_it_is_told() -> None:
    books = Books(make_order(renewal_minor=700))
    books.pay()
    books.record(_renewal(1), _renewal(2), _renewal(2), now=NOW + 1)
    books.record(_renewal(3, subject=""), _renewal(4, subject="in_3"), now=NOW + 2)
    documents = books.read()[1]
    assert _amounts(documents) == [(700, 0, "in_2"), (700, 0, "renewed_3"), (700, 0, "in_3")]
    assert [one.at for one in documents] == [NOW + 1, NOW + 2, NOW + 2]
    assert books.number() == ["2026-1", "R2026-1", "R2026-2", "R2026-3"]


def test_renewals_of_another_amount_are_numbered_once_an_operator_accepts_them() -> None:
    books = Books(make_order(renewal_minor=700))
    books.pay()
    books.record(_renewal(1, 900), _renewal(2, 900), _renewal(3, 800, subject="in_3"))
    books.record(_renewal(4, subject="in_4"), _renewal(5, 700, "EUR", subject="in_5"))
    assert _amounts(books.read()[1]) == [(700, 0, "in_4")]
    for log in ("log_1", "log_2"):
        run(Reviews(books.database).accept(ORDER_ID, Operator("cli"), log, NOW + 5))
        assert _amounts(books.read()[1]) == [(700, 0, "in_4"), (900, 0, "in_2"), (800, 0, "in_3")]
        books.record(_renewal(6, 900))  # told again, and accepted again


def test_a_renewal_without_a_priced_order_counts_only_in_its_currency() -> None:
    books = Books()
    books.pay()
    books.record(_renewal(1), _renewal(2, 700, "EUR", subject="in_3"))
    assert _amounts(books.read()[1]) == [(700, 0, "in_2")]


def test_the_time_of_the_first_payment_is_read() -> None:
    books = Books()
    assert run(read_documents(books.database, ORDER_ID)).paid_at is None  # type: ignore[union-attr]
    books.pay(minor=400, is_part=True, now=NOW + 3)
    books.pay(minor=600, is_part=True, now=NOW + 9, id="evt_2", payment_ref="pi_2")
    assert run(read_documents(books.database, ORDER_ID)).paid_at == NOW + 3  # type: ignore[union-attr]
    books.rows("DELETE FROM payments")
    books.rows("UPDATE events SET received_at = received_at + 10")
    assert run(read_documents(books.database, ORDER_ID)).paid_at == NOW + 13  # type: ignore[union-attr]


def test_the_lines_of_a_refund_are_read_by_its_id() -> None:
    books = Books()
    books.pay()
    refund_id, other = books.ask(300, 1), books.ask(200, 2)
    books.rows(f"UPDATE refunds SET lines = '[[0, 2], [3, 1]]' WHERE id = '{refund_id}'")
    found = run(read_documents(books.database, ORDER_ID))
    assert found is not None
    assert found.lines_of == {refund_id: ((0, 2), (3, 1))}
    assert other not in found.lines_of


@pytest.mark.parametrize("place", range(STATEMENTS))
def test_a_numbering_that_is_cut_at_any_statement_leaves_nothing_and_is_repeated(place: int) -> None:
    books = Books()
    books.pay()
    books.refund(300)
    books.database.break_before = place
    with pytest.raises(StorageUnavailable):
        run(number_documents(books.database, make_order(), NOW))
    books.database.break_before = None
    assert books.read()[0].number is None
    assert books.rows("SELECT * FROM counters") == []
    assert [books.number() for _ in range(2)] == [["2026-1", "C2026-1"]] * 2


class _Step(NamedTuple):
    """What happens to one of three orders, and where it is cut off: -1 for nowhere."""

    what: str
    order: int
    amount: int
    cut: int


_STEPS = st.lists(
    st.builds(
        _Step,
        st.sampled_from(["pay", "refund", "renew", "number", "number", "year"]),
        st.integers(0, 2),
        st.integers(0, 1000),
        st.integers(-4, STATEMENTS - 2),
    ),
    max_size=25,
)


@given(_STEPS)
def test_any_lives_with_any_cuts_give_every_number_once_and_without_a_gap(steps: list[_Step]) -> None:
    orders = [make_order(id=f"ord_{number:026d}", site_id=("a", "a", "b")[number], renewal_minor=700) for number in range(3)]
    books, now = Books(*orders), NOW
    for count, (what, which, amount, cut) in enumerate(steps):
        order, at = orders[which], now + count
        books.database.break_before = None
        is_paid = bool(run(OrderStore(books.database).payments_of(order.id)))
        try:
            books.database.break_before = cut if what == "number" and cut >= 0 else None
            if what == "pay":
                books.pay(order.id, now=at)
            elif what == "refund" and is_paid:
                books.refund(amount, order.id, at)
            elif what == "renew":
                renewal = _renewal(count, subject=f"in_{amount % 5}_{order.id}")
                books.record(renewal._replace(order_id=order.id), now=at)
            elif what == "number":
                run(number_orders(books.database, [order.id], at))
            else:
                now += 200 * DAY
        except StorageUnavailable:
            pass
    books.database.break_before = None
    _assert_no_gap(books)
    for order in orders:
        run(number_orders(books.database, [order.id], now))
        assert not needs_numbers(*books.read(order.id))
    _assert_no_gap(books)


def _assert_no_gap(books: Books) -> None:
    given_: dict[tuple[object, ...], list[object]] = {}
    for row in books.rows("""
        SELECT site, 'receipt' AS series, receipt_year AS year, receipt_number AS number FROM orders
        WHERE receipt_number IS NOT NULL
        UNION ALL SELECT site, series, year, number FROM documents WHERE number IS NOT NULL
    """):
        given_.setdefault((row["site"], row["series"], row["year"]), []).append(row["number"])
    for row in books.rows("SELECT * FROM counters"):
        numbers = given_.pop((row["site"], row["series"], row["year"]), [])
        assert sorted(numbers, key=str) == sorted(range(1, len(numbers) + 1), key=str)
        assert row["value"] == len(numbers)
    assert not given_
