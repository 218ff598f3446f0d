"""What a link asks its buyer for: tips, an address, own fields, coupons; and where the answers are kept."""

from typing import Any

import pytest

from lightning_cart_host.shop_client.form_filling import fill_form
from lightning_cart_host.shop_client.html_forms import read_forms
from support.sandbox_clients import LINKS, REDIRECT, SquareClient, line, order, read_error, square_money

DELIVERY = {
    "ship_name": "Grace Hopper",
    "phone": "+1 (415) 555-0123",
    "ship_line_1": "1455 Market St",
    "ship_city": "San Francisco",
    "ship_state": "CA",
    "ship_postal_code": "94103",
    "ship_country": "us",
}
ADDRESS = {
    "address_line_1": "1455 Market St",
    "locality": "San Francisco",
    "administrative_district_level_1": "CA",
    "postal_code": "94103",
    "country": "US",
}
RECIPIENT = {"display_name": "Grace Hopper", "email_address": "grace@example.com", "phone_number": "+14155550123"}


@pytest.fixture
def square(stripe: Any) -> SquareClient:
    return SquareClient(stripe)


def with_options(square: SquareClient, **options: Any) -> Any:
    return square.link(checkout_options={"redirect_url": REDIRECT, **options})


def shipment(**details: Any) -> Any:
    return {"type": "SHIPMENT", "shipment_details": {"recipient": RECIPIENT, **details}}


def pickup(**details: Any) -> Any:
    return {"type": "PICKUP", "pickup_details": {"recipient": RECIPIENT, "schedule_type": "ASAP", **details}}


def fulfillment(square: SquareClient, link: Any) -> Any:
    (only,) = square.read_order(link)["fulfillments"]
    return only


@pytest.mark.parametrize(
    ("offered", "options", "shown"),
    [
        (False, {}, False),
        (False, {"allow_tipping": True}, True),
        (True, {}, True),
        (True, {"allow_tipping": False}, False),
    ],
)
def test_a_tip_is_asked_for_if_the_link_says_so_or_else_the_seller(
    square: SquareClient, offered: bool, options: Any, shown: bool
) -> None:
    square.provider.offers_tips = offered
    link = with_options(square, **options)
    assert ('name="tip"' in square.look(link).text) is shown
    square.pay(link, tip="2.00")
    assert square.read_payment(link).get("tip_money") == (square_money(200) if shown else None)


def test_tips_are_switched_by_a_button_too(square: SquareClient) -> None:
    link = square.link()
    square.act(link, "offer_tips")
    offered = 'name="tip"' in square.look(link).text
    square.act(link, "offer_no_tips")
    assert (offered, 'name="tip"' in square.look(link).text) == (True, False)


def test_an_order_that_asks_for_the_address_is_a_shipment(square: SquareClient) -> None:
    made = fulfillment(square, with_options(square, ask_for_shipping_address=True))
    assert (made["type"], made["state"], "recipient" in made["shipment_details"]) == ("SHIPMENT", "PROPOSED", False)


def test_an_order_that_does_not_ask_has_no_fulfillment(square: SquareClient) -> None:
    assert "fulfillments" not in square.read_order(square.link())


def test_the_address_is_in_the_order_and_in_the_payment(square: SquareClient) -> None:
    link = with_options(square, ask_for_shipping_address=True)
    assert square.pay(link, **DELIVERY).status_code == 303
    address = {**ADDRESS, "first_name": "Grace", "last_name": "Hopper"}
    recipient = {"display_name": "Grace Hopper", "email_address": "a@b.co", "phone_number": "+14155550123", "address": address}
    assert fulfillment(square, link)["shipment_details"]["recipient"] == recipient
    payment = square.read_payment(link)
    assert (payment["shipping_address"], payment["billing_address"]) == (address, {"postal_code": "94103"})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *((name, "") for name in DELIVERY),
        ("phone", "555"),
        ("phone", "+1 415 call me"),
        ("ship_country", "XX"),
        ("ship_country", "ZZ"),
        ("ship_country", "USA"),
        ("ship_name", "x" * 256),
        ("ship_line_1", "x" * 256),
        ("ship_line_2", "x" * 256),
        ("ship_postal_code", "1" * 13),
    ],
)
def test_a_field_of_the_address_that_is_wrong_is_named(square: SquareClient, name: str, text: str) -> None:
    link = with_options(square, ask_for_shipping_address=True)
    answer = square.pay(link, **(DELIVERY | {name: text}))
    assert (answer.status_code, f'id="{name}-error"' in answer.text) == (422, True)
    assert square.read_order(link)["state"] == "DRAFT"


