"""What a payment page collects is refused, stored and shown as Stripe does."""

from collections.abc import Iterator
from typing import Any

import pytest

from support.sandbox_clients import SUBSCRIPTION, StripeClient, session_params

LINE = {name: value for name, value in session_params().items() if name.startswith("line_items")}
RATE = "shipping_options[0][shipping_rate_data]"
SHIPPING = {
    f"{RATE}[display_name]": "Post",
    f"{RATE}[fixed_amount][amount]": "490",
    f"{RATE}[fixed_amount][currency]": "usd",
}
FIELD = "custom_fields[0]"
TEXT = {f"{FIELD}[key]": "name", f"{FIELD}[label][type]": "custom", f"{FIELD}[label][custom]": "Name", f"{FIELD}[type]": "text"}
SIZE = {
    f"{FIELD}[key]": "size",
    f"{FIELD}[label][type]": "custom",
    f"{FIELD}[label][custom]": "Size",
    f"{FIELD}[type]": "dropdown",
    f"{FIELD}[dropdown][options][0][label]": "Small",
    f"{FIELD}[dropdown][options][0][value]": "s",
}
COUNTRIES = "shipping_address_collection[allowed_countries]"


@pytest.fixture(scope="module")
def shared() -> Iterator[StripeClient]:
    """A sandbox for requests that are refused, with a coupon of each kind."""
    client = StripeClient()
    for coupon in (
        {"id": "EUR", "amount_off": "100", "currency": "eur"},
        {"id": "MONTHS", "percent_off": "10", "duration": "repeating", "duration_in_months": "3"},
        {"id": "OLD", "percent_off": "10", "redeem_by": str(int(client.now) + 10)},
        {"id": "MOST", "amount_off": "980", "currency": "usd"},
        {"id": "TEN", "percent_off": "10"},
    ):
        assert client.api("POST", "coupons", coupon).status_code == 200
    client.now += 60
    yield client
    client.sandbox.store.close()


