"""Codes and their uses: taken in the batch that saves the order, released when it ends, and counted again by late money."""

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any

import pytest

from lightning_cart.domain.buyer import Contact
from lightning_cart.domain.codes import CodeTerms
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import ENGINE, FREE, Order
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.errors import StorageUnavailable, TooManyFreeOrders
from lightning_cart.storage.attempts import FREE_ORDERS, HOUR, WRONG_CODES, CodeSearch, end_attempts
from lightning_cart.storage.codes import json_to_terms, terms_to_json
from lightning_cart.storage.inbox import Inbox, record_event_batch
from lightning_cart.storage.inbox_statements import event_statements
from lightning_cart.storage.new_orders import Claims, CodeClaim, FreeClaim, NotSaved, new_order_statements
from lightning_cart.storage.operator_log import Operator
from lightning_cart.storage.orders import OrderStore
from lightning_cart.storage.reconcile_queue import ReconcileQueue
from lightning_cart.storage.reviews import Reviews
from support.app import run
from support.builders import NOW, ORDER_ID, make_code, make_event, make_order
from support.databases import OTHER_ID, MemoryDatabase, dump

K = EventKind
DAY = 24 * HOUR
WITH_CODE = make_order(code="SPRING", customer_email="ada@example.com")
CLAIM = Claims(CodeClaim("SPRING", 1))
FREE_ORDER = make_order(strategy=FREE, provider=ENGINE, lines=(LineItem("a", "A", Money(0, "USD"), 1),))
FREE_CLAIM = Claims(free=FreeClaim("caller", "buyer"))
BOTH = Claims(CLAIM.code, FREE_CLAIM.free)


class Kept:
    """A database with the code SPRING, which can be used twice.

    Args:
        columns: Other columns of the code.
    """

    def __init__(self, **columns: int | None) -> None:
        self.database = MemoryDatabase()
        self.orders, self.reviews = OrderStore(self.database), Reviews(self.database)
        run(self.database.query(make_code("SPRING", **{"most_uses": 2, **columns})))

    def open(self, order: Order = WITH_CODE, claims: Claims = CLAIM, key: str = "") -> Order | NotSaved:
        saved = run(self.orders.create_order(order, key, "digest", claims))
        return saved[0] if isinstance(saved, tuple) else saved

    def change(self, **columns: int | None) -> None:
        """Change the code as an operator does."""
        changes = ", ".join(f"{name} = ?" for name in columns)
        self.database.connection.execute(f"UPDATE codes SET revision = revision + 1, {changes}", list(columns.values()))

    def step(self, name: str, number: int = 0) -> None:
        """Let one thing happen to the order."""
        run(STEPS[name](self, f"{name} {number}"))

    @property
    def state(self) -> tuple[str, str, int]:
        """The order's status, what became of its use, and how often the code was used."""
        row = self.database.connection.execute(
            "SELECT o.status, u.state, c.uses FROM orders AS o JOIN code_uses AS u ON u.order_id = o.id"
            " JOIN codes AS c ON c.code = u.code WHERE o.id = ?",
            (ORDER_ID,),
        ).fetchone()
        return tuple(row)

    def record(
        self, kind: EventKind, event_id: str, minor: int | None = None, refunded: int | None = None
    ) -> Coroutine[Any, Any, object]:
        event = make_event(
            kind,
            id=event_id,
            amount=None if minor is None else Money(minor, "USD"),
            refunded=None if refunded is None else Money(refunded, "USD"),
            was_read=True,
        )
        return Inbox(self.database).record_event(event, NOW)

    def look(self) -> Coroutine[Any, Any, object]:
        now = NOW + DAY
        return ReconcileQueue(self.database).next_orders(now, now - 300, NOW - 1, 3, NOW)