def test_a_country_without_states_needs_none(square: SquareClient) -> None:
    link = with_options(square, ask_for_shipping_address=True)
    madrid = {"ship_country": "ES", "ship_state": "", "ship_city": "Madrid", "ship_postal_code": "28001"}
    assert square.pay(link, **DELIVERY | madrid).status_code == 303
    recipient = square.read_order(link)["fulfillments"][0]["shipment_details"]["recipient"]
    assert "administrative_district_level_1" not in recipient["address"]
    assert square.read_payment(link)["shipping_address"]["country"] == "ES"


def test_the_page_lists_the_countries_and_names_the_shop(square: SquareClient) -> None:
    text = square.look(with_options(square, ask_for_shipping_address=True)).text
    assert '<option value="IE">Ireland</option>' in text
    assert ("Sandbox Shop" in text, "ZZ" in text) == (True, False)


def test_what_the_buyer_typed_is_shown_again(square: SquareClient) -> None:
    link = with_options(square, ask_for_shipping_address=True, custom_fields=[{"title": "Engraving"}])
    text = square.pay(link, cvc="", custom_0="Ada & Co", **DELIVERY).text
    assert all(f'value="{one}"' in text for one in ("Grace Hopper", "1455 Market St", "Ada &amp; Co"))


def test_an_address_that_is_not_asked_for_is_not_read(square: SquareClient) -> None:
    assert "shipping_address" not in square.paid()
    assert 'name="ship_city"' not in square.look(square.link()).text


def test_the_page_is_filled_in_with_what_the_seller_knows(square: SquareClient) -> None:
    data = {"buyer_email": "ada@example.com", "buyer_phone_number": "+14155550123", "buyer_address": ADDRESS}
    link = square.link(checkout_options={"ask_for_shipping_address": True}, pre_populated_data=data)
    (form,) = read_forms(square.look(link).text)
    fields = form.fields
    assert (fields["phone"], fields["ship_city"], fields["ship_country"]) == ("+14155550123", "San Francisco", "US")


def test_the_scripted_buyer_pays_a_link_that_asks_for_everything(square: SquareClient) -> None:
    fields = [{"title": "Engraving"}, {"title": "Colour"}]
    link = with_options(square, ask_for_shipping_address=True, custom_fields=fields, enable_coupon=True, allow_tipping=False)
    form = fill_form(square.look(link).text)
    assert form
    assert square.client.ask(form.method, form.action, data=dict(form.data)).status_code == 303
    assert fulfillment(square, link)["shipment_details"]["recipient"]["display_name"] == "Ada Lovelace"


@pytest.mark.parametrize("choice", ["pay", "tip", "split"])
def test_the_form_of_each_choice_has_an_address(square: SquareClient, choice: str) -> None:
    link = with_options(square, ask_for_shipping_address=True)
    answer = square.client.ask("POST", square.panel(link), data=square.provider.buyer_forms[choice])
    assert answer.status_code == 303


def test_the_sellers_own_fields_are_shown_where_square_shows_them(square: SquareClient) -> None:
    link = with_options(square, custom_fields=[{"title": "Engraving <3"}])
    assert "Engraving &lt;3" in square.look(link).text
    square.pay(link, custom_0="Ada & Co")
    text = square.client.ask("GET", f"/square/links/{link['id']}").text
    assert "<dt>Engraving &lt;3</dt><dd>Ada &amp; Co</dd>" in text
    assert "Ada &" not in str(square.read_order(link))


def test_an_own_field_that_is_too_long_is_named(square: SquareClient) -> None:
    answer = square.pay(with_options(square, custom_fields=[{"title": "Engraving"}]), custom_0="x" * 256)
    assert (answer.status_code, 'id="custom_0-error"' in answer.text) == (422, True)


def coupon(square: SquareClient, link: Any, code: str) -> Any:
    return square.client.ask("POST", square.panel(link), data={"action": "coupon", "coupon": code})


def test_a_coupon_lowers_the_total_before_the_buyer_pays(square: SquareClient) -> None:
    link = with_options(square, enable_coupon=True)
    answer = coupon(square, link, " save10 ")
    assert (answer.status_code, "Pay $9.00" in answer.text, "-$1.00" in answer.text) == (200, True, True)
    square.pay(link)
    made = square.read_order(link)
    assert (made["discounts"][0]["name"], made["total_discount_money"]) == ("Coupon SAVE10", square_money(100))
    assert (square.read_payment(link)["amount_money"], made["net_amount_due_money"]) == (square_money(900), square_money(0))
    assert square.client.balances()["Banco Sabadell ••1111"] == -900


