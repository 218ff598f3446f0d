"""`orders watch`: every new order and every visible change once, whatever happens to the file, until Ctrl-C."""

import asyncio
import io
import shutil
import signal
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Dispute, Order, OrderStatus
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.errors import ConfigurationError
from lightning_cart_host.cli.orders import watch as order_watch
from lightning_cart_host.cli.orders.watch import OVERLAP_SECONDS, Change
from lightning_cart_host.cli.orders.watch_command import follow_orders
from lightning_cart_host.cli.orders.watch_lines import ChangeLines, change_view
from support.builders import NOW, make_event, make_order
from support.order_files import add_orders, order_at, write_orders

K = EventKind
OLD, WAITING, RECENT = order_at(NOW - 90_000), order_at(NOW - 5000), order_at(NOW - 10)
NEW = order_at(NOW + 1)
type Step = Callable[[], Any]


class EndOfTest(Exception):
    """Ends a command that has no end."""


class Watching:
    """Runs `orders watch` step by step: before each look, the next step is done and a second passes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = NOW
        self.shown: list[tuple[str, str, str]] = []

    def run(self, *steps: Step | None, last: int = 2) -> list[tuple[str, str, str]]:
        """Return what was shown: what it was, the order's id, and the statuses."""
        todo = list(steps)

        async def sleep(seconds: float) -> None:
            if not todo:
                raise EndOfTest
            self.now += int(seconds)
            if step := todo.pop(0):
                result = step()
                if result is not None:
                    await result

        def show(changes: Sequence[Change], what: str) -> None:
            for order, before, is_new in changes:
                status = f"{before.status} {order.status}" if before else str(order.status)
                self.shown.append((what or ("new" if is_new else "changed"), order.id, status))

        with pytest.raises(EndOfTest):
            asyncio.run(follow_orders(str(self.path), last, show, sleep, lambda: self.now))
        return self.shown

    def record(self, order: Order, kind: EventKind, name: str = "", **changes: Any) -> Any:
        """Record an event of an order now."""
        event = make_event(kind, id=f"evt_{order.id}{name}", order_id=order.id, payment_ref=f"pi_{order.id}", **changes)
        return add_orders(self.path, [], [(event, self.now)])

    def add(self, *orders: Order) -> Any:
        """Save new orders."""
        return add_orders(self.path, orders)


@pytest.fixture
def watching(tmp_path: Path) -> Watching:
    return Watching(Path(write_orders(tmp_path / "orders.db", [OLD, WAITING, RECENT])))


def test_the_newest_orders_are_shown_first(watching: Watching) -> None:
    assert watching.run() == [("stored", WAITING.id, "open"), ("stored", RECENT.id, "open")]


def test_none_are_shown_first_if_none_are_wanted(watching: Watching) -> None:
    assert watching.run(None, last=0) == []


def test_a_new_order_is_shown_once(watching: Watching) -> None:
    shown = watching.run(lambda: watching.add(NEW), None, None, last=0)
    assert shown == [("new", NEW.id, "open")]


def test_a_change_is_shown_once_with_the_status_before(watching: Watching) -> None:
    shown = watching.run(lambda: watching.record(RECENT, K.PAID), None, None, last=0)
    assert shown == [("changed", RECENT.id, "open paid")]


def test_a_change_of_an_order_that_was_never_seen_is_shown(watching: Watching) -> None:
    assert watching.run(lambda: watching.record(OLD, K.PAID), None, last=0) == [("changed", OLD.id, "paid")]


def test_a_dispute_of_a_paid_order_is_a_change(watching: Watching) -> None:
    shown = watching.run(
        lambda: watching.record(OLD, K.PAID),
        lambda: watching.record(OLD, K.DISPUTED, "d", object_id="dp_1", amount=Money(1000, "USD")),
        last=0,
    )
    assert shown == [("changed", OLD.id, "paid"), ("changed", OLD.id, "paid paid")]


def test_changes_come_in_the_order_in_which_they_happened(watching: Watching) -> None:
    def two() -> Any:
        events = [
            (make_event(K.PAID, id=f"evt_{one.id}", order_id=one.id, payment_ref=one.id), watching.now + number)
            for number, one in enumerate((WAITING, OLD))
        ]
        return add_orders(watching.path, [], events)

    assert [order_id for _, order_id, _ in watching.run(two, None, last=0)] == [WAITING.id, OLD.id]


def test_what_is_written_late_with_an_earlier_time_is_not_missed(watching: Watching) -> None:
    late = order_at(NOW + 1)

    def wait() -> None:
        watching.now += OVERLAP_SECONDS - 5

    assert watching.run(wait, lambda: watching.add(late), last=0) == [("new", late.id, "open")]


def test_what_happened_while_the_computer_slept_is_shown(watching: Watching) -> None:
    def sleep_long() -> Any:
        changed = watching.record(OLD, K.PAID)
        watching.now += 100_000
        return changed

    assert watching.run(sleep_long, last=0) == [("changed", OLD.id, "paid")]


def test_more_than_a_page_of_changes_is_read_to_its_end(watching: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_watch, "PAGE", 2)
    orders = [order_at(NOW - 200_000 + number) for number in range(5)]

    async def pay_all() -> None:
        events = [(make_event(K.PAID, id=one.id, order_id=one.id, payment_ref=one.id), watching.now) for one in orders]
        await add_orders(watching.path, orders, events)

    assert [order_id for _, order_id, _ in watching.run(pay_all, last=0)] == [order.id for order in orders]