STEPS: dict[str, Callable[[Kept, str], Coroutine[Any, Any, object]]] = {
    "paid": lambda kept, name: kept.record(K.PAID, name, 1000),
    "paid too little": lambda kept, name: kept.record(K.PAID, name, 900),
    "paid too much": lambda kept, name: kept.record(K.PAID, name, 1100),
    "paid too little and refunded": lambda kept, name: kept.record(K.PAID, name, 900, 900),
    "paid and refunded": lambda kept, name: kept.record(K.PAID, name, 1000, 1000),
    "refunded a little": lambda kept, name: kept.record(K.REFUNDED, name, 100),
    "refunded most": lambda kept, name: kept.record(K.REFUNDED, name, 900),
    "refunded": lambda kept, name: kept.record(K.REFUNDED, name, 1000),
    "pending": lambda kept, name: kept.record(K.PENDING, name),
    "failed": lambda kept, name: kept.record(K.FAILED, name),
    "expired": lambda kept, name: kept.record(K.EXPIRED, name),
    "cancelled": lambda kept, name: kept.record(K.CANCELLED, name),
    "disputed": lambda kept, name: kept.record(K.DISPUTED, name),
    "accepted": lambda kept, name: kept.reviews.accept(ORDER_ID, Operator("cli"), name, NOW),
    "closed": lambda kept, name: kept.reviews.close(ORDER_ID, Operator("cli"), name, NOW),
    "cancelled by an operator": lambda kept, name: kept.reviews.cancel_free(ORDER_ID, Operator("cli"), name, NOW),
    "left for a day": lambda kept, _: kept.look(),
}
LIVES: list[tuple[Sequence[str], tuple[str, str, int]]] = [
    ((), ("open", "held", 1)),
    (("pending",), ("pending", "held", 1)),
    (("paid",), ("paid", "used", 1)),
    (("paid", "refunded"), ("refunded", "used", 1)),
    (("paid and refunded",), ("refunded", "used", 1)),
    (("paid", "disputed"), ("paid", "used", 1)),
    (("failed",), ("failed", "released", 0)),
    (("expired",), ("expired", "released", 0)),
    (("cancelled",), ("cancelled", "released", 0)),
    (("left for a day",), ("expired", "released", 0)),
    (("closed",), ("cancelled", "released", 0)),
    (("closed", "paid"), ("paid", "used", 1)),
    (("expired", "paid"), ("paid", "used", 1)),
    (("expired", "failed", "paid", "paid"), ("paid", "used", 1)),
    (("left for a day", "paid"), ("paid", "used", 1)),
    (("paid too little",), ("pending", "held", 1)),
    (("paid too little", "accepted"), ("paid", "used", 1)),
    (("expired", "paid too little"), ("pending", "released", 0)),
    (("expired", "paid too little", "accepted"), ("paid", "used", 1)),
    (("paid too little", "refunded most"), ("cancelled", "released", 0)),
    (("paid too much",), ("paid", "held", 1)),
    (("paid too much", "refunded a little"), ("paid", "used", 1)),
    (("paid too much", "accepted"), ("paid", "used", 1)),
    # It ends by what does not fit, so it waits for an operator.
    (("paid too little and refunded",), ("cancelled", "held", 1)),
    (("paid too little and refunded", "accepted"), ("cancelled", "released", 0)),
    (("paid too little and refunded", "closed"), ("cancelled", "released", 0)),
    (("paid too little", "paid too little and refunded"), ("cancelled", "released", 0)),
]


@pytest.mark.parametrize(("life", "end"), LIVES, ids=[", ".join(life) or "open" for life, _ in LIVES])
def test_what_becomes_of_a_use_follows_its_order(life: Sequence[str], end: tuple[str, str, int]) -> None:
    kept = Kept()
    kept.open()
    for number, step in enumerate(life):
        kept.step(step, number)
    assert kept.state == end


@pytest.mark.parametrize(("life", "end"), LIVES, ids=[", ".join(life) or "open" for life, _ in LIVES])
def test_each_step_may_be_cut_at_each_statement_and_made_twice(life: Sequence[str], end: tuple[str, str, int]) -> None:
    kept = Kept()
    cut_everywhere(kept, kept.open)
    for number, name in enumerate(life):
        cut_everywhere(kept, partial(kept.step, name, number))
    assert kept.state == end


def cut_everywhere(kept: Kept, step: Callable[[], object]) -> None:
    """Cut a step at each of its statements, which leaves nothing; then take it twice, of which the second changes nothing."""
    before, at = dump(kept.database), 0
    while is_cut(kept, step, at):
        assert dump(kept.database) == before
        at += 1
    after = dump(kept.database)
    step()
    assert dump(kept.database) == after


def is_cut(kept: Kept, step: Callable[[], object], at: int) -> bool:
    """Take a step that ends at a statement, and return whether it has as many."""
    kept.database.break_before = at
    try:
        step()
    except StorageUnavailable:
        return True
    finally:
        kept.database.break_before = None
    return False


# ---- what does not hold