def text_field(number: int) -> dict[str, str]:
    return {
        name.replace("[0]", f"[{number}]"): f"key{number}" if name.endswith("[key]") else text for name, text in TEXT.items()
    }


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        pytest.param({f"{COUNTRIES}[0]": "CU"}, None, f"{COUNTRIES}[0]", id="a country Stripe does not deliver to"),
        pytest.param({f"{COUNTRIES}[0]": "de"}, None, f"{COUNTRIES}[0]", id="a country in small letters"),
        pytest.param({"phone_number_collection[enabled]": "yes"}, None, "phone_number_collection[enabled]", id="no boolean"),
        pytest.param(
            {"tax_id_collection[required]": "never"}, "parameter_missing", "tax_id_collection[enabled]", id="no switch"
        ),
        pytest.param({"billing_address_collection": "never"}, None, "billing_address_collection", id="no such collection"),
        pytest.param(
            {f"{RATE}[display_name]": "Post"}, "parameter_missing", f"{RATE}[fixed_amount]", id="a rate without a price"
        ),
        pytest.param(
            {**SHIPPING, f"{RATE}[fixed_amount][amount]": "-1"},
            "parameter_invalid_integer",
            f"{RATE}[fixed_amount][amount]",
            id="a negative rate",
        ),
        pytest.param(
            {**SHIPPING, f"{RATE}[fixed_amount][currency]": "eur"},
            None,
            f"{RATE}[fixed_amount][currency]",
            id="a rate in another currency",
        ),
        pytest.param(
            {**SHIPPING, f"{RATE}[delivery_estimate][minimum][unit]": "year"},
            "parameter_missing",
            f"{RATE}[delivery_estimate][minimum][value]",
            id="an estimate without a number",
        ),
        pytest.param({**SHIPPING, f"{RATE}[type]": "weight"}, None, f"{RATE}[type]", id="a rate by weight"),
        pytest.param(
            {"shipping_options[0][shipping_rate]": "shr_1"},
            "resource_missing",
            "shipping_options[0][shipping_rate]",
            id="a rate that does not exist",
        ),
        pytest.param(
            {**SHIPPING, "shipping_options[0][shipping_rate]": "shr_1"}, None, "shipping_options[0]", id="a rate and its data"
        ),
        pytest.param(
            {name.replace("[0]", f"[{n}]", 1): text for n in range(6) for name, text in SHIPPING.items()},
            None,
            "shipping_options",
            id="six shipping options",
        ),
        pytest.param({**SHIPPING, **SUBSCRIPTION}, None, "shipping_options", id="delivery of a subscription"),
        pytest.param({**TEXT, f"{FIELD}[key]": "a b"}, None, f"{FIELD}[key]", id="a key with a space"),
        pytest.param({**TEXT, f"{FIELD}[label][custom]": "x" * 101}, None, f"{FIELD}[label][custom]", id="a long label"),
        pytest.param(
            {**TEXT, **text_field(1), "custom_fields[1][key]": "name"}, None, "custom_fields[1][key]", id="a key used twice"
        ),
        pytest.param(
            {**TEXT, **text_field(1), **text_field(2), **text_field(3)}, None, "custom_fields", id="four custom fields"
        ),
        pytest.param(
            {**TEXT, f"{FIELD}[type]": "dropdown"}, "parameter_missing", f"{FIELD}[dropdown]", id="a dropdown without options"
        ),
        pytest.param(
            {**TEXT, f"{FIELD}[numeric][maximum_length]": "3"}, None, f"{FIELD}[numeric]", id="settings of another type"
        ),
        pytest.param(
            {**TEXT, f"{FIELD}[text][minimum_length]": "5", f"{FIELD}[text][maximum_length]": "4"},
            None,
            f"{FIELD}[text][minimum_length]",
            id="a minimum above the maximum",
        ),
        pytest.param(
            {**SIZE, f"{FIELD}[dropdown][default_value]": "m"},
            None,
            f"{FIELD}[dropdown][default_value]",
            id="a default that is no option",
        ),
        pytest.param(
            {f"{FIELD}[dropdown][options][{n}][{part}]": str(n) for n in range(201) for part in ("label", "value")} | SIZE,
            None,
            f"{FIELD}[dropdown][options]",
            id="201 options",
        ),
        pytest.param({"adaptive_pricing[enabled]": "true"}, "sandbox_not_imitated", "adaptive_pricing[enabled]", id="prices"),
        pytest.param({"automatic_tax[enabled]": "true"}, "sandbox_not_imitated", "automatic_tax[enabled]", id="Stripe Tax"),
        pytest.param(
            {"excluded_payment_method_types[0]": "card", "excluded_payment_method_types[1]": "sepa_debit"},
            None,
            "excluded_payment_method_types",
            id="no method left",
        ),
        pytest.param(
            {"allowed_payment_method_types[0]": "gold"}, None, "allowed_payment_method_types[0]", id="an unknown method"
        ),
        pytest.param({"discounts[0][coupon]": "NONE"}, "resource_missing", "discounts[0][coupon]", id="no such coupon"),
        pytest.param({"discounts[0][coupon]": "EUR"}, None, "discounts[0][coupon]", id="a coupon in another currency"),
        pytest.param({"discounts[0][coupon]": "OLD"}, "coupon_expired", "discounts[0][coupon]", id="an expired coupon"),
        pytest.param(
            {**SUBSCRIPTION, "discounts[0][coupon]": "MONTHS"}, None, "discounts[0][coupon]", id="a coupon for three months"
        ),
        pytest.param({"discounts[0][coupon]": "MOST"}, "amount_too_small", None, id="a coupon that leaves 20 cents"),
        pytest.param({"customer_update[name]": "auto"}, None, "customer_update", id="an update of nobody"),
        pytest.param(
            {
                f"{COUNTRIES}[0]": "DE",
                "payment_intent_data[shipping][name]": "Ada",
                "payment_intent_data[shipping][address][line1]": "Street 1",
            },
            None,
            "payment_intent_data[shipping]",
            id="two delivery addresses",
        ),
    ],
)
def test_a_session_is_refused_with_the_parameter_named(
    shared: StripeClient, changes: dict[str, str], code: str | None, param: str | None
) -> None:
    answer = shared.api("POST", "checkout/sessions", session_params(**changes))
    error = answer.json()["error"]
    assert (answer.status_code, error.get("code"), error.get("param")) == (400, code, param)


def test_the_off_switches_of_a_shop_are_accepted(stripe: Any) -> None:
    session = stripe.session(
        **{
            "adaptive_pricing[enabled]": "false",
            "automatic_tax[enabled]": "false",
            "invoice_creation[enabled]": "false",
            "managed_payments[enabled]": "false",
            "after_expiration[recovery][enabled]": "false",
            "phone_number_collection[enabled]": "false",
            "tax_id_collection[enabled]": "false",
            "saved_payment_method_options[payment_method_save]": "disabled",
            "wallet_options[link][display]": "never",
            "excluded_payment_method_types[0]": "sepa_debit",
        }
    )
    assert (session["adaptive_pricing"], session["automatic_tax"]["enabled"]) == ({"enabled": False}, False)
    assert (session["wallet_options"], session["payment_method_types"]) == ({"link": {"display": "never"}}, ["card"])


def test_the_first_shipping_option_is_preselected(stripe: Any) -> None:
    session = stripe.session(**SHIPPING, **{"expand[0]": "shipping_cost.shipping_rate"})
    assert (session["amount_subtotal"], session["amount_total"]) == (1000, 1490)
    assert session["total_details"] == {"amount_discount": 0, "amount_shipping": 490, "amount_tax": 0}
    assert session["shipping_cost"]["shipping_rate"]["display_name"] == "Post"
    assert session["shipping_options"][0]["shipping_amount"] == 490


