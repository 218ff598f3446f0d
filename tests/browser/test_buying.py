"""A person buys the $10 product by clicking, with JavaScript on and off, on one origin and on two."""

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from running import Shop

pytestmark = pytest.mark.browser


def pay_with_the_sabadell_card(page: Page) -> None:
    page.get_by_label(re.compile("card number", re.IGNORECASE)).fill("4242 4242 4242 4242")
    page.get_by_label(re.compile("expir", re.IGNORECASE)).fill("12/39")
    page.get_by_label(re.compile("cvc|security code", re.IGNORECASE)).fill("123")
    page.get_by_label(re.compile("name", re.IGNORECASE)).first.fill("Ada Lovelace")
    email = page.get_by_label(re.compile("e-?mail", re.IGNORECASE)).first
    if email.is_editable():
        email.fill("ada@example.com")
    page.locator('button[name="action"][value="pay"]').click()


def put_in_the_cart_and_go(page: Page, address: str) -> None:
    page.goto(address)
    page.locator('[data-product="test-10"] [data-add]').click()
    expect(page.locator("#cart-total")).to_have_text("$10.00")
    page.locator('[data-strategy="stripe_checkout"]').click()
    page.wait_for_url("**/stripe/c/pay/**")


def test_a_person_buys_by_clicking(shop: Shop, open_page: Callable[..., Page], shots: Path) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    put_in_the_cart_and_go(page, shop.address)
    expect(page.get_by_text("$10.00").first).to_be_visible()
    page.screenshot(path=shots / "pay-page.png", full_page=True)
    pay_with_the_sabadell_card(page)
    page.wait_for_url("**/success.html**")
    expect(page.locator("#order-status")).to_have_attribute("data-status", "paid")
    assert "receipt" not in page.url
    page.screenshot(path=shots / "success.png", full_page=True)
    page.goto(f"{shop.sandbox}/ledger")
    expect(page.get_by_text("Banco Sabadell ••4242").first).to_be_visible()
    expect(page.get_by_text("FECU payout account").first).to_be_visible()


def test_a_person_buys_with_javascript_off(shop: Shop, open_page: Callable[..., Page]) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(shop.address)
    page.locator("#buy-now button").first.click()
    page.wait_for_url("**/stripe/c/pay/**")
    pay_with_the_sabadell_card(page)
    page.wait_for_url(re.compile(r"/success\.html#order=ord_[0-9A-Z]{26}&receipt="))
    order_id, receipt = re.findall(r"#order=(\w+)&receipt=(.+)", page.url)[0]
    order = httpx.get(f"{shop.address}/orders/{order_id}", headers={"authorization": f"Bearer {receipt}"}).json()
    assert (order["status"], order["total"]) == ("paid", "$10.00")


def test_a_person_buys_from_a_static_site_on_another_origin(
    static_site: tuple[Shop, str], open_page: Callable[..., Page]
) -> None:
    _, origin = static_site
    page = open_page()
    put_in_the_cart_and_go(page, origin)
    pay_with_the_sabadell_card(page)
    page.wait_for_url(f"{origin}/success.html**")
    expect(page.locator("#order-status")).to_have_attribute("data-status", "paid")


def test_a_person_buys_from_a_static_site_with_javascript_off(
    static_site: tuple[Shop, str], open_page: Callable[..., Page]
) -> None:
    _, origin = static_site
    page = open_page(java_script_enabled=False)
    page.goto(origin)
    page.locator("#buy-now button").first.click()
    page.wait_for_url("**/stripe/c/pay/**")
    pay_with_the_sabadell_card(page)
    page.wait_for_url(f"{origin}/success.html#order=**")


def test_turning_back_keeps_the_cart(shop: Shop, open_page: Callable[..., Page]) -> None:
    page = open_page()
    put_in_the_cart_and_go(page, shop.address)
    page.locator('[name="action"][value="cancel"]').click()
    page.wait_for_url("**/cancel.html")
    page.goto(shop.address)
    expect(page.locator('[data-line="test-10"]')).to_be_visible()


def test_a_reload_and_a_second_click_lead_to_the_same_order(shop: Shop, open_page: Callable[..., Page]) -> None:
    page = open_page()
    put_in_the_cart_and_go(page, shop.address)
    first = page.url
    page.goto(shop.address)
    page.locator('[data-strategy="stripe_checkout"]').click()
    page.wait_for_url("**/stripe/c/pay/**")
    assert page.url == first


def test_a_declined_card_may_be_tried_again(shop: Shop, open_page: Callable[..., Page]) -> None:
    page = open_page()
    put_in_the_cart_and_go(page, shop.address)
    page.get_by_label(re.compile("card number", re.IGNORECASE)).fill("4000 0000 0000 0002")
    page.get_by_label(re.compile("expir", re.IGNORECASE)).fill("12/39")
    page.get_by_label(re.compile("cvc|security code", re.IGNORECASE)).fill("123")
    page.get_by_label(re.compile("name", re.IGNORECASE)).first.fill("Ada Lovelace")
    page.get_by_label(re.compile("e-?mail", re.IGNORECASE)).first.fill("ada@example.com")
    page.locator('button[name="action"][value="pay"]').click()
    expect(page.get_by_text("declined").first).to_be_visible()
    pay_with_the_sabadell_card(page)
    page.wait_for_url("**/success.html**")
    expect(page.locator("#order-status")).to_have_attribute("data-status", "paid")


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_shop_fits_its_window(shop: Shop, open_page: Callable[..., Page], shots: Path, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 900})
    page.goto(shop.address)
    page.locator('[data-product="test-10"] [data-add]').click()
    expect(page.locator("#cart-total")).to_have_text("$10.00")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.screenshot(path=shots / f"shop-{width}.png", full_page=True)
