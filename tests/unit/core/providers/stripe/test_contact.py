"""Who bought, as Stripe's sessions say it."""

from typing import Any

import pytest
from hypothesis import given

from lightning_cart.domain.buyer import NO_CONTACT, Address, Contact
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.providers.stripe.checkout import StripeCheckout, session_parameters
from lightning_cart.providers.stripe.contact import read_session_contact
from lightning_cart.providers.stripe.events import session_event, webhook_event
from lightning_cart.providers.stripe.payment_links import link_parameters
from support.app import ENV
from support.builders import ORDER_ID, make_order, paid_session
from support.malformed import malformed

LONG = "Carrer de l'Hospital de la Santa Creu i de Sant Pau 51, escala B, tercer segona"
SABADELL = {
    "line1": LONG,
    "line2": None,
    "city": "L'Hospitalet de Llobregat",
    "state": "Barcelona",
    "postal_code": "08901",
    "country": "ES",
}
WHO = {
    "address": {**SABADELL, "line1": "Plaça Major 1", "line2": ""},
    "email": "José.Núñez@ejemplo.es",
    "name": "José María Núñez García",
    "phone": "+34600111222",
    "tax_exempt": "none",
    "tax_ids": [{"type": "unknown", "value": None}, {"type": "eu_vat", "value": "ESB12345678"}],
    "business_name": None,
    "individual_name": None,
}
SHIPPING = {"name": "Åsa Öberg", "address": SABADELL}
DELIVERY = Address("ES", "Åsa Öberg", LONG, "", "L'Hospitalet de Llobregat", "Barcelona", "08901")
BILLING = Address("ES", "José María Núñez García", "Plaça Major 1", "", "L'Hospitalet de Llobregat", "Barcelona", "08901")
CONTACT = Contact("José.Núñez@ejemplo.es", "José María Núñez García", "+34600111222", "ESB12345678", DELIVERY, BILLING)
CONFIG = StripeCheckout.from_env(ENV).config


def session(**changes: Any) -> dict[str, Any]:
    return paid_session(ORDER_ID, customer_details=WHO, collected_information={"shipping_details": SHIPPING}) | changes


def test_what_the_buyer_typed_is_kept_as_it_is() -> None:
    assert read_session_contact(session()) == CONTACT


@pytest.mark.parametrize("older", ["shipping_details", "shipping"])
def test_older_versions_name_the_delivery_elsewhere(older: str) -> None:
    found = read_session_contact(session(collected_information=None, **{older: {**SHIPPING, "phone": "+46 8 1"}}))
    assert found == CONTACT._replace(delivery=DELIVERY._replace(phone="+46 8 1"))


def test_the_phone_of_the_delivery_is_better_than_none() -> None:
    called = {**SHIPPING, "phone": "+46 8 1"}
    sent = session(customer_details=WHO | {"phone": None}, collected_information=None, shipping=called)
    assert read_session_contact(sent).phone == "+46 8 1"


def test_japanese_parts_stay_in_their_fields() -> None:
    tokyo = {
        "country": "jp",
        "state": "東京都",
        "city": "千代田区",
        "line1": "丸の内1丁目9-1",
        "line2": None,
        "postal_code": "100-0005",
    }
    found = read_session_contact(session(collected_information={"shipping_details": {"name": "山田 花子", "address": tokyo}}))
    assert found.delivery == Address("JP", "山田 花子", "丸の内1丁目9-1", "", "千代田区", "東京都", "100-0005")


def test_a_business_is_billed_by_its_name() -> None:
    business = WHO | {"business_name": "Núñez e Hijos, S.L.", "individual_name": "José", "name": ""}
    found = read_session_contact(session(customer_details=business))
    assert (found.name, found.billing) == ("José", BILLING._replace(name="Núñez e Hijos, S.L."))
    elsewhere = session(customer_details=WHO | {"address": None}, collected_information={"business_name": "Núñez"})
    assert read_session_contact(elsewhere).billing == Address(name="Núñez")


def test_a_billing_address_may_be_a_country_and_a_postal_code() -> None:
    short = WHO | {"address": {**dict.fromkeys(SABADELL), "country": "es", "postal_code": "08901"}}
    assert read_session_contact(session(customer_details=short)).billing == Address("ES", BILLING.name, postal_code="08901")


@pytest.mark.parametrize(
    "address", [None, {}, {"country": "ES"}, {**dict.fromkeys(SABADELL, ""), "country": "ES"}, dict.fromkeys(SABADELL, 7), []]
)
def test_an_address_that_says_nothing_does_not_replace_the_carts(address: object) -> None:
    named = {"shipping_details": {"name": "Åsa", "address": address}}
    assert read_session_contact(session(collected_information=named)).delivery is None


def test_the_address_that_the_shop_sent_stands_in_for_one_that_is_missing() -> None:
    assert read_session_contact({"customer_email": "ada@example.com"}) == Contact("ada@example.com")
    assert read_session_contact({}) == NO_CONTACT


@given(malformed(session()))
def test_nothing_raises(found: Any) -> None:
    contact = read_session_contact(found)
    assert all(isinstance(part, str) for part in contact[:4])


@pytest.mark.parametrize(
    ("event_type", "changes", "contact"),
    [
        ("checkout.session.completed", {}, CONTACT),
        ("checkout.session.completed", {"payment_status": "unpaid"}, CONTACT),
        ("checkout.session.async_payment_succeeded", {}, CONTACT),
        ("checkout.session.async_payment_failed", {}, NO_CONTACT),
        ("checkout.session.expired", {"status": "expired"}, NO_CONTACT),
        ("charge.refunded", {}, NO_CONTACT),
    ],
)
def test_a_webhook_says_who_paid(event_type: str, changes: dict[str, Any], contact: Contact) -> None:
    document = {"id": "evt_1", "type": event_type, "data": {"object": session(**changes)}}
    assert webhook_event(document, CONFIG).contact == contact


def test_a_session_that_was_read_says_who_paid() -> None:
    assert session_event(session(), make_order()).contact == CONTACT
    expired = session_event(session(status="expired", payment_status="unpaid"), make_order())
    assert (expired.kind, expired.contact) == (EventKind.EXPIRED, NO_CONTACT)


def test_nothing_of_it_is_in_a_representation() -> None:
    shown = repr((CONTACT, session_event(session(), make_order())))
    assert [word for word in ("Núñez", "600111222", "Hospital", "Plaça", "B1234") if word in shown] == []


def test_a_vat_id_is_asked_for_where_the_order_says_so() -> None:
    asked, plain = make_order(asks_vat_id=True), make_order()
    for sent in (session_parameters(asked, "s", "c"), link_parameters(asked, "s")):
        assert sent["tax_id_collection"] == {"enabled": "true"}
    for sent in (session_parameters(plain, "s", "c"), link_parameters(plain, "s")):
        assert "tax_id_collection" not in sent
