"""Who bought, as PayPal's orders say it."""

from typing import Any

import pytest
from hypothesis import given

from lightning_cart.domain.buyer import NO_CONTACT, Address, Contact
from lightning_cart.http import HttpResponse, json_bytes
from lightning_cart.providers.paypal.contact import read_order_contact
from lightning_cart.providers.paypal.events import order_events
from support.app import answer
from support.malformed import malformed
from support.paypal import OPENED, make_capture, paypal, paypal_order, run_flow, token

LONG = "Carrer de l'Hospital de la Santa Creu i de Sant Pau 51, escala B, tercer segona"
PAYER = {
    "email_address": "jose@ejemplo.es",
    "payer_id": "QYR5Z8XDVJNXQ",
    "name": {"given_name": "José María", "surname": "Núñez García"},
    "phone": {"phone_type": "MOBILE", "phone_number": {"national_number": "600111222"}},
    "address": {"country_code": "ES"},
    "tax_info": {"tax_id": "12345678909", "tax_id_type": "BR_CPF"},
}
WALLET = {
    "email_address": "wallet@ejemplo.es",
    "name": {"given_name": "Bo", "surname": "Li"},
    "phone_number": {"national_number": "931234567"},
    "address": {"country_code": "FR"},
}
HOSPITALET = {
    "address_line_1": LONG,
    "admin_area_1": "Barcelona",
    "admin_area_2": "L'Hospitalet de Llobregat",
    "postal_code": "08901",
    "country_code": "es",
}
SHIPPING = {"name": {"full_name": "Åsa Öberg"}, "address": HOSPITALET}
DELIVERY = Address("ES", "Åsa Öberg", LONG, "", "L'Hospitalet de Llobregat", "Barcelona", "08901")
CONTACT = Contact(
    "jose@ejemplo.es", "José María Núñez García", "600111222", "", DELIVERY, Address("ES", "José María Núñez García")
)


def document(shipping: object = SHIPPING, **changes: Any) -> dict[str, Any]:
    made = paypal_order("COMPLETED", make_capture()) | {"payer": PAYER, "payment_source": {"paypal": WALLET}} | changes
    made["purchase_units"][0]["shipping"] = shipping
    return made


def test_what_the_payer_has_at_paypal_is_kept_as_it_is() -> None:
    assert read_order_contact(document()) == CONTACT


@pytest.mark.parametrize("payer", [None, {}, [], {"name": None, "email_address": "", "phone": {}, "address": {}}])
def test_the_wallet_says_the_same(payer: object) -> None:
    found = read_order_contact(document(payer=payer))
    assert found == Contact("wallet@ejemplo.es", "Bo Li", "931234567", "", DELIVERY, Address("FR", "Bo Li"))


def test_who_gets_the_goods_stands_in_for_a_payer_without_a_name() -> None:
    phone = {"country_code": "46", "national_number": "81234567"}
    shipping = SHIPPING | {"email_address": "asa@example.se", "phone_number": phone}
    found = read_order_contact(document(shipping, payer=None, payment_source=None))
    delivery = DELIVERY._replace(phone="+4681234567")
    assert found == Contact("asa@example.se", "Åsa Öberg", "+4681234567", "", delivery, None)


def test_every_line_of_an_address_is_kept() -> None:
    more = HOSPITALET | {"address_line_2": "2º", "address_line_3": "A", "admin_area_4": "Collblanc", "admin_area_3": "Nord"}
    delivery = read_order_contact(document(SHIPPING | {"address": more})).delivery
    assert delivery is not None
    assert delivery.line2 == "2º, A, Collblanc, Nord"


def test_japanese_names_and_addresses_are_in_their_order() -> None:
    tokyo = {
        "address_line_1": "丸の内1丁目9-1",
        "admin_area_2": "千代田区",
        "admin_area_1": "TOKYO-TO",
        "postal_code": "100-0005",
        "country_code": "JP",
    }
    payer = PAYER | {"name": {"given_name": "花子", "surname": "山田"}}
    found = read_order_contact(document({"name": {"full_name": "山田 花子"}, "address": tokyo}, payer=payer))
    assert found.name == "山田 花子"
    assert found.delivery == Address("JP", "山田 花子", "丸の内1丁目9-1", "", "千代田区", "TOKYO-TO", "100-0005")


def test_what_is_sent_to_china_goes_to_china() -> None:
    delivery = read_order_contact(document(SHIPPING | {"address": HOSPITALET | {"country_code": "C2"}})).delivery
    assert delivery is not None
    assert delivery.country == "CN"


@pytest.mark.parametrize("shipping", [None, {}, {"name": {"full_name": "Ada"}}, {"address": {"country_code": "ES"}}, [], 7])
def test_a_shipping_that_says_nothing_does_not_replace_the_carts_address(shipping: object) -> None:
    assert read_order_contact(document(shipping)).delivery is None


@given(malformed(document()))
def test_nothing_raises(found: Any) -> None:
    contact = read_order_contact(found)
    assert all(isinstance(part, str) for part in contact[:4])


def test_each_payment_says_who_paid_and_a_declined_one_does_not() -> None:
    made = document()
    made["purchase_units"][0]["payments"]["captures"] = [make_capture("DECLINED")]
    assert [event.contact for event in order_events(made, OPENED, "")] == [NO_CONTACT]
    assert [event.contact for event in order_events(document(), OPENED, "")] == [CONTACT]


@pytest.mark.parametrize(("status", "wanted"), [("COMPLETED", CONTACT), ("PENDING", CONTACT), ("DECLINED", NO_CONTACT)])
def test_an_answer_to_a_capture_that_says_less_is_completed_by_the_approved_order(status: str, wanted: Contact) -> None:
    approved = paypal_order("APPROVED") | {"payer": PAYER, "payment_source": {"paypal": WALLET}}
    approved["purchase_units"][0]["shipping"] = SHIPPING
    captured = paypal_order("COMPLETED", make_capture(status))
    answers = (token(), answer(approved), HttpResponse(201, {}, json_bytes(captured)))
    reading, _ = run_flow(paypal().read_checkout(OPENED, capture=True), *answers)
    assert [event.contact for event in reading.events] == [wanted]
