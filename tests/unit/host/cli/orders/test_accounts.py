"""`orders export --taxes`: what came and went by month and tax rate, with the numbers of its documents."""

import asyncio
import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.buyer import Address, Buyer, Destination
from lightning_cart.domain.document import Document, DocumentNumber, Series
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order, OrderStatus
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.domain.taxes import TaxGroup
from lightning_cart.errors import ConfigurationError
from lightning_cart.providers.stripe.checkout import StripeCheckout
from lightning_cart.storage.accounts import Account, PaidPart
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.orders import OrderStore
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.cli.orders.account_entries import account_entries, country_of
from lightning_cart_host.cli.orders.account_export import read_days, read_zones
from lightning_cart_host.cli.orders.account_rows import Accounts, Days, number_ranges
from lightning_cart_host.resources import find_resource
from support.builders import make_event, make_order
from support.random_carts import carts, order_of

type Cli = Callable[..., tuple[int, str, str]]
JUNE, LATE = 1_780_272_000, 1_782_856_000  # the first second of June 2026, and 21:46:40 of its last day, in UTC
MUG = LineItem("mug", "Mug", Money(2420, "EUR"), 1, tax_rate="21")
BOOK = LineItem("book", "Book", Money(1040, "EUR"), 1, tax_rate="4")
TAXES = (TaxGroup("21", "IVA", True, 2000, 420), TaxGroup("4", "IVA", True, 1000, 40))
PAID = OrderStatus.PAID


def _order(count: int = 1, **changes: Any) -> Order:
    """Return a paid order of 34.60 euros, with 4.60 of tax, and with a number."""
    fields = {
        "id": f"ord_{count:026d}",
        "lines": (MUG, BOOK),
        "taxes": TAXES,
        "status": PAID,
        "paid_minor": 3460,
        "place": Destination("ES"),
        "number": DocumentNumber(2026, count, JUNE),
    }
    return make_order(**(fields | changes))


def _account(order: Order, *paid: PaidPart, documents: Sequence[Document] = ()) -> Account:
    parts = paid or (PaidPart(JUNE, order.paid_minor, order.tip_minor),)
    return Account(order, parts, parts[0].at, tuple(documents), {})


def _note(amount: int, place: int = 1, at: int = JUNE, **changes: Any) -> Document:
    return Document(Series.CREDIT_NOTE, place, amount, "", at, DocumentNumber(2026, place, at), **changes)


def _rows(*accounts: Account, days: Days = Days(), **zones: str) -> list[dict[str, Any]]:  # noqa: B008 - it is immutable
    made = Accounts(days, zones)
    for account in accounts:
        made.add(account)
    return list(made.rows())


