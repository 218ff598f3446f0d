"""The account with which a payer signs in on PayPal's approval page."""

from typing import Any

import pytest

from support.sandbox_clients import PayPalClient, source

JOSE = {
    "payer_email": "jose.nunez@example.es",
    "payer_given_name": "José María",
    "payer_surname": "Núñez García",
    "payer_phone": "600 111-222",
}


@pytest.fixture
def paypal(stripe: Any) -> PayPalClient:
    return PayPalClient(stripe)


def paid_by(paypal: PayPalClient, **form: str) -> dict[str, Any]:
    order = paypal.order(payment_source=source(shipping_preference="NO_SHIPPING"))
    paypal.visit(order, "approve", **form)
    read: dict[str, Any] = paypal.read(order)
    return read


def test_another_account_pays_the_order(paypal: PayPalClient) -> None:
    read = paid_by(paypal, **JOSE)
    name, phone = {"given_name": "José María", "surname": "Núñez García"}, {"national_number": "600111222"}
    payer, wallet = read["payer"], read["payment_source"]["paypal"]
    assert (payer["email_address"], payer["name"], payer["phone"]) == ("jose.nunez@example.es", name, {"phone_number": phone})
    assert (wallet["email_address"], wallet["name"], wallet["phone_number"]) == ("jose.nunez@example.es", name, phone)
    assert wallet["account_id"] == payer["payer_id"]


def test_it_goes_before_what_the_shop_has_said(paypal: PayPalClient) -> None:
    payment_source = source()
    payment_source["paypal"] |= {"email_address": "b@c.de", "name": {"given_name": "Bo", "surname": "Li"}}
    order = paypal.order(payment_source=payment_source)
    paypal.visit(order, "approve", **JOSE)
    payer = paypal.read(order)["payer"]
    assert (payer["email_address"], payer["name"]["surname"]) == ("jose.nunez@example.es", "Núñez García")


def test_one_without_a_phone_has_none(paypal: PayPalClient) -> None:
    read = paid_by(paypal, payer_email="bo@example.com", payer_surname="Li")
    assert (read["payer"]["name"], "phone" in read["payer"]) == ({"surname": "Li"}, False)
    assert "phone_number" not in read["payment_source"]["paypal"]


def test_its_name_is_on_the_parcel(paypal: PayPalClient) -> None:
    order = paypal.order()
    paypal.visit(order, "approve", address="berlin", **JOSE)
    shipping = paypal.read(order)["purchase_units"][0]["shipping"]
    assert (shipping["name"]["full_name"], shipping["address"]["country_code"]) == ("José María Núñez García", "DE")


def test_the_page_shows_it_before_it_pays(paypal: PayPalClient) -> None:
    text = paypal.visit(paypal.order(), "update", **JOSE).text
    assert "José María Núñez García" in text


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"payer_email": "jose"}, "Enter an email address"),
        ({"payer_given_name": "", "payer_surname": " "}, "Enter your name."),
        ({"payer_surname": "x" * 141}, "Use at most 140 characters."),
        ({"payer_phone": "+34 600"}, "Enter the national number"),
    ],
    ids=["email", "no name", "long name", "phone"],
)
def test_what_is_wrong_is_named_and_nothing_is_approved(paypal: PayPalClient, changes: dict[str, str], problem: str) -> None:
    order = paypal.order()
    answer = paypal.visit(order, "approve", **JOSE | changes)
    assert (answer.status_code, problem in answer.text) == (422, True)
    assert paypal.read(order)["status"] == "PAYER_ACTION_REQUIRED"


def test_who_has_approved_stays(paypal: PayPalClient) -> None:
    order = paypal.order()
    paypal.visit(order, "approve")
    paypal.visit(order, "approve", address="berlin", **JOSE)
    assert paypal.read(order)["payer"]["email_address"] == "ada@example.com"
