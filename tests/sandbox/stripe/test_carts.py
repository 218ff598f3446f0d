"""A cart with delivery, added tax and an address, as a shop sends it: what is answered, shown, asked for and kept."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from lightning_cart_host.shop_client.addresses import address_in
from lightning_cart_host.shop_client.form_filling import fill_form
from lightning_cart_sandbox.stripe.addresses import read_address
from lightning_cart_sandbox.stripe.countries import COUNTRIES
from support.sandbox_clients import SUBSCRIPTION, session_params

PRICE = "line_items[{}][price_data]"
RATE = "shipping_options[0][shipping_rate_data]"
OFF = {"automatic_tax[enabled]": "false", "adaptive_pricing[enabled]": "false"}
SPAIN = {"shipping_address_collection[allowed_countries][0]": "ES"}
PHONE = {"phone_number_collection[enabled]": "true"}
GOODS = {
    "line_items[0][quantity]": "2",
    f"{PRICE.format(0)}[product_data][name]": "Mug",
    f"{PRICE.format(0)}[product_data][description]": "Blue, 300 ml",
    f"{PRICE.format(0)}[product_data][images][0]": "https://shop.test/mug.png",
    f"{PRICE.format(0)}[product_data][metadata][sku]": "MUG-BLUE",
}
DELIVERY = {
    f"{RATE}[type]": "fixed_amount",
    f"{RATE}[display_name]": "Standard",
    f"{RATE}[fixed_amount][amount]": "490",
    f"{RATE}[fixed_amount][currency]": "usd",
    f"{RATE}[delivery_estimate][minimum][unit]": "business_day",
    f"{RATE}[delivery_estimate][minimum][value]": "2",
    f"{RATE}[delivery_estimate][maximum][unit]": "business_day",
    f"{RATE}[delivery_estimate][maximum][value]": "4",
    f"{RATE}[metadata][method]": "standard",
}
KNOWN = {
    "payment_intent_data[shipping][name]": "Ada Lovelace",
    "payment_intent_data[shipping][phone]": "+34931234567",
    "payment_intent_data[shipping][address][line1]": "Carrer de la Rutlla 1",
    "payment_intent_data[shipping][address][city]": "Sabadell",
    "payment_intent_data[shipping][address][postal_code]": "08201",
    "payment_intent_data[shipping][address][country]": "ES",
}
HOME = {
    "city": "Sabadell",
    "country": "ES",
    "line1": "Carrer de la Rutlla 1",
    "line2": None,
    "postal_code": "08201",
    "state": "Barcelona",
}
DELIVERED = {**HOME, "state": None}  # the page asks for a state only if one of the countries has them


def line(number: int, name: str, amount: int, *, monthly: bool = False) -> dict[str, str]:
    """Return the parameters of a line for tax or delivery."""
    price = PRICE.format(number)
    recurring = {f"{price}[recurring][interval]": "month"} if monthly else {}
    return recurring | {
        f"line_items[{number}][quantity]": "1",
        f"{price}[currency]": "usd",
        f"{price}[unit_amount]": str(amount),
        f"{price}[product_data][name]": name,
        f"{price}[product_data][metadata][kind]": name.partition(" ")[0].lower(),
    }


TAX = line(1, "Sales tax (8.875 %)", 178)
CART = {**GOODS, **TAX, **DELIVERY, **SPAIN, **PHONE, **OFF}


def page(stripe: Any, session: Any) -> str:
    return str(stripe.ask("GET", f"/stripe/c/pay/{session['id']}").text)


def fill(stripe: Any, session: Any) -> Any:
    """Pay a session as a scripted buyer does; return it with its payment."""
    filled = fill_form(page(stripe, session))
    assert filled is not None
    assert stripe.ask(filled.method, filled.action, data=dict(filled.data)).status_code == 303
    return stripe.get(f"checkout/sessions/{session['id']}", **{"expand[0]": "payment_intent"})


def test_the_parts_of_a_total_are_told_apart(stripe: Any) -> None:
    session = stripe.session(**CART, **{"expand[0]": "shipping_cost.shipping_rate"})
    assert (session["amount_subtotal"], session["amount_total"]) == (2178, 2668)
    assert session["total_details"] == {"amount_discount": 0, "amount_shipping": 490, "amount_tax": 0}
    rate = session["shipping_cost"]["shipping_rate"]
    assert (rate["metadata"], rate["delivery_estimate"]["maximum"]) == (
        {"method": "standard"},
        {"unit": "business_day", "value": 4},
    )


def test_the_page_shows_the_shop_each_line_and_when_it_is_delivered(stripe: Any) -> None:
    text = page(stripe, stripe.session(**CART))
    for shown in ("The shop of the sandbox", "Mug", "Blue, 300 ml", "Sales tax (8.875 %)", "$1.78", "$4.90", "$26.68"):
        assert shown in text
    assert 'src="https://shop.test/mug.png"' in text
    assert text.count("2 to 4 business days") == 2  # beside the sum and beside the choice


def test_only_the_allowed_country_can_be_chosen(stripe: Any) -> None:
    session = stripe.session(**CART)
    countries = re.findall(r'<option value="(\w+)"', page(stripe, session))
    form = {f"shipping_{part}": text for part, text in {"name": "Ada", **HOME, "country": "FR"}.items() if text}
    answer = stripe.pay(session, phone="+34931234567", **form)
    assert (countries, answer.status_code, 'id="shipping_country-error"' in answer.text) == (["ES"], 422, True)


def test_what_the_buyer_typed_is_in_the_session(stripe: Any) -> None:
    paid = fill(stripe, stripe.session(**CART))
    assert paid["collected_information"]["shipping_details"] == {"name": "Ada Lovelace", "address": DELIVERED}
    details = paid["customer_details"]
    assert (details["email"], details["name"], details["phone"]) == ("ada@example.com", "Ada Lovelace", "+34931234567")
    assert paid["payment_intent"]["shipping"]["address"] == DELIVERED


def test_the_form_of_a_scripted_buyer_has_the_address(stripe: Any) -> None:
    session = stripe.session(**CART, billing_address_collection="required")
    form = stripe.sandbox.stripe.buyer_forms["pay"]
    assert stripe.ask("POST", f"/stripe/c/pay/{session['id']}", data=form).status_code == 303
    assert stripe.get(f"checkout/sessions/{session['id']}")["customer_details"]["address"] == HOME


def test_a_form_without_the_address_is_refused_with_sentences(stripe: Any) -> None:
    answer = stripe.pay(stripe.session(**CART))
    assert answer.status_code == 422
    for sentence in ("Enter the street and number.", "Enter the city.", "Choose a country from the list."):
        assert sentence in answer.text


def test_an_address_that_the_shop_knows_is_not_asked_for(stripe: Any) -> None:
    session = stripe.session(**{**GOODS, **TAX, **DELIVERY, **KNOWN, **OFF})
    assert 'name="shipping_line1"' not in page(stripe, session)
    paid = fill(stripe, session)
    shipping = paid["payment_intent"]["shipping"]
    assert (shipping["name"], shipping["phone"], shipping["address"]["country"]) == ("Ada Lovelace", "+34931234567", "ES")
    assert paid["collected_information"] is None
    assert "Carrer de la Rutlla 1" in stripe.ask("GET", f"/stripe/sessions/{session['id']}").text


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"payment_intent_data[shipping][name]": None}, "payment_intent_data[shipping][name]"),
        ({"payment_intent_data[shipping][address][line1]": None}, "payment_intent_data[shipping][address][line1]"),
        ({"payment_intent_data[shipping][address][line2]": ""}, "payment_intent_data[shipping][address][line2]"),
        ({"payment_intent_data[shipping][address][country]": "XX"}, "payment_intent_data[shipping][address][country]"),
        ({"payment_intent_data[shipping][address][country]": "es"}, "payment_intent_data[shipping][address][country]"),
        ({"payment_intent_data[shipping][email]": "a@b.co"}, "payment_intent_data[shipping][email]"),
    ],
)
def test_a_known_address_that_will_not_do_is_refused(stripe: Any, changes: dict[str, str | None], param: str) -> None:
    answer = stripe.api("POST", "checkout/sessions", session_params(**{**KNOWN, **changes}))
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


def test_goods_without_delivery_can_ask_where_the_buyer_lives(stripe: Any) -> None:
    session = stripe.session(**{**GOODS, **TAX, **OFF}, billing_address_collection="required")
    paid = fill(stripe, session)
    assert paid["customer_details"]["address"] == HOME
    assert (paid["collected_information"], paid["shipping_cost"]) == (None, None)


def test_a_subscription_has_delivery_and_tax_as_lines(stripe: Any) -> None:
    lines = line(1, "Sales tax", 89, monthly=True) | line(2, "Delivery: Standard", 490, monthly=True) | line(3, "Setup", 300)
    session = stripe.session(**SUBSCRIPTION, **lines, **SPAIN, **OFF)
    assert (session["amount_total"], session["total_details"]["amount_shipping"]) == (1879, 0)
    paid = fill(stripe, session)
    assert paid["collected_information"]["shipping_details"]["address"] == DELIVERED
    stripe.act(session, "renew")
    assert stripe.get("invoices")["data"][0]["total"] == 1579


def test_a_subscription_has_no_shipping_options(stripe: Any) -> None:
    answer = stripe.api("POST", "checkout/sessions", session_params(**SUBSCRIPTION, **SPAIN, **DELIVERY))
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "shipping_options")


def link_params(*parts: Mapping[str, str]) -> dict[str, str]:
    lines = {name: text for name, text in session_params(**GOODS).items() if name.startswith("line_items")}
    return lines | {name: text for part in parts for name, text in part.items()}


LINK = link_params(TAX, line(2, "Delivery: Standard", 490), SPAIN, PHONE, {"automatic_tax[enabled]": "false"})


def test_a_link_answers_its_lines_whose_totals_add_up(stripe: Any) -> None:
    link = stripe.post("payment_links", **LINK, **{"expand[0]": "line_items"})
    assert [one["amount_total"] for one in link["line_items"]["data"]] == [2000, 178, 490]
    assert "line_items" not in stripe.get(f"payment_links/{link['id']}")


def test_a_visit_of_a_link_asks_for_the_address_too(stripe: Any) -> None:
    link = stripe.post("payment_links", **LINK)
    visit = stripe.ask("GET", link["url"])
    session = {"id": re.findall(r"cs_test_\w+", visit.headers["location"])[0]}
    assert "Delivery: Standard" in page(stripe, session)
    paid = fill(stripe, session)
    assert (paid["amount_total"], paid["collected_information"]["shipping_details"]["address"]) == (2668, DELIVERED)


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"adaptive_pricing[enabled]": "false"}, "adaptive_pricing"),
        (DELIVERY, RATE),
        ({"payment_intent_data[shipping][name]": "Ada"}, "payment_intent_data[shipping]"),
        ({"shipping_address_collection[allowed_countries][0]": "KP"}, "shipping_address_collection[allowed_countries][0]"),
        ({"automatic_tax[enabled]": "true"}, "automatic_tax[enabled]"),
    ],
    ids=["adaptive pricing", "inline rates", "a known address", "a country without delivery", "tax of the provider"],
)
def test_a_link_refuses_what_only_sessions_have(stripe: Any, changes: dict[str, str], param: str) -> None:
    answer = stripe.api("POST", "payment_links", {**LINK, **changes})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


@pytest.mark.parametrize("country", sorted(COUNTRIES))
def test_the_scripted_buyer_has_an_address_in_every_country(country: str) -> None:
    form = {f"shipping_{part}": text for part, text in address_in(country).items()} | {"shipping_country": country}
    assert read_address(form, "shipping", [country])[1] == {}
