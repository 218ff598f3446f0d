"""The receipt: everything that it has to say, and nothing where nothing is known."""

from typing import Any

import pytest

from lightning_cart.domain.buyer import Address, Buyer, Contact
from lightning_cart.domain.catalog import Site
from lightning_cart.domain.document import Document, DocumentNumber, Series
from lightning_cart.domain.order import Order, OrderStatus
from lightning_cart.domain.price import Delivery
from lightning_cart.domain.receipt import order_shares, share_documents
from lightning_cart.domain.taxes import TaxGroup
from lightning_cart.usecases.receipts import Papers
from lightning_cart.web.receipt_page import no_receipt_page, receipt_page
from support.builders import NOW, make_order
from support.full_orders import ADDRESS, CLUB, SHIRT, make_full_order, make_recurring_order
from support.goods import SITE, make_goods
from support.pages import names_in, rows_of, text_of

S = OrderStatus
DAY = 86_400
NUMBER = DocumentNumber(2026, 17, NOW)
PAGE_URL = "https://pay.shop.example/orders/a/page/b?c&d"
BILLING = Address("DE", "Lovelace Engines GmbH", "Unter den Linden 1", city="Berlin", region="Berlin", postal_code="10115")
SHOP = SITE._replace(
    name="Shop & Co", address="Shop S.L.\nCalle <Mayor> 1\n08201 Sabadell", vat_id="ESB12345678", email="hello@shop.example"
)


def show(order: Order, *documents: Document, site: Site = SHOP, paid_at: int | None = NOW - DAY) -> bytes:
    papers = Papers(order, order_shares(order), share_documents(order, documents, {}), paid_at)
    return receipt_page(papers, NUMBER, site, make_goods(site), payment="Card", page_url=PAGE_URL)


def known(**changes: Any) -> Order:
    contact = Contact("ada@example.com", "Ada Lovelace", "+34 600", "DE123456789", None, BILLING)
    return make_full_order(status=S.PAID, code="SPRING", buyer=Buyer(ADDRESS, paid_by=contact), **changes)


def lines_of(page: bytes) -> list[str]:
    body = page.decode().partition("<body>")[2]
    return text_of(body).split("\n")


def test_a_receipt_begins_with_the_shop_its_number_and_its_dates() -> None:
    lines = lines_of(show(known()))
    assert lines[: lines.index("Buyer")] == [
        "Shop & Co",
        "Shop S.L.",
        "Calle <Mayor> 1",
        "08201 Sabadell",
        "VAT id: ESB12345678",
        "hello@shop.example",
        "Receipt 2026-17",
        "Date",
        "2026-05-28",
        "Order",
        "ord_00000000000000000000000001",
        "Paid on",
        "2026-05-27",
        "Payment",
        "Card",
    ]


def test_a_receipt_says_who_bought_and_where_it_goes() -> None:
    lines = lines_of(show(known()))
    assert lines[lines.index("Buyer") : lines.index("Products")] == [
        *("Buyer", "Lovelace Engines GmbH", "Unter den Linden 1", "10115 Berlin", "DE", "VAT id: DE123456789"),
        *("Delivered to", "Ada Lovelace", "1 Main Street", "Flat 2", "10001 New York", "NY, US"),
    ]


def test_a_buyer_without_a_billing_address_has_a_name() -> None:
    order = make_full_order(buyer=Buyer(paid_by=Contact(name="Ada Lovelace")), delivery=None)
    lines = lines_of(show(order))
    assert lines[lines.index("Buyer") : lines.index("Products")] == ["Buyer", "Ada Lovelace"]


def test_who_fetches_the_goods_has_no_delivery_address() -> None:
    order = known(delivery=Delivery("pickup", "Pick up", pick_up=True))
    assert "Delivered to" not in lines_of(show(order))


def test_of_a_forgotten_buyer_and_a_bare_shop_there_is_nothing() -> None:
    page = show(make_order(), site=SITE, paid_at=None)
    lines = lines_of(page)
    assert lines == [
        *("Shop", "Receipt 2026-17", "Date", "2026-05-28", "Order", "ord_00000000000000000000000001", "Payment", "Card"),
        *("Products", "Product", "Quantity", "Price", "Total", "Test checkout", "Each $10.00", "1", "$10.00", "$10.00"),
        *("Total", "$10.00", "Back to your order"),
    ]
    assert names_in(page).isdisjoint({"section", "address"})


def test_a_receipt_shows_the_lines_the_code_the_delivery_and_the_tax() -> None:
    rows = rows_of(show(known()))
    assert rows[1] == ["T-shirt\nsize: L\ncolour: blue\nDiscount: -$10.00\nEach $25.00", "3", "$25.00", "$75.00"]
    assert rows[3:] == [
        ["Products", "$90.00"],
        ["Discount (SPRING)", "-$10.00"],
        ["Delivery: Standard post (2 to 4 working days)", "$4.90"],
        ["Plus Sales tax 8.875\xa0%", "$7.53"],
        ["Total", "$92.43"],
        ["Rate", "Net", "Tax", "Gross"],
        ["Sales tax 8.875\xa0%", "$84.90", "$7.53", "$92.43"],
    ]


