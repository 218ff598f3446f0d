"""A list of orders is printed in as many lines as the terminal is narrow, and nothing that is copied is ever cut."""

import re

import pytest
from rich.cells import cell_len

from lightning_cart.domain.buyer import Buyer, Contact
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Dispute, Order, OrderStatus
from lightning_cart_host.cli.orders.table import print_orders, table_lines, total_lines
from support.builders import make_order

EMAIL = "ada.lovelace.of.the.analytical.engine@mail.example"


def line(product: str, minor: int, currency: str = "USD") -> LineItem:
    return LineItem(product, product, Money(minor, currency), 2)


PLAIN = make_order(id=f"ord_{1:026d}", status=OrderStatus.PAID, paid_minor=1000)
MARKED = make_order(
    id=f"ord_{2:026d}",
    status=OrderStatus.PARTIALLY_REFUNDED,
    paid_minor=5_000_000,
    refunded_minor=100,
    tip_minor=150,
    needs_review=True,
    review_reason="second_payment",
    dispute=Dispute.LOST,
    customer_email=EMAIL,
    lines=tuple(line(product, 625_000) for product in ("mug", "shirt", "poster", "sticker")),
)
YEN = make_order(id=f"ord_{3:026d}", lines=(line("mug", 500, "JPY"),), needs_review=True, dispute=Dispute.OPEN)
ORDERS = [PLAIN, MARKED, YEN]


def shown(width: int | None, orders: list[Order] = ORDERS) -> list[str]:
    """Return the lines of the table as text."""
    return [one.plain for one in table_lines(orders, width)]


def test_a_wide_terminal_has_one_line_for_each_order() -> None:
    header, *rows = shown(250)
    assert re.split(r"\s{2,}", header) == ["Order", "Created (UTC)", "Status", "Total", "Site", "Strategy", "Lines", "Buyer"]
    assert [row[:30] for row in rows] == [order.id for order in ORDERS]
    assert re.split(r"\s{2,}", rows[1])[1:] == [
        "2026-05-28 20:26:40",
        "partially_refunded (review: second_payment, dispute: lost)",
        "$50,000.00",
        "shop",
        "stripe_checkout",
        "2 of mug, 2 of shirt, 2 of poster, 2 of sticker",
        EMAIL,
    ]


def test_the_columns_of_a_wide_terminal_begin_in_one_place() -> None:
    header, *rows = shown(250)
    assert {row.index("shop") for row in rows} == {header.index("Site")}
    ends = {row.index(order.total.display) + len(order.total.display) for row, order in zip(rows, ORDERS, strict=True)}
    assert ends == {header.index("Total") + len("Total")}


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_a_line_is_never_wider_than_the_terminal(width: int) -> None:
    assert [row for row in shown(width) if cell_len(row) > max(width, 4 + len(EMAIL))] == []


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120, 200, None])
def test_an_id_and_an_address_are_never_cut(width: int | None) -> None:
    text = "\n".join(shown(width))
    assert [one for one in (*(order.id for order in ORDERS), EMAIL) if one not in text] == []


@pytest.mark.parametrize("width", [60, 80])
def test_a_narrow_terminal_has_two_lines_for_most_orders(width: int) -> None:
    assert len(shown(width, [PLAIN, YEN])) == 1 + 2 * 2


@pytest.mark.parametrize(
    ("width", "columns"),
    [
        (30, ["Order"]),
        (48, ["Order", "Created (UTC)"]),
        (60, ["Order", "Created (UTC)", "Total"]),
        (80, ["Order", "Created (UTC)", "Total", "Status"]),
        (120, ["Order", "Created (UTC)", "Total", "Status"]),
    ],
)
def test_the_first_line_of_a_narrow_terminal_has_what_fits(width: int, columns: list[str]) -> None:
    assert re.split(r"\s{2,}", shown(width)[0]) == columns


def test_the_second_line_has_the_rest_and_the_marks_first() -> None:
    assert shown(80)[2:6] == [
        "    shop  1 of test-10",
        f"{MARKED.id}  2026-05-28 20:26  $50,000.00  partially_refunded",
        "    (review: second_payment, dispute: lost)  shop  2 of mug, 2 of shirt, 2 more",
        f"    {EMAIL}",
    ]


NAMED = PLAIN._replace(customer_email="", buyer=Buyer(paid_by=Contact(name="José María Núñez García")))


def test_a_buyer_whose_address_is_not_known_is_named() -> None:
    assert shown(250, [NAMED])[1].endswith("  José María Núñez García")


def test_a_narrow_terminal_names_the_buyer_beside_the_address() -> None:
    both = MARKED._replace(buyer=Buyer(paid_by=Contact(name="山田 花子")))
    assert [row.strip() for row in shown(80, [both])][-1].endswith(f"{EMAIL}  山田 花子")


@pytest.mark.parametrize("name", ["x" * 255, "花" * 255])
def test_a_very_long_name_is_cut(name: str) -> None:
    long = NAMED._replace(buyer=Buyer(paid_by=Contact(name=name)))
    assert [row for row in shown(60, [long]) if cell_len(row) > 60] == []


def test_the_total_of_each_currency_is_below() -> None:
    assert list(total_lines(ORDERS)) == [
        "1 order in JPY: ¥0 paid, ¥0 refunded",
        "2 orders in USD: $50,010.00 paid, $1.50 in tips, $1.00 refunded",
    ]


def test_what_is_piped_is_one_line_for_each_order_without_colour(capsys: pytest.CaptureFixture[str]) -> None:
    print_orders(ORDERS, ["A note."])
    out = capsys.readouterr().out
    assert out.splitlines() == [*shown(None), "", *total_lines(ORDERS), "A note."]
    assert "\x1b" not in out


def test_a_mark_is_red_and_what_follows_it_is_not() -> None:
    (status,) = list(table_lines([YEN], 60))[2:]
    coloured = {status.plain[span.start : span.end]: str(span.style) for span in status.spans}
    assert coloured == {"open": "yellow", "(review, dispute: open)": "bold red"}
