"""Payment methods of customers: attached, changed, the default, detached."""

from typing import Any

import pytest

from support.sandbox_clients import SUBSCRIPTION

DEFAULT = "invoice_settings[default_payment_method]"


def visa(stripe: Any) -> str:
    return str(stripe.post("payment_methods", type="card", **{"card[token]": "tok_visa"})["id"])


def test_a_method_can_be_attached_twice_to_its_own_customer_only(stripe: Any) -> None:
    method, (own, other) = visa(stripe), (stripe.post("customers")["id"] for _ in range(2))
    answers = [stripe.api("POST", f"payment_methods/{method}/attach", {"customer": one}) for one in (own, own, other)]
    assert [answer.status_code for answer in answers] == [200, 200, 400]
    assert stripe.event_types().count("payment_method.attached") == 1


@pytest.mark.parametrize("method", ["pm_x", "pm_card_nothing"])
def test_a_method_that_does_not_exist_is_not_attached(stripe: Any, method: str) -> None:
    customer = stripe.post("customers")["id"]
    assert stripe.api("POST", f"payment_methods/{method}/attach", {"customer": customer}).status_code == 404


def test_a_method_keeps_no_empty_values(stripe: Any) -> None:
    method = visa(stripe)
    stripe.post(f"payment_methods/{method}", **{"metadata[a]": "1", "billing_details[address][city]": "Sabadell"})
    changes = {"metadata[a]": "", "billing_details[address][city]": "", "billing_details[name]": "Ada"}
    changed = stripe.post(f"payment_methods/{method}", **changes)
    details = changed["billing_details"]
    assert (changed["metadata"], details["address"]["city"], details["name"]) == ({}, None, "Ada")


def test_the_default_method_is_the_customers_own(stripe: Any) -> None:
    customer, method = stripe.post("customers")["id"], visa(stripe)
    refused = stripe.api("POST", f"customers/{customer}", {DEFAULT: method}).json()["error"]
    stripe.post(f"payment_methods/{method}/attach", customer=customer)
    changed = stripe.post(f"customers/{customer}", **{DEFAULT: method})
    assert (refused["code"], refused["param"]) == ("resource_missing", DEFAULT)
    assert changed["invoice_settings"]["default_payment_method"] == method


def test_a_customer_begins_with_a_test_method_as_the_default(stripe: Any) -> None:
    wanted = {"payment_method": "pm_card_visa", DEFAULT: "pm_card_visa"}
    customer = stripe.post("customers", **wanted, **{"expand[0]": "invoice_settings.default_payment_method"})
    assert customer["invoice_settings"]["default_payment_method"]["customer"] == customer["id"]


def test_a_detached_method_is_the_default_no_longer(stripe: Any) -> None:
    customer = stripe.post("customers", payment_method="pm_card_visa", **{DEFAULT: "pm_card_visa"})
    stripe.post(f"payment_methods/{customer['invoice_settings']['default_payment_method']}/detach")
    assert stripe.get(f"customers/{customer['id']}")["invoice_settings"]["default_payment_method"] is None


def test_a_deleted_customer_has_no_subscription_and_no_methods(stripe: Any) -> None:
    stripe.pay(stripe.session(**SUBSCRIPTION))
    (subscription,) = stripe.get("subscriptions")["data"]
    stripe.api("DELETE", f"customers/{subscription['customer']}")
    assert stripe.get(f"subscriptions/{subscription['id']}")["status"] == "canceled"
    answer = stripe.api("GET", "payment_methods", {"customer": subscription["customer"]})
    assert answer.json()["error"]["code"] == "resource_missing"


def test_a_deleted_customer_gets_no_promotion_code_and_no_method(stripe: Any) -> None:
    customer, method = stripe.post("customers")["id"], visa(stripe)
    stripe.api("DELETE", f"customers/{customer}")
    stripe.post("coupons", percent_off="10", id="TEN")
    wanted = {"promotion[type]": "coupon", "promotion[coupon]": "TEN", "customer": customer}
    for path, params in (("promotion_codes", wanted), (f"payment_methods/{method}/attach", {"customer": customer})):
        error = stripe.api("POST", path, params).json()["error"]
        assert (error["code"], error["param"]) == ("resource_missing", "customer")
