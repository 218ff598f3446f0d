"""The payment page collects what the session asks for, and the session, the payment and the webhook say it."""

import re
from typing import Any

import pytest

from lightning_cart_host.shop_client.form_filling import fill_form
from support.sandbox_clients import SUBSCRIPTION, session_params

LINE = {name: value for name, value in session_params().items() if name.startswith("line_items")}
OPTION = "shipping_options[{}][shipping_rate_data]"
DELIVERY = {
    "shipping_address_collection[allowed_countries][0]": "DE",
    "shipping_address_collection[allowed_countries][1]": "US",
}
OPTIONS = {
    f"{OPTION.format(number)}{part}": value
    for number, (name, amount) in enumerate((("Post", "490"), ("Express", "1290")))
    for part, value in (("[display_name]", name), ("[fixed_amount][amount]", amount), ("[fixed_amount][currency]", "usd"))
}
ADDRESS = {
    "shipping_name": "Grace H",
    "shipping_country": "DE",
    "shipping_line1": "Hauptstraße 1",
    "shipping_postal_code": "10115",
    "shipping_city": "Berlin",
}
KEPT = {"city": "Berlin", "country": "DE", "line1": "Hauptstraße 1", "line2": None, "postal_code": "10115", "state": None}
SIZE = {
    "custom_fields[0][key]": "size",
    "custom_fields[0][label][type]": "custom",
    "custom_fields[0][label][custom]": "Size",
    "custom_fields[0][type]": "dropdown",
    "custom_fields[0][dropdown][options][0][label]": "Small",
    "custom_fields[0][dropdown][options][0][value]": "s",
}
NUMBER = {
    "custom_fields[0][key]": "badge",
    "custom_fields[0][label][type]": "custom",
    "custom_fields[0][label][custom]": "Badge",
    "custom_fields[0][type]": "numeric",
    "custom_fields[0][numeric][minimum_length]": "3",
    "custom_fields[0][numeric][maximum_length]": "4",
}
PHONE = {"phone_number_collection[enabled]": "true"}
TAX_ID = {"tax_id_collection[enabled]": "true"}
BILLING = {"billing_address_collection": "required"}
TERMS = {"consent_collection[terms_of_service]": "required"}


def page(stripe: Any, session: Any) -> str:
    return str(stripe.ask("GET", f"/stripe/c/pay/{session['id']}").text)


def paid(stripe: Any, session: Any, **form: str) -> Any:
    """Pay a session; return it with its payment and charge."""
    answer = stripe.pay(session, **form)
    assert answer.status_code == 303, answer.text
    return stripe.get(f"checkout/sessions/{session['id']}", **{"expand[0]": "payment_intent.latest_charge"})


def code(stripe: Any, coupon: dict[str, str], **promotion: str) -> str:
    """Create a coupon with the promotion code SUMMER; return the code's id."""
    stripe.api("POST", "coupons", {"id": "OFF", **coupon})
    wanted = {"promotion[type]": "coupon", "promotion[coupon]": "OFF", "code": "SUMMER", **promotion}
    answer = stripe.api("POST", "promotion_codes", wanted)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def test_the_delivery_address_is_in_the_session_the_payment_and_the_charge(stripe: Any) -> None:
    session = paid(stripe, stripe.session(**DELIVERY, **PHONE), **ADDRESS, phone="+49 (30) 123-456")
    intent = session["payment_intent"]
    assert session["collected_information"]["shipping_details"] == {"address": KEPT, "name": "Grace H"}
    assert (session["customer_details"]["address"], session["customer_details"]["phone"]) == (KEPT, "+4930123456")
    assert intent["shipping"] == intent["latest_charge"]["shipping"]
    assert (intent["shipping"]["name"], intent["shipping"]["phone"]) == ("Grace H", "+4930123456")
    assert intent["latest_charge"]["billing_details"]["address"] == KEPT


def test_a_scripted_buyer_fills_in_the_delivery(stripe: Any) -> None:
    session = stripe.session(**DELIVERY, **OPTIONS, **PHONE)
    filled = fill_form(page(stripe, session))
    assert filled is not None
    assert stripe.ask(filled.method, filled.action, data=dict(filled.data)).status_code == 303


