"""Orders that use codes, money, operators and time in any sequence that Hypothesis generates, cut anywhere and repeated."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import ENDED_STATUSES, ENGINE, FREE, PAID_STATUSES, UNPAID_STATUSES, CheckoutSession, Order
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.errors import StorageUnavailable, TooManyFreeOrders
from lightning_cart.ports import Database, Row, SqlValue, Statement
from lightning_cart.storage.attempts import FREE_ORDERS, HOUR
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.new_orders import Claims, CodeClaim, FreeClaim, NotSaved
from lightning_cart.storage.operator_log import Operator
from lightning_cart.storage.orders import OrderStore
from lightning_cart.storage.reconcile_queue import ReconcileQueue
from lightning_cart.storage.reviews import Reviews
from support.app import run
from support.builders import NOW, make_code, make_event, make_order
from support.databases import MemoryDatabase, dump

K = EventKind
DAY = 24 * HOUR
CODES = {"ONCE": {"once": 1}, "FEW": {"most_uses": 2}, "ONE": {"most_uses": 1, "once": 1}}
LOST_ANSWER = -1
CUTS = st.sampled_from([None, None, None, *[LOST_ANSWER] * 4, *range(22)])
BREAKS = Statement("SELECT nonsense FROM nowhere")
# What a use can become in one step, and the statuses of its order afterwards. A new one has no state before.
STEPS: dict[tuple[object, str], Sequence[str]] = {
    (None, "held"): UNPAID_STATUSES,
    (None, "used"): PAID_STATUSES,  # of a free order
    ("held", "used"): PAID_STATUSES,
    ("released", "used"): PAID_STATUSES,  # late money
    ("held", "released"): ENDED_STATUSES,
}


class Cart(NamedTuple):
    """What a buyer sends.

    Args:
        code: The code, or empty.
        buyer: Who buys.
        key: The idempotency key, or empty.
        site: Where.
        is_stale: Whether it was priced before the last change of its code.
    """

    code: str
    buyer: str
    key: str
    site: str
    is_stale: bool


CARTS = st.builds(
    Cart,
    st.sampled_from(["", *CODES]),
    st.sampled_from(["ada", "bob", "eve"]),
    st.sampled_from(["", "", "k1", "k2"]),
    st.sampled_from(["shop", "shop", "shop", "other"]),
    st.sampled_from([False, False, False, True]),
)


class Cutting:
    """A database that fails within a batch, or after it, if it is told to.

    Args:
        inner: The database.
    """

    def __init__(self, inner: Database) -> None:
        self.inner = inner
        self.cut: int | None = None

    async def query(self, statement: Statement) -> Sequence[Row]:
        (rows,) = await self.batch([statement])
        return rows

    async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        cut, self.cut = self.cut, None
        if cut is None or cut >= len(statements):
            return await self.inner.batch(statements)
        try:
            await self.inner.batch(statements if cut == LOST_ANSWER else [*statements[:cut], BREAKS])
        except Exception as error:  # each database has its own
            raise StorageUnavailable("it ends here") from error
        raise StorageUnavailable("the answer is lost")


class AnyCodes(RuleBasedStateMachine):
    """Three codes and orders that use them. Each step is cut at a statement that Hypothesis chooses, and then made again.

    Args:
        database: An empty one, or None for a new one in memory.
    """

    def __init__(self, database: Database | None = None) -> None:
        super().__init__()
        self.database: Database = database or MemoryDatabase()
        self.cutting = Cutting(self.database)
        self.orders = OrderStore(self.cutting)
        self.now, self.number, self.opened = NOW, 0, ""
        self.saved: list[Order] = []
        self.keys: dict[str, Order] = {}
        self.attempts: dict[tuple[str, int], int] = {}
        self.uses: dict[str, Row] = {}

    @initialize()
    def codes_are_added(self) -> None:
        for name, columns in CODES.items():
            run(self.database.query(make_code(name, **columns)))

    def read(self, sql: str, *values: SqlValue) -> Sequence[Row]:
        return run(self.database.query(Statement(sql, values)))

    def code(self, name: str) -> Row:
        (row,) = self.read("SELECT * FROM codes WHERE code = ?", name)
        return row

    def new_id(self) -> str:
        self.number += 1
        return f"ord_{self.number:026d}"

    def do[T](self, call: Callable[[], Coroutine[Any, Any, T]], cut: int | None) -> T:
        """Make a call that is cut, which leaves nothing or all of it, and make it again."""
        if cut is not None:
            before = dump(self.database) if cut != LOST_ANSWER else {}
            self.cutting.cut = cut
            try:
                result = run(call())
            except StorageUnavailable:
                assert cut == LOST_ANSWER or dump(self.database) == before
            else:
                return result
        return run(call())

    def holds(self, row: Row, revision: int, buyer: str) -> bool:
        """Return whether a code holds, by the rules."""
        most, from_at, until_at, uses = (row[name] for name in ("most_uses", "from_at", "until_at", "uses"))
        used = [use for use in self.uses.values() if use["code"] == row["code"] and use["state"] != "released"]
        return (
            row["revision"] == revision
            and not (isinstance(from_at, int) and from_at > self.now)
            and not (isinstance(until_at, int) and until_at <= self.now)
            and not (isinstance(most, int) and isinstance(uses, int) and uses >= most)
            and not (row["once"] and any(use["buyer"] == buyer for use in used))
        )

    def refuse(self, order: Order, key: str, claims: Claims) -> object:
        """Return why an order is not saved, by the rules, or None if it is."""
        code, free = claims
        if code is not None and not self.holds(self.code(code.code), code.revision, code.buyer):
            return NotSaved.CODE_CHANGED
        if free is not None:
            hour = self.now // HOUR
            day = [self.attempts.get((free.buyer, hour - before), 0) for before in range(24)]
            if self.attempts.get((free.caller, hour), 0) >= FREE_ORDERS or any(day):
                return TooManyFreeOrders
        other = self.keys.get(key)
        is_taken = other is not None and other.site_id != order.site_id and other.created_at > self.now - DAY
        return NotSaved.KEY_TAKEN if is_taken else None

    def open_order(self, order: Order, key: str, claims: Claims, cut: int | None) -> None:
        """Save an order, or not, exactly as the rules say."""
        known, refusal = self.keys.get(key), self.refuse(order, key, claims)
        if known is not None and (known.created_at <= self.now - DAY or known.site_id != order.site_id):
            known = None
        before = self.everything()
        answer: object
        try:
            answer = self.do(lambda: self.orders.create_order(order, key, "digest", claims), cut)
        except TooManyFreeOrders:
            answer = TooManyFreeOrders
        if known is not None or refusal is not None:
            assert self.everything() == before
            assert (answer[0].id if isinstance(answer, tuple) else answer) == (known.id if known is not None else refusal)
            return
        assert isinstance(answer, tuple)
        assert (answer[0].id, answer[0].status) == (order.id, "paid" if claims.free else "open")
        self.saved.append(order)
        self.opened = order.id
        if key:
            self.keys[key] = order
        for name in claims.free or ():
            self.attempts[name, self.now // HOUR] = self.attempts.get((name, self.now // HOUR), 0) + 1

    def everything(self) -> dict[str, list[dict[str, SqlValue]]]:
        """Return what an opening can change, but for keys, which lapse."""
        tables = ("orders", "buyers", "codes", "code_uses", "attempts", "events", "payments", "outbox")
        rows = run(self.database.batch([Statement(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]))
        return {
            table: [{name: value for name, value in row.items() if name != "idempotency_key"} for row in found]
            for table, found in zip(tables, rows, strict=True)
        }

    # ---- the buyer

    @rule(cart=CARTS, is_left=st.booleans(), cut=CUTS)
    def check_out(self, cart: Cart, is_left: bool, cut: int | None) -> None:
        email = f"{cart.buyer}@example.com"
        order = make_order(id=self.new_id(), site_id=cart.site, created_at=self.now, code=cart.code, customer_email=email)
        self.open_order(order, cart.key, Claims(self.claim(cart)), cut)
        if self.opened and not is_left:
            session = CheckoutSession(f"cs_{order.id}", "https://pay.example/1", None)
            run(self.orders.save_session(order.id, session, self.now))

    def claim(self, cart: Cart) -> CodeClaim | None:
        """Return the claim of a cart that was priced now, or before the last change of its code."""
        if not cart.code:
            return None
        row = self.code(cart.code)
        return CodeClaim(cart.code, int(row["revision"] or 0) - cart.is_stale, cart.buyer if row["once"] else "")

    @rule(cart=CARTS, caller=st.sampled_from("ab"), cut=CUTS)
    def order_for_free(self, cart: Cart, caller: str, cut: int | None) -> None:
        line = LineItem("test-10", "Test checkout", Money(0, "USD"), 1)
        free: dict[str, Any] = {"strategy": FREE, "provider": ENGINE, "lines": (line,)}
        order = make_order(id=self.new_id(), site_id=cart.site, created_at=self.now, code=cart.code, **free)
        claims = Claims(self.claim(cart), FreeClaim(caller, f"{cart.buyer} {cart.code}"))
        self.open_order(order, cart.key, claims, cut)

    # ---- the provider

    @precondition(lambda self: self.saved)
    @rule(
        data=st.data(),
        kind=st.sampled_from([K.PAID, K.PAID, K.EXPIRED, K.EXPIRED, K.FAILED, K.CANCELLED, K.PENDING, K.REFUNDED]),
        minor=st.sampled_from([1000, 1000, 900, 100]),
        number=st.integers(0, 1),
        cut=CUTS,
    )
    def the_provider_tells(self, data: st.DataObject, kind: EventKind, minor: int, number: int, cut: int | None) -> None:
        order = data.draw(st.sampled_from(self.saved))
        event = make_event(
            kind,
            id=f"{kind} {number} {minor} {order.id}",
            order_id=order.id,
            provider=order.provider,
            payment_ref=f"pi_{number}_{order.id}",
            amount=Money(minor, "USD") if kind in {K.PAID, K.REFUNDED} else None,
            refunded=Money(minor, "USD") if kind is K.PAID and number and minor == 900 else None,
            was_read=True,
        )
        self.do(lambda: Inbox(self.cutting).record_event(event, self.now), cut)

    # ---- operators and time

    @precondition(lambda self: self.saved)
    @rule(data=st.data(), choice=st.sampled_from(["accept", "close", "cancel_free"]), cut=CUTS)
    def an_operator_decides(self, data: st.DataObject, choice: str, cut: int | None) -> None:
        order, reviews, log_id = data.draw(st.sampled_from(self.saved)), Reviews(self.cutting), f"log {self.new_id()}"
        decide = {"accept": reviews.accept, "close": reviews.close, "cancel_free": reviews.cancel_free}[choice]
        self.do(lambda: decide(order.id, Operator("cli"), log_id, self.now), cut)

    @rule(
        name=st.sampled_from(list(CODES)),
        most_uses=st.sampled_from([None, 0, 1, 3]),
        until=st.sampled_from([None, None, HOUR, -HOUR]),
        once=st.sampled_from([0, 1]),
    )
    def an_operator_changes_a_code(self, name: str, most_uses: int | None, until: int | None, once: int) -> None:
        until_at = None if until is None else self.now + until
        change = "UPDATE codes SET revision = revision + 1, most_uses = ?, until_at = ?, once = ? WHERE code = ?"
        self.read(change, most_uses, until_at, once, name)

    @rule(limit=st.integers(1, 3), cut=CUTS)
    def the_reconciler_looks(self, limit: int, cut: int | None) -> None:
        queue, now = ReconcileQueue(self.cutting), self.now
        self.do(lambda: queue.next_orders(now, now - 300, now - 180 * DAY, limit, now - DAY), cut)

    @rule(seconds=st.sampled_from([60, HOUR, 23 * HOUR, DAY]))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds

    # ---- invariants

    @invariant()
    def each_use_is_counted_once_and_follows_its_order(self) -> None:
        orders = {str(row["id"]): row for row in self.read("SELECT * FROM orders")}
        codes = {str(row["code"]): row for row in self.read("SELECT * FROM codes")}
        before, self.uses = self.uses, {str(row["order_id"]): row for row in self.read("SELECT * FROM code_uses")}
        assert set(orders) == {order.id for order in self.saved}
        assert {order.id: order.code for order in self.saved if order.code} == {
            order_id: use["code"] for order_id, use in self.uses.items()
        }
        for name, code in codes.items():
            counted = [use for use in self.uses.values() if use["code"] == name and use["state"] != "released"]
            assert code["uses"] == len(counted)
        for order_id, use in self.uses.items():
            self.check_step(orders[order_id], before.get(order_id, {}).get("state"), str(use["state"]))
        if self.opened in self.uses:
            self.check_limits(self.uses[self.opened], codes)
        self.opened = ""

    def check_step(self, order: Row, before: object, after: str) -> None:
        """Check what became of an order's use, and that it fits the order's status unless that waits for an operator."""
        status = str(order["status"])
        assert before == after or status in STEPS[before, after]
        assert (before is not None) or order["id"] == self.opened
        if status in UNPAID_STATUSES:
            assert after != "used"
        elif not order["needs_review"]:
            is_used = status in PAID_STATUSES or order["strategy"] == FREE
            assert after == ("used" if is_used else "released")

    def check_limits(self, use: Row, codes: dict[str, Row]) -> None:
        """Check that the use that was taken in this step was there to take."""
        code = codes[str(use["code"])]
        assert code["most_uses"] is None or int(code["uses"] or 0) <= int(code["most_uses"])
        same = [one for one in self.uses.values() if (one["code"], one["buyer"]) == (use["code"], use["buyer"])]
        assert not code["once"] or [one["state"] != "released" for one in same].count(True) == 1