@pytest.mark.parametrize(
    ("columns", "changes"),
    [
        ({"uses": 2}, {}),
        ({"most_uses": 0}, {}),
        ({"until_at": NOW}, {}),
        ({"from_at": NOW + 1}, {}),
        ({}, {"most_uses": 5}),
    ],
    ids=["used up", "never", "over", "not yet", "changed"],
)
def test_a_code_that_holds_no_more_saves_nothing_and_takes_no_use(
    columns: dict[str, int | None], changes: dict[str, int | None]
) -> None:
    kept = Kept(**columns)
    if changes:
        kept.change(**changes)
    before = dump(kept.database)
    assert [kept.open(), kept.open(key="a key")] == [NotSaved.CODE_CHANGED] * 2
    assert dump(kept.database) == before
    assert kept.open(claims=Claims(CodeClaim("NONE", 1))) is NotSaved.CODE_CHANGED


@pytest.mark.parametrize("columns", [{"until_at": NOW + 1}, {"from_at": NOW}, {"most_uses": None}, {"uses": 1}])
def test_a_code_holds_up_to_its_limits(columns: dict[str, int | None]) -> None:
    kept = Kept(**columns)
    assert isinstance(kept.open(), Order)


def test_a_key_finds_its_order_after_its_code_was_used_up() -> None:
    kept = Kept(most_uses=1)
    assert isinstance(kept.open(key="a key"), Order)
    again = kept.open(WITH_CODE._replace(id=OTHER_ID), key="a key")
    assert isinstance(again, Order)
    assert (again.id, kept.state) == (ORDER_ID, ("open", "held", 1))


def test_a_code_for_once_is_used_once_by_each_buyer_until_it_is_released() -> None:
    kept = Kept(once=1, most_uses=None)
    ada, bob = (Claims(CodeClaim("SPRING", 1, buyer)) for buyer in ("ada", "bob"))
    other = WITH_CODE._replace(id=OTHER_ID)
    assert isinstance(kept.open(claims=ada), Order)
    assert kept.open(other, ada) is NotSaved.CODE_CHANGED
    assert isinstance(kept.open(other, bob), Order)
    kept.step("expired")
    assert isinstance(kept.open(other._replace(id="ord_00000000000000000000000003"), ada), Order)
    kept.step("paid")  # money wins
    assert kept.state == ("paid", "used", 3)


def test_a_code_that_is_not_for_once_keeps_nothing_of_its_buyer() -> None:
    kept = Kept()
    kept.open(claims=Claims(CodeClaim("SPRING", 1, "mark")))
    assert kept.database.connection.execute("SELECT buyer FROM code_uses").fetchone()[0] == ""


# ---- free orders


def test_a_free_order_is_paid_as_soon_as_it_is_saved_and_its_use_is_used() -> None:
    kept = Kept()
    order = kept.open(FREE_ORDER._replace(code="SPRING", customer_email="ada@example.com"), BOTH)
    assert isinstance(order, Order)
    assert (order.status, order.paid_minor, order.customer_email) == ("paid", 0, "ada@example.com")
    assert (kept.state, kept.database.round_trips) == (("paid", "used", 1), 2)  # one was for the code
    history = run(kept.orders.history(ORDER_ID))
    assert history is not None
    assert [(row["event_id"], row["verdict"], row["fresh"]) for row in history.events] == [(f"free:{ORDER_ID}", "applied", 0)]
    assert ([row["effect"] for row in history.effects], history.payments, history.kept.minor) == (["order.paid"], (), 0)
    assert run(kept.orders.get_order(ORDER_ID)) == history.order


def test_a_free_order_may_be_cut_at_each_statement_and_is_counted_once() -> None:
    kept = Kept()
    cut_everywhere(kept, lambda: kept.open(FREE_ORDER, BOTH))
    counted = kept.database.connection.execute("SELECT key, count FROM attempts ORDER BY key").fetchall()
    assert [tuple(row) for row in counted] == [("free:buyer", 1), ("free:caller", 1)]
    assert kept.open(FREE_ORDER, BOTH) == run(kept.orders.get_order(ORDER_ID))


def free_order(kept: Kept, number: int, caller: str = "a", buyer: str = "", at: int = NOW) -> bool:
    order = FREE_ORDER._replace(id=f"ord_{number:026d}", created_at=at)
    try:
        return isinstance(kept.open(order, Claims(free=FreeClaim(caller, buyer or f"buyer {number}"))), Order)
    except TooManyFreeOrders:
        return False


