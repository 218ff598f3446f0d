"""A person buys the $10 product by clicking, with JavaScript on and off, on one origin and on two."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from support import ROOT
from support.processes import RunningShop

pytestmark = pytest.mark.browser


STOREFRONT = ROOT / "templates" / "test-checkout"
STRATEGIES = ["stripe_checkout", "stripe_links", "paypal", "square"]
ORDER_PAGE = re.compile(r"/orders/ord_[0-9A-Z]{26}/page/[0-9a-f]{32}$")
HOSTED = re.compile(r"/stripe/c/pay/|/paypal/checkoutnow|/square/u/")
BUYER = {"expiry": "12/39", "cvc": "123", "postal_code": "08201", "name": "Ada Lovelace", "email": "ada@example.com"}


def pay(page: Page, card: str = "4242 4242 4242 4242") -> None:
    """Fill in what the hosted page asks for, and press its button."""
    if page.locator('[name="card_number"]').count() == 0:
        page.locator('button[name="action"][value="approve"]').click()
        return
    number = "4111 1111 1111 1111" if "/square/" in page.url else card
    for name, value in ({"card_number": number} | BUYER).items():
        field = page.locator(f'[name="{name}"]')
        if field.count() and field.is_editable():
            field.fill(value)
    page.locator('button[name="action"][value="pay"]').click()


def put_in_the_cart_and_go(page: Page, address: str, strategy: str = "stripe_checkout") -> None:
    page.goto(address)
    page.locator('[data-product="test-10"] [data-add]').click()
    expect(page.locator("#cart-total")).to_have_text("$10.00")
    page.locator(f'[data-strategy="{strategy}"]').click()
    page.wait_for_url(HOSTED)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_person_buys_by_clicking(shop: RunningShop, open_page: Callable[..., Page], shots: Path, strategy: str) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    put_in_the_cart_and_go(page, shop.address, strategy)
    expect(page.get_by_text("$10.00").first).to_be_visible()
    page.screenshot(path=shots / f"pay-{strategy}.png", full_page=True)
    pay(page)
    page.wait_for_url("**/success.html**")
    expect(page.locator("#order-status")).to_have_attribute("data-status", "paid")
    assert "receipt" not in page.url
    page.screenshot(path=shots / "success.png", full_page=True)
    page.goto(f"{shop.sandbox}/ledger")
    expect(page.get_by_text("Banco Sabadell").first).to_be_visible()
    expect(page.get_by_text("FECU payout account").first).to_be_visible()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_person_buys_with_javascript_off(shop: RunningShop, open_page: Callable[..., Page], strategy: str) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(shop.address)
    page.locator(f'#buy-now button[value="{strategy}"]').click()
    page.wait_for_url(HOSTED)
    pay(page)
    page.wait_for_url(ORDER_PAGE)
    # If a webhook was handled at that moment, the page says so by itself when it looks again, after 5 seconds.
    expect(page.get_by_role("heading", name="Paid. Thank you!")).to_be_visible(timeout=15_000)
    page.get_by_role("link", name="Receipt").click()
    page.wait_for_url("**/receipt/*")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"^Receipt \d{4}-\d+$"))
    expect(page.locator(".total")).to_contain_text("$10.00")


def test_a_person_buys_from_a_static_site_on_another_origin(
    static_site: tuple[RunningShop, str], open_page: Callable[..., Page]
) -> None:
    _, origin = static_site
    page = open_page()
    put_in_the_cart_and_go(page, origin)
    pay(page)
    page.wait_for_url(f"{origin}/success.html**")
    expect(page.locator("#order-status")).to_have_attribute("data-status", "paid")


def test_a_person_buys_from_a_static_site_with_javascript_off(
    static_site: tuple[RunningShop, str], open_page: Callable[..., Page]
) -> None:
    _, origin = static_site
    page = open_page(java_script_enabled=False)
    page.goto(origin)
    page.locator("#buy-now button").first.click()
    page.wait_for_url("**/stripe/c/pay/**")
    pay(page)
    page.wait_for_url(ORDER_PAGE)
    page.get_by_role("link", name="Back to Lightning-Cart test shop").click()
    page.wait_for_url(f"{origin}/success.html#order=**")


def without(page: Page, pattern: str) -> None:
    """Serve the shop's page without a part of it, as its owner would who has taken that out."""
    whole = (STOREFRONT / "index.html").read_text(encoding="utf-8")
    less = re.sub(pattern, "", whole, flags=re.DOTALL)
    assert less != whole
    page.route(re.compile(r"//[^/]+/$"), lambda route: route.fulfill(content_type="text/html", body=less))


