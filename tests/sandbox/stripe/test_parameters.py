"""The API refuses the same parameters as Stripe's, with the same errors."""

from typing import Any

import pytest

from support.sandbox_clients import session_params

ITEM = "line_items[0]"
PRICE = f"{ITEM}[price_data]"
RECURRING = f"{PRICE}[recurring][interval]"
NOW = 1_780_000_000


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        pytest.param({"colour": "red"}, "parameter_unknown", "colour", id="a parameter nobody knows"),
        pytest.param({f"{PRICE}[name]": "x"}, "parameter_unknown", f"{PRICE}[name]", id="an unknown nested parameter"),
        pytest.param(
            {"payment_method_types[0]": "card"}, "parameter_unknown", "payment_method_types", id="one of older versions"
        ),
        pytest.param({"ui_mode": "hosted"}, None, "ui_mode", id="the old name of the hosted page"),
        pytest.param({"mode": None}, "parameter_missing", "mode", id="no mode"),
        pytest.param({"mode": "rent"}, None, "mode", id="a mode that is none"),
        pytest.param({"success_url": None}, "parameter_missing", "success_url", id="nowhere to go after paying"),
        pytest.param({"success_url": "/ok"}, "url_invalid", "success_url", id="a relative address"),
        pytest.param({"cancel_url": "javascript:alert(1)"}, "url_invalid", "cancel_url", id="an address that is a script"),
        pytest.param({"cancel_url": ""}, "parameter_invalid_empty", "cancel_url", id="an empty value"),
        pytest.param({f"{ITEM}[quantity]": None}, "parameter_missing", f"{ITEM}[quantity]", id="no quantity"),
        pytest.param({f"{ITEM}[quantity]": "0"}, "parameter_invalid_integer", f"{ITEM}[quantity]", id="a quantity of nothing"),
        pytest.param({f"{ITEM}[quantity]": "1.5"}, "parameter_invalid_integer", f"{ITEM}[quantity]", id="half a thing"),
        pytest.param(
            {f"{PRICE}[unit_amount]": "ten"}, "parameter_invalid_integer", f"{PRICE}[unit_amount]", id="an amount in words"
        ),
        pytest.param(
            {f"{PRICE}[unit_amount]": "-5"}, "parameter_invalid_integer", f"{PRICE}[unit_amount]", id="a negative amount"
        ),
        pytest.param({f"{PRICE}[unit_amount]": None}, "parameter_missing", f"{PRICE}[unit_amount]", id="no amount"),
        pytest.param({f"{PRICE}[unit_amount]": "49"}, "amount_too_small", None, id="less than the minimum"),
        pytest.param({f"{PRICE}[unit_amount]": "100000000"}, "amount_too_large", None, id="more than the maximum"),
        pytest.param({f"{PRICE}[currency]": "USD"}, None, f"{PRICE}[currency]", id="a currency in capitals"),
        pytest.param({f"{PRICE}[currency]": "xxx"}, None, f"{PRICE}[currency]", id="a currency that is none"),
        pytest.param(
            {f"{PRICE}[product_data][description]": ""},
            "parameter_invalid_empty",
            f"{PRICE}[product_data][description]",
            id="an empty description",
        ),
        pytest.param({f"{ITEM}[price]": "price_1"}, None, f"{ITEM}[price]", id="both a price and its data"),
        pytest.param({"customer_email": "ada@"}, "email_invalid", "customer_email", id="a malformed e-mail"),
        pytest.param({"customer": "cus_1", "customer_email": "a@b.co"}, None, "customer_email", id="a customer and an e-mail"),
        pytest.param({"customer": "cus_1"}, "resource_missing", "customer", id="a customer that does not exist"),
        pytest.param(
            {"allow_promotion_codes": "true", "discounts[0][coupon]": "x"}, None, "discounts", id="codes and a discount"
        ),
        pytest.param({"allow_promotion_codes": "yes"}, None, "allow_promotion_codes", id="a boolean that is none"),
        pytest.param({"client_reference_id": "x" * 201}, None, "client_reference_id", id="a reference of 201 characters"),
        pytest.param({"metadata[a]": "x" * 501}, None, "metadata[a]", id="a metadata value of 501 characters"),
        pytest.param({f"metadata[{'k' * 41}]": "x"}, None, f"metadata[{'k' * 41}]", id="a metadata key of 41 characters"),
        pytest.param({f"metadata[k{n}]": "x" for n in range(51)}, None, "metadata", id="51 metadata keys"),
        pytest.param({"metadata[a][b]": "x"}, None, "metadata[a]", id="nested metadata"),
        pytest.param({"expires_at": NOW + 29 * 60 - 1}, None, "expires_at", id="an expiry too soon"),
        pytest.param({"expires_at": NOW + 24 * 3600 + 61}, None, "expires_at", id="an expiry too late"),
        pytest.param({RECURRING: "month"}, None, "mode", id="a recurring price in payment mode"),
        pytest.param({RECURRING: "fortnight"}, None, RECURRING, id="an interval that is none"),
        pytest.param({"mode": "subscription"}, None, "line_items", id="a subscription of nothing recurring"),
        pytest.param(
            {"subscription_data[metadata][a]": "b"}, None, "subscription_data", id="subscription data in payment mode"
        ),
        pytest.param(
            {"mode": "subscription", RECURRING: "month", "payment_intent_data[metadata][a]": "b"},
            None,
            "payment_intent_data",
            id="payment data in subscription mode",
        ),
        pytest.param(
            {"payment_intent_data[statement_descriptor_suffix]": "<b>"},
            None,
            "payment_intent_data[statement_descriptor_suffix]",
            id="a descriptor with forbidden characters",
        ),
        pytest.param(
            {"payment_intent_data[statement_descriptor_suffix]": "x" * 23},
            None,
            "payment_intent_data[statement_descriptor_suffix]",
            id="a descriptor of 23 characters",
        ),
        pytest.param({"locale": "tlh"}, None, "locale", id="a language Stripe does not speak"),
        pytest.param(
            {"optional_items[0][price]": "price_1"},
            "sandbox_not_imitated",
            "optional_items",
            id="something the sandbox has no copy of",
        ),
        pytest.param({"line_items": "x"}, None, "line_items", id="a list that is a word"),
        pytest.param({"expand[0]": "client_reference_id"}, None, "expand", id="expanding what is not an object"),
    ],
)
def test_a_session_is_refused_with_the_parameter_named(stripe: Any, changes: Any, code: str | None, param: str) -> None:
    answer = stripe.api("POST", "checkout/sessions", session_params(**changes))
    error = answer.json()["error"]
    assert (answer.status_code, error.get("code"), error.get("param")) == (400, code, param)
    assert error["type"] == "invalid_request_error"


