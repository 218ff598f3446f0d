"""`orders stats`: exact sums for each currency, strategy, product and UTC day, and a report that fits the terminal."""

import io
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Dispute, Order, OrderStatus
from lightning_cart.domain.parts import Parts
from lightning_cart.domain.taxes import TaxGroup
from lightning_cart.errors import ConfigurationError
from lightning_cart_host.cli.dates import DAY, Interval
from lightning_cart_host.cli.orders import pages as order_pages
from lightning_cart_host.cli.orders.stats import OrderStats, ProductSums, Sums
from lightning_cart_host.cli.orders.stats_command import choose_span
from lightning_cart_host.cli.orders.stats_report import bar, has_blocks, print_stats, stats_view
from support.order_files import order_at, write_orders

type Cli = Callable[..., tuple[int, str, str]]
MIDNIGHT = 1_793_577_600  # 2026-11-02 00:00 UTC
NOW = MIDNIGHT + 10 * 3600
S = OrderStatus


def line(product_id: str, price: int, quantity: int = 1, currency: str = "USD") -> LineItem:
    return LineItem(product_id, product_id.title(), Money(price, currency), quantity)


def paid(at: int, *lines: LineItem, **changes: Any) -> Order:
    """Return a paid order."""
    total = sum(one.total.minor for one in lines)
    fields: dict[str, Any] = {"lines": lines, "status": S.PAID, "paid_minor": total}
    return order_at(at, **fields | changes)


ORDERS = [
    paid(NOW - 60, line("mug", 1250, 2), line("pin", 10), tip_minor=150),
    paid(NOW - 120, line("mug", 1250), strategy="paypal", status=S.PARTIALLY_REFUNDED, refunded_minor=250),
    order_at(NOW - 180, lines=(line("mug", 1250),)),
    paid(MIDNIGHT - 1, line("pin", 10), dispute=Dispute.LOST),
    paid(MIDNIGHT - 5, line("mug", 1800, currency="JPY"), dispute=Dispute.OPEN),
    order_at(MIDNIGHT - DAY, lines=(line("mug", 1000),), status=S.PENDING, paid_minor=700, needs_review=True),
]
SPAN = Interval(MIDNIGHT - 2 * DAY, NOW)


def stats_of(orders: list[Order], span: Interval = SPAN) -> OrderStats:
    stats = OrderStats(span)
    stats.add(orders)
    return stats


STATS = stats_of(ORDERS)


class TestTheSums:
    def test_of_a_currency_are_exact(self) -> None:
        assert STATS.currencies["USD"].sums == Sums(
            orders=5, paid_orders=3, paid_minor=2510 + 1250 + 10 + 700, tip_minor=150, refunded_minor=250
        )

    def test_of_each_currency_are_apart(self) -> None:
        assert {name: found.sums.paid_minor for name, found in STATS.currencies.items()} == {"USD": 4470, "JPY": 1800}

    def test_of_the_strategies_add_up_to_those_of_the_currency(self) -> None:
        found = STATS.currencies["USD"]
        assert {name: (sums.orders, sums.paid_minor, sums.refunded_minor) for name, sums in found.strategies.items()} == {
            "stripe_checkout": (4, 3220, 0),
            "paypal": (1, 1250, 250),
        }

    def test_of_the_products_are_of_paid_orders(self) -> None:
        best = STATS.currencies["USD"].best_sellers()
        assert [(product_id, one.quantity, one.total_minor) for product_id, one in best] == [("mug", 3, 3750), ("pin", 2, 20)]

    def test_of_a_day_are_of_the_orders_created_in_it(self) -> None:
        days = STATS.currencies["USD"].days
        assert {day: (sums.orders, sums.paid_minor) for day, sums in days.items()} == {
            MIDNIGHT: (3, 3760),
            MIDNIGHT - DAY: (2, 710),
        }

    def test_of_a_currency_with_three_decimals_are_exact(self) -> None:
        stats = stats_of([paid(NOW - number, line("mug", 1, currency="KWD")) for number in range(1001)])
        assert section(report(stats), "KWD")[0] == "paid KWD 1.001 1,001 of 1,001 orders are paid"

    def test_of_large_amounts_are_exact(self) -> None:
        largest = 9_007_199_254_740_991
        stats = stats_of([paid(NOW - number, line("mug", largest)) for number in range(3)])
        assert stats.currencies["USD"].sums.paid_minor == 3 * largest


