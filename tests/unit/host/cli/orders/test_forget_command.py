"""`orders forget`: it asks, says what it did and what it did not, and leaves nothing of a buyer behind."""

import asyncio
import io
import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from lightning_cart.domain.buyer import Address, Buyer, Contact
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.orders import OrderStore
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.resources import find_resource
from support.builders import make_event, make_order
from support.command_line import Terminal

type Cli = Callable[..., tuple[int, str, str]]
PAID, ALSO_PAID, OPEN = (f"ord_01{letter * 24}" for letter in "ABC")
REST = "1 more can still be paid, and will not be changed."
BUYER = Buyer(Address("ES", "José Núñez", "Calle Mayor 1", phone="+34600111222"), note="Ring twice")
PAYER = Contact("payer@example.com", "José Núñez García", "+34911", "ESB12345678", Address("ES", line1="Calle Mayor 2"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Make a database of three orders of one buyer: two that are paid and an open one."""
    found, at = tmp_path / "orders.db", int(time.time()) - 3600

    async def fill() -> None:
        database = SqliteDatabase(found)
        await database.migrate(find_resource("migrations"))
        store, inbox = OrderStore(database), Inbox(database)
        for order_id, email in ((PAID, "Ada@example.com"), (ALSO_PAID, "bo@example.com"), (OPEN, "ada@example.com")):
            order = make_order(id=order_id, customer_email=email, buyer=BUYER, created_at=at, updated_at=at)
            await store.create_order(order, "", "digest")
        await inbox.record_event(make_event(EventKind.PAID, order_id=PAID, contact=PAYER), at)
        mine = PAYER._replace(email="ADA@example.com")
        await inbox.record_event(
            make_event(EventKind.PAID, id="evt_2", order_id=ALSO_PAID, payment_ref="pi_2", contact=mine), at
        )
        database.close()

    asyncio.run(fill())
    return found


@pytest.fixture
def orders(lightning_cart: Cli, path: Path, unreachable: None) -> Cli:  # noqa: ARG001 - the settings
    """Run `lightning-cart orders` on that database, at a provider that cannot be reached."""
    return lambda *arguments: lightning_cart("orders", *arguments, "--database", str(path))


def everything(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return "\n".join(str(row) for table in tables for row in connection.execute(f"SELECT * FROM {table}"))


@pytest.mark.parametrize("typed", [PAID, "01a", "ord_01A"])
def test_one_order_is_forgotten_by_its_id(orders: Cli, path: Path, typed: str) -> None:
    assert orders("forget", typed, "--yes", "--reason", "by letter") == (0, f"{PAID}: the buyer is forgotten\n", "")
    view = json.loads(orders("show", PAID, "--json")[1])
    assert (view["customer_email"], view["name"], view["address"], view["note"]) == ("", None, None, None)
    assert [(row["action"], row["who"], row["reason"]) for row in view["log"]] == [("forget", "cli", "by letter")]
    assert "payer@example.com" not in everything(path)
    assert "forgotten at" in orders("show", PAID)[1]


@pytest.mark.parametrize("email", ["ada@example.com", " ADA@EXAMPLE.COM ", "Ada <ada@example.com>"])
def test_all_orders_of_an_address_that_are_over_are_forgotten_and_the_others_are_named(orders: Cli, email: str) -> None:
    status, out, err = orders("forget", email, "--yes")
    assert (status, out) == (1, f"{PAID}: the buyer is forgotten\n{ALSO_PAID}: the buyer is forgotten\n")
    assert err == f"{OPEN}: not forgotten: the order is open, so its buyer is still needed: cancel it first\n"


def test_what_became_of_each_is_said_as_json(orders: Cli) -> None:
    status, out, err = orders("forget", "ada@example.com", "--yes", "--json")
    reason = "the order is open, so its buyer is still needed: cancel it first"
    assert (status, [json.loads(line) for line in out.splitlines()], err) == (
        1,
        [
            {"order_id": PAID, "forgotten": True},
            {"order_id": ALSO_PAID, "forgotten": True},
            {"order_id": OPEN, "forgotten": False, "reason": reason},
        ],
        "",
    )


@pytest.mark.parametrize(
    "command",
    [["list"], ["list", "--json"], ["export"], ["export", "--lines"], ["find", PAID]],
    ids=lambda words: "".join(words[:2]),
)
def test_lists_and_exports_say_nothing_of_a_forgotten_buyer(orders: Cli, path: Path, command: list[str]) -> None:
    words = ("bo@example.com", "payer@example.com", "Núñez García", "ESB12345678", "34911")
    assert any(word in orders(*command)[1] for word in words)
    for order_id in (PAID, ALSO_PAID):
        orders("forget", order_id, "--yes")
    assert [word for word in words if word in orders(*command)[1] or word in everything(path)] == []


@pytest.mark.parametrize(
    ("who", "question"),
    [
        (PAID, f"Delete what is stored about the buyer of {PAID} ($10.00, paid)? It cannot be undone. [y/N] "),
        (
            "ada@example.com",
            f"Delete what is stored about the buyer of 2 orders, {PAID} to {ALSO_PAID}? {REST} It cannot be undone. [y/N] ",
        ),
    ],
    ids=["one", "several"],
)
def test_it_asks_before_it_deletes(orders: Cli, path: Path, monkeypatch: pytest.MonkeyPatch, who: str, question: str) -> None:
    before = everything(path)
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    assert orders("forget", who) == (1, "", f"{question}nothing was changed\n")
    assert everything(path) == before
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    assert orders("forget", who)[1].startswith(f"{PAID}: the buyer is forgotten\n")


def test_it_deletes_nothing_where_nobody_answers(orders: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    status, _, err = orders("forget", PAID)
    assert (status, err.endswith("add --yes to do it\n")) == (2, True)


def test_an_order_that_can_still_be_paid_is_refused_without_a_question(orders: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    status, out, err = orders("forget", OPEN)
    sentence = f"{OPEN}: not forgotten: the order is open, so its buyer is still needed: cancel it first\n"
    assert (status, out, err) == (1, "", sentence)


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["03"], 2, "there is no order 03"),
        (["01"], 2, "is the beginning of several ids"),
        ([""], 2, "type at least the first characters"),
        (["nobody@example.com"], 2, "no order in "),
        ([PAID, "--reason", "letter of payer@example.com"], 1, "leave the address out"),
        ([PAID, "--reason", "x" * 300], 1, "reason"),
    ],
    ids=["no order", "several", "nothing", "nobody", "the address", "a long reason"],
)
def test_what_cannot_be_done_is_said(orders: Cli, path: Path, arguments: list[Any], status: int, sentence: str) -> None:
    before = everything(path)
    code, out, err = orders("forget", *arguments, "--yes")
    assert (code, out, sentence in err) == (status, "", True), err
    assert everything(path) == before


def test_an_order_from_before_gets_its_pages_when_they_are_first_shown(
    orders: Cli, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://pay.example")
    first, second = (json.loads(orders("show", PAID, "--json")[1]) for _ in range(2))
    assert first["page_url"].startswith(f"https://pay.example/orders/{PAID}/page/")
    assert len(first["page_url"].rpartition("/")[2]) == 32
    assert (second["page_url"], second["receipt_url"]) == (first["page_url"], first["receipt_url"])
    token = first["page_url"].rpartition("/")[2]
    assert token in everything(path)
    assert token in orders("find", PAID)[1]
    assert json.loads(orders("show", OPEN, "--json")[1])["receipt_url"] is None


def test_an_order_is_shown_without_its_pages_where_the_file_cannot_be_written(
    orders: Cli, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://pay.example")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE UPDATE OF page_token ON orders BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
        connection.commit()
    status, out, _ = orders("show", PAID, "--json")
    assert (status, json.loads(out)["page_url"], json.loads(out)["name"]) == (0, None, "José Núñez García")


def test_without_the_engines_url_an_order_is_shown_without_its_pages(orders: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "not a url")
    assert json.loads(orders("show", PAID, "--json")[1])["page_url"] is None
