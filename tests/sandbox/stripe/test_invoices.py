"""Invoices of subscriptions: discounts, and the card that pays them."""

from typing import Any

import pytest

from support.sandbox_clients import SUBSCRIPTION


def invoices(stripe: Any, duration: str) -> list[Any]:
    """Return the invoices of a subscription at half price that was renewed once, oldest first."""
    coupon = stripe.api("POST", "coupons", {"percent_off": "50", "duration": duration}).json()
    session = stripe.session(**SUBSCRIPTION, **{"discounts[0][coupon]": coupon["id"]})
    stripe.pay(session)
    stripe.act(session, "renew")
    return list(stripe.get("invoices")["data"][::-1])


@pytest.mark.parametrize(("duration", "paid"), [("once", [500, 1000]), ("forever", [500, 500])])
def test_a_discount_reduces_the_first_invoice_or_all(stripe: Any, duration: str, paid: list[int]) -> None:
    found = invoices(stripe, duration)
    assert [invoice["amount_paid"] for invoice in found] == paid
    assert [invoice["subtotal"] for invoice in found] == [1000, 1000]


def test_an_invoice_names_its_discount_and_its_lines_do_too(stripe: Any) -> None:
    first, second = invoices(stripe, "once")
    (line,) = first["lines"]["data"]
    assert line["discount_amounts"] == first["total_discount_amounts"] == [{"amount": 500, "discount": first["discounts"][0]}]
    assert (second["discounts"], second["lines"]["data"][0]["discount_amounts"]) == ([], [])


def test_a_renewal_is_paid_with_the_card_of_the_subscription(stripe: Any) -> None:
    session = stripe.session(**SUBSCRIPTION)
    stripe.pay(session)
    stripe.act(session, "renew")
    (subscription,) = stripe.get("subscriptions")["data"]
    methods = {charge["payment_method"] for charge in stripe.get("charges")["data"]}
    assert methods == {subscription["default_payment_method"]}


def test_the_same_card_has_the_same_fingerprint(stripe: Any) -> None:
    for number in ("4242424242424242", "4242424242424242", "5555555555554444"):
        stripe.pay(stripe.session(), card_number=number)
    charges = stripe.get("charges")["data"]
    other, second, first = (charge["payment_method_details"]["card"]["fingerprint"] for charge in charges)
    assert first == second != other


def test_an_update_tells_the_whole_list_of_items_as_it_was(stripe: Any) -> None:
    session = stripe.session(**SUBSCRIPTION)
    stripe.pay(session)
    before = stripe.get("subscriptions")["data"][0]["items"]
    stripe.act(session, "renew")
    event = stripe.get("events", type="customer.subscription.updated")["data"][0]
    assert event["data"]["previous_attributes"]["items"] == before
