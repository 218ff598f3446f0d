"""`orders export`: every order once, exact amounts, a file that is whole or not there, and little memory."""

import asyncio
import csv
import io
import json
import shutil
import sqlite3
import stat
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from lightning_cart.domain.buyer import Address, Buyer, Contact, Destination
from lightning_cart.domain.catalog import Interval
from lightning_cart.domain.document import DocumentNumber
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, Dispute, Order, OrderStatus
from lightning_cart.domain.parts import Parts
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.domain.price import Delivery
from lightning_cart.domain.taxes import TaxGroup
from lightning_cart.ports import Database, Statement
from lightning_cart.storage.order_search import OrderFilter
from lightning_cart_host.adapters.snapshot import open_snapshot
from lightning_cart_host.cli.orders import export as order_export
from lightning_cart_host.cli.orders import pages as order_pages
from lightning_cart_host.cli.orders.export_rows import LINE_COLUMNS, ORDER_COLUMNS, line_rows, order_row
from lightning_cart_host.cli.orders.pages import read_pages
from support.builders import NOW, make_event
from support.order_files import add_orders, order_at, write_orders

type Cli = Callable[..., tuple[int, str, str]]
MUG = LineItem("mug", "Mug", Money(1250, "USD"), 2, metadata={"size": "XL"})
CLUB = LineItem("club", "=Club; monthly", Money(500, "USD"), 1, interval=Interval.MONTH)
FULL = order_at(
    NOW,
    lines=(MUG, CLUB),
    customer_email="+ada@example.com",
    metadata={"note": "@home,\nplease", "table": "7"},
    status=OrderStatus.PARTIALLY_REFUNDED,
    paid_minor=3000,
    tip_minor=150,
    refunded_minor=500,
    dispute=Dispute.WON,
    needs_review=True,
    review_reason="amount",
    payment_ref="pi_1",
    subscription_ref="sub_1",
    session=CheckoutSession("cs_1", "https://pay.example", None),
)
SHIRT = LineItem(
    product_id="tshirt",
    name="T-shirt",
    unit_price=Money(2000, "USD"),
    quantity=1,
    variant_id="l",
    options={"size": "L"},
    sku="TS-L",
    ships=True,
    discount_minor=100,
)
SHIPPED = order_at(
    NOW,
    lines=(SHIRT,),
    parts=Parts.of(Money(2000, "USD"), 100, 490, 101),
    delivery=Delivery("post", "Post"),
    place=Destination("ES", "CN"),
    taxes=(TaxGroup("21", "IVA", True, 1570, 330), TaxGroup("8.875", "Sales tax", False, 1138, 101)),
    renewal_minor=5,
    buyer=Buyer(
        Address("ES", "=Ada", "Calle 1", "", "Las Palmas", "CN", "35001", "+34 600"), ({"engraving": "@Ada"},), "-Ring"
    ),
)
ADDRESS = [f"address_{name}" for name in Address._fields]
BILLING = [f"billing_{name}" for name in Address._fields]
YEN_MUG = LineItem("mug", "Mug", Money(1800, "JPY"), 1)
YEN = order_at(NOW + 60, lines=(YEN_MUG,), customer_email="bo@example.com", site_id="tokyo")


def test_an_order_is_a_row_with_its_amounts_in_major_and_in_minor_units() -> None:
    assert order_row(FULL) == {
        "order_id": FULL.id,
        "created": "2026-05-28T20:26:40Z",
        "updated": "2026-05-28T20:26:40Z",
        "site": "shop",
        "strategy": "stripe_checkout",
        "provider": "stripe",
        "status": "partially_refunded",
        "currency": "USD",
        "total": "30.00",
        "total_minor": 3000,
        "paid": "30.00",
        "paid_minor": 3000,
        "tip": "1.50",
        "tip_minor": 150,
        "refunded": "5.00",
        "refunded_minor": 500,
        "dispute": "won",
        "needs_review": True,
        "review_reason": "amount",
        "customer_email": "+ada@example.com",
        "quantity": 3,
        "product_ids": "mug club",
        "product_names": "Mug; =Club; monthly",
        "metadata": {"note": "@home,\nplease", "table": "7"},
        "session_id": "cs_1",
        "payment_ref": "pi_1",
        "subscription_ref": "sub_1",
        "goods": "30.00",
        "goods_minor": 3000,
        "discount": "0.00",
        "discount_minor": 0,
        "shipping": "0.00",
        "shipping_minor": 0,
        "tax": "0.00",
        "tax_minor": 0,
        "included_tax": "0.00",
        "included_tax_minor": 0,
        "renewal": "0.00",
        "renewal_minor": 0,
        "taxes": [],
        "delivery_method": "",
        "delivery_name": "",
        "place_country": "",
        "place_region": "",
        "place_postal_code": "",
        **dict.fromkeys(ADDRESS, ""),
        "note": "",
        **dict.fromkeys(("payer_email", "name", "phone", "vat_id", *BILLING, "code", "receipt"), ""),
    }