def taxed(seconds: int, status: OrderStatus = S.PAID) -> Order:
    """Return an order of 19.00 less 1.00, with a delivery of 4.90, tax in the prices of the one and on those of the other."""
    return order_at(
        seconds,
        status=status,
        lines=(line("shirt", 1900)._replace(discount_minor=100),),
        parts=Parts.of(Money(1900, "USD"), 100, 490, 101),
        taxes=(TaxGroup("21", "IVA", True, 1488, 312), TaxGroup("8.875", "Sales tax", False, 490, 101)),
    )


class TestThePartsOfTheTotals:
    STATS = stats_of([taxed(NOW), taxed(NOW - 1), taxed(NOW - 2, S.OPEN)])

    def test_are_of_paid_orders(self) -> None:
        found = self.STATS.currencies["USD"]
        assert (found.discount_minor, found.shipping_minor) == (200, 980)
        assert found.best_sellers() == [("shirt", ProductSums("Shirt", 2, 3600))]

    def test_are_printed_if_there_are_any(self) -> None:
        text = report(self.STATS)
        assert section(text, "USD")[3:] == [
            "delivery $9.80 of paid orders, before refunds",
            "discounts $2.00 of paid orders, not in the sums above",
        ]
        assert section(text, "USD tax of paid orders, before refunds") == [
            "Tax Rate Prices Net Amount",
            "IVA 21 % included $29.76 $6.24",
            "Sales tax 8.875 % added $9.80 $2.02",
        ]

    def test_are_in_the_json(self) -> None:
        view: Any = stats_view(self.STATS)
        (usd,) = view["currencies"]
        assert (usd["discounts"], usd["discounts_minor"], usd["delivery_minor"]) == ("2.00", 200, 980)
        assert usd["taxes"][0] == {
            "label": "IVA",
            "rate": "21",
            "included": True,
            "net": "29.76",
            "net_minor": 2976,
            "tax": "6.24",
            "tax_minor": 624,
        }


class TestTheCounts:
    def test_are_of_all_orders(self) -> None:
        assert (STATS.orders, STATS.to_review) == (6, 1)

    def test_are_by_status_and_dispute(self) -> None:
        assert STATS.statuses == {S.PAID: 3, S.PARTIALLY_REFUNDED: 1, S.OPEN: 1, S.PENDING: 1}
        assert STATS.disputes == {Dispute.LOST: 1, Dispute.OPEN: 1}


class TestTheSpan:
    @pytest.mark.parametrize(
        ("since", "until", "span"),
        [
            ("", "", Interval(MIDNIGHT - 30 * DAY, NOW + 1)),
            ("7d", "", Interval(MIDNIGHT - 7 * DAY, NOW + 1)),
            ("12h", "", Interval(NOW - 12 * 3600, NOW + 1)),
            ("yesterday", "yesterday", Interval(MIDNIGHT - DAY, MIDNIGHT)),
            ("", "2026-11-01", Interval(MIDNIGHT - 31 * DAY, MIDNIGHT)),
            ("2026-10-01T08:00", "2026-10-02", Interval(MIDNIGHT - 32 * DAY + 8 * 3600, MIDNIGHT - 30 * DAY)),
        ],
        ids=["default", "days", "hours", "yesterday", "until alone", "times"],
    )
    def test_is_of_whole_days_unless_times_are_named(self, since: str, until: str, span: Interval) -> None:
        assert choose_span(since, until, NOW) == span

    def test_that_is_empty_is_refused(self) -> None:
        with pytest.raises(ConfigurationError, match="no time is left"):
            choose_span("today", "yesterday", NOW)


def report(stats: OrderStats, width: int = 80, encoding: str = "utf-8") -> str:
    written = io.BytesIO()
    with io.TextIOWrapper(written, encoding=encoding) as file:
        print_stats(stats, Console(file=file, width=width, highlight=False))
        file.flush()
        return written.getvalue().decode(encoding)