def test_a_stored_rate_serves_sessions_until_it_is_archived(stripe: Any) -> None:
    amount = {"fixed_amount[amount]": "300", "fixed_amount[currency]": "usd"}
    rate = stripe.api("POST", "shipping_rates", {"display_name": "Post", **amount}).json()["id"]
    wanted = {"shipping_options[0][shipping_rate]": rate}
    assert stripe.session(**wanted)["amount_total"] == 1300
    stripe.api("POST", f"shipping_rates/{rate}", {"active": "false"})
    assert stripe.api("POST", "checkout/sessions", session_params(**wanted)).status_code == 400
    assert [one["active"] for one in stripe.get("shipping_rates")["data"]] == [False]


def test_a_shipping_rate_without_an_amount_is_refused(stripe: Any) -> None:
    error = stripe.api("POST", "shipping_rates", {"display_name": "Post"}).json()["error"]
    assert (error["code"], error["param"]) == ("parameter_missing", "fixed_amount")


@pytest.mark.parametrize(
    ("coupon", "discount"),
    [
        pytest.param({"percent_off": "12.5"}, 125, id="a percentage"),
        pytest.param({"amount_off": "300", "currency": "usd"}, 300, id="an amount"),
        pytest.param({"amount_off": "5000", "currency": "usd"}, 1000, id="more than the goods, but never the delivery"),
    ],
)
def test_a_coupon_lowers_the_price_of_the_goods(stripe: Any, coupon: dict[str, str], discount: int) -> None:
    stripe.api("POST", "coupons", {"id": "OFF", **coupon})
    breakdown = {"expand[0]": "total_details.breakdown", "expand[1]": "line_items"}
    session = stripe.session(**SHIPPING, **{"discounts[0][coupon]": "OFF"}, **breakdown)
    assert (session["amount_total"], session["total_details"]["amount_discount"]) == (1490 - discount, discount)
    assert session["discounts"] == [{"coupon": "OFF", "promotion_code": None}]
    assert session["total_details"]["breakdown"]["discounts"][0]["amount"] == discount
    assert session["line_items"]["data"][0]["amount_discount"] == discount


def test_a_discount_is_spread_over_lines_by_largest_remainder(stripe: Any) -> None:
    stripe.api("POST", "coupons", {"id": "OFF", "percent_off": "15"})
    amounts = {f"line_items[{n}][price_data][unit_amount]": text for n, text in enumerate(("999", "999", "499"))}
    lines = {name.replace("[0]", f"[{n}]", 1): text for n in range(3) for name, text in LINE.items()}
    session = stripe.session(**lines | amounts, **{"discounts[0][coupon]": "OFF", "expand[0]": "line_items"})
    assert [one["amount_discount"] for one in session["line_items"]["data"]] == [150, 150, 75]


def test_a_coupon_for_other_goods_is_refused(stripe: Any) -> None:
    product = stripe.api("POST", "products", {"name": "Mug"}).json()["id"]
    price = {"product": product, "currency": "usd", "unit_amount": "1000"}
    identifier = stripe.api("POST", "prices", price).json()["id"]
    stripe.api("POST", "coupons", {"id": "OFF", "percent_off": "10", "applies_to[products][0]": product})
    wanted = {"discounts[0][coupon]": "OFF"}
    answer = stripe.api("POST", "checkout/sessions", session_params(**wanted))
    assert answer.json()["error"]["param"] == "discounts[0][coupon]"
    mug = {"line_items[1][price]": identifier, "line_items[1][quantity]": "2"}
    assert stripe.session(**wanted, **mug)["total_details"]["amount_discount"] == 200


def test_a_link_shows_what_its_page_collects(stripe: Any) -> None:
    rate = {"display_name": "Post", "fixed_amount[amount]": "300", "fixed_amount[currency]": "usd"}
    identifier = stripe.api("POST", "shipping_rates", rate).json()["id"]
    wanted = {**LINE, **TEXT, f"{COUNTRIES}[0]": "DE", "phone_number_collection[enabled]": "true"}
    link = stripe.api("POST", "payment_links", wanted | {"shipping_options[0][shipping_rate]": identifier}).json()
    assert (link["shipping_address_collection"], link["phone_number_collection"]) == (
        {"allowed_countries": ["DE"]},
        {"enabled": True},
    )
    assert link["shipping_options"] == [{"shipping_amount": 300, "shipping_rate": identifier}]
    assert "value" not in link["custom_fields"][0]["text"]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"adaptive_pricing[enabled]": "false"}, id="prices in the buyer's currency"),
        pytest.param(SHIPPING, id="inline shipping rates"),
        pytest.param({"discounts[0][coupon]": "TEN"}, id="discounts"),
    ],
)
def test_a_link_does_not_know_parameters_of_sessions(shared: StripeClient, changes: dict[str, str]) -> None:
    error = shared.api("POST", "payment_links", LINE | changes).json()["error"]
    assert error["code"] == "parameter_unknown"