def test_the_parts_of_a_total_are_columns_and_so_is_what_its_buyer_wrote() -> None:
    row = order_row(SHIPPED)
    amounts = ("total", "goods", "discount", "shipping", "tax", "included_tax", "renewal")
    assert [row[name] for name in amounts] == ["24.91", "20.00", "1.00", "4.90", "1.01", "3.30", "0.05"]
    assert [row[name] for name in ADDRESS] == ["ES", "=Ada", "Calle 1", "", "Las Palmas", "CN", "35001", "+34 600"]
    assert [row[name] for name in ("delivery_method", "delivery_name", "place_region", "note")] == [
        "post",
        "Post",
        "CN",
        "-Ring",
    ]


def test_a_line_has_its_variant_its_inputs_and_where_it_goes() -> None:
    (row,) = line_rows(SHIPPED)
    names = ("variant_id", "options", "sku", "ships", "discount", "discount_minor", "inputs")
    assert [row[name] for name in names] == ["l", {"size": "L"}, "TS-L", True, "1.00", 100, {"engraving": "@Ada"}]
    assert (row["delivery_method"], row["address_name"], row["note"]) == ("post", "=Ada", "-Ring")


def test_who_bought_is_in_the_row_of_the_order_and_of_each_line() -> None:
    delivery, billing = Address("ES", "Åsa", "Calle 2"), Address("JP", "山田 花子", postal_code="100-0005")
    payer = Contact("=payer@example.com", "José Núñez", "+34600", "ESB12345678", delivery, billing)
    order = SHIPPED._replace(
        customer_email="cart@example.com",
        buyer=SHIPPED.buyer._replace(paid_by=payer),
        code="SPRING",
        number=DocumentNumber(2026, 17, NOW),
    )
    wanted = {
        "customer_email": "cart@example.com",
        "payer_email": "=payer@example.com",
        "name": "山田 花子",
        "phone": "+34 600",
        "vat_id": "ESB12345678",
        "address_name": "Åsa",
        "address_line1": "Calle 2",
        "billing_country": "JP",
        "billing_postal_code": "100-0005",
        "code": "SPRING",
        "receipt": "2026-17",
    }
    for row in (order_row(order), *line_rows(order)):
        assert {name: row[name] for name in wanted} == wanted


def test_the_columns_of_earlier_releases_keep_their_places() -> None:
    orders = "order_id created updated site strategy provider status currency total total_minor paid paid_minor tip tip_minor"
    orders += " refunded refunded_minor dispute needs_review review_reason customer_email quantity product_ids product_names"
    orders += " metadata session_id payment_ref subscription_ref"
    lines = "order_id created site strategy status currency customer_email line product_id product_name quantity unit"
    lines += " unit_minor line_total line_total_minor interval line_metadata metadata payment_ref subscription_ref"
    assert list(ORDER_COLUMNS[: len(orders.split())]) == orders.split()
    assert list(LINE_COLUMNS[: len(lines.split())]) == lines.split()


def test_the_columns_are_what_the_rows_have() -> None:
    (row, *_) = line_rows(FULL)
    assert (set(order_row(YEN)), set(row)) == (set(ORDER_COLUMNS), set(LINE_COLUMNS))


def test_a_currency_without_decimals_has_none() -> None:
    row = order_row(YEN)
    assert (row["total"], row["total_minor"], row["paid"]) == ("1800", 1800, "0")


