"""The sandbox's pay pages in a browser: they ask for an address without a script, on wide and narrow screens, by keyboard."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from lightning_cart_host.server.loopback import free_port
from support.processes import start_sandbox
from support.sandbox_clients import line, link_body, order, order_body, session_params, source, square_money

pytestmark = pytest.mark.browser

RATE = "shipping_options[0][shipping_rate_data]"
SHOP = "https://shop.test/**"
SCREENS = [1280, 390, 320]
STRIPE = session_params(
    **{
        "shipping_address_collection[allowed_countries][0]": "ES",
        "shipping_address_collection[allowed_countries][1]": "PT",
        "phone_number_collection[enabled]": "true",
        f"{RATE}[display_name]": "A parcel with a name that is longer than what a narrow screen has room for",
        f"{RATE}[fixed_amount][amount]": "1234567",
        f"{RATE}[fixed_amount][currency]": "usd",
        f"{RATE}[delivery_estimate][minimum][unit]": "business_day",
        f"{RATE}[delivery_estimate][minimum][value]": "2",
        f"{RATE}[delivery_estimate][maximum][unit]": "week",
        f"{RATE}[delivery_estimate][maximum][value]": "3",
    }
)
SQUARE = link_body(
    order=order(line_items=[line(), line(name="Delivery: Standard", base_price_money=square_money(490))]),
    checkout_options={"ask_for_shipping_address": True, "allow_tipping": False, "redirect_url": "https://shop.test/thanks"},
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[httpx.Client]:
    with start_sandbox(free_port()) as process, httpx.Client(base_url=process.address, trust_env=False) as client:
        yield client


def pay_pages(client: httpx.Client) -> dict[str, str]:
    """Return the address of a new pay page of each provider."""
    key = {"authorization": "Bearer sk_test_sandbox"}
    session = client.post("/stripe/v1/checkout/sessions", data=STRIPE, headers=key).json()
    auth = ("sandbox-client", "sandbox-client-secret")
    token = client.post("/paypal/v1/oauth2/token", auth=auth, data={"grant_type": "client_credentials"}).json()["access_token"]
    headers = {"authorization": f"Bearer {token}", "paypal-request-id": session["id"]}
    made = client.post("/paypal/v2/checkout/orders", json=order_body(payment_source=source()), headers=headers).json()
    access = {"authorization": "Bearer sandbox-access-token"}
    link = client.post("/square/v2/online-checkout/payment-links", json=SQUARE, headers=access).json()["payment_link"]
    approve = next(one["href"] for one in made["links"] if one["rel"] == "payer-action")
    return {"stripe": session["url"], "paypal": approve, "square": link["url"]}


def read_order(client: httpx.Client, page: str) -> Any:
    """Return the order of PayPal whose pay page this is."""
    auth = ("sandbox-client", "sandbox-client-secret")
    token = client.post("/paypal/v1/oauth2/token", auth=auth, data={"grant_type": "client_credentials"}).json()["access_token"]
    identifier = page.partition("token=")[2]
    return client.get(f"/paypal/v2/checkout/orders/{identifier}", headers={"authorization": f"Bearer {token}"}).json()


def fill(page: Page, **fields: str) -> None:
    for name, text in fields.items():
        page.locator(f'[name="{name}"]').fill(text)


def without_the_shop(page: Page) -> Page:
    """Answer for the shop, which is not there."""
    page.route(SHOP, lambda route: route.fulfill(body="the shop", content_type="text/html"))
    return page


@pytest.mark.parametrize("width", SCREENS)
@pytest.mark.parametrize("provider", ["stripe", "paypal", "square"])
def test_a_pay_page_fits_the_screen_and_names_its_fields(
    sandbox: httpx.Client, open_page: Callable[..., Page], shots: Path, provider: str, width: int
) -> None:
    page = open_page(viewport={"width": width, "height": 900})
    page.goto(pay_pages(sandbox)[provider])
    if provider == "paypal":
        page.get_by_label("Another address").check()
    page.screenshot(path=shots / f"sandbox-{provider}-{width}.png", full_page=True)
    page.locator("button.primary").click()
    expect(page.get_by_role("alert")).to_contain_text("Please check:")
    page.screenshot(path=shots / f"sandbox-{provider}-{width}-refused.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.evaluate("[...document.querySelectorAll('input:not([type=hidden]), select')].every((one) => one.labels.length)")


def test_stripes_page_takes_an_address_by_keyboard_without_a_script(
    sandbox: httpx.Client, open_page: Callable[..., Page]
) -> None:
    page = without_the_shop(open_page(java_script_enabled=False))
    page.goto(pay_pages(sandbox)["stripe"])
    countries = page.get_by_label("Country")
    expect(countries.locator("option")).to_have_text(["Choose…", "Portugal", "Spain"])
    fill(page, email="ada@example.com", phone="+34 931 234 567", shipping_name="Ada", shipping_line1="Calle 1")
    fill(page, shipping_city="Madrid", card_number="4242 4242 4242 4242", expiry="12/49", cvc="123", name="Ada")
    page.locator('[name="name"]').press("Enter")
    expect(page.locator("#shipping_country-error")).to_have_text("Choose a country from the list.")
    countries.focus()
    page.keyboard.type("Spain")
    fill(page, shipping_postal_code="2800", card_number="4242 4242 4242 4242", expiry="12/49", cvc="123")
    page.locator('[name="cvc"]').press("Enter")
    expect(page.locator("#shipping_postal_code-error")).to_be_visible()
    fill(page, shipping_postal_code="28001", card_number="4242 4242 4242 4242", expiry="12/49", cvc="123")
    page.locator('[name="cvc"]').press("Enter")
    page.wait_for_url(SHOP)


def test_paypals_page_takes_another_address_without_a_script(sandbox: httpx.Client, open_page: Callable[..., Page]) -> None:
    page = without_the_shop(open_page(java_script_enabled=False))
    address = pay_pages(sandbox)["paypal"]
    page.goto(address)
    expect(page.get_by_label("Street and number")).to_be_hidden()
    page.get_by_label("Another address").check()
    fill(page, ship_name="Grace", ship_line_1="Straße 1", ship_city="Berlin", ship_postal_code="10115")
    page.get_by_label("Country").select_option("Germany")
    page.locator("button.primary").click()
    page.wait_for_url(SHOP)
    assert read_order(sandbox, address)["purchase_units"][0]["shipping"]["address"]["country_code"] == "DE"
    page.goto(address)
    expect(page.get_by_role("status")).to_contain_text("has not charged you yet")
    page.get_by_label("Plaça de Sant Roc").check()
    page.locator("button.primary").click()
    page.wait_for_url(SHOP)
    assert read_order(sandbox, address)["purchase_units"][0]["shipping"]["address"]["country_code"] == "ES"


def test_squares_page_takes_an_address_without_a_script(sandbox: httpx.Client, open_page: Callable[..., Page]) -> None:
    page = without_the_shop(open_page(java_script_enabled=False))
    page.goto(pay_pages(sandbox)["square"])
    fill(page, email="ada@example.com", ship_name="Ada", phone="+34 931 234 567", ship_line_1="Calle 1", ship_city="Madrid")
    fill(page, ship_postal_code="28001", card_number="4111 1111 1111 1111", expiry="12/49", cvc="111", name="Ada")
    page.locator('[name="postal_code"]').fill("28001")
    page.get_by_label("Country").select_option("Spain")
    page.locator("button.primary").click()
    page.wait_for_url(SHOP)
