"""Who bought, as Square's payments and orders say it."""

from typing import Any

import pytest
from hypothesis import given

from lightning_cart.domain.buyer import NO_CONTACT, Address, Contact
from lightning_cart.flow import drive
from lightning_cart.providers.square.contact import read_order_contact, read_order_place, read_payment_contact
from support.app import Provider, answer, run
from support.malformed import malformed
from support.square import OPENED, PAYMENT_ID, event_body, payment, square, square_order, verify

LONG = "Carrer de l'Hospital de la Santa Creu i de Sant Pau 51, escala B, tercer segona"
HOSPITALET = {
    "address_line_1": LONG,
    "locality": "L'Hospitalet de Llobregat",
    "administrative_district_level_1": "Barcelona",
    "postal_code": "08901",
    "country": "es",
    "first_name": "Åsa",
    "last_name": "Öberg",
}
PAYS = {
    "buyer_email_address": "jose@ejemplo.es",
    "billing_address": {"postal_code": "08001", "first_name": "José María", "last_name": "Núñez García"},
    "shipping_address": HOSPITALET,
}
RECIPIENT = {
    "display_name": "Åsa Öberg",
    "email_address": "asa@example.se",
    "phone_number": "+4681234567",
    "address": HOSPITALET,
}
PLACE = Address("ES", "Åsa Öberg", LONG, "", "L'Hospitalet de Llobregat", "Barcelona", "08901")
BILLING = Address(name="José María Núñez García", postal_code="08001")
OF_PAYMENT = Contact("jose@ejemplo.es", "José María Núñez García", "", "", PLACE, BILLING)
OF_ORDER = Contact("asa@example.se", "Åsa Öberg", "+4681234567", "", PLACE._replace(phone="+4681234567"))


def shipped(*recipients: object, kind: str = "shipment_details") -> list[dict[str, Any]]:
    return [{"type": "SHIPMENT", kind: {"recipient": recipient}} for recipient in recipients]


def test_what_the_buyer_typed_to_pay_is_kept_as_it_is() -> None:
    assert read_payment_contact(payment(**PAYS)) == OF_PAYMENT


@pytest.mark.parametrize("billing", [None, {}, {"first_name": None, "last_name": 7}, []])
def test_the_name_on_the_card_stands_in_for_one_that_is_missing(billing: object) -> None:
    card = {"card": {"cardholder_name": "J. M. NÚÑEZ"}}
    paid = payment(**PAYS | {"billing_address": billing}, card_details=card)
    assert read_payment_contact(paid) == OF_PAYMENT._replace(name="J. M. NÚÑEZ", billing=None)
    assert read_payment_contact(payment(**PAYS | {"billing_address": billing})).name == "Åsa Öberg"


def test_every_line_of_an_address_is_kept() -> None:
    more = HOSPITALET | {"address_line_2": "2º", "address_line_3": "A", "sublocality": "Collblanc"}
    delivery = read_payment_contact(payment(shipping_address=more)).delivery
    assert delivery is not None
    assert delivery.line2 == "2º, A, Collblanc"


def test_japanese_names_and_addresses_are_in_their_order() -> None:
    tokyo = {
        "country": "JP",
        "administrative_district_level_1": "東京都",
        "locality": "千代田区",
        "address_line_1": "丸の内1丁目9-1",
        "postal_code": "100-0005",
        "first_name": "花子",
        "last_name": "山田",
    }
    found = read_payment_contact(payment(shipping_address=tokyo))
    assert (found.name, found.delivery) == (
        "山田 花子",
        Address("JP", "山田 花子", "丸の内1丁目9-1", "", "千代田区", "東京都", "100-0005"),
    )


@pytest.mark.parametrize("kind", ["shipment_details", "delivery_details"])
def test_the_order_says_who_gets_the_goods(kind: str) -> None:
    assert read_order_contact({"fulfillments": shipped(RECIPIENT, kind=kind)}) == OF_ORDER


def test_several_fulfilments_complete_each_other() -> None:
    parts = shipped({"display_name": "Åsa Öberg"}, None, RECIPIENT | {"display_name": "Bo"})
    expected = OF_ORDER._replace(delivery=PLACE._replace(name="Bo", phone="+4681234567"))
    assert read_order_contact({"fulfillments": parts}) == expected


def test_who_fetches_the_goods_has_them_delivered_nowhere() -> None:
    order = {"fulfillments": shipped(RECIPIENT, kind="pickup_details")}
    assert (read_order_contact(order), read_order_place(order)) == (OF_ORDER._replace(delivery=None), None)


@pytest.mark.parametrize("order", [None, {}, {"fulfillments": None}, {"fulfillments": [None, 7, {}]}, {"fulfillments": {}}])
def test_an_order_that_says_nothing_says_nothing(order: object) -> None:
    assert read_order_contact(order) == NO_CONTACT


@given(malformed(payment(**PAYS)), malformed({"fulfillments": shipped(RECIPIENT)}))
def test_nothing_raises(paid: Any, order: Any) -> None:
    for contact in (read_payment_contact(paid), read_order_contact(order)):
        assert all(isinstance(part, str) for part in contact[:4])


@pytest.mark.parametrize(("status", "contact"), [("COMPLETED", OF_PAYMENT), ("PENDING", OF_PAYMENT), ("FAILED", NO_CONTACT)])
def test_a_webhook_says_who_paid_without_a_call(status: str, contact: Contact) -> None:
    event, requests = verify(event_body("payment.updated", "payment", payment(status, **PAYS)))
    assert (event.contact, requests) == (contact, [])


def test_a_reading_takes_the_delivery_of_the_order_and_the_payer_of_the_payment() -> None:
    order, paid = square_order("OPEN", PAYMENT_ID, fulfillments=shipped(RECIPIENT)), {"payment": payment(**PAYS)}
    provider = Provider([answer(order), answer(paid)])
    reading = run(drive(square().read_checkout(OPENED, capture=True), provider))
    expected = OF_PAYMENT._replace(phone="+4681234567", delivery=OF_ORDER.delivery)
    assert [event.contact for event in reading.events] == [expected]