FIELDS = r'<div id="code-row".*?(?=<div id="cart-parts">)|<div id="cart-details".*?(?=<p id="pay-hint")'


@pytest.mark.parametrize(
    "part", [r'<form id="buy-now".*?</form>', FIELDS], ids=["the sample form", "code, e-mail address and VAT id"]
)
def test_a_shop_may_leave_a_part_out(shop: RunningShop, open_page: Callable[..., Page], part: str) -> None:
    page = open_page()
    without(page, part)
    put_in_the_cart_and_go(page, shop.address)


@pytest.mark.parametrize(
    ("part", "name"),
    [(r'<p class="total">.*?</p>', "#cart-total"), (r'<div id="problem".*?</div>', "#problem")],
    ids=["the total", "the place for problems"],
)
def test_a_part_that_the_shop_needs_is_named_on_the_page(shop: RunningShop, chromium: Browser, part: str, name: str) -> None:
    page = chromium.new_page()
    without(page, part)
    page.goto(shop.address)
    expect(page.get_by_text(f"This page has no {name}, and its script needs it")).to_be_visible()
    page.context.close()


def put_a_shirt_in_the_cart(page: Page, address: str) -> None:
    """Choose a T-shirt in L and blue with a text, and its delivery to Spain."""
    page.goto(address)
    shirt = page.locator('[data-product="tshirt"]')
    shirt.locator('[name="option[size]"]').select_option("L")
    shirt.locator('[name="input[engraving]"]').fill("First of its kind")
    expect(shirt.locator(".price")).to_have_text("$27.50")
    shirt.locator("[data-add]").click()
    page.locator('#delivery-methods input[value="post"]').check()
    expect(page.locator("#cart-total")).to_have_text("$33.00")
    expect(page.locator("#cart-parts")).to_contain_text("Includes IVA 21 %")


def test_a_person_buys_a_shirt_and_has_it_delivered(shop: RunningShop, open_page: Callable[..., Page], shots: Path) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    put_a_shirt_in_the_cart(page, shop.address)
    page.screenshot(path=shots / "cart-with-delivery.png", full_page=True)
    page.locator('[data-strategy="paypal"]').click()
    page.wait_for_url(HOSTED)
    expect(page.get_by_text("$33.00").first).to_be_visible()
    pay(page)
    page.wait_for_url("**/success.html**")
    expect(page.locator("#order-lines")).to_contain_text("Lightning T-shirt, L, blue")
    expect(page.locator("#order-parts")).to_contain_text("Standard post")
    page.screenshot(path=shots / "success-with-delivery.png", full_page=True)


class Quotes:
    """Counts what the page asks the engine for prices, and with which codes."""

    def __init__(self, page: Page) -> None:
        self.codes: list[str] = []
        page.on("request", self._count)

    def _count(self, request: Request) -> None:
        if request.url.endswith("/quote"):
            self.codes.append(json.loads(request.post_data or "{}").get("code", ""))


def apply_code(page: Page, code: str) -> None:
    page.locator("#code").fill(code)
    page.get_by_role("button", name="Apply").click()