def test_the_webhook_says_what_the_buyer_typed(stripe: Any) -> None:
    stripe.listen(enabled_events=["checkout.session.completed"])
    paid(stripe, stripe.session(**DELIVERY, **OPTIONS), **ADDRESS)
    stripe.drain()
    (event,) = stripe.receiver.events
    assert event["data"]["object"]["collected_information"]["shipping_details"]["address"] == KEPT
    assert event["data"]["object"]["shipping_cost"]["amount_total"] == 490


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"shipping_country": "FR"}, "shipping_country", id="a country the shop does not deliver to"),
        pytest.param({"shipping_name": " "}, "shipping_name", id="no recipient"),
        pytest.param({"shipping_line1": ""}, "shipping_line1", id="no street"),
        pytest.param({"shipping_city": "x" * 201}, "shipping_city", id="a city too long"),
        pytest.param({"shipping_postal_code": "1011"}, "shipping_postal_code", id="four digits in Germany"),
        pytest.param({"shipping_country": "US", "shipping_postal_code": "94103"}, "shipping_state", id="no state in the US"),
        pytest.param({"phone": "030 123456"}, "phone", id="a phone number without its country"),
        pytest.param({"custom_size": "xl"}, "custom_size", id="an option that is not offered"),
        pytest.param({"custom_size": ""}, "custom_size", id="no option"),
        pytest.param({"tax_id": "DE12"}, "tax_id", id="a tax id of no format"),
        pytest.param({"business_name": ""}, "business_name", id="a tax id of no business"),
        pytest.param({"terms": ""}, "terms", id="no consent"),
        pytest.param({"billing_same": ""}, "billing_line1", id="no billing address"),
        pytest.param({"shipping_option": "shr_1"}, "shipping_option", id="a delivery that is not offered"),
        pytest.param({"promotion_code": "NOTHING"}, "promotion_code", id="a promotion code that does not exist"),
    ],
)
def test_a_mistake_is_shown_at_its_field_and_nothing_is_charged(stripe: Any, changes: dict[str, str], field: str) -> None:
    wanted = {**DELIVERY, **OPTIONS, **PHONE, **SIZE, **TAX_ID, **TERMS, **BILLING, "allow_promotion_codes": "true"}
    right = {**ADDRESS, "phone": "+4930123456", "custom_size": "s", "terms": "on", "billing_same": "on"}
    business = {"business_name": "Analytical Engines", "tax_id": "DE123456789"}
    answer = stripe.pay(stripe.session(**wanted), **right | business | changes)
    assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True)
    assert f'href="#{field}"' in answer.text
    assert stripe.get("charges")["data"] == []


@pytest.mark.parametrize("typed", ["12", "12345", "12a"])
def test_a_numeric_field_takes_so_many_digits(stripe: Any, typed: str) -> None:
    assert stripe.pay(stripe.session(**NUMBER), custom_badge=typed).status_code == 422


def test_custom_fields_keep_what_was_typed(stripe: Any) -> None:
    session = paid(stripe, stripe.session(**NUMBER), custom_badge="0123")
    assert session["custom_fields"][0]["numeric"]["value"] == "0123"


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        ("de 123 456 789", "eu_vat", "DE123456789"),
        ("GB123456789", "gb_vat", "GB123456789"),
        ("CHE-123.456.789 MWST", "ch_vat", "CHE123456789MWST"),
        ("12-3456789", "us_ein", "12-3456789"),
    ],
)
def test_a_tax_id_gets_its_type(stripe: Any, typed: str, kind: str, value: str) -> None:
    session = paid(stripe, stripe.session(**TAX_ID), tax_id=typed, business_name="Analytical Engines")
    assert session["customer_details"]["tax_ids"] == [{"type": kind, "value": value}]
    assert session["customer_details"]["business_name"] == "Analytical Engines"


def test_a_tax_id_can_be_required(stripe: Any) -> None:
    session = stripe.session(**TAX_ID, **{"tax_id_collection[required]": "if_supported"})
    assert stripe.pay(session).status_code == 422


def test_the_total_is_updated_without_a_script(stripe: Any) -> None:
    session = stripe.session(**DELIVERY, **OPTIONS)
    express = session["shipping_options"][1]["shipping_rate"]
    answer = stripe.pay(session, action="update", shipping_option=express, shipping_name="Grace H")
    assert (answer.status_code, "The total is $22.90." in answer.text, "Grace H" in answer.text) == (200, True, True)
    assert stripe.get(f"checkout/sessions/{session['id']}")["amount_total"] == 2290
    assert stripe.get("charges")["data"] == []