def test_what_is_remembered_has_a_limit(watching: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_watch, "MAX_KNOWN", 1)
    shown = watching.run(lambda: watching.add(NEW), None, lambda: watching.record(WAITING, K.PAID))
    assert shown[2:] == [("new", NEW.id, "open"), ("changed", WAITING.id, "paid")]


class TestTheFile:
    def test_is_followed_when_another_takes_its_place(
        self, watching: Watching, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        backup = Path(shutil.copy(watching.path, tmp_path / "backup.db"))
        shown = watching.run(
            lambda: watching.record(RECENT, K.PAID),
            lambda: backup.replace(watching.path) and None,
            lambda: watching.record(RECENT, K.PAID),
            last=0,
        )
        assert shown == [("changed", RECENT.id, "open paid")] * 2
        assert "is another file now: what changes from here on is shown" in capsys.readouterr().err

    def test_can_be_away_for_a_while(self, watching: Watching, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        away = tmp_path / "away.db"
        shown = watching.run(
            lambda: watching.path.replace(away) and None,
            None,
            lambda: away.replace(watching.path) and None,
            lambda: watching.record(RECENT, K.PAID),
            last=0,
        )
        err = capsys.readouterr().err
        assert shown == [("changed", RECENT.id, "open paid")]
        assert (err.count("waiting until it can be read again"), "there is no database" in err) == (1, True)

    def test_that_is_damaged_for_a_while_is_read_again(self, watching: Watching, tmp_path: Path) -> None:
        away = tmp_path / "away.db"

        def damage() -> None:
            watching.path.replace(away)
            watching.path.write_text("not a database, and longer than a header of SQLite " * 20)

        shown = watching.run(
            damage,
            None,
            lambda: away.replace(watching.path) and None,
            lambda: watching.record(OLD, K.PAID),
            last=0,
        )
        assert shown == [("changed", OLD.id, "paid")]

    def test_that_is_being_written_is_read_all_the_same(self, watching: Watching) -> None:
        with closing(sqlite3.connect(watching.path, isolation_level=None)) as writer:

            def lock() -> None:
                writer.execute("BEGIN IMMEDIATE")
                writer.execute("UPDATE orders SET status = 'failed'")

            assert watching.run(lambda: watching.add(NEW), lock, None, last=0) == [("new", NEW.id, "open")]

    def test_that_is_not_there_at_the_start_ends_it(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="there is no database"):
            asyncio.run(follow_orders(str(tmp_path / "missing.db"), 1, print, asyncio.sleep, lambda: NOW))


def lines(*changes: Change) -> list[str]:
    out = io.StringIO()
    ChangeLines(Console(file=out, width=60, highlight=False)).print(changes)
    return out.getvalue().splitlines()


def test_a_line_names_what_changed_and_each_day_is_named_once() -> None:
    before = make_order(customer_email="ada@example.com")
    paid = before._replace(status=OrderStatus.PAID, paid_minor=1000, updated_at=NOW + 60)
    refunded = paid._replace(status=OrderStatus.PARTIALLY_REFUNDED, refunded_minor=300, updated_at=NOW + 86_400)
    tail = "  1 of test-10  shop  stripe_checkout  ada@example.com"
    assert lines(Change(before, is_new=True), Change(paid, before), Change(refunded, paid)) == [
        "2026-05-28 (UTC)",
        f"20:26:40  {before.id}  new: open  $10.00{tail}",
        f"20:27:40  {before.id}  open → paid  $10.00{tail}",
        "2026-05-29 (UTC)",
        f"20:26:40  {before.id}  paid → partially_refunded  $10.00  $3.00 refunded{tail}",
    ]


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"needs_review": True, "review_reason": "amount", "paid_minor": 700}, "$7.00 paid, needs review: amount"),
        ({"needs_review": True}, "needs review  "),
        ({"dispute": Dispute.LOST}, "dispute: lost"),
    ],
    ids=["amount", "no reason", "dispute"],
)
def test_what_a_person_has_to_look_at_is_in_the_line(changes: dict[str, Any], note: str) -> None:
    assert note in lines(Change(make_order(**changes)))[1]


def test_the_end_of_a_review_is_in_the_line() -> None:
    assert "needs no review any more" in lines(Change(make_order(), make_order(needs_review=True)))[1]


def test_scripts_get_the_order_as_operators_see_it_and_the_status_before() -> None:
    before = make_order(customer_email="ada@example.com")
    view = change_view(Change(before._replace(status=OrderStatus.PAID, updated_at=NOW + 5), before))
    assert [view[name] for name in ("what", "at", "status_before", "status", "customer_email")] == [
        "changed",
        NOW + 5,
        "open",
        "paid",
        "ada@example.com",
    ]
    views = (change_view(Change(before, is_new=True)), change_view(Change(before), "stored"))
    assert [one["what"] for one in views] == ["new", "stored"]


def test_ctrl_c_ends_the_command_as_done(start: Any, tmp_path: Path) -> None:
    write_orders(tmp_path / "orders.db", [OLD])
    process = start("orders", "watch", "--json", "--database", "orders.db")
    process.wait_for_text("waiting for changes")
    process.popen.send_signal(signal.SIGINT)
    assert (process.popen.wait(10), [line["order_id"] for line in process.lines]) == (0, [OLD.id])