def test_an_address_has_five_free_orders_an_hour() -> None:
    kept, hour = Kept(), NOW - NOW % HOUR
    assert [free_order(kept, number, at=hour + 600 * number) for number in range(6)] == [True] * FREE_ORDERS + [False]
    assert (free_order(kept, 7, caller="b", at=hour + 3599), free_order(kept, 8, at=hour + HOUR)) == (True, True)
    assert kept.database.count("orders") == FREE_ORDERS + 2


def test_a_buyer_has_one_free_order_a_day_of_a_code_or_the_same_goods() -> None:
    kept = Kept()
    times = (0, HOUR, 23 * HOUR, DAY)
    found = [free_order(kept, number, caller=str(number), buyer="ada", at=NOW + at) for number, at in enumerate(times)]
    assert found == [True, False, False, True]


def test_a_cancelled_free_order_keeps_its_use() -> None:
    kept = Kept()
    kept.open(FREE_ORDER._replace(code="SPRING"), BOTH)
    kept.step("cancelled by an operator")
    assert kept.state == ("cancelled", "used", 1)
    kept.step("left for a day")
    kept.step("closed")
    assert kept.state == ("cancelled", "used", 1)


# ---- codes that do not exist


def test_a_caller_tries_twenty_codes_an_hour_that_do_not_exist() -> None:
    kept, hour = Kept(), NOW - NOW % HOUR
    search = CodeSearch(kept.database)

    def tries(code: str, caller: str = "a", at: int = hour) -> bool:
        return run(search.find(code, "", caller, at))[2]

    assert not any(tries("SPRING") for _ in range(30))
    assert [tries(f"WRONG{number}") for number in range(WRONG_CODES + 1)] == [False] * WRONG_CODES + [True]
    assert (tries("SPRING"), tries("", "b"), tries("SPRING", at=hour + HOUR)) == (True, False, False)
    assert kept.database.connection.execute("SELECT MAX(count) FROM attempts").fetchone()[0] == WRONG_CODES + 1
    run(end_attempts(kept.database, hour + DAY))
    assert kept.database.count("attempts") == 0


def test_a_code_is_found_with_whether_its_buyer_has_used_it() -> None:
    kept = Kept(once=1, from_at=NOW - 1, until_at=NOW + 9)
    kept.open(claims=Claims(CodeClaim("SPRING", 1, "ada")))
    found = [run(CodeSearch(kept.database).find("SPRING", buyer, "a", NOW)) for buyer in ("ada", "bob", "")]
    code = found[0][0]
    assert code is not None
    assert ([used for _, used, _ in found], code.uses, code.once) == ([True, False, False], 1, True)
    assert (code.most_uses, code.from_at, code.until_at, code.terms) == (2, NOW - 1, NOW + 9, CodeTerms(percent="10"))
    assert run(CodeSearch(kept.database).find("NONE", "ada", "a", NOW)) == (None, False, False)


@pytest.mark.parametrize(
    "terms",
    [
        CodeTerms(),
        CodeTerms(
            amounts={"EUR": Money(500, "EUR")},
            products=("a",),
            categories=("b",),
            least={"EUR": Money(2000, "EUR")},
            free_delivery=True,
            free=True,
        ),
    ],
)
def test_what_a_code_gives_is_read_as_it_was_written(terms: CodeTerms) -> None:
    assert json_to_terms(terms_to_json(terms)) == terms
    assert terms_to_json(CodeTerms()) == "{}"


# ---- how many statements


def test_only_what_can_use_or_release_a_code_has_statements_for_it() -> None:
    uses, releases = {"count_again", "use"}, {"release", "count_less", "released"}
    found = {kind: {*event_statements(kind, "order")} & (uses | releases) for kind in K}
    assert found.pop(K.PAID) == uses
    assert {found.pop(kind) == uses | releases for kind in (K.REFUNDED, K.REFUND_FAILED)} == {True}
    assert {found.pop(kind) == releases for kind in (K.FAILED, K.EXPIRED, K.CANCELLED)} == {True}
    assert set().union(*found.values()) == set()


def test_an_order_is_saved_and_settled_in_as_few_statements_as_it_needs() -> None:
    plain, code = ({"has_key": True, "has_buyer": True, "has_code": has_code} for has_code in (False, True))
    assert (len(new_order_statements(**plain)), len(new_order_statements(**code))) == (4, 8)
    assert len(new_order_statements()) == 2
    paid = make_event(K.PAID)
    assert len(record_event_batch(paid, NOW)) == 9
    assert len(record_event_batch(paid._replace(contact=Contact("ada@example.com")), NOW)) == 10