@pytest.mark.parametrize(("before", "code"), [(0, "SAVE11"), (1, "SAVE10"), (0, "")], ids=["unknown", "a second time", "empty"])
def test_a_coupon_that_does_not_count_is_named(square: SquareClient, before: int, code: str) -> None:
    link = with_options(square, enable_coupon=True)
    for _ in range(before):
        coupon(square, link, "SAVE10")
    total = square.read_order(link)["total_money"]
    answer = coupon(square, link, code)
    assert (answer.status_code, 'id="coupon-error"' in answer.text) == (422, True)
    assert square.read_order(link)["total_money"] == total


def test_a_coupon_is_unknown_to_a_link_without_coupons(square: SquareClient) -> None:
    link = square.link()
    assert (coupon(square, link, "SAVE10").status_code, 'name="coupon"' in square.look(link).text) == (400, False)


def test_a_gift_card_beside_a_card_and_a_tip_pay_for_everything(square: SquareClient) -> None:
    adjusted = order(
        discounts=[{"type": "FIXED_AMOUNT", "amount_money": square_money(100), "scope": "ORDER"}],
        taxes=[{"percentage": "10", "scope": "ORDER"}],
    )
    fee = {"name": "Post", "charge": square_money(490)}
    options = {"ask_for_shipping_address": True, "shipping_fee": fee, "allow_tipping": True}
    link = square.link(order=adjusted, checkout_options=options)
    square.pay(link, gift_card="4.00", tip="2.00", **DELIVERY)
    made = square.read_order(link)
    assert [one["amount_money"]["amount"] for one in made["tenders"]] == [400, 1280]
    assert (made["total_money"], made["net_amount_due_money"]) == (square_money(1680), square_money(0))
    balances = square.client.balances()
    assert (balances["Square gift card ••6623"], balances["Banco Sabadell ••1111"]) == (-400, -1280)


def test_fields_for_the_buyer_are_changed_one_by_one(square: SquareClient) -> None:
    link = square.link(pre_populated_data={"buyer_email": "ada@example.com", "buyer_address": ADDRESS})
    wanted = {"payment_link": {"version": 1, "pre_populated_data": {"buyer_phone_number": "+14155550123"}}}
    changed = square.api("PUT", f"{LINKS}/{link['id']}", json=wanted).json()["payment_link"]
    assert changed["pre_populated_data"].keys() == {"buyer_email", "buyer_address", "buyer_phone_number"}


def test_an_update_never_changes_how_the_order_is_delivered(square: SquareClient) -> None:
    wanted = {"payment_link": {"version": 1, "checkout_options": {"ask_for_shipping_address": True}}}
    answer = square.api("PUT", f"{LINKS}/{square.link()['id']}", json=wanted)
    field = "payment_link.checkout_options.ask_for_shipping_address"
    assert read_error(answer) == (400, "SANDBOX_NOT_SUPPORTED", field)


def test_a_shipment_is_kept_as_it_was_sent(square: SquareClient) -> None:
    made = fulfillment(square, square.link(order=order(fulfillments=[shipment(carrier="Post", shipping_note="Ring")])))
    details = made["shipment_details"]
    assert (details["recipient"], details["carrier"], made["state"]) == (RECIPIENT, "Post", "PROPOSED")
    assert details["placed_at"] == "2026-05-28T20:26:40.000Z"


def test_a_pickup_as_soon_as_possible_is_now(square: SquareClient) -> None:
    details = fulfillment(square, square.link(order=order(fulfillments=[pickup()])))["pickup_details"]
    assert (details["pickup_at"], details["schedule_type"]) == ("2026-05-28T20:26:40.000Z", "ASAP")


def test_the_buyers_address_replaces_the_one_of_a_shipment(square: SquareClient) -> None:
    link = square.link(
        order=order(fulfillments=[shipment(carrier="Post")]), checkout_options={"ask_for_shipping_address": True}
    )
    square.pay(link, **DELIVERY)
    details = fulfillment(square, link)["shipment_details"]
    assert (details["recipient"]["email_address"], details["carrier"]) == ("a@b.co", "Post")