def _short(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    names = ("month", "kind", "tax_rate", "net_minor", "tax_minor", "documents", "numbers")
    return [tuple(row[name] for name in names) for row in rows]


def test_a_sale_has_a_row_for_each_rate() -> None:
    first, second = _rows(_account(_order()))
    assert first == {
        "month": "2026-06",
        "kind": "sale",
        "site": "shop",
        "country": "ES",
        "currency": "EUR",
        "tax_label": "IVA",
        "tax_rate": "4",
        "net": Decimal("10.00"),
        "net_minor": 1000,
        "tax": Decimal("0.40"),
        "tax_minor": 40,
        "total": Decimal("10.40"),
        "total_minor": 1040,
        "documents": 1,
        "numbers": "2026-1",
    }
    assert (second["tax_rate"], second["total"]) == ("21", Decimal("24.20"))


def test_orders_add_up_and_their_numbers_are_ranges() -> None:
    rows = _rows(*(_account(_order(number)) for number in (1, 2, 3, 5)))
    assert _short(rows)[0] == ("2026-06", "sale", "4", 4000, 160, 4, "2026-1\u20132026-3, 2026-5")


def test_sites_countries_currencies_and_months_have_rows_of_their_own() -> None:
    others = (
        {"site_id": "other"},
        {"place": Destination("FR")},
        {"lines": (LineItem("mug", "Mug", Money(1, "USD"), 1),), "taxes": (), "paid_minor": 1},
    )
    assert len(_rows(_account(_order()), *(_account(_order(2, **one)) for one in others))) == 2 + 2 + 2 + 1
    rows = _rows(_account(_order()), _account(_order(2), PaidPart(LATE + 86_400, 3460, 0)))
    assert [row["month"] for row in rows] == ["2026-06", "2026-06", "2026-07", "2026-07"]


def test_a_month_is_one_of_the_sites_time_zone() -> None:
    late = _account(_order(), PaidPart(LATE, 3460, 0))
    assert {row["month"] for row in _rows(late)} == {"2026-06"}
    assert {row["month"] for row in _rows(late, shop="Asia/Tokyo")} == {"2026-07"}
    assert {row["month"] for row in _rows(late, other="Asia/Tokyo")} == {"2026-06"}
    july = Days(date(2026, 7, 1))
    assert (_rows(late, days=july), len(_rows(late, days=july, shop="Asia/Tokyo"))) == ([], 2)
    assert (len(_rows(late, days=Days(None, date(2026, 6, 30)))), _rows(late, days=Days(None, date(2026, 6, 29)))) == (2, [])


def test_refunds_are_negative_and_have_the_numbers_of_their_credit_notes() -> None:
    rows = _rows(_account(_order(), documents=[_note(346), _note(1384, 2, JUNE + 40 * 86_400)]))
    assert _short(rows)[2:] == [
        ("2026-06", "refund", "4", -100, -4, 1, "C2026-1"),
        ("2026-06", "refund", "21", -200, -42, 1, "C2026-1"),
        ("2026-07", "refund", "4", -400, -16, 1, "C2026-2"),
        ("2026-07", "refund", "21", -800, -168, 1, "C2026-2"),
    ]


def test_a_refund_that_failed_comes_back() -> None:
    rows = _rows(_account(_order(), documents=[_note(346), _note(-346, 2)]))
    assert _short(rows)[2:] == [
        ("2026-06", "refund", "4", 0, 0, 2, "C2026-1\u2013C2026-2"),
        ("2026-06", "refund", "21", 0, 0, 2, "C2026-1\u2013C2026-2"),
    ]


def test_what_was_paid_beyond_the_total_is_of_no_rate_and_so_is_what_was_given_back_of_it() -> None:
    order = _order(paid_minor=2 * 3460)
    twice = (PaidPart(JUNE, 3460, 0), PaidPart(LATE, 3460, 0))
    assert _short(_rows(_account(order, *twice)))[2:] == [("2026-06", "other", "", 3460, 0, 1, "2026-1")]
    note = _note(3500, paid_minor=6920)
    assert _short(_rows(_account(order, *twice, documents=[note])))[2:] == [
        ("2026-06", "refund", "4", -12, 0, 1, "C2026-1"),
        ("2026-06", "refund", "21", -23, -5, 1, "C2026-1"),
        ("2026-06", "other", "", 0, 0, 2, "2026-1, C2026-1"),
    ]


def test_what_was_paid_below_the_total_is_missing_in_a_row_of_its_own() -> None:
    assert _short(_rows(_account(_order(paid_minor=3000))))[2:] == [("2026-06", "other", "", -460, 0, 1, "2026-1")]


def test_a_tip_and_its_refund_are_of_no_rate() -> None:
    order = _order(tip_minor=200)
    rows = _rows(_account(order, documents=[_note(0, tip_minor=150)]))
    assert _short(rows)[2:] == [("2026-06", "tip", "", 50, 0, 2, "2026-1, C2026-1")]


def test_an_order_that_was_paid_in_part_is_no_sale() -> None:
    order = _order(status=OrderStatus.PENDING, paid_minor=1000, number=None)
    rows = _rows(_account(order, PaidPart(JUNE, 1000, 0), documents=[_note(400)._replace(number=None)]))
    assert _short(rows) == [("2026-06", "other", "", 600, 0, 0, "")]


@pytest.mark.parametrize("status", [PAID, OrderStatus.CANCELLED])
def test_a_free_order_has_a_row_for_its_number_also_if_it_was_cancelled(status: OrderStatus) -> None:
    sample = LineItem("sample", "Sample", Money(0, "EUR"), 1)
    order = _order(strategy="free", lines=(sample,), taxes=(), paid_minor=0, status=status)
    assert _short(_rows(_account(order))) == [("2026-06", "sale", "", 0, 0, 1, "2026-1")]


def test_a_renewal_has_the_tax_of_what_recurs() -> None:
    renewal = Document(Series.RENEWAL, 1, 1210, "in_2", LATE, DocumentNumber(2026, 7, LATE))
    rows = _rows(_account(_order(), documents=[renewal]))
    assert _short(rows)[2:] == [("2026-06", "renewal", "", 1210, 0, 1, "R2026-7")]


@pytest.mark.parametrize(
    ("changes", "country"),
    [
        ({}, "ES"),
        ({"place": Destination(), "buyer": Buyer(Address("FR"))}, "FR"),
        ({"place": Destination()}, ""),
    ],
)
def test_the_country_is_the_one_of_the_price_or_else_the_buyers(changes: dict[str, Any], country: str) -> None:
    assert country_of(_order(**changes)) == country


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ([], ""),
        ([(0, 2026, 3)], "2026-3"),
        ([(0, 2026, 2), (0, 2026, 1)], "2026-1\u20132026-2"),
        ([(0, 2026, 1), (0, 2027, 2), (1, 2027, 3), (2, 2026, 4)], "2026-1, 2027-2, C2027-3, R2026-4"),
    ],
)
def test_numbers_are_written_as_ranges(numbers: list[tuple[int, int, int]], text: str) -> None:
    assert number_ranges(numbers) == text


