"""The page of an order: what it says of each status, when it looks again, and where it leads."""

import re

import pytest

from lightning_cart.domain.buyer import Buyer, Contact
from lightning_cart.domain.order import ENGINE, FREE, PAID_STATUSES, UNPAID_STATUSES, Dispute, Order, OrderStatus
from lightning_cart.web.order_page import order_page
from support.builders import make_order
from support.full_orders import make_full_order
from support.goods import SITE, make_goods
from support.pages import names_in, rows_of, text_of

S = OrderStatus
SHOP_URL, RECEIPT_URL = "https://shop.example/thanks#order=a&receipt=b", "https://pay.shop.example/orders/a/receipt/c"
FREE_ORDER = {"strategy": FREE, "provider": ENGINE}


def show(order: Order, look: str = "", email: str = "") -> bytes:
    site = SITE._replace(email=email)
    return order_page(order, site, make_goods(site), look, shop_url=SHOP_URL, receipt_url=RECEIPT_URL)


def headline(order: Order) -> str:
    (found,) = re.findall(r"<h1>(.*?)</h1>", show(order).decode())
    return str(found)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (S.OPEN, "Waiting for the confirmation"),
        (S.PENDING, "Your payment is on its way"),
        (S.PAID, "Paid. Thank you!"),
        (S.PARTIALLY_REFUNDED, "Paid, and partly refunded"),
        (S.REFUNDED, "Refunded"),
        (S.FAILED, "The payment did not go through"),
        (S.EXPIRED, "The time to pay ran out"),
        (S.CANCELLED, "The order was cancelled"),
    ],
)
def test_each_status_has_words_of_its_own(status: OrderStatus, words: str) -> None:
    assert headline(make_order(status=status)) == words


@pytest.mark.parametrize("status", list(S))
def test_an_order_that_needs_review_is_being_looked_at_whatever_its_status(status: OrderStatus) -> None:
    page = show(make_order(status=status, needs_review=True)).decode()
    assert ("<h1>The shop is looking at your order</h1>" in page, "Please do not pay again" in page) == (True, True)


def test_a_free_order_is_ordered() -> None:
    page = show(make_order(status=S.PAID, **FREE_ORDER)).decode()
    assert ("<h1>Ordered. Thank you!</h1>" in page, "There was nothing to pay" in page, "Paid" in page) == (True, True, False)


def test_a_free_order_that_was_cancelled_says_nothing_of_a_payment() -> None:
    page = show(make_order(status=S.CANCELLED, **FREE_ORDER)).decode()
    assert ("<h1>The order was cancelled</h1>" in page, "There was nothing to pay" in page) == (True, True)


@pytest.mark.parametrize(("dispute", "told"), [(S.OPEN, True), (S.PAID, False)])
def test_a_dispute_is_said_while_it_lasts(dispute: OrderStatus, told: bool) -> None:
    found = Dispute.OPEN if dispute is S.OPEN else Dispute.WON
    page = show(make_order(status=S.PAID, dispute=found)).decode()
    assert ("is settling it with the shop" in page) is told


@pytest.mark.parametrize("status", UNPAID_STATUSES)
@pytest.mark.parametrize(("look", "pause", "then"), [("", 5, 1), ("1", 10, 2), ("2", 30, 3)])
def test_the_page_of_an_unpaid_order_looks_again_more_and_more_slowly(
    status: OrderStatus, look: str, pause: int, then: int
) -> None:
    page = show(make_order(status=status), look).decode()
    assert f'<meta http-equiv="refresh" content="{pause}; url=?look={then}">' in page
    assert f'<a href="?look={then}">Look now</a>' in page


@pytest.mark.parametrize("look", ["3", "99", "-1", "0", "x", "<script>", "\u0661"])
def test_after_that_the_buyer_looks(look: str) -> None:
    page = show(make_order(), look).decode()
    assert ("http-equiv" in page, '<a class="button" href="?">Look again</a>' in page, "<script" in page) == (
        False,
        True,
        False,
    )


@pytest.mark.parametrize("status", [status for status in S if status not in UNPAID_STATUSES])
def test_an_order_that_has_ended_is_not_looked_at_again(status: OrderStatus) -> None:
    page = show(make_order(status=status)).decode()
    assert ("refresh" in page, "?look" in page) == (False, False)


@pytest.mark.parametrize("status", list(S))
def test_a_paid_order_leads_to_its_receipt_and_every_one_to_the_shop(status: OrderStatus) -> None:
    page = show(make_order(status=status)).decode()
    links = re.findall(r'<a class="button" href="([^"]*)">', page)
    assert (RECEIPT_URL in links) is (status in PAID_STATUSES)
    assert "https://shop.example/thanks#order=a&amp;receipt=b" in links


def test_the_page_shows_the_lines_the_total_and_what_was_sent_back() -> None:
    order = make_full_order(status=S.PARTIALLY_REFUNDED, refunded_minor=500, code="SPRING")
    rows = rows_of(show(order))
    assert [row[0].partition("\n")[0] for row in rows] == [
        "Product",
        "T-shirt",
        "Book",
        "Products",
        "Discount (SPRING)",
        "Delivery: Standard post (2 to 4 working days)",
        "Plus Sales tax 8.875\xa0%",
        "Total",
        "Sent back to you",
    ]
    assert rows[-1][1] == "$5.00"


def test_who_has_a_question_may_write_to_the_shop() -> None:
    assert (
        '<a href="mailto:a&amp;b@shop.example">a&amp;b@shop.example</a>'
        in show(make_order(), email="a&b@shop.example").decode()
    )
    assert "mailto" not in show(make_order()).decode()


def test_the_page_shows_no_address_and_no_provider() -> None:
    buyer = Buyer(note="a note", paid_by=Contact("ada@example.com", "Ada"))
    order = make_full_order(status=S.PAID, payment_ref="pi_1", metadata={"a": "secret"}, buyer=buyer)
    page = show(order).decode()
    assert [text for text in ("ada@example.com", "pi_1", "Ada", "secret", "a note", "stripe") if text in page] == []


@pytest.mark.parametrize("status", list(S))
def test_the_page_is_whole_and_runs_nothing(status: OrderStatus) -> None:
    page = show(make_full_order(status=status, dispute=Dispute.OPEN, refunded_minor=1), email="a@b.example")
    assert names_in(page) & {"script", "form", "style", "img", "iframe", "onload", "src"} == {"style"}
    assert "ord_00000000000000000000000001" in text_of(page.decode())
