"""Delivery: what an order may say about it, what the buyer chooses on the approval page, and where the choice is found."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart_host.shop_client.form_filling import fill_form
from lightning_cart_sandbox.paypal.addresses import address_problems
from lightning_cart_sandbox.paypal.delivery import choose_delivery
from lightning_cart_sandbox.paypal.rules import check_units
from lightning_cart_sandbox.paypal.schema import problems
from lightning_cart_sandbox.paypal.unit_parameters import ADDRESS
from lightning_cart_sandbox.paypal.wallet import ADDRESSES
from support.sandbox_clients import PayPalClient, amount, issues, item, order_body, paypal_money, source, unit

PARIS = {"address_line_1": "1 quai", "admin_area_2": "Paris", "postal_code": "75001", "country_code": "FR"}
TYPED = {
    "address": "another",
    "ship_name": "Grace Hopper",
    "ship_country": "US",
    "ship_line_1": "1455 Market St",
    "ship_city": "San Francisco",
    "ship_postal_code": "94103",
    "ship_state": "CA",
}
AT = "/purchase_units/@reference_id=='default'"


@pytest.fixture
def paypal(stripe: Any) -> PayPalClient:
    return PayPalClient(stripe)


def option(name: str, cost: str | None = None, **changes: Any) -> dict[str, Any]:
    price = {} if cost is None else {"amount": paypal_money(cost)}
    return {"id": name, "label": name.title(), "selected": False, "type": "SHIPPING", **price, **changes}


def paris_without(name: str) -> dict[str, str]:
    return {other: text for other, text in PARIS.items() if other != name}


OPTIONS = [option("post", "2.00", selected=True), option("courier", "7.50"), option("collect", type="PICKUP_IN_STORE")]
WITH_POST = amount("12.00", item_total="10.00", shipping="2.00")


def shipped(total: Any = None, **shipping: Any) -> dict[str, Any]:
    return unit(shipping=shipping, amount=total or WITH_POST)


@pytest.mark.parametrize(
    ("preference", "shipping", "issue", "field"),
    [
        pytest.param("GET_FROM_FILE", {"options": [option("a", "2.00")]}, "SHIPPING_OPTION_NOT_SELECTED", "options", id="none"),
        pytest.param(
            "GET_FROM_FILE", {"options": [OPTIONS[0]] * 2}, "MULTIPLE_SHIPPING_OPTION_SELECTED", "options", id="two options"
        ),
        pytest.param(
            "GET_FROM_FILE",
            {"options": [option("a", "1.99", selected=True)]},
            "PREFERRED_SHIPPING_OPTION_AMOUNT_MISMATCH",
            "options/0/amount/value",
            id="another fee",
        ),
        pytest.param(
            "GET_FROM_FILE",
            {"options": [option("a", selected=True)]},
            "PREFERRED_SHIPPING_OPTION_AMOUNT_MISMATCH",
            "options/0/amount/value",
            id="no fee",
        ),
        pytest.param("NO_SHIPPING", {"options": OPTIONS}, "SHIPPING_OPTIONS_NOT_SUPPORTED", "options", id="no shipping"),
        pytest.param(
            "SET_PROVIDED_ADDRESS",
            {"options": OPTIONS, "address": PARIS},
            "SHIPPING_OPTIONS_NOT_SUPPORTED",
            "options",
            id="options for a fixed address",
        ),
        pytest.param(
            "GET_FROM_FILE", {"options": OPTIONS, "type": "SHIPPING"}, "SHIPPING_OPTIONS_NOT_SUPPORTED", "options", id="both"
        ),
        pytest.param("GET_FROM_FILE", {"type": "SHIPPING"}, "UNSUPPORTED_SHIPPING_TYPE", "type", id="a type to choose"),
        pytest.param(
            "NO_SHIPPING", {"type": "PICKUP_IN_PERSON"}, "SHIPPING_TYPE_NOT_SUPPORTED_FOR_CLIENT", "type", id="in person"
        ),
        pytest.param("NO_SHIPPING", {"type": "PICKUP_IN_STORE"}, "MISSING_PICKUP_ADDRESS", "address", id="a shop nowhere"),
        pytest.param("SET_PROVIDED_ADDRESS", {}, "MISSING_SHIPPING_ADDRESS", "address", id="a promised address"),
        pytest.param(
            "SET_PROVIDED_ADDRESS",
            {"address": {**PARIS, "address_line_1": ""}},
            "INVALID_STRING_LENGTH",
            "",
            id="an empty line",
        ),
        pytest.param(
            "SET_PROVIDED_ADDRESS",
            {"address": paris_without("address_line_1")},
            "SHIPPING_ADDRESS_INVALID",
            "address",
            id="no street",
        ),
        pytest.param(
            "SET_PROVIDED_ADDRESS",
            {"address": {**PARIS, "country_code": "IT"}},
            "SHIPPING_ADDRESS_INVALID",
            "address",
            id="no province",
        ),
        pytest.param(
            "GET_FROM_FILE",
            {"address": paris_without("admin_area_2")},
            "CITY_REQUIRED",
            "address/admin_area_2",
            id="no city",
        ),
        pytest.param(
            "GET_FROM_FILE",
            {"address": paris_without("postal_code")},
            "POSTAL_CODE_REQUIRED",
            "address/postal_code",
            id="no postal code",
        ),
    ],
)
def test_a_delivery_that_cannot_be_is_refused_with_its_field(
    paypal: PayPalClient, preference: str, shipping: Any, issue: str, field: str
) -> None:
    body = order_body(purchase_units=[shipped(**shipping)], payment_source=source(shipping_preference=preference))
    answer = paypal.create(body)
    assert issues(answer, answer.status_code) == [issue]
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (
        (422, f"{AT}/shipping/{field}") if field else (400, "/purchase_units/0/shipping/address/address_line_1")
    )


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        pytest.param({"label": None}, "MISSING_REQUIRED_PARAMETER", id="without a label"),
        pytest.param({"selected": "yes"}, "INVALID_PARAMETER_SYNTAX", id="half selected"),
        pytest.param({"type": "DRONE"}, "INVALID_PARAMETER_VALUE", id="by drone"),
        pytest.param({"type": "PICKUP"}, "SANDBOX_NOT_IMITATED", id="the deprecated type"),
        pytest.param({"label": "x" * 128}, "INVALID_STRING_LENGTH", id="a long label"),
        pytest.param({"price": "1.00"}, "SANDBOX_UNKNOWN_FIELD", id="a field PayPal has not"),
    ],
)
def test_an_option_that_is_malformed_is_refused(paypal: PayPalClient, wrong: Any, expected: str) -> None:
    broken = {name: value for name, value in {**OPTIONS[0], **wrong}.items() if value is not None}
    assert issues(paypal.create(order_body(purchase_units=[shipped(options=[broken])])), 400) == [expected]


def test_an_options_money_is_checked_like_any_other(paypal: PayPalClient) -> None:
    bad = [
        option("a", "2.00", selected=True),
        option("b", "-1"),
        option("c", "1.001"),
        option("d", amount=paypal_money("1", "EUR")),
    ]
    first = paypal.create(order_body(purchase_units=[shipped(options=bad)]))
    assert issues(first) == ["CANNOT_BE_NEGATIVE", "DECIMAL_PRECISION"]
    assert issues(paypal.create(order_body(purchase_units=[shipped(options=[bad[0], bad[3]])]))) == ["MULTI_CURRENCY_ORDER"]


def test_eleven_options_are_too_many(paypal: PayPalClient) -> None:
    many = [OPTIONS[0], *(option(f"o{number}", "1.00") for number in range(10))]
    assert issues(paypal.create(order_body(purchase_units=[shipped(options=many)])), 400) == ["INVALID_ARRAY_MAX_ITEMS"]


def test_an_order_goes_to_one_address_in_one_way(paypal: PayPalClient) -> None:
    shippings = [
        {"address": PARIS, "type": "SHIPPING"},
        {"address": {**PARIS, "admin_area_2": "Lyon"}, "type": "PICKUP_IN_STORE"},
    ]
    units = [{**shipped(**shipping), "reference_id": name} for name, shipping in zip("ab", shippings, strict=True)]
    answer = paypal.create(order_body(purchase_units=units, payment_source=source(shipping_preference="NO_SHIPPING")))
    assert issues(answer) == ["MULTIPLE_SHIPPING_ADDRESS_NOT_SUPPORTED", "MULTIPLE_SHIPPING_TYPE_NOT_SUPPORTED"]


@pytest.mark.parametrize(
    ("categories", "units", "expected"),
    [
        (("DONATION", "PHYSICAL_GOODS"), 1, ["MULTIPLE_ITEM_CATEGORIES"]),
        (("DONATION",), 2, ["DONATION_ITEMS_NOT_SUPPORTED"]),
        (("PHYSICAL_GOODS", "DIGITAL_GOODS"), 1, []),
    ],
)
def test_a_donation_shares_its_order_with_nothing_else(
    paypal: PayPalClient, categories: tuple[str, ...], units: int, expected: list[str]
) -> None:
    items = [item(category=category) for category in categories]
    total = amount(f"{10 * len(items)}.00", item_total=f"{10 * len(items)}.00")
    made = [unit(items=items, amount=total, reference_id=f"u{number}") for number in range(units)]
    answer = paypal.create(order_body(purchase_units=made))
    assert (issues(answer) if answer.status_code != 201 else []) == expected


def test_the_wallets_addresses_are_what_paypal_would_accept() -> None:
    wrong = [
        *(one for address in ADDRESSES.values() for one in problems(ADDRESS, address)),
        *(one for address in ADDRESSES.values() for one in address_problems(address, "", complete=True)),
    ]
    assert (wrong, len({address["country_code"] for address in ADDRESSES.values()})) == ([], 4)


def test_a_buyer_who_only_approves_is_sent_the_goods_home(paypal: PayPalClient) -> None:
    order = paypal.order()
    paypal.visit(order, "approve")
    assert paypal.read(order)["purchase_units"][0]["shipping"] == {
        "name": {"full_name": "Ada Lovelace"},
        "address": ADDRESSES["home"],
    }


def test_the_buyer_chooses_an_address_and_the_capture_has_it(paypal: PayPalClient) -> None:
    order = paypal.order()
    assert paypal.visit(order, "approve", address="san_jose").status_code == 303
    done = paypal.capture(order).json()["purchase_units"][0]
    assert done["shipping"]["address"] == ADDRESSES["san_jose"]


@pytest.mark.parametrize("prefer", ["return=minimal", "return=representation"])
def test_the_choice_is_in_the_captures_answer_in_both_forms(paypal: PayPalClient, prefer: str) -> None:
    order = paypal.order(purchase_units=[shipped(options=OPTIONS)])
    paypal.visit(order, "approve", address="london", option_0="1")
    shipping = paypal.capture(order, prefer=prefer).json()["purchase_units"][0]["shipping"]
    assert shipping["address"]["country_code"] == "GB"
    assert [one["id"] for one in shipping["options"] if one["selected"]] == ["courier"]


@pytest.mark.parametrize(
    ("position", "fee", "total"),
    [("0", "2.00", "12.00"), ("1", "7.50", "17.50"), ("2", "0.00", "10.00"), ("", "2.00", "12.00")],
)
def test_the_chosen_option_changes_the_amount_that_is_captured(
    paypal: PayPalClient, position: str, fee: str, total: str
) -> None:
    order = paypal.order(purchase_units=[shipped(options=OPTIONS)])
    paypal.visit(order, "approve", option_0=position)
    shown = paypal.read(order)["purchase_units"][0]
    assert (shown["amount"]["value"], shown["amount"]["breakdown"]["shipping"]["value"]) == (total, fee)
    assert paypal.capture(order).json()["purchase_units"][0]["payments"]["captures"][0]["amount"]["value"] == total


def test_the_sandboxs_totals_count_the_chosen_delivery(paypal: PayPalClient) -> None:
    order = paypal.order(purchase_units=[shipped(options=OPTIONS)])
    paypal.visit(order, "approve", option_0="1")
    paypal.capture(order)
    assert paypal.client.ask("GET", "/api/orders").json()["orders"]["ord_1"]["paid_minor"] == 1750


def test_an_order_without_a_breakdown_gets_one_with_the_chosen_fee(paypal: PayPalClient) -> None:
    options = [option("free", selected=True), option("courier", "7.50")]
    order = paypal.order(purchase_units=[{"amount": paypal_money("10"), "shipping": {"options": options}}])
    paypal.visit(order, "approve", option_0="1")
    shown = paypal.read(order)["purchase_units"][0]["amount"]
    assert {name: part["value"] for name, part in shown["breakdown"].items()} == {"item_total": "10.00", "shipping": "7.50"}


@pytest.mark.parametrize("choice", [{"address": "moon"}, {"option_0": "9"}, {"option_0": "one"}])
@pytest.mark.parametrize("action", ["approve", "update"])
def test_what_is_not_offered_cannot_be_chosen(paypal: PayPalClient, choice: dict[str, str], action: str) -> None:
    order = paypal.order(purchase_units=[shipped(options=OPTIONS)])
    answer = paypal.visit(order, action, **choice)
    assert (answer.status_code, "Choose one of the" in answer.text) == (400, True)
    assert paypal.read(order)["status"] == "PAYER_ACTION_REQUIRED"


def test_a_delivery_that_leaves_nothing_to_pay_cannot_be_chosen(paypal: PayPalClient) -> None:
    total = amount("2.00", item_total="10.00", shipping="2.00", discount="10.00")
    order = paypal.order(purchase_units=[shipped(total, options=OPTIONS)])
    answer = paypal.visit(order, "approve", option_0="2")
    assert (answer.status_code, "nothing to pay" in answer.text) == (400, True)


def test_update_shows_the_new_total_and_changes_nothing(paypal: PayPalClient) -> None:
    order = paypal.order(purchase_units=[shipped(options=OPTIONS)])
    answer = paypal.visit(order, "update", option_0="1", address="berlin")
    assert (answer.status_code, "$17.50" in answer.text) == (200, True)
    assert 'value="berlin" checked' in answer.text
    assert 'name="option_0" value="1" checked' in answer.text
    assert paypal.read(order)["purchase_units"][0]["amount"]["value"] == "12.00"


def test_the_shops_address_is_preselected_and_can_be_changed(paypal: PayPalClient) -> None:
    order = paypal.order(purchase_units=[shipped(address=PARIS, name={"full_name": "Grace H"})])
    text = paypal.visit(order).text
    assert 'value="given" checked' in text
    assert "Grace H" in text
    paypal.visit(order, "approve", address="berlin")
    assert paypal.read(order)["purchase_units"][0]["shipping"]["address"]["country_code"] == "DE"


def test_the_shops_address_is_kept_by_a_buyer_who_only_approves(paypal: PayPalClient) -> None:
    order = paypal.order(purchase_units=[shipped(address=PARIS, name={"full_name": "Grace H"})])
    paypal.visit(order, "approve")
    assert paypal.read(order)["purchase_units"][0]["shipping"] == {"name": {"full_name": "Grace H"}, "address": PARIS}


def test_an_address_of_the_shop_that_is_fixed_is_shown_and_not_asked_for(paypal: PayPalClient) -> None:
    fixed = source(shipping_preference="SET_PROVIDED_ADDRESS")
    order = paypal.order(purchase_units=[shipped(address=PARIS)], payment_source=fixed)
    text = paypal.visit(order).text
    assert ("1 quai" in text, 'name="address"' in text) == (True, False)
    paypal.visit(order, "approve", address="berlin")
    assert paypal.read(order)["purchase_units"][0]["shipping"]["address"] == PARIS


def test_a_page_without_a_delivery_asks_nothing(paypal: PayPalClient) -> None:
    order = paypal.order(payment_source=source(shipping_preference="NO_SHIPPING"))
    assert "<fieldset" not in paypal.visit(order).text
    paypal.visit(order, "approve", address="berlin")
    assert "shipping" not in paypal.read(order)["purchase_units"][0]


def test_the_choice_outlives_a_declined_instrument(paypal: PayPalClient) -> None:
    order = paypal.order(purchase_units=[shipped(options=OPTIONS)])
    paypal.visit(order, "approve_declined", address="berlin", option_0="1")
    assert issues(paypal.capture(order)) == ["INSTRUMENT_DECLINED"]
    paypal.visit(order, "approve")
    done = paypal.read(order)["purchase_units"][0]
    assert (done["shipping"]["address"]["country_code"], done["amount"]["value"]) == ("DE", "17.50")


def test_a_payer_of_the_older_kind_is_the_account_that_pays(paypal: PayPalClient) -> None:
    payer = {
        "email_address": "b@c.de",
        "name": {"given_name": "Bo", "surname": "Li"},
        "address": {**PARIS, "country_code": "FR"},
    }
    context = {"payment_method": {"payee_preferred": "IMMEDIATE_PAYMENT_REQUIRED"}, "shipping_preference": "NO_SHIPPING"}
    order = paypal.order(payment_source=None, payer=payer, application_context=context)
    assert order["payer"]["email_address"] == "b@c.de"
    assert "Pay, but PayPal reviews it" in paypal.visit(order).text
    paypal.visit(order, "approve")
    read = paypal.read(order)["payer"]
    assert (read["email_address"], read["name"], read["address"]) == ("b@c.de", payer["name"], {"country_code": "FR"})


def test_calling_the_shop_back_is_refused_as_not_imitated(paypal: PayPalClient) -> None:
    callback = {"callback_url": "https://shop.test/paypal", "callback_events": ["SHIPPING_ADDRESS"]}
    answer = paypal.create(order_body(payment_source=source(order_update_callback_config=callback)))
    assert issues(answer, 400) == ["SANDBOX_NOT_IMITATED"]
    assert answer.json()["details"][0]["field"].endswith("/experience_context/order_update_callback_config")


def test_a_scripted_buyer_posts_what_the_page_has_preselected(paypal: PayPalClient) -> None:
    order = paypal.order(purchase_units=[shipped(options=OPTIONS, address=PARIS)])
    filled = fill_form(paypal.visit(order).text)
    assert filled is not None
    chosen = {name: filled.data[name] for name in ("address", "option_0", "action")}
    assert chosen == {"address": "given", "option_0": "0", "action": "approve"}


@given(
    st.lists(st.sampled_from([None, "0", "1.5", "12.00"]), min_size=1, max_size=4),
    st.sampled_from(["0.00", "3.00", "11.99"]),
    st.integers(0, 3),
)
def test_any_choice_leaves_sums_that_paypal_would_accept(fees: list[str | None], discount: str, wanted: int) -> None:
    options = [option(f"o{index}", fee, selected=index == 0) for index, fee in enumerate(fees)]
    first = float(fees[0] or 0)
    total = amount(f"{12 + first - float(discount):.2f}", item_total="12.00", shipping=f"{first:.2f}", discount=discount)
    order = {"_context": {}, "purchase_units": [{"amount": total, "shipping": {"options": options}}]}
    try:
        chosen = choose_delivery(order, {"option_0": str(wanted)})
    except LookupError:
        return
    check_units(chosen["purchase_units"])


def test_the_buyer_types_another_address(paypal: PayPalClient) -> None:
    order = paypal.order()
    assert paypal.visit(order, "approve", **TYPED).status_code == 303
    assert paypal.read(order)["purchase_units"][0]["shipping"] == {
        "name": {"full_name": "Grace Hopper"},
        "address": {
            "address_line_1": "1455 Market St",
            "admin_area_1": "CA",
            "admin_area_2": "San Francisco",
            "postal_code": "94103",
            "country_code": "US",
        },
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ship_name", ""),
        ("ship_name", "x" * 301),
        ("ship_country", "XX"),
        ("ship_line_1", ""),
        ("ship_line_2", "x" * 301),
        ("ship_city", ""),
        ("ship_city", "x" * 121),
        ("ship_postal_code", ""),
        ("ship_postal_code", "1" * 61),
        ("ship_state", ""),
        ("ship_state", "x" * 301),
    ],
)
@pytest.mark.parametrize("action", ["approve", "update"])
def test_a_typed_address_that_is_wrong_is_named_at_its_field(paypal: PayPalClient, action: str, name: str, text: str) -> None:
    order = paypal.order()
    answer = paypal.visit(order, action, **{**TYPED, name: text})
    assert (answer.status_code, f'id="{name}-error"' in answer.text) == (422, True)
    assert 'value="another" checked' in answer.text
    assert ('value="1455 Market St"' in answer.text) == (name != "ship_line_1")
    assert paypal.read(order)["status"] == "PAYER_ACTION_REQUIRED"


def test_a_country_without_postal_codes_needs_none(paypal: PayPalClient) -> None:
    order = paypal.order()
    assert paypal.visit(order, "approve", **TYPED | {"ship_country": "HK", "ship_postal_code": ""}).status_code == 303


def test_the_payer_comes_back_and_changes_the_address_of_an_approved_order(paypal: PayPalClient) -> None:
    order = paypal.order()
    paypal.visit(order, "approve", address="berlin")
    page = paypal.visit(order)
    assert (page.status_code, "has not charged you yet" in page.text, "Oranienstraße" in page.text) == (200, True, True)
    assert "Other outcomes" not in page.text
    assert paypal.visit(order, "approve", address="home").status_code == 303
    assert paypal.read(order)["purchase_units"][0]["shipping"]["address"] == ADDRESSES["home"]
    assert paypal.event_types() == ["CHECKOUT.ORDER.APPROVED"] * 2
    assert paypal.capture(order).json()["purchase_units"][0]["shipping"]["address"]["country_code"] == "ES"


@pytest.mark.parametrize(
    "choice", [{"address": "berlin"}, TYPED, {"address": "given"}, {}], ids=["berlin", "typed", "given", "none"]
)
def test_the_same_address_twice_is_approved_once(paypal: PayPalClient, choice: dict[str, str]) -> None:
    order = paypal.order(purchase_units=[shipped(address=PARIS, name={"full_name": "Grace H"})])
    for _ in range(2):
        assert paypal.visit(order, "approve", **choice).status_code == 303
    assert paypal.event_types() == ["CHECKOUT.ORDER.APPROVED"]


def test_a_wrong_address_leaves_an_approved_order_as_it_is(paypal: PayPalClient) -> None:
    order = paypal.order()
    paypal.visit(order, "approve")
    assert paypal.visit(order, "approve", address="moon").status_code == 400
    assert paypal.visit(order, "approve", **{**TYPED, "ship_city": ""}).status_code == 422
    assert paypal.read(order)["purchase_units"][0]["shipping"]["address"] == ADDRESSES["home"]


def test_an_approved_order_keeps_the_result_of_its_capture(paypal: PayPalClient) -> None:
    order = paypal.order()
    paypal.visit(order, "approve")
    paypal.visit(order, "approve_declined", address="london")
    assert paypal.capture(order).status_code == 201


@pytest.mark.parametrize("preference", ["NO_SHIPPING", "SET_PROVIDED_ADDRESS"])
def test_an_approved_order_whose_delivery_is_fixed_cannot_be_changed(paypal: PayPalClient, preference: str) -> None:
    unit_with_address = shipped(address=PARIS, type="SHIPPING")
    order = paypal.order(purchase_units=[unit_with_address], payment_source=source(shipping_preference=preference))
    paypal.visit(order, "approve")
    text = paypal.visit(order).text
    assert ("This order is approved" in text, "<form" in text) == (True, False)
    paypal.visit(order, "approve", address="berlin")
    assert paypal.event_types() == ["CHECKOUT.ORDER.APPROVED"]


def test_a_captured_order_cannot_be_changed(paypal: PayPalClient) -> None:
    order = paypal.order()
    paypal.visit(order, "approve")
    paypal.capture(order)
    paypal.visit(order, "approve", address="berlin")
    assert paypal.read(order)["purchase_units"][0]["shipping"]["address"] == ADDRESSES["home"]


def test_the_payer_has_a_phone(paypal: PayPalClient) -> None:
    order = paypal.order()
    paypal.visit(order, "approve")
    read = paypal.read(order)
    assert read["payer"]["phone"] == {"phone_number": {"national_number": "931234567"}}
    assert read["payment_source"]["paypal"]["phone_number"] == {"national_number": "931234567"}


@pytest.mark.parametrize(
    ("preference", "country", "left_out"),
    [
        ("GET_FROM_FILE", "HK", "admin_area_2"),
        ("GET_FROM_FILE", "IE", "postal_code"),
        ("SET_PROVIDED_ADDRESS", "BE", "postal_code"),
        ("GET_FROM_FILE", "IT", "address_line_1"),
    ],
)
def test_a_part_that_a_country_does_not_need_may_be_left_out(
    paypal: PayPalClient, preference: str, country: str, left_out: str
) -> None:
    address = {**paris_without(left_out), "country_code": country}
    paypal.order(purchase_units=[shipped(address=address)], payment_source=source(shipping_preference=preference))