@st.composite
def _lives(draw: st.DrawFn) -> Account:
    """Draw an order with any payments and refunds."""
    order = order_of(draw(carts()).quote(), StripeCheckout)
    amounts = draw(st.lists(st.integers(0, 2 * order.total.minor), min_size=1, max_size=3))
    parts = [PaidPart(JUNE + n, amount, draw(st.integers(0, 300))) for n, amount in enumerate(amounts)]
    order = order._replace(
        status=draw(st.sampled_from([PAID, OrderStatus.PENDING])), paid_minor=sum(amounts), number=DocumentNumber(2026, 1, JUNE)
    )
    notes: list[Document] = []
    left = order.paid_minor
    for place in range(1, draw(st.integers(0, 4)) + 1):
        amount = draw(st.integers(left - order.paid_minor, left))
        left -= amount
        notes.append(_note(amount, place, tip_minor=draw(st.integers(0, 9))))
    return _account(order, *parts, documents=notes)


@given(_lives())
def test_the_entries_of_any_order_add_up_to_what_came_in(account: Account) -> None:
    entries = list(account_entries(account))
    came = sum(part.amount_minor + part.tip_minor for part in account.paid)
    went = sum(note.amount_minor + note.tip_minor for note in account.documents)
    assert sum(entry.share.gross_minor for entry in entries) == came - went
    by_kind: Counter[str] = Counter()
    for entry in entries:
        by_kind[entry.kind] += entry.share.gross_minor
    assert by_kind["sale"] == (account.order.total.minor if account.order.status is PAID else 0)
    assert by_kind["tip"] == sum(part.tip_minor for part in account.paid) - sum(note.tip_minor for note in account.documents)
    if not came - went and account.order.status is PAID and account.order.paid_minor >= account.order.total.minor:
        assert by_kind["sale"] + by_kind["refund"] + by_kind["other"] == -by_kind["tip"]


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        ("", "", Days()),
        ("2026-02", "2026-02", Days(date(2026, 2, 1), date(2026, 2, 28))),
        ("2026-11-05", "2026-11-05", Days(date(2026, 11, 5), date(2026, 11, 5))),
        (" 2028-02-29", "2028-02 ", Days(date(2028, 2, 29), date(2028, 2, 29))),
    ],
)
def test_days_are_days_or_months(first: str, last: str, days: Days) -> None:
    assert read_days(first, last) == days


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        ("yesterday", "", "--from: 'yesterday' is neither a day nor a month: write 2026-11-30 or 2026-11"),
        ("", "2026-13", "--to: '2026-13' is neither"),
        ("2026-02-30", "", "--from: '2026-02-30' is neither"),
        ("2026-03", "2026-02", "no day is left: --to 2026-02 is before --from 2026-03"),
    ],
)
def test_other_days_are_refused(first: str, last: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read_days(first, last)
    assert str(raised.value).startswith(sentence)


def test_time_zones_are_those_of_the_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_zones(None) == {}
    with pytest.raises(ConfigurationError, match=r"there is no products\.toml"):
        read_zones(tmp_path / "nothing")
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "products.toml").write_text('[products.mug]\nname = "Mug"\nprices = { EUR = "24.20" }\n')
    site = (
        '[sites.{}]\nname = "Shop"\nsuccess_page = "/a.html"\ncancel_page = "/b.html"\ndefault_strategy = "stripe_checkout"\n'
    )
    text = site.format("shop") + 'timezone = "Asia/Tokyo"\n' + site.format("other")
    (tmp_path / "config" / "sites.toml").write_text(text)
    assert read_zones(None) == read_zones(tmp_path / "config") == {"shop": "Asia/Tokyo"}


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """Fill a database with three paid orders, of which the last was paid first, and a refund."""

    async def fill() -> None:
        database = SqliteDatabase(tmp_path / "orders.db")
        await database.migrate(find_resource("migrations"))
        for number, at in ((1, JUNE + 50), (2, JUNE + 20), (3, JUNE + 10)):
            order = _order(number, status=OrderStatus.OPEN, paid_minor=0, number=None)
            await OrderStore(database).create_order(order, "", "digest")
            paid = {"id": f"evt_{number}", "order_id": order.id, "payment_ref": f"pi_{number}", "amount": Money(3460, "EUR")}
            await Inbox(database).record_event(make_event(EventKind.PAID, **paid), at)
        back = {"order_id": order.id, "payment_ref": "pi_3", "amount": Money(346, "EUR")}
        await Inbox(database).record_event(make_event(EventKind.REFUNDED, **back), LATE)
        database.close()

    asyncio.run(fill())
    return tmp_path / "orders.db"