def test_each_line_of_an_order_is_a_row_without_the_orders_amounts() -> None:
    first, second = line_rows(FULL)
    names = ("line", "product_id", "quantity", "unit", "line_total", "line_total_minor", "interval")
    assert [first[name] for name in names] == [1, "mug", 2, "12.50", "25.00", 2500, None]
    assert (second["line"], second["interval"], second["line_metadata"], first["line_metadata"]) == (
        2,
        "month",
        {},
        {"size": "XL"},
    )
    assert not {"total", "paid", "refunded_minor"} & set(first)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a database with a paid order of an awkward buyer, and a newer open one."""
    paid = make_event(EventKind.PAID, order_id=FULL.id, amount=Money(3000, "USD"))
    return Path(write_orders(tmp_path_factory.mktemp("filled") / "orders.db", (FULL, YEN), [(paid, NOW + 30)]))


@pytest.fixture
def database(tmp_path: Path, filled: Path) -> str:
    """Return a copy of that database."""
    return str(shutil.copy(filled, tmp_path))


@pytest.fixture
def export(lightning_cart: Cli, database: str) -> Cli:
    """Run `lightning-cart orders export` on that database."""

    def run(*arguments: str) -> tuple[int, str, str]:
        return lightning_cart("orders", "export", *arguments, "--database", database)

    return run


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_csv_has_every_order_newest_first(export: Cli) -> None:
    status, out, err = export("--csv")
    rows = read_csv(out)
    assert (status, err, [row["order_id"] for row in rows]) == (0, "", [YEN.id, FULL.id])
    assert [(row["total"], row["total_minor"], row["paid"], row["currency"]) for row in rows] == [
        ("1800", "1800", "0", "JPY"),
        ("30.00", "3000", "30.00", "USD"),
    ]


def test_what_a_buyer_typed_is_no_formula_and_stays_one_cell(export: Cli) -> None:
    row = read_csv(export()[1])[1]
    assert (row["customer_email"], row["status"], json.loads(row["metadata"])["note"]) == (
        "'+ada@example.com",
        "paid",
        "@home,\nplease",
    )


def test_lines_are_rows_of_their_own(export: Cli) -> None:
    rows = read_csv(export("--lines")[1])
    assert [(row["product_id"], row["line"], row["line_total"]) for row in rows] == [
        ("mug", "1", "1800"),
        ("mug", "1", "25.00"),
        ("club", "2", "5.00"),
    ]
    assert rows[2]["product_name"] == "'=Club; monthly"


def test_json_is_one_object_a_line_with_values_of_their_kind(export: Cli) -> None:
    rows = [json.loads(line) for line in export("--json")[1].splitlines()]
    assert [list(row) for row in rows] == [list(ORDER_COLUMNS)] * 2
    assert [rows[1][name] for name in ("total", "total_minor", "needs_review", "customer_email", "metadata")] == [
        "30.00",
        3000,
        False,
        "+ada@example.com",
        {"note": "@home,\nplease", "table": "7"},
    ]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (("--status", "paid"), [FULL.id]),
        (("--site", "tokyo"), [YEN.id]),
        (("--since", "2026-05-28T20:27"), [YEN.id]),
        (("--until", "2026-05-28T20:27"), [FULL.id]),
        (("--email", "bo@example.com"), [YEN.id]),
        (("--product", "club"), [FULL.id]),
        (("--today",), []),
    ],
    ids=["status", "site", "since", "until", "email", "product", "today"],
)
def test_the_filters_of_the_list_choose_what_is_written(export: Cli, filters: tuple[str, ...], found: list[str]) -> None:
    assert [row["order_id"] for row in read_csv(export(*filters)[1])] == found


def test_an_export_without_orders_has_the_names_of_the_columns_and_says_why(export: Cli, tmp_path: Path) -> None:
    head = ",".join(ORDER_COLUMNS) + "\r\n"
    assert export("--review") == (0, head, "No orders: none needs review.\n")
    assert export("--site", "tokio") == (0, head, "No orders: none is of the site tokio (did you mean tokyo?).\n")
    file = tmp_path / "none.jsonl"
    assert export(str(file), "--json", "--disputed")[2] == f"{file}: 0 orders\nNo orders: none was disputed.\n"


def test_a_file_is_written_for_its_owner_alone(export: Cli, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("older")
    file.chmod(0o644)
    assert export(str(file), "--excel") == (0, "", f"{file}: 2 orders\n")
    assert (stat.S_IMODE(file.stat().st_mode), file.read_bytes()[:11]) == (0o600, b"\xef\xbb\xbforder_id")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_one_order_is_one_order(export: Cli, tmp_path: Path) -> None:
    assert export(str(tmp_path / "one.csv"), "--status", "paid")[2].endswith("one.csv: 1 order\n")


def test_an_export_that_fails_leaves_the_file_as_it_was(export: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Order) -> Iterator[dict[str, object]]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(order_export, "order_row", fail)
    file = tmp_path / "orders.csv"
    file.write_text("older")
    assert export(str(file)) == (1, "", f"lightning-cart: {file}: No space left on device\n")
    assert file.read_text() == "older"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "No space left on device"), "lightning-cart: standard output: No space left on device\n"),
        (BrokenPipeError(32, "Broken pipe"), ""),
    ],
    ids=["full", "reader gone"],
)
def test_standard_output_that_cannot_be_written_is_one_sentence_unless_its_reader_has_gone(
    export: Cli, monkeypatch: pytest.MonkeyPatch, error: OSError, said: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(shutil, "copyfileobj", fail)
    assert export() == (1, "", said)


def test_an_export_that_fails_writes_nothing_to_standard_output(
    export: Cli, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_pages, "PAGE", 1)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE orders SET lines = 'broken' WHERE id = ?", (FULL.id,))
        connection.commit()
    assert export()[:2] == (1, "")


def test_half_of_a_surrogate_pair_ends_nothing(export: Cli, database: str) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("""UPDATE orders SET metadata = '{"note": "\\ud83d!"}' WHERE id = ?""", (FULL.id,))
        connection.commit()
    assert json.loads(export("--json")[1].splitlines()[1])["metadata"] == {"note": "\ud83d!"}
    assert json.loads(read_csv(export()[1])[1]["metadata"]) == {"note": "\ud83d!"}


def test_a_link_to_a_file_stays_one(export: Cli, tmp_path: Path) -> None:
    file, link = tmp_path / "orders.csv", tmp_path / "link.csv"
    link.symlink_to(file)
    for _ in range(2):
        assert export(str(link))[0] == 0
        assert (link.readlink(), len(read_csv(file.read_text())), file.stat().st_mode & 0o777) == (file, 2, 0o600)
        file.write_text("older")


def test_a_dash_is_standard_output(export: Cli, tmp_path: Path) -> None:
    assert export("-", "--review")[1].startswith("order_id,")
    assert not (tmp_path / "-").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--csv", "--json"), "--csv and --json exclude each other"),
        (("--json", "--excel"), "--excel is for CSV"),
        (("orders.db",), "orders.db is the database: name another file"),
        (("orders.db-wal",), "orders.db-wal is the database: name another file"),
        (("no/folder/orders.csv",), "no/folder/orders.csv cannot be written: No such file or directory"),
        ((".",), ". is not a file: name another one"),
        (("--status", "payed"), "there is no status payed"),
        (("--since", "soon"), "--since: 'soon' is not a day"),
        (("--over", "5 dollars"), "--over: '5 dollars' is not an amount"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_exported_is_one_sentence(export: Cli, arguments: tuple[str, ...], said: str) -> None:
    status, out, err = export(*arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert said in err


def test_the_database_is_never_replaced_by_its_export(export: Cli, database: str) -> None:
    export(database)
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT COUNT(*) FROM orders").fetchone() == (2,)


class CountedRows:
    """A database that counts the rows of each result that it returned."""

    def __init__(self, inner: Database) -> None:
        self._inner = inner
        self.counts: list[int] = []

    async def query(self, statement: Statement) -> Any:
        rows = await self._inner.query(statement)
        self.counts.append(len(rows))
        return rows

    async def batch(self, statements: Any) -> Any:
        return [await self.query(statement) for statement in statements]


async def nothing(_: int) -> None:
    pass


def pages(path: str, size: int, meanwhile: Callable[[int], Awaitable[None]] = nothing) -> tuple[list[list[str]], list[int]]:
    """Return the ids of each page, and the number of rows of each result."""

    async def read() -> tuple[list[list[str]], list[int]]:
        found = []
        async with open_snapshot(path) as snapshot:
            counted = CountedRows(snapshot)
            async for page in read_pages(counted, OrderFilter(), size):
                found.append([order.id for order in page])
                await meanwhile(len(found))
        return found, counted.counts

    return asyncio.run(read())


def test_no_more_than_a_page_of_orders_is_in_memory(tmp_path: Path) -> None:
    orders = [order_at(NOW + number, number) for number in range(23)]
    found, counts = pages(write_orders(tmp_path / "orders.db", orders), 5)
    assert [len(page) for page in found] == [5, 5, 5, 5, 3]
    assert max(counts) == 5
    assert [order_id for page in found for order_id in page] == [order.id for order in reversed(orders)]


def test_what_arrives_or_changes_meanwhile_is_not_in_it(tmp_path: Path) -> None:
    orders = [order_at(NOW + number, number) for number in range(9)]
    path = write_orders(tmp_path / "orders.db", orders)

    async def write_more(number: int) -> None:
        if number == 1:
            paid = make_event(EventKind.PAID, order_id=orders[0].id)
            await add_orders(Path(path), [order_at(NOW + 100)], [(paid, NOW + 100)])

    found, _ = pages(path, 4, write_more)
    assert [order_id for page in found for order_id in page] == [order.id for order in reversed(orders)]
    assert len(pages(path, 4)[0]) == 3