def test_a_total_that_the_buyer_has_not_seen_is_not_charged(stripe: Any) -> None:
    session = stripe.session(**DELIVERY, **OPTIONS)
    form = {**ADDRESS, "shipping_option": session["shipping_options"][1]["shipping_rate"]}
    answer = stripe.pay(session, **form, total="1490")
    assert (answer.status_code, "has changed to $22.90" in answer.text) == (409, True)
    assert paid(stripe, session, **form, total="2290")["payment_intent"]["amount"] == 2290
    assert stripe.balances()["Banco Sabadell ••4242"] == -2290


def test_a_second_attempt_charges_the_delivery_chosen_last(stripe: Any) -> None:
    session = stripe.session(**DELIVERY, **OPTIONS)
    assert stripe.pay(session, **ADDRESS, card_number="4000000000000002").status_code == 402
    express = session["shipping_options"][1]["shipping_rate"]
    assert paid(stripe, session, **ADDRESS, shipping_option=express)["payment_intent"]["amount_received"] == 2290


def test_a_promotion_code_lowers_the_total_whatever_its_capitals(stripe: Any) -> None:
    promotion = code(stripe, {"percent_off": "10"})
    session = paid(stripe, stripe.session(allow_promotion_codes="true", **OPTIONS), promotion_code="summer")
    assert (session["amount_total"], session["payment_intent"]["amount"]) == (1390, 1390)
    assert session["total_details"]["amount_discount"] == 100
    assert session["discounts"] == [{"coupon": None, "promotion_code": promotion}]
    assert stripe.get(f"promotion_codes/{promotion}")["times_redeemed"] == 1


@pytest.mark.parametrize(
    "promotion",
    [
        pytest.param({"active": "false"}, id="inactive"),
        pytest.param({"restrictions[first_time_transaction]": "true"}, id="only for the first payment of a known customer"),
        pytest.param(
            {"restrictions[minimum_amount]": "1001", "restrictions[minimum_amount_currency]": "usd"}, id="for larger orders"
        ),
    ],
)
def test_a_promotion_code_that_may_not_be_redeemed_is_refused(stripe: Any, promotion: dict[str, str]) -> None:
    code(stripe, {"percent_off": "10"}, **promotion)
    assert stripe.pay(stripe.session(allow_promotion_codes="true"), promotion_code="SUMMER").status_code == 422


def test_a_promotion_code_is_redeemed_as_often_as_it_may_be(stripe: Any) -> None:
    code(stripe, {"percent_off": "10"}, max_redemptions="1")
    first, second = (stripe.session(allow_promotion_codes="true") for _ in range(2))
    assert [stripe.pay(one, promotion_code="SUMMER").status_code for one in (first, second)] == [303, 422]


def test_a_delivery_that_leaves_less_than_the_smallest_payment_is_refused(stripe: Any) -> None:
    free = {f"{OPTION.format(1)}[fixed_amount][amount]": "0", "line_items[0][price_data][unit_amount]": "49"}
    session = stripe.session(**OPTIONS | free)
    answer = stripe.pay(session, shipping_option=session["shipping_options"][1]["shipping_rate"])
    assert (session["amount_total"], answer.status_code) == (539, 422)


def test_a_code_that_leaves_less_than_the_smallest_payment_is_refused(stripe: Any) -> None:
    code(stripe, {"amount_off": "980", "currency": "usd"})
    assert stripe.pay(stripe.session(allow_promotion_codes="true"), promotion_code="SUMMER").status_code == 422


def test_a_code_for_everything_needs_no_card(stripe: Any) -> None:
    code(stripe, {"percent_off": "100"})
    session = stripe.session(allow_promotion_codes="true")
    stripe.pay(session, action="update", promotion_code="SUMMER")
    assert "card_number" not in page(stripe, session)
    assert paid(stripe, session, card_number="")["payment_status"] == "no_payment_required"


def test_a_link_applies_the_code_in_its_address(stripe: Any) -> None:
    code(stripe, {"percent_off": "10"})
    link = stripe.api("POST", "payment_links", {**LINE, "allow_promotion_codes": "true"}).json()
    target = stripe.ask("GET", f"{link['url'].removeprefix('http://sandbox.test')}?prefilled_promo_code=summer")
    assert "Discount (SUMMER)" in stripe.ask("GET", target.headers["location"]).text


