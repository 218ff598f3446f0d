"""The commands for orders that need a person: what is listed and shown, and how an order is accepted, closed or refunded."""

import asyncio
import itertools
import json
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.orders import OrderStore
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.resources import find_resource
from support.app import ENV
from support.builders import make_event, make_order
from support.http_server import serving

type Cli = Callable[..., tuple[int, str, str]]
K = EventKind
PAID, SHORT, DISPUTED, GOLD, TWICE, UNSEEN = (f"ord_{number:026d}" for number in range(1, 7))
UNKNOWN = "the strategy gold is not in this engine: deploy a release that has it to change its orders\n"


class Filling:
    """A database that is filled with orders of an hour ago."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._store, self._inbox = OrderStore(database), Inbox(database)
        self._at = int(time.time()) - 3600

    async def order(self, order_id: str, *, with_page: bool = True, **order: Any) -> None:
        self._at += 1
        await self._store.create_order(make_order(id=order_id, created_at=self._at, updated_at=self._at, **order), "", "digest")
        if with_page:
            session = CheckoutSession(f"cs_{order_id[-1]}", "https://pay.example", None)
            await self._store.save_session(order_id, session, self._at)

    async def event(self, order_id: str, kind: EventKind, name: str = "", **changes: Any) -> None:
        values = {"id": f"evt_{order_id[-1]}{name}", "order_id": order_id, "payment_ref": f"pi_{order_id[-1]}{name}"}
        await self._inbox.record_event(make_event(kind, **values | changes), self._at + 60)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a database with an order of each kind that a person has to look at, and one that is simply paid."""
    path = tmp_path_factory.mktemp("filled") / "orders.db"

    async def fill() -> None:
        database = SqliteDatabase(path)
        await database.migrate(find_resource("migrations"))
        filling = Filling(database)
        await filling.order(PAID)
        await filling.event(PAID, K.PAID)
        await filling.order(SHORT)
        await filling.event(SHORT, K.PAID, amount=Money(700, "USD"), tip_minor=150)
        await filling.order(DISPUTED)
        await filling.event(DISPUTED, K.PAID)
        dispute: dict[str, Any] = {
            "object_id": "dp_1",
            "amount": Money(1000, "USD"),
            "dispute_reason": "fraudulent",
            "due_at": 1_790_000_000,
        }
        await filling.event(DISPUTED, K.DISPUTED, id="evt_dispute", **dispute)
        await filling.order(GOLD, strategy="gold", provider="golden")
        await filling.order(TWICE)
        await filling.event(TWICE, K.PAID)
        await filling.event(TWICE, K.PAID, "b")
        await filling.order(UNSEEN, with_page=False)
        database.close()

    asyncio.run(fill())
    return path


@pytest.fixture
def database(tmp_path: Path, filled: Path) -> str:
    """Return the name of a copy of that database."""
    return str(shutil.copyfile(filled, tmp_path / "orders.db"))


@pytest.fixture
def orders(lightning_cart: Cli, database: str, unreachable: None) -> Cli:  # noqa: ARG001 - the commands read the settings
    """Run `lightning-cart orders` on that database."""

    def run(*arguments: str) -> tuple[int, str, str]:
        return lightning_cart("orders", *arguments, "--database", database)

    return run


def shown(orders: Cli, order_id: str) -> dict[str, Any]:
    """Return what `orders show` prints for scripts."""
    order: dict[str, Any] = json.loads(orders("show", order_id, "--json")[1])
    return order


def words(text: str) -> str:
    """Return a text with single spaces, as if no table had folded its cells."""
    return " ".join(text.split())