def section(text: str, title: str) -> list[str]:
    """Return the lines below a title, with single spaces."""
    return [" ".join(one.split()) for one in text.partition(f"\n{title}\n")[2].partition("\n\n")[0].splitlines()]


class TestTheReport:
    def test_says_of_what_it_is_and_that_fees_are_not_known(self) -> None:
        assert report(STATS).splitlines()[:5] == [
            "Orders from 2026-10-31 00:00:00 to 2026-11-02 10:00:00 UTC",
            "  orders     6 (1 open, 3 paid, 1 partially_refunded, 1 pending)",
            "  disputes   1 lost, 1 open",
            "  to review  1",
            "  fees       not stored here: the providers' reports have them",
        ]

    def test_has_the_sums_of_each_currency(self) -> None:
        text = report(STATS)
        assert section(text, "USD") == [
            "paid $44.70 3 of 5 orders are paid",
            "refunded $2.50",
            "kept $42.20 paid and not refunded",
            "tips $1.50 before refunds, not in the sums above",
        ]
        assert section(text, "JPY") == ["paid ¥1,800 1 of 1 order is paid", "refunded ¥0", "kept ¥1,800 paid and not refunded"]

    def test_has_strategies_and_products(self) -> None:
        text = report(STATS)
        assert section(text, "USD by strategy")[1:] == ["paypal 1 1 $12.50 $2.50", "stripe_checkout 4 2 $32.20 $0.00"]
        assert section(text, "USD by product, before refunds")[1:] == ["mug 3 $37.50", "pin 2 $0.20"]

    def test_has_a_bar_for_each_day_from_the_first_with_orders_to_the_last(self) -> None:
        days = section(report(stats_of([*ORDERS, order_at(MIDNIGHT - 3 * DAY)]), 60), "USD paid, by the UTC day of the order")
        assert days == [
            "Day Amount Paid",
            "2026-10-30 $0.00 0",
            "2026-10-31 $0.00 0",
            "2026-11-01 $7.10 1 ██████",
            f"2026-11-02 $37.60 2 {'█' * 32}",
        ]

    @pytest.mark.parametrize(
        ("days", "title", "bars"),
        [(1, "the UTC day", 1), (45, "the UTC day", 45), (46, "2 UTC days", 23), (1000, "23 UTC days", 44)],
    )
    def test_of_a_long_time_has_bars_of_several_days(self, days: int, title: str, bars: int) -> None:
        orders = [paid(MIDNIGHT - number * DAY, line("mug", 10)) for number in range(days)]
        shown = section(report(stats_of(orders)), f"USD paid, by {title} of the order")
        assert len(shown) == 1 + bars
        assert sum(int(one.split()[2]) for one in shown[1:]) == days

    def test_names_the_ten_products_that_sold_most(self) -> None:
        text = report(stats_of([paid(NOW - 1, *(line(f"mug-{number}", 100 + number) for number in range(11)))]))
        assert section(text, "USD by product, before refunds")[-1] == "and 1 more product; --json has them all"

    def test_without_orders_is_short(self) -> None:
        lines = report(stats_of([])).splitlines()
        assert (len(lines), lines[1].split()) == (5, ["orders", "0"])

    def test_of_unpaid_orders_has_no_chart(self) -> None:
        assert "by the UTC day" not in report(stats_of([order_at(NOW)]))

    @pytest.mark.parametrize("width", [60, 80, 200])
    def test_fits_the_terminal(self, width: int) -> None:
        text = report(STATS, width)
        assert max(map(len, text.splitlines())) <= max(width, 68)
        assert max(one.count("█") for one in text.splitlines()) == min(60, width - 28)

    @pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
    def test_has_bars_of_number_signs_if_the_encoding_has_no_blocks(self, encoding: str) -> None:
        text = report(stats_of(ORDERS[:4]), 60, encoding)
        assert section(text, "USD paid, by the UTC day of the order")[-1].endswith("2 " + "#" * 32)


@pytest.mark.parametrize(
    ("value", "blocks", "ascii_"),
    [
        (0, "", ""),
        (1, "▏", "#"),
        (50, "█" * 5, "#" * 5),
        (57, "█████▋", "#" * 6),
        (99, "█" * 9 + "▉", "#" * 10),
        (100, "█" * 10, "#" * 10),
    ],
)
def test_a_bar_is_as_long_as_its_value(value: int, blocks: str, ascii_: str) -> None:
    assert (bar(value, 100, 10), bar(value, 100, 10, blocks=False)) == (blocks, ascii_)