def credit_note(place: int, minor: int, number: DocumentNumber | None) -> Document:
    return Document(Series.CREDIT_NOTE, place, minor, "", NOW + place * DAY, number)


def test_each_refund_is_a_credit_note_with_its_number_date_and_tax() -> None:
    page = show(known(), credit_note(1, 2500, DocumentNumber(2026, 3, NOW + 9 * DAY)))
    lines = lines_of(page)
    assert lines[lines.index("Credit note C2026-3") :][:6] == [
        *("Credit note C2026-3", "Date", "2026-06-06", "Refunded on", "2026-05-29", "$25.00 of this order was refunded."),
    ]
    assert rows_of(page)[-1] == ["Sales tax 8.875\xa0%", "$22.96", "$2.04", "$25.00"]


def test_a_refund_of_a_tip_is_said_beside_that_of_the_order() -> None:
    note = credit_note(1, 2500, DocumentNumber(2026, 3, NOW))._replace(tip_minor=100)
    assert "$25.00 of this order was refunded. The same is true of $1.00 of the tip." in lines_of(show(known(), note))


def test_a_refund_that_failed_is_taken_back() -> None:
    number = DocumentNumber(2026, 3, NOW)
    page = show(known(), credit_note(1, 2500, number), credit_note(2, -2500, number._replace(number=4)))
    lines = lines_of(page)
    assert lines[lines.index("Credit note C2026-4") :][3:6] == [
        *("Booked on", "2026-05-30", "A refund did not succeed: $25.00 of this order counts as paid again."),
    ]


def test_a_renewal_has_a_receipt_of_its_own() -> None:
    lines = tuple(line._replace(tax_rate="8.875") for line in (SHIRT, CLUB))
    tax = TaxGroup("8.875", "Sales tax", included=False, net_minor=8790, tax_minor=780, recurring_tax_minor=203)
    order = make_recurring_order(lines=lines, taxes=(tax,), renewal_minor=2493)
    page = show(order, Document(Series.RENEWAL, 1, 2493, "evt_9", NOW + 30 * DAY, DocumentNumber(2026, 5, NOW + 30 * DAY)))
    shown = lines_of(page)
    assert shown[shown.index("Receipt R2026-5") :][:6] == [
        *(
            "Receipt R2026-5",
            "Date",
            "2026-06-27",
            "Charged on",
            "2026-06-27",
            "The order was renewed, and $24.93 was charged.",
        ),
    ]
    assert ("evt_9" in shown, rows_of(page)[-1]) == (False, ["Sales tax 8.875\xa0%", "$22.90", "$2.03", "$24.93"])


def test_the_receipt_of_a_free_order_says_that_it_was_cancelled() -> None:
    assert "Cancelled" in lines_of(show(known()._replace(status=S.CANCELLED)))
    assert "Cancelled" not in lines_of(show(known()))


def test_what_has_no_number_is_not_shown() -> None:
    assert "Credit note" not in show(known(), credit_note(1, 2500, None)).decode()


HOSTILE = "<script>alert('x')</script>\u202e\u200f\"&"


@pytest.mark.parametrize("length", [1, 40])
def test_texts_of_anybody_are_shown_as_they_are(length: int) -> None:
    text = HOSTILE * length
    address = Address("ES", text, text, text, text, text, text)
    order = make_full_order(
        buyer=Buyer(address, ({text: text}, {}), vat_id=text, paid_by=Contact(name=text, billing=address)), code=text
    )
    page = show(order, site=SHOP._replace(name=text, address=text, vat_id=text, email=text))
    assert names_in(page).isdisjoint({"script", "img", "onerror", "form"})
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;" in page.decode()


def test_a_receipt_is_whole_and_leads_back_to_the_order() -> None:
    page = show(known(), credit_note(1, 2500, DocumentNumber(2026, 3, NOW)))
    assert {"th", "scope", "thead", "tbody", "dl", "h1", "h2"} <= names_in(page)
    assert '<a href="https://pay.shop.example/orders/a/page/b?c&amp;d">Back to your order</a>' in page.decode()
    assert "<title>Receipt 2026-17 &ndash; Shop &amp; Co</title>" in page.decode()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (S.OPEN, "A receipt is made as soon as the payment has arrived."),
        (S.PENDING, "A receipt is made as soon as the payment has arrived."),
        (S.EXPIRED, "It was not paid, so there is nothing that a receipt could be for."),
    ],
)
def test_an_order_that_is_not_paid_has_no_receipt(status: OrderStatus, words: str) -> None:
    page = no_receipt_page(make_order(status=status), SHOP, PAGE_URL)
    assert lines_of(page) == ["Shop & Co", "This order has no receipt", words, "See your order"]
    assert names_in(page)