class TestTheList:
    @pytest.mark.parametrize(
        ("order_id", "status"),
        [
            (PAID, "paid $10.00"),
            (SHORT, "pending (review: amount) $10.00"),
            (DISPUTED, "paid (dispute: open) $10.00"),
            (TWICE, "paid (review:"),
            (GOLD, "open $10.00"),
        ],
        ids=["nothing", "an amount", "a dispute", "a second payment", "an unknown strategy"],
    )
    def test_marks_what_a_person_has_to_look_at(self, orders: Cli, order_id: str, status: str) -> None:
        (row,) = (line for line in orders("list")[1].splitlines() if line.startswith(order_id))
        assert words(row).split(" ", 3)[3].startswith(status)

    def test_has_each_order_id_in_one_piece(self, orders: Cli) -> None:
        assert [name for name in (PAID, SHORT, DISPUTED, GOLD, TWICE, UNSEEN) if name not in orders("list")[1]] == []

    def test_has_the_orders_to_review_alone_if_it_is_asked_to(self, orders: Cli) -> None:
        lines = orders("list", "--review", "--json")[1].splitlines()
        assert [json.loads(line)["order_id"] for line in lines] == [TWICE, SHORT]

    def test_tells_scripts_the_reason(self, orders: Cli) -> None:
        lines = orders("list", "--review", "--json")[1].splitlines()
        assert [json.loads(line)["review_reason"] for line in lines] == ["second_payment", "amount"]

    @pytest.mark.parametrize(("status", "found"), [("paid", [TWICE]), ("pending", [SHORT]), ("open", [])])
    def test_takes_a_status_beside_the_review(self, orders: Cli, status: str, found: list[str]) -> None:
        lines = orders("list", "--review", "--status", status, "--json")[1].splitlines()
        assert [json.loads(line)["order_id"] for line in lines] == found

    def test_says_that_an_old_database_has_to_be_migrated(self, orders: Cli, database: str) -> None:
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("DELETE FROM d1_migrations WHERE name LIKE '0005%'")
            connection.commit()
        status, out, err = orders("list")
        assert (status, out) == (2, "")
        assert err.endswith("is not up to date: start `lightning-cart serve` once, which applies 0005_selling.sql\n")


class TestAnOrderThatIsShown:
    @pytest.mark.parametrize(
        ("order_id", "text"),
        [
            (SHORT, "review amount: another amount was paid than the order's total"),
            (SHORT, "tip $1.50"),
            (SHORT, "pi_2 paid $7.00 $1.50"),
            (TWICE, "pi_5b paid $10.00"),
            (DISPUTED, "dp_1 open $10.00 fraudulent 2026-09-21 14:13:20"),
            (GOLD, "strategy gold"),
        ],
        ids=["the reason of its review", "its tip", "its payment", "a second payment", "its dispute", "an unknown strategy"],
    )
    def test_has(self, orders: Cli, order_id: str, text: str) -> None:
        assert text in words(orders("show", order_id)[1])

    def test_has_no_review_if_it_needs_none(self, orders: Cli) -> None:
        assert "review" not in orders("show", PAID)[1]

    def test_names_the_command_that_says_why_it_needs_review(self, orders: Cli, database: str) -> None:
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("UPDATE orders SET needs_review = 1 WHERE id = ?", (PAID,))
            connection.commit()
        text = words(orders("show", PAID)[1])
        assert "review needed; no reason is stored" in text
        assert "`lightning-cart orders explain` says what it waits for" in text

    def test_tells_scripts_its_payments_and_disputes(self, orders: Cli) -> None:
        order = shown(orders, DISPUTED)
        assert [payment["payment_ref"] for payment in order["payments"]] == ["pi_3"]
        assert [(dispute["dispute_id"], dispute["state"]) for dispute in order["disputes"]] == [("dp_1", "open")]


