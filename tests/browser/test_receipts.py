"""Receipts and orders' pages as a browser shows and prints them: on a phone, on A4, and with texts that would break a page."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lightning_cart.domain.buyer import Address, Buyer, Contact
from lightning_cart.domain.document import Document, DocumentNumber, Series
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order, OrderStatus
from lightning_cart.domain.receipt import order_shares, share_documents
from lightning_cart.usecases.receipts import Papers
from lightning_cart.web.order_page import order_page
from lightning_cart.web.order_tables import ORDER_STYLE
from lightning_cart.web.page_frame import page_headers
from lightning_cart.web.receipt_page import receipt_page
from support.builders import NOW
from support.full_orders import ADDRESS, SHIRT, make_full_order
from support.goods import SITE, make_goods

pytestmark = pytest.mark.browser

NUMBER = DocumentNumber(2026, 17, NOW)
HEADERS: Mapping[str, str] = page_headers(ORDER_STYLE)
SHOP = SITE._replace(
    name="Lightning Goods", address="Calle Mayor 1\n08201 Sabadell\nSpain", vat_id="ESB12345678", email="orders@shop.example"
)
BILLING = Address("DE", "Lovelace Engines GmbH", "Unter den Linden 1", city="Berlin", postal_code="10115")
BUYER = Buyer(
    ADDRESS, ({"engraving": "First of its kind"}, {}), vat_id="DE123456789", paid_by=Contact(name="Ada", billing=BILLING)
)
HOSTILE = "<script>document.title = 'acted'</script><b>\"'&\u202e\u200f" + "W" * 200
SIZES = {"wide": 1100, "narrow": 320}


def receipt(order: Order, *documents: Document, name: str = SHOP.name) -> bytes:
    site = SHOP._replace(name=name)
    papers = Papers(order, order_shares(order), share_documents(order, documents, {}), NOW)
    return receipt_page(papers, NUMBER, site, make_goods(site), payment="Card", page_url="https://pay.shop.example/")


def show(page: Page, body: bytes) -> None:
    page.route("https://pay.shop.example/**", lambda route: route.fulfill(headers=dict(HEADERS), body=body))
    page.goto("https://pay.shop.example/orders/x")


def sheets(pdf: bytes) -> int:
    """Return the number of pages of a PDF, each of them A4 in points."""
    sizes = {tuple(round(float(side)) for side in box.split()) for box in re.findall(rb"/MediaBox\s*\[([^\]]+)\]", pdf)}
    assert sizes == {(0, 0, 595, 842)}
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_a_receipt_is_read_on_a_phone_and_printed_on_one_sheet(open_page: Callable[..., Page], shots: Path) -> None:
    order = make_full_order(status=OrderStatus.PAID, code="SPRING", buyer=BUYER)
    note = Document(Series.CREDIT_NOTE, 1, 2500, "", NOW, DocumentNumber(2026, 3, NOW))
    page = open_page(color_scheme="dark")
    show(page, receipt(order, note))
    for name, width in SIZES.items():
        page.set_viewport_size({"width": width, "height": 900})
        assert fits(page), name
        page.screenshot(path=shots / f"receipt-{name}.png", full_page=True)
        expect(page.get_by_role("heading", name="Receipt 2026-17")).to_be_visible()
        expect(page.get_by_role("row", name="Total $92.43")).to_be_visible()
    assert page.locator(".wide").first.is_hidden()
    colours = "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    assert page.evaluate(colours) == ["rgb(236, 234, 244)", "rgb(20, 21, 31)"]
    page.emulate_media(media="print")
    assert page.evaluate(colours) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    expect(page.get_by_text("Back to your order")).to_be_hidden()
    page.set_viewport_size({"width": 658, "height": 960})  # A4 without its margins
    page.screenshot(path=shots / "receipt-print.png", full_page=True)
    assert sheets(page.pdf(prefer_css_page_size=True)) == 1


def test_texts_of_anybody_are_shown_as_texts_and_break_no_page(open_page: Callable[..., Page], shots: Path) -> None:
    lines = tuple(
        SHIRT._replace(name=HOSTILE if place == 3 else f"Shirt {place}", unit_price=Money(1_234_567, "KWD"), discount_minor=0)
        for place in range(20)
    )
    texts = tuple({"engraving": "x" * 300 if place else "two\nlines"} for place in range(20))
    address = Address("ES", *[HOSTILE] * 6)
    order = make_full_order(
        status=OrderStatus.PAID, lines=lines, taxes=(), buyer=Buyer(address, texts, paid_by=Contact(name=HOSTILE)), code=HOSTILE
    )
    site = SHOP._replace(name=HOSTILE)
    status = order_page(order, site, make_goods(site), "", shop_url=HOSTILE, receipt_url=HOSTILE)
    page = open_page()
    for name, body in {"receipt": receipt(order, name=HOSTILE), "page": status}.items():
        show(page, body)
        for size, width in SIZES.items():
            page.set_viewport_size({"width": width, "height": 900})
            assert fits(page), (name, size)
        page.screenshot(path=shots / f"hostile-{name}.png")
        expect(page.get_by_text(HOSTILE[:60]).first).to_be_visible()
        assert (page.locator("script").count(), page.locator("main b").count(), page.locator("tbody tr").count() >= 21) == (
            0,
            0,
            True,
        )
        assert page.title().endswith(HOSTILE)
        page.unroute_all()
    assert sheets(page.pdf(prefer_css_page_size=True)) > 1