def test_a_person_buys_with_a_code_and_opens_the_receipt(
    shop: RunningShop, open_page: Callable[..., Page], shots: Path
) -> None:
    page = open_page(viewport={"width": 1280, "height": 900})
    put_a_shirt_in_the_cart(page, shop.address)
    quotes = Quotes(page)
    apply_code(page, "WINTER")
    expect(page.locator("#code-note")).to_contain_text("This shop has no code WINTER.")
    page.locator("#cart-lines input").fill("2")
    expect(page.locator("#cart-parts")).to_contain_text("$55.00")
    assert quotes.codes == ["WINTER", ""]
    page.locator("#cart-lines input").fill("1")
    apply_code(page, "spring")
    expect(page.locator("#code-note")).to_have_text("SPRING is applied: $2.75 less.")
    expect(page.locator("#cart-total")).to_have_text("$30.25")
    page.screenshot(path=shots / "cart-with-code.png", full_page=True)
    page.locator('[data-strategy="paypal"]').click()
    page.wait_for_url(HOSTED)
    expect(page.get_by_text("$30.25").first).to_be_visible()
    pay(page)
    page.wait_for_url("**/success.html**")
    expect(page.locator("#order-parts")).to_contain_text("Discount (SPRING)")
    expect(page.locator("#order-lines")).to_contain_text("First of its kind")
    page.screenshot(path=shots / "success-with-code.png", full_page=True)
    page.get_by_role("link", name=re.compile(r"^Receipt \d{4}-\d+$")).click()
    page.wait_for_url("**/receipt/*")
    expect(page.locator(".total")).to_contain_text("$30.25")
    expect(page.get_by_text("Text on the back: First of its kind")).to_be_visible()
    page.screenshot(path=shots / "receipt.png", full_page=True)