class TestAccepting:
    def test_makes_an_order_paid(self, orders: Cli) -> None:
        sentence = "$8.50 is kept, and the site is told as for every paid order."
        assert orders("accept", SHORT, "--reason", "the rest came in cash") == (0, f"{SHORT}: paid\n{sentence}\n", "")

    def test_ends_the_review(self, orders: Cli) -> None:
        orders("accept", TWICE, "--reason", "a gift for the shop")
        assert TWICE not in orders("list", "--review")[1]

    def test_is_an_object_for_scripts(self, orders: Cli) -> None:
        out = orders("accept", SHORT, "--reason", "agreed", "--json")[1]
        assert json.loads(out) == {"order_id": SHORT, "status": "paid", "needs_review": False}

    def test_is_shown_with_its_reason(self, orders: Cli) -> None:
        orders("accept", SHORT, "--reason", "the rest came in cash")
        assert "accept cli the rest came in cash" in words(orders("show", SHORT)[1])

    def test_is_explained_with_its_reason(self, orders: Cli) -> None:
        orders("accept", SHORT, "--reason", "the rest came in cash")
        lines = orders("explain", SHORT, "--json")[1].splitlines()
        assert [entry["name"] for line in lines if (entry := json.loads(line))["what"] == "operator"] == ["accept"]

    def test_needs_a_reason(self, orders: Cli) -> None:
        status, _, err = orders("accept", SHORT)
        assert (status, "Missing option '--reason'" in err) == (2, True)

    def test_needs_a_reason_that_says_something(self, orders: Cli) -> None:
        sentence = "lightning-cart: --reason is empty: say why the order is accepted, it is kept in the order's history\n"
        assert orders("accept", SHORT, "--reason", " ") == (2, "", sentence)

    def test_of_an_order_that_needs_none_is_refused(self, orders: Cli) -> None:
        status, out, err = orders("accept", PAID, "--reason", "why not")
        assert (status, out) == (1, "")
        assert err == "lightning-cart: the order is paid and needs no review: there is nothing to accept\n"


class TestClosing:
    def test_ends_an_order_whose_page_was_never_opened(self, orders: Cli) -> None:
        orders("close", UNSEEN, "--reason", "a test")
        assert shown(orders, UNSEEN)["status"] in {"cancelled", "expired"}

    def test_is_logged_with_its_reason(self, orders: Cli) -> None:
        orders("close", UNSEEN, "--reason", "a test")
        assert [(row["who"], row["action"], row["reason"]) for row in shown(orders, UNSEEN)["log"]] == [
            ("cli", "close", "a test")
        ]

    def test_of_an_order_whose_money_is_kept_says_how_much_and_what_to_do(self, orders: Cli) -> None:
        sentence = "$8.50 of $10.00 was paid and $8.50 is kept: refund it first, or accept the order"
        assert orders("close", SHORT) == (1, "", f"lightning-cart: {sentence}\n")

    def test_without_an_answer_of_the_provider_says_to_run_it_again(self, orders: Cli, database: str) -> None:
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("UPDATE orders SET strategy = 'stripe_checkout', provider = 'stripe' WHERE id = ?", (GOLD,))
            connection.commit()
        status, _, err = orders("close", GOLD)
        assert (status, err.splitlines()[0]) == (1, "no answer: run it again; an order ends only once")


class TestCancelling:
    def test_is_logged_with_its_reason(self, orders: Cli) -> None:
        orders("cancel", UNSEEN, "--reason", "sold out")
        assert [(row["who"], row["action"], row["reason"]) for row in shown(orders, UNSEEN)["log"]] == [
            ("cli", "cancel", "sold out")
        ]


@pytest.mark.parametrize(
    "command", [("refund", GOLD, "--yes"), ("cancel", GOLD), ("close", GOLD)], ids=["refund", "cancel", "close"]
)
def test_an_order_of_an_unknown_strategy_is_not_changed_and_one_sentence_says_so(orders: Cli, command: tuple[str, ...]) -> None:
    assert orders(*command) == (2, "", f"lightning-cart: {UNKNOWN}")


@pytest.mark.parametrize(
    "command",
    [("refund", "--yes"), ("cancel",), ("close",), ("accept", "--reason", "x")],
    ids=["refund", "cancel", "close", "accept"],
)
def test_an_order_that_is_not_there_is_one_sentence(orders: Cli, database: str, command: tuple[str, ...]) -> None:
    sentence = f"lightning-cart: there is no order ord_nope in {database}: lightning-cart orders list shows them\n"
    assert orders(command[0], "ord_nope", *command[1:]) == (2, "", sentence)