@pytest.mark.parametrize("last_item", [{"quantity": "1", "price_data": "eur"}])
def test_all_items_have_one_currency(stripe: Any, last_item: Any) -> None:
    second = {
        "line_items[1][quantity]": last_item["quantity"],
        "line_items[1][price_data][currency]": last_item["price_data"],
        "line_items[1][price_data][unit_amount]": "1000",
        "line_items[1][price_data][product_data][name]": "Tea",
    }
    answer = stripe.api("POST", "checkout/sessions", session_params(**second))
    assert "same currency" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("currency", "amount", "status"),
    [
        pytest.param("jpy", "1000", 200, id="yen have no decimals"),
        pytest.param("jpy", "49", 400, id="49 yen are too few"),
        pytest.param("gbp", "30", 200, id="30 pence are enough"),
        pytest.param("huf", "17499", 400, id="174.99 forint are too few"),
        pytest.param("isk", "10000", 200, id="whole krona"),
        pytest.param("isk", "10050", 400, id="half a krona"),
        pytest.param("ugx", "10001", 400, id="a part of a Ugandan shilling"),
        pytest.param("kwd", "1000", 200, id="a dinar"),
        pytest.param("kwd", "1001", 400, id="a thousandth of a dinar too fine"),
        pytest.param("usd", "0", 200, id="nothing at all"),
    ],
)
def test_amounts_follow_the_currency(stripe: Any, currency: str, amount: str, status: int) -> None:
    changes = {f"{PRICE}[currency]": currency, f"{PRICE}[unit_amount]": amount}
    assert stripe.api("POST", "checkout/sessions", session_params(**changes)).status_code == status


