"""`orders list` and `orders find`: filters combine, and a list without orders says which filter found none."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from lightning_cart.domain.buyer import Address, Contact
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.order_filter import first_id_at
from lightning_cart.storage.orders import OrderStore
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.cli import commands
from lightning_cart_host.cli.orders import list_command
from lightning_cart_host.resources import find_resource
from support.builders import make_event, make_order

type Cli = Callable[..., tuple[int, str, str]]
NOW = 1_793_620_800  # 2026-11-02 12:00 UTC
DAY = 24 * 3600
AGES = {"new": 0, "shirt": DAY, "club": 2 * DAY, "old": 100 * DAY}
IDS = {name: first_id_at(NOW - age) for name, age in AGES.items()}
COMMAND = typer.main.get_command(commands.app)  # made once: that takes as long as most tests
ORDERS: dict[str, dict[str, Any]] = {
    "new": {"lines": (LineItem("mug", "Mug “Ñandú”", Money(1250, "USD"), 1),), "customer_email": "ada@example.com"},
    "shirt": {"lines": (LineItem("shirt", "Shirt", Money(2500, "EUR"), 2),), "metadata": {"gift": "For Grace"}},
    "club": {"site_id": "club", "lines": (LineItem("mug", "Mug", Money(900, "JPY"), 1),)},
    "old": {"lines": (LineItem("mug", "Mug", Money(1250, "USD"), 1),), "customer_email": "Ada@Example.com"},
}


# The buyer of one order, as the provider reported it.
PAYER = Contact("grace@example.org", "Grace Hopper-Öberg", "+1555", "ESB12345678", Address("JP", city="千代田区"))


async def fill(path: Path) -> None:
    database = SqliteDatabase(path)
    await database.migrate(find_resource("migrations"))
    orders, inbox = OrderStore(database), Inbox(database)
    for name, fields in ORDERS.items():
        at = NOW - AGES[name]
        order = make_order(id=IDS[name], created_at=at, updated_at=at, **fields)
        await orders.create_order(order, "", "digest")
        await orders.save_session(order.id, CheckoutSession(f"cs_{name}", "https://pay.example", None), at)
        if name != "club":
            amount = order.total if name != "shirt" else Money(1, "EUR")
            paid = make_event(EventKind.PAID, id=f"evt_{name}", order_id=order.id, payment_ref=f"pi_{name}", amount=amount)
            paid = paid._replace(contact=PAYER) if name == "shirt" else paid
            await inbox.record_event(paid, at)
    dispute = {"order_id": IDS["old"], "payment_ref": "pi_old", "object_id": "dp_old", "amount": Money(1250, "USD")}
    await inbox.record_event(make_event(EventKind.DISPUTED, id="evt_dispute", **dispute), NOW)
    database.close()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("shop") / "orders.db"
    asyncio.run(fill(path))
    return str(path)


@pytest.fixture
def orders(lightning_cart: Cli, database: str, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run a command about the orders at that time."""
    monkeypatch.setattr(list_command, "time", SimpleNamespace(time=lambda: float(NOW)))
    monkeypatch.setattr(commands, "app", COMMAND)
    monkeypatch.setenv("DATABASE", database)
    return lambda *words: lightning_cart("orders", *words)


def names(out: str) -> list[str]:
    """Return the names of the orders in lines of JSON."""
    by_id = {order_id: name for name, order_id in IDS.items()}
    return [by_id[json.loads(line)["order_id"]] for line in out.splitlines()]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("", "new shirt club old"),
        ("--status paid", "new old"),
        ("--review", "shirt"),
        ("--review --status pending", "shirt"),
        ("--disputed", "old"),
        ("--since 36h", "new shirt"),
        ("--since yesterday --until yesterday", "shirt"),
        ("--since yesterday --until today", "new shirt"),
        ("--until 2026-11-01", "shirt club old"),
        ("--until 2026-11-01T12:00", "club old"),
        ("--today", "new"),
        ("--email ADA@example.com", "new old"),
        ("--email ada@example.com --since 7d", "new"),
        ("--email Grace@Example.org", "shirt"),
        ("--text hopper-öberg", "shirt"),
        ("--text 千代田区", "shirt"),
        ("--text esb1234", "shirt"),
        ("--text @example.org", "shirt"),
        ("--site club", "club"),
        ("--product mug --site shop", "new old"),
        ("--over 12.49 --status paid", "new old"),
        ("--over 12.50", "club shirt"),
        ("--under 100", "shirt new old"),
        ("--text nandu", ""),
        ("--text ñANDÚ", "new"),
        ("--text grace", "shirt"),
        ("--text mug", "new club"),
        ("--text mug --since 365d", "new club old"),
        ("--limit 2", "new shirt"),
        ("--over 5 --limit 1", "club"),
    ],
)
def test_filters_combine(orders: Cli, options: str, found: str) -> None:
    status, out, _ = orders("list", "--json", *options.split())
    assert (status, names(out)) == (0, found.split())


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--status failed", "none is failed"),
        ("--review --disputed", "each filter matches some, but none matches all of them"),
        ("--site clup", "none is of the site clup (did you mean club?)"),
        ("--site nowhere", "none is of the site nowhere"),
        ("--product shrit --site shop", "none has the product shrit (did you mean shirt?)"),
        ("--product teapot", "none has the product teapot"),
        ("--email eve@example.com --status paid", "none is of the e-mail address eve@example.com"),
        ("--over 9999", "no total is over 9999"),
        ("--under 1 --site shop", "no total is under 1"),
        ("--since 1h --site club", "each filter matches some, but none matches all of them"),
        ("--until 2020-01-01", "none was created before 2020-01-02 00:00:00 (UTC)"),
        ("--since 2027-01-01", "none was created from 2027-01-01 00:00:00 (UTC)"),
        (
            "--since 2025-12-01 --until 2025-12-01 --status failed",
            "none is failed, and none was created from 2025-12-01 00:00:00 before 2025-12-02 00:00:00 (UTC)",
        ),
        ("--text teapot --site club", "none created from 2026-08-04 12:00:00 (UTC) has the text teapot"),
    ],
)
def test_a_list_without_orders_says_which_filter_found_none(orders: Cli, options: str, sentence: str) -> None:
    assert orders("list", *options.split()) == (0, f"No orders: {sentence}.\n", "")


