"""PayPal's orders: accepted requests, exact amounts, and responses."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart_sandbox.paypal.money import ledger_minor, minor, money_problem
from lightning_cart_sandbox.paypal.money import money as as_money
from support.sandbox_clients import (
    CANCEL,
    ORDERS,
    RETURN,
    PayPalClient,
    amount,
    issues,
    item,
    order_body,
    paypal_money,
    source,
    unit,
)

AT = "/purchase_units/@reference_id=='default'"


@pytest.fixture
def paypal(stripe: Any) -> PayPalClient:
    return PayPalClient(stripe)


def test_an_order_with_a_payment_source_waits_for_its_payer(paypal: PayPalClient) -> None:
    order = paypal.order()
    assert order["status"] == "PAYER_ACTION_REQUIRED"
    assert [(link["rel"], link["method"]) for link in order["links"]] == [("self", "GET"), ("payer-action", "GET")]


def test_an_order_without_one_is_created_and_has_an_approve_link(paypal: PayPalClient) -> None:
    order = paypal.order(payment_source=None, application_context={"return_url": RETURN, "cancel_url": CANCEL})
    assert order["status"] == "CREATED"
    assert [link["rel"] for link in order["links"]] == ["self", "approve", "update", "capture"]


def test_both_links_lead_to_the_approve_page(paypal: PayPalClient) -> None:
    orders = [paypal.order(), paypal.order(payment_source=None)]
    assert [order["links"][1]["href"] for order in orders] == [
        f"http://sandbox.test/paypal/checkoutnow?token={order['id']}" for order in orders
    ]


def test_an_order_id_is_seventeen_digits_and_capitals(paypal: PayPalClient) -> None:
    identifier = paypal.order()["id"]
    assert len(identifier) == 17
    assert identifier.isalnum()
    assert identifier == identifier.upper()


def test_an_order_reads_back_what_it_was_made_of(paypal: PayPalClient) -> None:
    order = paypal.order(purchase_units=[unit(invoice_id="inv-1", reference_id="ord_1", description="d" * 130)])
    (shown,) = paypal.read(order)["purchase_units"]
    assert (shown["reference_id"], shown["custom_id"], shown["invoice_id"]) == ("ord_1", "site:ord_1", "inv-1")
    assert len(shown["description"]) == 127


@pytest.mark.parametrize(("text", "expected"), [("🫖" * 63, 201), ("🫖" * 64, 400), ("☕" * 127, 201), ("n" * 126 + "🫖", 400)])
def test_texts_are_measured_in_utf_16(paypal: PayPalClient, text: str, expected: int) -> None:
    answer = paypal.create(order_body(purchase_units=[unit(items=[item(name=text, description=text, sku=text)])]))
    assert answer.status_code == expected
    details = answer.json().get("details", [])
    assert {(one["issue"], one["field"].rpartition("/")[2]) for one in details} == (
        {("INVALID_STRING_LENGTH", name) for name in ("name", "description", "sku")} if expected == 400 else set()
    )


def test_a_long_description_is_cut_between_characters(paypal: PayPalClient) -> None:
    order = paypal.order(purchase_units=[unit(description="🫖" * 100)])
    assert order["purchase_units"][0]["description"] == "🫖" * 63


def test_one_unit_without_a_name_is_called_default(paypal: PayPalClient) -> None:
    assert paypal.order()["purchase_units"][0]["reference_id"] == "default"


def test_amounts_are_shown_with_all_their_decimals(paypal: PayPalClient) -> None:
    order = paypal.order(purchase_units=[{"amount": amount("10", item_total="10.0")}])
    shown = order["purchase_units"][0]["amount"]
    assert (shown["value"], shown["breakdown"]["item_total"]["value"]) == ("10.00", "10.00")


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        pytest.param({"amount": amount("10.01", item_total="10.00")}, ["AMOUNT_MISMATCH"], id="one cent too much"),
        pytest.param({"amount": amount("9.99", item_total="10.00")}, ["AMOUNT_MISMATCH"], id="one cent too little"),
        pytest.param({"amount": amount("10.00")}, ["ITEM_TOTAL_REQUIRED"], id="items without a total"),
        pytest.param({"amount": amount("10.00", shipping="10.00")}, ["ITEM_TOTAL_REQUIRED"], id="a breakdown without items"),
        pytest.param({"amount": amount("9.00", item_total="9.00")}, ["ITEM_TOTAL_MISMATCH"], id="another item total"),
        pytest.param({"items": [item(quantity="2")]}, ["ITEM_TOTAL_MISMATCH"], id="a quantity not counted"),
        pytest.param({"items": [item(tax=paypal_money("1.00"))]}, ["TAX_TOTAL_REQUIRED"], id="item tax without a total"),
        pytest.param(
            {"items": [item(tax=paypal_money("1.00"))], "amount": amount("12.00", item_total="10.00", tax_total="2.00")},
            ["TAX_TOTAL_MISMATCH"],
            id="another tax total",
        ),
        pytest.param({"amount": amount("0.00"), "items": None}, ["CANNOT_BE_ZERO_OR_NEGATIVE"], id="nothing to pay"),
        pytest.param({"amount": amount("-1.00"), "items": None}, ["CANNOT_BE_ZERO_OR_NEGATIVE"], id="less than nothing to pay"),
        pytest.param({"items": [item(unit_amount=paypal_money("-10.00"))]}, ["CANNOT_BE_NEGATIVE"], id="a negative item"),
        pytest.param({"amount": amount("9", item_total="10", discount="-1")}, ["CANNOT_BE_NEGATIVE"], id="a discount below 0"),
        pytest.param({"amount": amount("10.001"), "items": None}, ["DECIMAL_PRECISION"], id="three decimals"),
        pytest.param({"amount": amount("10.00", "JPY"), "items": None}, ["DECIMALS_NOT_SUPPORTED"], id="yen with decimals"),
        pytest.param({"amount": amount("10.0", "HUF"), "items": None}, ["DECIMALS_NOT_SUPPORTED"], id="forints with decimals"),
        pytest.param({"amount": amount("1.5", "TWD"), "items": None}, ["DECIMALS_NOT_SUPPORTED"], id="TWD with decimals"),
        pytest.param({"amount": amount("1", "KWD"), "items": None}, ["INVALID_CURRENCY_CODE"], id="a currency PayPal has not"),
        pytest.param({"amount": amount("1", "usd"), "items": None}, ["INVALID_CURRENCY_CODE"], id="small letters"),
        pytest.param({"amount": amount("1", "BRL"), "items": None}, ["CURRENCY_NOT_SUPPORTED_FOR_COUNTRY"], id="reais"),
        pytest.param({"items": [item(unit_amount=paypal_money("10", "EUR"))]}, ["MULTI_CURRENCY_ORDER"], id="two currencies"),
        pytest.param({"amount": amount("9" * 16 + ".00"), "items": None}, ["MAX_VALUE_EXCEEDED"], id="too much money"),
    ],
)  # fmt: skip
def test_sums_are_exact(paypal: PayPalClient, of: dict[str, Any], expected: list[str]) -> None:
    assert issues(paypal.create(order_body(purchase_units=[unit(**of)]))) == expected


@pytest.mark.parametrize(
    ("of", "total"),
    [
        pytest.param(
            {"amount": amount("12.30", item_total="10.00", shipping="3.30", discount="1.00")}, "12.30", id="a discount"
        ),
        pytest.param({"amount": amount("10.07", item_total="10.00", tax_total="0.07")}, "10.07", id="a tax of the whole order"),
        pytest.param(
            {
                "amount": amount("8.50", item_total="10.00", handling="1.00", insurance="0.50", shipping_discount="3.00"),
            },
            "8.50",
            id="everything else",
        ),
        pytest.param(
            {
                "items": [item(quantity="3", unit_amount=paypal_money("0.10"), tax=paypal_money("0.01"))],
                "amount": amount("0.33", item_total="0.30", tax_total="0.03"),
            },
            "0.33",
            id="tax of each piece",
        ),
        pytest.param(
            {
                "items": [
                    item(
                        upc={"type": "UPC-A", "code": "123456789012"},
                        url="https://x.test/mug",
                        image_url="https://x.test/i/mug-1.png?v=2",
                        category="PHYSICAL_GOODS",
                    )
                ]
            },
            "10.00",
            id="an item with everything",
        ),
        pytest.param({"amount": amount("1000", "JPY"), "items": None}, "1000", id="yen"),
        pytest.param({"amount": amount(".5"), "items": None}, "0.50", id="no digit before the point"),
        pytest.param(
            {
                "items": [item(quantity="9999999999", unit_amount=paypal_money("0.01"))],
                "amount": amount("99999999.99", item_total="99999999.99"),
            },
            "99999999.99",
            id="the greatest quantity",
        ),
    ],
)
def test_sums_that_are_right_are_taken(paypal: PayPalClient, of: dict[str, Any], total: str) -> None:
    assert paypal.order(purchase_units=[unit(**of)])["purchase_units"][0]["amount"]["value"] == total


def test_every_wrong_sum_is_named_with_its_field(paypal: PayPalClient) -> None:
    answer = paypal.create(order_body(purchase_units=[unit(amount=amount("7.00", item_total="9.00"))]))
    assert [(one["issue"], one["field"], one["location"], one["value"]) for one in answer.json()["details"]] == [
        ("ITEM_TOTAL_MISMATCH", f"{AT}/amount/breakdown/item_total/value", "body", "9.00"),
        ("AMOUNT_MISMATCH", f"{AT}/amount/value", "body", "7.00"),
    ]


@pytest.mark.parametrize(
    ("body", "issue", "field"),
    [
        pytest.param({}, "MISSING_REQUIRED_PARAMETER", "/intent", id="an empty object"),
        pytest.param([], "INVALID_PARAMETER_SYNTAX", "/", id="a list"),
        pytest.param(order_body(intent="RENT"), "INVALID_PARAMETER_VALUE", "/intent", id="another intent"),
        pytest.param(order_body(colour="red"), "SANDBOX_UNKNOWN_FIELD", "/colour", id="a field PayPal has not"),
        pytest.param(order_body(**{"a/b~c": 1}), "SANDBOX_UNKNOWN_FIELD", "/a~1b~0c", id="a field that needs escaping"),
        pytest.param(
            order_body(processing_instruction="NO_INSTRUCTION"),
            "SANDBOX_NOT_IMITATED",
            "/processing_instruction",
            id="a field this sandbox does not act on",
        ),
        pytest.param(order_body(purchase_units=[]), "INVALID_ARRAY_MIN_ITEMS", "/purchase_units", id="no unit"),
        pytest.param(order_body(purchase_units=[unit()] * 11), "INVALID_ARRAY_MAX_ITEMS", "/purchase_units", id="eleven units"),
        pytest.param(order_body(purchase_units={}), "INVALID_PARAMETER_SYNTAX", "/purchase_units", id="an object for a list"),
        pytest.param(order_body(purchase_units=[7]), "INVALID_PARAMETER_SYNTAX", "/purchase_units/0", id="a number for a unit"),
        pytest.param(
            order_body(payment_source={"card": {}, "paypal": {}}), "SANDBOX_NOT_IMITATED", "/payment_source/card", id="a card"
        ),
        pytest.param(
            order_body(payment_source=source(landing_page="BILLING")),
            "INVALID_PARAMETER_VALUE",
            "/payment_source/paypal/experience_context/landing_page",
            id="a word of the other context",
        ),
        pytest.param(
            order_body(payment_source=source(contact_preference="RETAIN_CONTACT_INFO")),
            "SANDBOX_NOT_IMITATED",
            "/payment_source/paypal/experience_context/contact_preference",
            id="a preference this sandbox does not act on",
        ),
        pytest.param(
            order_body(payment_source=source(return_url="shop.test/ok")),
            "INVALID_PARAMETER_SYNTAX",
            "/payment_source/paypal/experience_context/return_url",
            id="an address without a scheme",
        ),
        pytest.param(
            order_body(payment_source=source(cancel_url=None)),
            "MISSING_REQUIRED_PARAMETER",
            "/payment_source/paypal/experience_context/cancel_url",
            id="one address of two",
        ),
        pytest.param(
            order_body(application_context={}), "SANDBOX_NOT_IMITATED", "/application_context", id="both contexts at once"
        ),
        pytest.param(
            order_body(payment_source={"paypal": {"email_address": "nobody"}}),
            "INVALID_PARAMETER_SYNTAX",
            "/payment_source/paypal/email_address",
            id="no e-mail address",
        ),
    ],
)
def test_a_body_that_is_not_an_order_is_refused_with_its_field(paypal: PayPalClient, body: Any, issue: str, field: str) -> None:
    answer = paypal.create(body)
    assert issues(answer, 400)[0] == issue
    assert answer.json()["details"][0]["field"] == field


@pytest.mark.parametrize(
    ("of", "issue"),
    [
        pytest.param({"custom_id": "x" * 128}, "INVALID_STRING_LENGTH", id="custom_id of 128"),
        pytest.param({"invoice_id": "x" * 128}, "INVALID_STRING_LENGTH", id="invoice_id of 128"),
        pytest.param({"reference_id": "x" * 257}, "INVALID_STRING_LENGTH", id="reference_id of 257"),
        pytest.param({"soft_descriptor": "x" * 23}, "INVALID_STRING_LENGTH", id="soft_descriptor of 23"),
        pytest.param({"description": "x" * 3001}, "INVALID_STRING_LENGTH", id="description of 3001"),
        pytest.param({"description": ""}, "INVALID_STRING_LENGTH", id="an empty text"),
        pytest.param({"items": [item(name="x" * 128)]}, "INVALID_STRING_LENGTH", id="item name of 128"),
        pytest.param({"items": [item(sku="x" * 128)]}, "INVALID_STRING_LENGTH", id="sku of 128"),
        pytest.param({"items": [item(name=None)]}, "MISSING_REQUIRED_PARAMETER", id="an item without a name"),
        pytest.param({"items": [item(quantity=2)]}, "INVALID_PARAMETER_SYNTAX", id="a quantity that is a number"),
        pytest.param({"items": [item(image_url="http://x.test/a.png")]}, "INVALID_PARAMETER_SYNTAX", id="an image without TLS"),
        pytest.param({"items": [item(image_url="https://x.test/a.svg")]}, "INVALID_PARAMETER_SYNTAX", id="an image of lines"),
        pytest.param({"items": [item(quantity="0")]}, "INVALID_PARAMETER_SYNTAX", id="none of it"),
        pytest.param({"items": [item(quantity="1.5")]}, "INVALID_PARAMETER_SYNTAX", id="half of it"),
        pytest.param({"items": [item(category="FOOD")]}, "INVALID_PARAMETER_VALUE", id="another category"),
        pytest.param({"amount": paypal_money(10)}, "INVALID_PARAMETER_SYNTAX", id="an amount that is a number"),
        pytest.param({"amount": paypal_money("ten")}, "INVALID_PARAMETER_SYNTAX", id="an amount in words"),
        pytest.param({"amount": paypal_money("1e3")}, "INVALID_PARAMETER_SYNTAX", id="an amount with an exponent"),
        pytest.param({"amount": paypal_money("1" * 33)}, "INVALID_STRING_LENGTH", id="an amount of 33 characters"),
        pytest.param({"amount": paypal_money("1.00", "US")}, "INVALID_STRING_LENGTH", id="two letters for a currency"),
        pytest.param({"amount": paypal_money(None)}, "INVALID_PARAMETER_SYNTAX", id="null for an amount"),
        pytest.param({"shipping": {"address": {}}}, "MISSING_REQUIRED_PARAMETER", id="an address without a country"),
        pytest.param({"shipping": {"address": {"country_code": "XX"}}}, "INVALID_COUNTRY_CODE", id="a country nobody knows"),
        pytest.param({"items": [item(upc={"type": "UPC-A", "code": "12345"})]}, "INVALID_STRING_LENGTH", id="a UPC of five"),
        pytest.param({"items": [item(upc={"type": "EAN", "code": "123456"})]}, "INVALID_PARAMETER_VALUE", id="another code"),
    ],
)
def test_texts_have_limits(paypal: PayPalClient, of: dict[str, Any], issue: str) -> None:
    assert issues(paypal.create(order_body(purchase_units=[unit(**of)])), 400) == [issue]


@pytest.mark.parametrize(
    "content",
    [b"{", b"\xff", b'{"intent": NaN}', b'{"intent": 1, "intent": 2}', b'{"x": "\\ud800"}', b"[" * 100_000, b"9" * 5000],
    ids=["half", "no UTF-8", "not a number", "a name twice", "half a character", "too deep", "too many digits"],
)
def test_what_is_not_json_is_malformed(stripe: Any, paypal: PayPalClient, content: bytes) -> None:
    headers = {"authorization": f"Bearer {paypal.token}", "content-type": "application/json"}
    assert issues(stripe.ask("POST", f"/paypal{ORDERS}", headers=headers, content=content), 400) == ["MALFORMED_REQUEST_JSON"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param((None, "b"), ["REFERENCE_ID_REQUIRED"], id="a name missing"),
        pytest.param(("a", "a"), ["DUPLICATE_REFERENCE_ID"], id="a name twice"),
    ],
)
def test_several_units_have_names_of_their_own(paypal: PayPalClient, names: tuple[Any, ...], expected: list[str]) -> None:
    units = [unit(reference_id=name) for name in names]
    assert issues(paypal.create(order_body(purchase_units=units))) == expected


def test_an_order_nobody_approved_is_gone_after_six_hours(paypal: PayPalClient) -> None:
    order = paypal.order()
    paypal.client.now += 6 * 3600 - 1
    assert paypal.read(order)["id"] == order["id"]
    paypal.client.now += 1
    answers = [paypal.api("GET", f"{ORDERS}/{order['id']}"), paypal.capture(order)]
    assert [issues(answer, 404) for answer in answers] == [["INVALID_RESOURCE_ID"]] * 2
    assert paypal.event_types() == []


def test_an_approval_gives_six_more_hours_and_a_capture_all_the_time(paypal: PayPalClient) -> None:
    order, other = paypal.order(), paypal.order()
    paypal.client.now += 5 * 3600
    paypal.visit(order, "approve")
    paypal.visit(other, "approve")
    paypal.client.now += 5 * 3600
    paypal.token = paypal.fetch_token().json()["access_token"]
    assert paypal.capture(order).status_code == 201
    paypal.client.now += 3600
    assert (paypal.read(order)["status"], paypal.capture(other).status_code) == ("COMPLETED", 404)


@given(st.integers(0, 10**17 - 1), st.sampled_from(["USD", "EUR", "JPY", "HUF"]))
def test_money_survives_the_way_there_and_back(whole: int, currency: str) -> None:
    assert (minor(as_money(whole, currency)), money_problem(as_money(whole, currency))) == (whole, "")


@pytest.mark.parametrize(("currency", "shared"), [("USD", 500), ("JPY", 500), ("HUF", 50_000), ("TWD", 50_000)])
def test_the_ledger_counts_a_currency_in_one_way_for_all_providers(currency: str, shared: int) -> None:
    assert ledger_minor(500, currency) == shared
