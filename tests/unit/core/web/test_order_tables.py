"""The tables of an order: what it says of lines, of the total's parts and of tax."""

import pytest

from lightning_cart.domain.buyer import Buyer
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.price import Delivery
from lightning_cart.domain.receipt import TaxShare, order_shares
from lightning_cart.domain.taxes import TaxGroup
from lightning_cart.web.order_tables import delivery_words, lines_table, sums_table, tax_table
from support.builders import make_order
from support.full_orders import CLUB, SHIRT, make_full_order, make_recurring_order
from support.goods import make_goods
from support.pages import rows_of

CATALOG = make_goods()
HOSTILE = '<script>alert("x")</script>\u202e&'


@pytest.mark.parametrize(
    ("delivery", "words"),
    [
        (Delivery("post", "Post", (2, 4)), "Delivery: Post (2 to 4 working days)"),
        (Delivery("post", "Post", (3, 3)), "Delivery: Post (3 working days)"),
        (Delivery("post", "Post", (1, 1)), "Delivery: Post (1 working day)"),
        (Delivery("post", "Post"), "Delivery: Post"),
        (Delivery("pickup", "Pick up in Madrid", (1, 2), pick_up=True), "Pick up in Madrid (1 to 2 working days)"),
    ],
)
def test_a_delivery_has_a_name_and_a_time(delivery: Delivery, words: str) -> None:
    assert delivery_words(delivery) == words


def lines_of(order: Order) -> list[list[str]]:
    return rows_of(lines_table(order, CATALOG).encode())


def test_a_line_says_what_the_buyer_chose_and_wrote_in_the_words_of_the_catalogue() -> None:
    order = make_full_order(buyer=Buyer(inputs=({"engraving": "Ada", "gone": "x"}, {})))
    assert lines_of(order) == [
        ["Product", "Quantity", "Price", "Total"],
        [
            "T-shirt\nsize: L\ncolour: blue\nText on the back: Ada\ngone: x\nDiscount: -$10.00\nEach $25.00",
            "3",
            "$25.00",
            "$75.00",
        ],
        ["Book\nEach $15.00", "1", "$15.00", "$15.00"],
    ]


def test_a_product_that_has_left_the_catalogue_has_the_ids_of_its_texts() -> None:
    order = make_order(buyer=Buyer(inputs=({"engraving": "Ada"},)))
    assert lines_of(order)[1][0] == "Test checkout\nengraving: Ada\nEach $10.00"


def test_a_recurring_line_says_how_often() -> None:
    assert lines_of(make_order(lines=(CLUB,)))[1] == ["Tea club\nEach $9.00 per month", "2", "$9.00 per month", "$18.00"]


def test_texts_of_catalogue_and_buyer_are_shown_as_they_are() -> None:
    line = SHIRT._replace(name=HOSTILE, options={HOSTILE: HOSTILE})
    table = lines_table(make_order(lines=(line,), buyer=Buyer(inputs=({HOSTILE: HOSTILE},))), CATALOG)
    assert ("<script" in table, table.count("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;\u202e&amp;")) == (False, 5)
    assert table.count(f"<bdi>{'&lt;script&gt;'}") == 3


def sums_of(order: Order) -> list[list[str]]:
    return rows_of(sums_table(order, order_shares(order)).encode())


def test_an_order_of_goods_alone_has_its_total() -> None:
    assert sums_of(make_order()) == [["Total", "$10.00"]]


def test_an_added_tax_stands_above_the_total() -> None:
    assert sums_of(make_full_order(code="SPRING")) == [
        ["Products", "$90.00"],
        ["Discount (SPRING)", "-$10.00"],
        ["Delivery: Standard post (2 to 4 working days)", "$4.90"],
        ["Plus Sales tax 8.875\xa0%", "$7.53"],
        ["Total", "$92.43"],
    ]


def test_an_included_tax_stands_below_the_total() -> None:
    taxes = (TaxGroup("21", "IVA", True, 6000, 1260), TaxGroup("4", "IVA", True, 1202, 28))
    assert sums_of(make_full_order(taxes=taxes, delivery=None))[-3:] == [
        ["Total", "$80.00"],
        ["Includes IVA 21\xa0%", "$12.60"],
        ["Includes IVA 4\xa0%", "$0.28"],
    ]


def test_a_discount_without_a_code_has_none() -> None:
    assert ["Discount", "-$10.00"] in sums_of(make_full_order())


def test_what_comes_beside_the_total_is_below_it() -> None:
    order = make_recurring_order(renewal_minor=2493, tip_minor=100)
    assert sums_of(order)[-2:] == [["Tip, paid beside the total", "$1.00"], ["Charged again each month", "$24.93"]]
    more = rows_of(sums_table(order, (), [("Sent back to you", 500)]).encode())
    assert more[-1] == ["Sent back to you", "$5.00"]


def test_a_label_is_a_text() -> None:
    order = make_full_order(delivery=Delivery("post", "<b>Post</b>"), taxes=(TaxGroup("5", "<i>", True, 100, 5),))
    assert "<b>" not in sums_table(order, order_shares(order))
    assert "&lt;i&gt; 5\xa0%" in tax_table(order, order_shares(order))


def test_each_rate_has_net_tax_and_gross() -> None:
    shares = (TaxShare("21", "IVA", True, 1000, 210), TaxShare("", "", False, -500, 0))
    assert rows_of(tax_table(make_order(), shares).encode()) == [
        ["Rate", "Net", "Tax", "Gross"],
        ["IVA 21\xa0%", "$10.00", "$2.10", "$12.10"],
        ["Without tax", "-$5.00", "$0.00", "-$5.00"],
    ]


def test_where_nothing_is_taxed_there_is_no_table() -> None:
    assert tax_table(make_order(), order_shares(make_order())) == ""


def test_amounts_have_the_decimals_of_their_currency() -> None:
    line = SHIRT._replace(unit_price=Money(1_234_567, "KWD"), discount_minor=0, options={})
    assert lines_of(make_order(lines=(line,)))[1][1:] == ["3", "KWD 1,234.567", "KWD 3,703.701"]