FULFILLMENT = "order.fulfillments[0]"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        pytest.param(
            {"order": order(fulfillments=[shipment()] * 2)},
            "ARRAY_LENGTH_TOO_LONG",
            "order.fulfillments",
            id="two of them",
        ),
        pytest.param(
            {"order": order(fulfillments=[{"type": "SHIPMENT"}])}, "MISSING", f"{FULFILLMENT}.shipment_details", id="no details"
        ),
        pytest.param(
            {"order": order(fulfillments=[{**shipment(), "pickup_details": {}}])},
            "CONFLICTING_PARAMETERS",
            f"{FULFILLMENT}.pickup_details",
            id="details of both",
        ),
        pytest.param(
            {"order": order(fulfillments=[shipment(recipient={})])},
            "MISSING",
            f"{FULFILLMENT}.shipment_details.recipient.display_name",
            id="nobody",
        ),
        pytest.param(
            {"order": order(fulfillments=[shipment(recipient={"customer_id": "x"})])},
            "NOT_FOUND",
            f"{FULFILLMENT}.shipment_details.recipient.customer_id",
            id="a customer that is none",
        ),
        pytest.param(
            {"order": order(fulfillments=[shipment(recipient={**RECIPIENT, "address": {"country": "XX"}})])},
            "INVALID_ENUM_VALUE",
            f"{FULFILLMENT}.shipment_details.recipient.address.country",
            id="a country that is none",
        ),
        pytest.param(
            {"order": order(fulfillments=[shipment(tracking_number="1" * 101)])},
            "VALUE_TOO_LONG",
            f"{FULFILLMENT}.shipment_details.tracking_number",
            id="a long number",
        ),
        pytest.param(
            {"order": order(fulfillments=[pickup(schedule_type="SCHEDULED")])},
            "MISSING",
            f"{FULFILLMENT}.pickup_details.pickup_at",
            id="no time",
        ),
        pytest.param(
            {"order": order(fulfillments=[pickup(prep_time_duration="P")])},
            "INVALID_VALUE",
            f"{FULFILLMENT}.pickup_details.prep_time_duration",
            id="a duration of nothing",
        ),
        pytest.param(
            {"order": order(fulfillments=[{"type": "DELIVERY"}])},
            "SANDBOX_NOT_SUPPORTED",
            f"{FULFILLMENT}.type",
            id="courier",
        ),
        pytest.param(
            {"order": order(fulfillments=[{**shipment(), "state": "COMPLETED"}])},
            "INVALID_ENUM_VALUE",
            f"{FULFILLMENT}.state",
            id="delivered already",
        ),
        pytest.param(
            {"order": order(fulfillments=[pickup()]), "checkout_options": {"ask_for_shipping_address": True}},
            "CONFLICTING_PARAMETERS",
            "checkout_options.ask_for_shipping_address",
            id="a pickup with an address",
        ),
        pytest.param(
            {"checkout_options": {"custom_fields": [{"title": "x"}] * 3}},
            "ARRAY_LENGTH_TOO_LONG",
            "checkout_options.custom_fields",
            id="three fields",
        ),
        pytest.param(
            {"checkout_options": {"custom_fields": [{"title": "x" * 51}]}},
            "VALUE_TOO_LONG",
            "checkout_options.custom_fields[0].title",
            id="a long title",
        ),
        pytest.param(
            {"checkout_options": {"custom_fields": [{}]}}, "MISSING", "checkout_options.custom_fields[0].title", id="no title"
        ),
        *(
            pytest.param(
                {"checkout_options": {name: value}}, "SANDBOX_NOT_SUPPORTED", f"checkout_options.{name}", id=f"no {name}"
            )
            for name, value in {"app_fee_money": square_money(1), "subscription_plan_id": "plan"}.items()
        ),
        *(
            pytest.param({"checkout_options": {name: "yes"}}, "EXPECTED_BOOLEAN", f"checkout_options.{name}", id=f"{name} yes")
            for name in ("allow_tipping", "ask_for_shipping_address", "enable_coupon", "enable_loyalty")
        ),
        pytest.param(
            {"pre_populated_data": {"buyer_address": {"country": "us"}}},
            "INVALID_ENUM_VALUE",
            "pre_populated_data.buyer_address.country",
            id="a country in small letters",
        ),
        pytest.param(
            {"order": order(line_items=[line(item_type="GIFT_CARD")])},
            "SANDBOX_NOT_SUPPORTED",
            "order.line_items[0].item_type",
            id="a gift card to sell",
        ),
    ],
)
def test_a_parameter_is_refused_with_the_field_named(square: SquareClient, changes: Any, code: str, field: str) -> None:
    code = "MISSING_REQUIRED_PARAMETER" if code == "MISSING" else code
    assert read_error(square.create(**changes)) == (404 if code == "NOT_FOUND" else 400, code, field)