def test_scripts_read_why_there_are_none_on_the_error_output(orders: Cli) -> None:
    assert orders("list", "--status", "failed", "--json") == (0, "", "No orders: none is failed.\n")


def test_an_empty_shop_has_no_orders(lightning_cart: Cli, tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "empty.db")
    asyncio.run(database.migrate(find_resource("migrations")))
    database.close()
    assert lightning_cart("orders", "list", "--database", "empty.db") == (0, "No orders.\n", "")


def test_the_totals_of_what_is_shown_are_below_and_whether_there_is_more(orders: Cli) -> None:
    _, out, _ = orders("list", "--limit", "2")
    assert out.splitlines()[-3:] == [
        "1 order in EUR: €0.01 paid, €0.00 refunded",
        "1 order in USD: $12.50 paid, $0.00 refunded",
        "More orders match: --limit 4 shows more.",
    ]
    assert "More orders" not in orders("list", "--limit", "4")[1]


def test_scripts_read_that_there_is_more_on_the_error_output(orders: Cli) -> None:
    _, out, err = orders("list", "--limit", "3", "--json")
    assert (len(out.splitlines()), err) == (3, "More orders match: --limit 6 shows more.\n")


def test_a_list_by_the_total_alone_says_its_order(orders: Cli) -> None:
    note = "The largest totals come first, whatever their currency."
    assert [note in orders("list", "--over", "5", *more)[1] for more in ((), ("--site", "shop"))] == [True, False]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--status failled", ": did you mean failed?"),
        ("--since tomorrow", "--since: 'tomorrow' is not a day or a time"),
        ("--over 12,50", "--over: '12,50' is not an amount: write a plain number such as 12.50"),
    ],
)
def test_what_cannot_be_a_filter_is_refused(orders: Cli, options: str, sentence: str) -> None:
    status, out, err = orders("list", *options.split())
    assert (status, out, sentence in err) == (2, "", True)


@pytest.mark.parametrize(
    ("text", "matched"),
    [
        (IDS["new"], "id"),
        (IDS["old"][4:14].lower(), "id"),
        ("cs_club", "checkout"),
        ("pi_new", "payment"),
        ("dp_old", "dispute"),
        ("evt_shirt", "event"),
        ("50", "total"),
        ("GRACE@example.org", "e-mail"),
        ("@example.org", "e-mail"),
    ],
)
def test_one_order_that_is_found_is_shown(orders: Cli, text: str, matched: str) -> None:
    status, out, err = orders("find", text)
    first, second, *_ = out.splitlines()
    assert (status, first, second[:30] in IDS.values(), err) == (0, f"matched by its {matched}", True, "")
    (line,) = orders("find", text, "--json")[1].splitlines()
    assert json.loads(line)["matched"] == matched
    assert json.loads(line)["order_id"] == second[:30]


@pytest.mark.parametrize(
    ("words", "found", "note"),
    [
        (("ada@example.com",), "new old", "Matched by their e-mail."),
        (("@example.com", "--since", "365d"), "new old", "Matched by their e-mail."),
        (("12.50",), "new old", "Matched by their total."),
        (("ord_0",), "new shirt club old", "Matched by their id."),
    ],
)
def test_several_orders_that_are_found_are_listed(orders: Cli, words: tuple[str, ...], found: str, note: str) -> None:
    status, out, _ = orders("find", *words)
    listed = [line[:30] for line in out.splitlines() if line.startswith("ord_")]
    assert (status, listed, out.splitlines()[-1]) == (0, [IDS[name] for name in found.split()], note)


def test_a_domain_is_searched_in_the_last_90_days(orders: Cli) -> None:
    assert names(orders("find", "@example.com", "--json")[1]) == ["new"]


def test_more_that_is_found_is_told(orders: Cli) -> None:
    _, out, _ = orders("find", "ord_0", "--limit", "2")
    assert out.splitlines()[-1] == "More orders match: --limit 4 shows more."
    assert len(orders("find", "ord_0", "--limit", "2", "--json")[1].splitlines()) == 2


def test_nothing_that_is_found_says_what_else_to_try(orders: Cli) -> None:
    sentence = "no order matches Grace: lightning-cart orders list --text searches names and metadata\n"
    assert orders("find", "Grace") == (1, "", sentence)


def test_an_empty_text_is_refused(orders: Cli) -> None:
    status, _, err = orders("find", " ")
    assert (status, "TEXT is empty" in err) == (2, True)