def test_what_a_code_makes_free_is_ordered_without_a_payment_page(shop: RunningShop, open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto(shop.address)
    page.locator('[data-product="test-10"] [data-add]').click()
    apply_code(page, "GIFT")
    expect(page.locator("#cart-total")).to_have_text("$0.00")
    expect(page.locator("#pay-hint")).to_contain_text("E-mail: please fill it in.")
    expect(page.locator('[data-strategy="paypal"]')).to_be_hidden()
    page.locator("#email").fill("grace@example.com")
    page.get_by_role("button", name="Order for free").click()
    page.wait_for_url("**/success.html**")
    expect(page.locator("#order-status")).to_have_text("Ordered. Thank you!")
    expect(page.locator("#order-total")).to_have_text("$0.00")


def test_a_form_without_javascript_takes_a_code(shop: RunningShop, open_page: Callable[..., Page]) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(shop.address)
    page.locator("#buy-now-code").fill("spring")
    page.locator("#buy-now-email").fill("ada@example.com")
    page.locator('#buy-now button[value="paypal"]').click()
    page.wait_for_url(HOSTED)
    pay(page)
    page.wait_for_url(ORDER_PAGE)
    expect(page.get_by_text("Discount (SPRING)")).to_be_visible()
    expect(page.locator(".total")).to_contain_text("$9.00")


def test_what_is_missing_to_pay_is_said(shop: RunningShop, open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto(shop.address)
    page.locator('[data-product="mug"] [data-add]').click()
    expect(page.locator("#pay-hint")).to_contain_text("Please choose how to deliver it")
    expect(page.locator('[data-strategy="paypal"]')).to_be_disabled()
    page.locator("#delivery-country").select_option("US")
    expect(page.locator("#pay-hint")).to_contain_text("Delivery, region: please fill it in.")
    expect(page.locator("#cart-total")).to_have_text("\N{EN DASH}")
    page.locator("#delivery-region").fill("New York")
    expect(page.locator("#pay-hint")).to_contain_text("please write its code")
    page.locator("#delivery-region").fill("NY")
    page.locator('#delivery-methods input[value="parcel-world"]').check()
    expect(page.locator("#pay-hint")).to_be_hidden()
    expect(page.locator("#cart-parts")).to_contain_text("Sales tax 8.875 %")
    expect(page.locator('[data-strategy="paypal"]')).to_be_enabled()


def test_a_method_that_does_not_go_to_another_country_is_chosen_anew(shop: RunningShop, open_page: Callable[..., Page]) -> None:
    page = open_page()
    put_a_shirt_in_the_cart(page, shop.address)
    page.locator("#delivery-country").select_option("DE")
    page.locator('#delivery-methods input[value="parcel-europe"]').check()
    expect(page.locator("#cart-total")).to_have_text("$41.50")


def test_a_wrong_quantity_of_what_is_delivered_is_explained(shop: RunningShop, open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto(shop.address)
    page.locator('[data-product="mug"] [data-add]').click()
    page.locator("#cart-lines input").fill("7")
    page.locator('[data-strategy="paypal"]').click()
    expect(page.locator("#problem")).to_contain_text("Quantity of Lightning mug")


@pytest.mark.parametrize("amount", ["1", "500.01", "abc"])
def test_an_amount_out_of_its_bounds_is_not_put_in_the_cart(
    shop: RunningShop, open_page: Callable[..., Page], amount: str
) -> None:
    page = open_page()
    page.goto(shop.address)
    donation = page.locator('[data-product="donation"]')
    field = donation.locator('[name="amount"]')
    field.fill(amount)
    donation.locator("[data-add]").click()
    assert field.evaluate("field => field.validationMessage") == "Choose an amount from $2.00 to $500.00."
    expect(page.locator("#cart-empty")).to_be_visible()
    field.fill("12,50")
    donation.locator("[data-add]").click()
    expect(page.locator("#cart-total")).to_have_text("$12.50")
    expect(page.locator("#cart-parts")).to_be_empty()


def test_a_file_whose_tax_depends_on_the_country_is_bought(shop: RunningShop, open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto(shop.address)
    page.locator('[data-product="handbook"] [data-add]').click()
    page.locator("#delivery-country").select_option("FR")
    expect(page.locator("#cart-parts")).to_contain_text("Includes TVA 5.5 %")
    expect(page.locator("#delivery-methods")).to_be_hidden()
    expect(page.locator("#delivery-address")).to_be_hidden()
    expect(page.locator("#delivery-region")).to_be_hidden()
    page.locator("#delivery-country").select_option("US")
    page.locator("#delivery-region").fill("NY")
    expect(page.locator("#cart-total")).to_have_text("$10.89")
    expect(page.locator("#delivery-address")).to_be_hidden()
    page.reload()
    expect(page.locator("#delivery-region")).to_have_value("NY")
    expect(page.locator("#cart-total")).to_have_text("$10.89")
    page.locator("#delivery-country").select_option("FR")
    expect(page.locator("#cart-total")).to_have_text("$10.00")
    expect(page.locator("#delivery-region")).to_be_hidden()
    page.locator('[data-strategy="paypal"]').click()
    page.wait_for_url(HOSTED)
    expect(page.get_by_text("$10.00").first).to_be_visible()


def test_an_address_in_another_country_leads_back_to_the_cart(shop: RunningShop, open_page: Callable[..., Page]) -> None:
    page = open_page()
    put_a_shirt_in_the_cart(page, shop.address)
    page.locator('[data-strategy="paypal"]').click()
    page.wait_for_url(HOSTED)
    page.get_by_label("10999 Berlin").check()
    pay(page)
    page.wait_for_url("**/cancel.html**")
    expect(page.locator("#reason")).to_contain_text("another country")
    expect(page.locator("h1")).to_have_text("Not paid yet")
    page.goto(shop.address)
    expect(page.locator('#delivery-methods input[value="post"]')).to_be_checked()
    expect(page.locator("#cart-total")).to_have_text("$33.00")


def test_what_is_not_available_cannot_be_put_in_the_cart(shop: RunningShop, open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto(shop.address)
    shirt = page.locator('[data-product="tshirt"]')
    shirt.locator('[name="option[size]"]').select_option("L")
    shirt.locator('[name="option[colour]"]').select_option("white")
    expect(shirt.locator(".price")).to_have_text("Not available at the moment")
    expect(shirt.locator("[data-add]")).to_be_disabled()


def test_turning_back_keeps_the_cart(shop: RunningShop, open_page: Callable[..., Page]) -> None:
    page = open_page()
    put_in_the_cart_and_go(page, shop.address)
    page.locator('[name="action"][value="cancel"]').click()
    page.wait_for_url("**/cancel.html")
    page.goto(shop.address)
    expect(page.locator('[data-line="test-10"]')).to_be_visible()


def test_a_reload_and_a_second_click_lead_to_the_same_order(shop: RunningShop, open_page: Callable[..., Page]) -> None:
    page = open_page()
    put_in_the_cart_and_go(page, shop.address)
    first = page.url
    page.goto(shop.address)
    page.locator('[data-strategy="stripe_checkout"]').click()
    page.wait_for_url("**/stripe/c/pay/**")
    assert page.url == first


class EndedCheckouts:
    """Answers the page's first checkouts as the engine does if the order of their idempotency key has ended."""

    def __init__(self, page: Page, status: str, times: int = 1) -> None:
        self.keys: list[str] = []
        self._status, self._times = status, times
        page.route("**/checkout", self._answer)

    def _answer(self, route: Route) -> None:
        self.keys.append(route.request.headers["idempotency-key"])
        if len(self.keys) > self._times:
            route.continue_()
            return
        problem = {"type": "/problems/checkout-ended", "detail": "You have ordered this already.", "order_status": self._status}
        route.fulfill(status=409, content_type="application/problem+json", body=json.dumps(problem))


def press_pay(page: Page, address: str) -> None:
    page.goto(address)
    page.locator('[data-product="test-10"] [data-add]').click()
    page.locator('[data-strategy="stripe_checkout"]').click()


def test_an_order_that_ended_unpaid_is_followed_by_a_new_one(shop: RunningShop, open_page: Callable[..., Page]) -> None:
    page = open_page()
    ended = EndedCheckouts(page, "expired")
    press_pay(page, shop.address)
    page.wait_for_url(HOSTED)
    assert len(set(ended.keys)) == 2


def test_a_new_order_is_tried_once(shop: RunningShop, open_page: Callable[..., Page]) -> None:
    page = open_page()
    ended = EndedCheckouts(page, "expired", times=9)
    press_pay(page, shop.address)
    expect(page.locator("#problem")).to_have_text("The payment page could not be opened. Please press the pay button again.")
    assert len(ended.keys) == 2


def test_an_order_that_was_paid_is_not_followed_by_a_new_one(shop: RunningShop, open_page: Callable[..., Page]) -> None:
    page = open_page()
    ended = EndedCheckouts(page, "paid")
    press_pay(page, shop.address)
    expect(page.locator("#problem")).to_contain_text("You have ordered this already")
    assert len(ended.keys) == 1


def test_a_declined_card_may_be_tried_again(shop: RunningShop, open_page: Callable[..., Page]) -> None:
    page = open_page()
    put_in_the_cart_and_go(page, shop.address)
    pay(page, card="4000 0000 0000 0002")
    expect(page.get_by_text("declined").first).to_be_visible()
    pay(page)
    page.wait_for_url("**/success.html**")
    expect(page.locator("#order-status")).to_have_attribute("data-status", "paid")


def test_a_declined_paypal_wallet_leads_back_to_paypal(shop: RunningShop, open_page: Callable[..., Page]) -> None:
    page = open_page()
    put_in_the_cart_and_go(page, shop.address, "paypal")
    page.locator('button[value="approve_declined"]').click()
    page.wait_for_url(HOSTED)
    page.wait_for_timeout(1100)  # approvals are told apart by the second
    pay(page)
    page.wait_for_url("**/success.html**")
    expect(page.locator("#order-status")).to_have_attribute("data-status", "paid")


def test_a_way_to_pay_that_cannot_take_the_cart_cannot_be_pressed(shop: RunningShop, open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto(shop.address)
    page.locator('[data-product="supporter"] [data-add]').click()
    expect(page.locator('[data-strategy="stripe_links"]')).to_be_enabled()
    expect(page.locator('[data-strategy="paypal"]')).to_be_disabled()
    expect(page.locator("#pay-hint")).to_be_visible()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_shop_fits_its_window(shop: RunningShop, open_page: Callable[..., Page], shots: Path, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 900})
    page.goto(shop.address)
    page.locator('[data-product="test-10"] [data-add]').click()
    expect(page.locator("#cart-total")).to_have_text("$10.00")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.screenshot(path=shots / f"shop-{width}.png", full_page=True)