def test_without_room_there_is_no_bar() -> None:
    assert bar(5, 5, -1) == ""


def test_a_large_amount_keeps_to_its_width() -> None:
    assert len(bar(2**53, 2**53, 60)) == 60


@pytest.mark.parametrize(
    ("encoding", "has"), [("utf-8", True), ("cp1252", False), ("ascii", False), ("cp437", False), ("no-encoding", False)]
)
def test_an_encoding_has_the_blocks_or_not(encoding: str, *, has: bool) -> None:
    assert has_blocks(encoding) is has


def test_scripts_get_everything_exactly() -> None:
    view: Any = json.loads(json.dumps(stats_view(STATS)))
    assert [view[name] for name in ("since", "until", "orders", "needs_review", "fees")] == [
        "2026-10-31T00:00:00Z",
        "2026-11-02T10:00:00Z",
        6,
        1,
        None,
    ]
    assert (view["statuses"]["paid"], view["disputes"]) == (3, {"lost": 1, "open": 1})
    yen, usd = view["currencies"]
    assert (yen["paid"], yen["paid_minor"], usd["paid"], usd["kept"]) == ("1800", 1800, "44.70", "42.20")
    assert [(day["day"], day["paid_minor"]) for day in usd["days"]] == [
        ("2026-11-01", 710),
        ("2026-11-02", 3760),
    ]
    assert usd["products"][0] == {"product_id": "mug", "name": "Mug", "quantity": 3, "sold": "37.50", "sold_minor": 3750}
    assert [one["strategy"] for one in usd["strategies"]] == ["paypal", "stripe_checkout"]


class TestTheCommand:
    @pytest.fixture
    def database(self, tmp_path: Path) -> str:
        """Create a database whose orders are as above."""
        path = write_orders(tmp_path / "orders.db", ORDERS)
        with closing(sqlite3.connect(path)) as connection:
            for order in ORDERS:
                values = (order.status, order.paid_minor, order.tip_minor, order.refunded_minor, order.dispute, order.id)
                connection.execute(
                    "UPDATE orders SET status = ?, paid_minor = ?, tip_minor = ?, refunded_minor = ?, dispute = ? WHERE id = ?",
                    values,
                )
            connection.commit()
        return path

    @pytest.mark.parametrize("page", [1, 2, 500])
    def test_adds_up_the_same_whatever_the_pages(
        self, lightning_cart: Cli, database: str, monkeypatch: pytest.MonkeyPatch, page: int
    ) -> None:
        monkeypatch.setattr(order_pages, "PAGE", page)
        out = lightning_cart(
            "orders", "stats", "--since", "2026-10-31", "--until", "2026-11-03", "--json", "--database", database
        )[1]
        usd = json.loads(out)["currencies"][1]
        assert (usd["paid_minor"], usd["refunded_minor"], usd["tips_minor"], usd["orders"]) == (4470, 250, 150, 5)

    def test_counts_only_the_orders_of_the_span_and_the_site(self, lightning_cart: Cli, database: str) -> None:
        span = ("--since", "2026-11-02", "--until", "2026-11-02", "--json", "--database", database)
        counts = [
            json.loads(lightning_cart("orders", "stats", *span, *extra)[1])["orders"] for extra in ((), ("--site", "shop"))
        ]
        assert (counts, json.loads(lightning_cart("orders", "stats", *span, "--site", "other")[1])["orders"]) == ([3, 3], 0)

    def test_without_orders_says_why(self, lightning_cart: Cli, database: str) -> None:
        err = lightning_cart("orders", "stats", "--since", "2026-10-31", "--site", "shpo", "--database", database)[2]
        assert err == "No orders: none is of the site shpo (did you mean shop?).\n"

    def test_prints_a_report(self, lightning_cart: Cli, database: str) -> None:
        status, out, err = lightning_cart("orders", "stats", "--since", "2026-10-31", "--database", database)
        assert (status, err, out.startswith("Orders from 2026-10-31 00:00:00 to ")) == (0, "", True)