@pytest.fixture
def export(lightning_cart: Cli, filled: Path) -> Cli:
    return lambda *arguments: lightning_cart("orders", "export", *arguments, "--database", str(filled))


def test_the_command_numbers_in_the_order_of_payment_and_writes_csv(export: Cli, filled: Path) -> None:
    status, out, err = export("-", "--taxes")
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    assert (status, err) == (0, "")
    assert [row["kind"] for row in rows] == ["sale", "sale", "refund", "refund"]
    assert (rows[0]["net"], rows[2]["net"], rows[2]["total_minor"]) == ("30.00", "-1.00", "-104")
    assert sum(Decimal(row["total"]) for row in rows) == Decimal("100.34")
    assert re.fullmatch(r"(\d{4})-1\u2013\1-3", rows[0]["numbers"])  # of the year in which this test runs

    async def numbers() -> list[int]:
        database = SqliteDatabase(filled)
        orders = await OrderStore(database).list_orders()
        database.close()
        return [order.number.number for order in reversed(orders) if order.number]

    assert asyncio.run(numbers()) == [3, 2, 1]
    assert export("-", "--taxes") == (status, out, err)


def test_json_has_decimals_as_texts(export: Cli) -> None:
    _, out, _ = export("-", "--taxes", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert (rows[2]["net"], rows[2]["net_minor"], rows[2]["tax_rate"]) == ("-1.00", -100, "4")


def test_a_file_is_written_with_only_some_days_and_one_site(export: Cli, tmp_path: Path) -> None:
    file = str(tmp_path / "taxes.csv")
    assert export(file, "--taxes", "--from", "2026-06-02", "--excel") == (0, "", f"{file}: 2 rows\n")
    assert (tmp_path / "taxes.csv").read_bytes().startswith("\ufeffmonth,kind".encode())
    assert export(file, "--taxes", "--to", "2026-06-01")[2] == f"{file}: 2 rows\n"
    assert export(file, "--taxes", "--site", "other")[2] == f"{file}: 0 rows\nnothing came or went in these days\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--from", "2026-06"], "--from, --to and --config are for --taxes: add it, or use --since and --until for orders"),
        (["--config", "config"], "--from, --to and --config are for --taxes"),
        (["--taxes", "--since", "7d"], "--taxes takes only --from, --to and --site beside the file and its form"),
        (["--taxes", "--lines"], "--taxes takes only"),
        (["--taxes", "--status", "paid"], "--taxes takes only"),
        (["--taxes", "--to", "June"], "--to: 'June' is neither a day nor a month"),
        (["--taxes", "--config", "nowhere"], "there is no products.toml and no sites.toml in nowhere"),
    ],
)
def test_what_does_not_belong_to_the_accounts_is_refused(export: Cli, arguments: list[str], sentence: str) -> None:
    status, out, err = export("-", *arguments)
    assert (status, out, sentence in err) == (2, "", True), err


def test_the_accounts_never_replace_the_database(export: Cli, filled: Path) -> None:
    status, _, err = export(str(filled), "--taxes")
    assert (status, "is the database: name another file" in err) == (2, True)