def test_the_reconciler_names_an_order_of_an_unknown_strategy(lightning_cart: Cli, orders: Cli, database: str) -> None:
    orders("list")
    status, out, _ = lightning_cart("reconcile", "--database", database)
    assert (status, f"{GOLD}  not compared  {UNKNOWN}" in out) == (0, True)


def test_the_reconciler_ends_events_that_waited_for_a_week(lightning_cart: Cli, orders: Cli, database: str) -> None:
    park(database, "pi_of_nobody", received_at=0)
    orders("list")
    lightning_cart("reconcile", "--database", database)
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT event_id FROM events WHERE verdict = 'parked'").fetchall() == []


def test_the_reconciler_counts_the_parked_events_that_it_recorded(lightning_cart: Cli, orders: Cli, database: str) -> None:
    park(database, "pi_1", received_at=int(time.time()))
    orders("list")
    assert "1 parked events applied" in lightning_cart("reconcile", "--database", database)[1]


def park(database: str, payment_ref: str, received_at: int) -> None:
    """Leave a dispute that waits for its payment."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(
            """
            INSERT INTO events (
                provider, event_id, type, kind, payment_ref, subscription_ref, subject, verdict, fresh, received_at, created_at
            ) VALUES ('stripe', 'evt_parked', '', 'disputed', ?, '', 'dp_2', 'parked', 0, ?, ?)
            """,
            (payment_ref, received_at, received_at),
        )
        connection.commit()


@pytest.fixture(scope="module")
def stripe() -> Iterator[SimpleNamespace]:
    """Serve a Stripe whose refunds have the status in `status`."""
    ids = itertools.count()

    async def refund(_: Request) -> JSONResponse:
        refunded = 1000 if served.status == "succeeded" else 0
        charge = {"id": "ch_1", "amount_refunded": refunded, "currency": "usd"}
        return JSONResponse({"id": f"re_{next(ids)}", "status": served.status, "charge": charge})

    app = Starlette(routes=[Route("/v1/refunds", refund, methods=["POST"])])
    with serving(lambda address: SimpleNamespace(address=address, app=app, status="succeeded")) as served:
        yield served


@pytest.fixture
def refunding(orders: Cli, tmp_path: Path, stripe: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Refund the order with two payments at that Stripe."""
    monkeypatch.setattr(stripe, "status", "succeeded")
    settings = {**ENV, "STRIPE_API_BASE": stripe.address}
    (tmp_path / ".env").write_text("\n".join(f"{name}={value}" for name, value in settings.items()))
    return lambda *arguments: orders("refund", TWICE, "--yes", *arguments)


def test_a_refund_that_fails_ends_with_the_code_of_a_failure(refunding: Cli, stripe: SimpleNamespace) -> None:
    stripe.status = "failed"
    status, out, _ = refunding("--amount", "3")
    assert (status, out.partition(": ")[2]) == (1, "$3.00 failed; the order is paid\n$20.00 stay.\n")


class TestARefundOfSeveralPayments:
    def test_is_one_sum(self, refunding: Any) -> None:
        status, out, _ = refunding("--reason", "paid twice")
        assert (status, out.partition(": ")[2]) == (0, "$20.00 succeeded; the order is refunded\nNothing stays.\n")

    def test_is_one_object_for_scripts(self, refunding: Any) -> None:
        refunded = json.loads(refunding("--json")[1])
        assert (refunded["amount_minor"], refunded["status"], refunded["order_status"]) == (2000, "succeeded", "refunded")

    def test_is_shown_payment_by_payment(self, refunding: Any, orders: Cli) -> None:
        refunding()
        assert [refund["amount_minor"] for refund in shown(orders, TWICE)["refunds"]] == [1000, 1000]

    def test_is_logged_as_made_here(self, refunding: Any, orders: Cli) -> None:
        refunding("--reason", "paid twice")
        assert {(row["who"], row["action"], row["reason"]) for row in shown(orders, TWICE)["log"]} == {
            ("cli", "refund", "paid twice")
        }