def test_a_changed_link_asks_its_next_visitor(stripe: Any) -> None:
    link = stripe.api("POST", "payment_links", {**LINE, **SIZE}).json()
    changed = stripe.api("POST", f"payment_links/{link['id']}", {"custom_fields": "", **DELIVERY}).json()
    visit = stripe.ask("GET", link["url"].removeprefix("http://sandbox.test")).headers["location"]
    text = stripe.ask("GET", visit).text
    assert (changed["custom_fields"], "custom_size" in text, "shipping_line1" in text) == ([], False, True)


@pytest.mark.parametrize(
    ("duration", "renewal"), [pytest.param("once", 1000, id="once"), pytest.param("forever", 900, id="for ever")]
)
def test_a_coupon_of_a_subscription_lasts_as_long_as_it_says(stripe: Any, duration: str, renewal: int) -> None:
    stripe.api("POST", "coupons", {"id": "OFF", "percent_off": "10", "duration": duration})
    session = stripe.session(**SUBSCRIPTION, **{"discounts[0][coupon]": "OFF"})
    stripe.pay(session)
    stripe.act(session, "renew")
    charges = [charge["amount"] for charge in stripe.get("charges")["data"]]
    assert charges == [renewal, 900]


def test_an_amount_for_ever_lowers_a_renewal_by_all_of_it(stripe: Any) -> None:
    stripe.api("POST", "coupons", {"id": "OFF", "amount_off": "600", "currency": "usd", "duration": "forever"})
    once = {name.replace("[0]", "[1]", 1): text for name, text in LINE.items()}
    session = stripe.session(**SUBSCRIPTION, **once, **{"discounts[0][coupon]": "OFF"})
    stripe.pay(session)
    stripe.act(session, "renew")
    assert [charge["amount"] for charge in stripe.get("charges")["data"]] == [400, 1400]


def test_a_subscription_for_nothing_charges_nothing(stripe: Any) -> None:
    stripe.api("POST", "coupons", {"id": "OFF", "percent_off": "100", "duration": "forever"})
    session = stripe.session(**SUBSCRIPTION, **{"discounts[0][coupon]": "OFF"})
    assert stripe.pay(session, card_number="4000000000000002").status_code == 402
    stripe.pay(session)
    stripe.act(session, "renew")
    shown = stripe.get(f"checkout/sessions/{session['id']}")
    invoices = stripe.get("invoices")["data"]
    assert (shown["status"], shown["payment_status"]) == ("complete", "no_payment_required")
    assert [(one["status"], one["total"]) for one in invoices] == [("paid", 0), ("paid", 0)]
    assert stripe.get("charges")["data"] == []


def test_an_address_of_the_shop_reaches_the_payment(stripe: Any) -> None:
    shipping = {"payment_intent_data[shipping][name]": "Ada", "payment_intent_data[shipping][address][line1]": "Street 1"}
    intent = paid(stripe, stripe.session(**shipping))["payment_intent"]
    assert (intent["shipping"]["address"]["line1"], intent["latest_charge"]["shipping"]["name"]) == ("Street 1", "Ada")


def test_a_refused_authentication_keeps_what_was_typed(stripe: Any) -> None:
    session = stripe.session(**DELIVERY)
    asked = stripe.pay(session, **ADDRESS, card_number="4000002760003184")
    answer = stripe.ask("POST", asked.headers["location"], data={"action": "fail_authentication"})
    assert ("Hauptstraße 1" in answer.text, "4000002760003184" in answer.text) == (True, False)


def test_only_the_methods_that_are_left_are_offered(stripe: Any) -> None:
    session = stripe.session(**{"excluded_payment_method_types[0]": "sepa_debit"})
    assert "bank debit" not in page(stripe, session)
    assert stripe.pay(session, action="delayed").status_code == 422


def test_a_bank_debit_cannot_be_held(stripe: Any) -> None:
    session = stripe.session(**{"payment_intent_data[capture_method]": "manual"})
    assert (session["payment_method_types"], stripe.pay(session, action="delayed").status_code) == (["card"], 422)


def test_the_enter_key_pays(stripe: Any) -> None:
    form = page(stripe, stripe.session(**DELIVERY, **OPTIONS, allow_promotion_codes="true")).rpartition("<form")[2]
    assert re.findall(r'name="action" value="(\w+)"', form) == ["pay", "update", "pay", "delayed"]


def test_a_page_that_asks_for_nothing_has_no_more_fields_than_before(stripe: Any) -> None:
    names = re.findall(r'<input[^>]* name="(\w+)"', page(stripe, stripe.session()))
    assert names == ["total", "email", "card_number", "expiry", "cvc", "name"]