def test_nine_images_are_too_many(stripe: Any) -> None:
    images = {f"{PRICE}[product_data][images][{n}]": "https://x.test/a.png" for n in range(9)}
    error = stripe.api("POST", "checkout/sessions", session_params(**images)).json()["error"]
    assert error["param"] == f"{PRICE}[product_data][images]"


@pytest.mark.parametrize(
    ("count", "status"), [pytest.param(100, 200, id="a hundred lines"), pytest.param(101, 400, id="a hundred and one lines")]
)
def test_a_payment_has_at_most_a_hundred_lines(stripe: Any, count: int, status: int) -> None:
    lines: dict[str, str] = {}
    for n in range(count):
        own = session_params()
        lines |= {name.replace("[0]", f"[{n}]", 1): value for name, value in own.items() if name.startswith("line_items")}
    answer = stripe.api("POST", "checkout/sessions", {**session_params(), **lines})
    assert answer.status_code == status


def test_a_subscription_has_at_most_twenty_recurring_lines(stripe: Any) -> None:
    lines: dict[str, str] = {}
    for n in range(21):
        own = session_params(**{RECURRING: "month"})
        lines |= {name.replace("[0]", f"[{n}]", 1): value for name, value in own.items() if name.startswith("line_items")}
    error = stripe.api("POST", "checkout/sessions", {**session_params(mode="subscription"), **lines}).json()["error"]
    assert error["param"] == "line_items"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"a[b=1", id="an open bracket"),
        pytest.param(b"mode=payment&mode=setup", id="a name given twice"),
        pytest.param(b"metadata=x&metadata[a]=b", id="a value and an object under one name"),
        pytest.param(b"a" + b"[b]" * 20 + b"=1", id="nested without end"),
        pytest.param(b"mode=%ff", id="bytes that are not text"),
        pytest.param("mode=é".encode(), id="bytes that are not percent-encoded"),
    ],
)
def test_a_form_that_cannot_be_read_is_refused(stripe: Any, body: bytes) -> None:
    headers = {"authorization": "Bearer sk_test_x", "content-type": "application/x-www-form-urlencoded"}
    answer = stripe.ask("POST", "/stripe/v1/checkout/sessions", headers=headers, content=body)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")


def test_json_is_refused(stripe: Any) -> None:
    answer = stripe.ask(
        "POST", "/stripe/v1/checkout/sessions", headers={"authorization": "Bearer sk_test_x"}, json={"mode": "payment"}
    )
    assert (answer.status_code, "x-www-form-urlencoded" in answer.text) == (400, True)


def test_empty_brackets_make_a_list(stripe: Any) -> None:
    session = stripe.session(**{f"{PRICE}[product_data][images][]": "https://x.test/a.png", "expand[]": "line_items"})
    product = stripe.get(f"products/{session['line_items']['data'][0]['price']['product']}")
    assert product["images"] == ["https://x.test/a.png"]


def test_a_text_too_short_is_refused(stripe: Any) -> None:
    error = stripe.api("POST", "customers", {"invoice_prefix": "ab"}).json()["error"]
    assert (error["param"], error["message"]) == ("invoice_prefix", "Invalid string: ab; must be at least 3 characters")
