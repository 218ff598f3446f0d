"""Versions of Stripe's API: every one is accepted, and the differences that break clients are there."""

from typing import Any

import pytest

from support.sandbox_clients import SUBSCRIPTION, StripeClient, session_params

OLD, NEW = "2024-06-20", "2026-09-30.endive"
MOVED = ("charge", "paid", "payment_intent", "subscription", "subscription_details")


def read(stripe: Any, path: str, version: str, **params: Any) -> Any:
    answer = stripe.api("GET", path, params, stripe_version=version)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_an_answer_names_the_version_that_was_asked_for_and_the_one_that_was_served(stripe: Any) -> None:
    headers = stripe.api("GET", "charges", stripe_version="2022-11-15").headers
    assert (headers["stripe-version"], headers["sandbox-note"]) == ("2022-11-15", f"served as {NEW}")


def test_the_served_version_needs_no_note(stripe: Any) -> None:
    assert "sandbox-note" not in stripe.api("GET", "charges", stripe_version=NEW).headers


@pytest.mark.parametrize("version", ["newest", "2024-13-01", "2024-06-20.", "2024-06-20;beta", "٢٠٢٤-06-20"])
def test_a_version_that_is_no_date_is_refused(stripe: Any, version: str) -> None:
    answer = stripe.ask(
        "GET", "/stripe/v1/charges", headers={"authorization": "Bearer sk_test_1", "stripe-version": version.encode()}
    )
    error = answer.json()["error"]
    assert (answer.status_code, error["type"]) == (400, "invalid_request_error")
    assert error["message"].startswith("Invalid Stripe API version: ")


def test_an_old_invoice_names_its_payment_and_subscription_itself(stripe: Any) -> None:
    stripe.pay(stripe.session(**SUBSCRIPTION))
    (invoice,) = read(stripe, "invoices", OLD)["data"]
    intent = stripe.get(f"payment_intents/{invoice['payment_intent']}")
    assert (invoice["paid"], invoice["charge"]) == (True, intent["latest_charge"])
    assert invoice["subscription"] == stripe.get("subscriptions")["data"][0]["id"]
    assert invoice["subscription_details"] == {"metadata": {"order_id": "ord_1"}}
    assert not {"parent", "confirmation_secret", "amount_overpaid"} & invoice.keys()


def test_a_line_of_an_old_invoice_has_its_price(stripe: Any) -> None:
    stripe.pay(stripe.session(**SUBSCRIPTION))
    (invoice,) = read(stripe, "invoices", OLD)["data"]
    line = invoice["lines"]["data"][0]
    assert (line["price"]["unit_amount"], line["type"], line["proration"]) == (1000, "subscription", False)
    assert "pricing" not in line


def test_a_new_invoice_has_none_of_the_old_names(stripe: Any) -> None:
    stripe.pay(stripe.session(**SUBSCRIPTION))
    (invoice,) = read(stripe, "invoices", "2025-03-31.basil")["data"]
    assert not set(MOVED) & invoice.keys()


def test_an_old_subscription_tells_its_period_itself(stripe: Any) -> None:
    stripe.pay(stripe.session(**SUBSCRIPTION))
    (subscription,) = read(stripe, "subscriptions", OLD)["data"]
    item = subscription["items"]["data"][0]
    assert subscription["current_period_end"] == item["current_period_end"] > subscription["current_period_start"]


def test_the_old_way_to_the_payment_of_a_subscription_can_be_expanded(stripe: Any) -> None:
    stripe.pay(stripe.session(**SUBSCRIPTION))
    path = "data.latest_invoice.payment_intent"
    (subscription,) = read(stripe, "subscriptions", OLD, **{"expand[0]": path})["data"]
    assert subscription["latest_invoice"]["payment_intent"]["status"] == "succeeded"
    assert stripe.api("GET", "subscriptions", {"expand[0]": path}, stripe_version=NEW).status_code == 400


def test_an_old_charge_names_its_invoice(stripe: Any) -> None:
    stripe.pay(stripe.session(**SUBSCRIPTION))
    (charge,) = read(stripe, "charges", OLD)["data"]
    (intent,) = read(stripe, "payment_intents", OLD)["data"]
    assert charge["invoice"] == intent["invoice"] == stripe.get("invoices")["data"][0]["id"]
    assert "invoice" not in read(stripe, "charges", NEW)["data"][0]


def test_an_intent_of_2020_lists_its_charges_and_a_charge_its_refunds(stripe: Any) -> None:
    stripe.pay(stripe.session())
    (charge,) = stripe.get("charges")["data"]
    stripe.api("POST", "refunds", {"charge": charge["id"], "amount": "100"})
    (intent,) = read(stripe, "payment_intents", "2020-08-27")["data"]
    assert intent["charges"]["data"][0]["refunds"]["data"][0]["amount"] == 100
    assert "charges" not in read(stripe, "payment_intents", "2022-11-15")["data"][0]


def test_the_intent_in_an_error_has_the_shape_of_the_version(stripe: Any) -> None:
    params = {"amount": "2000", "currency": "usd", "confirm": "true", "payment_method": "pm_card_chargeDeclined"}
    errors = [stripe.api("POST", "payment_intents", params, stripe_version=version).json()["error"] for version in (OLD, NEW)]
    assert ["invoice" in error["payment_intent"] for error in errors] == [True, False]


def test_an_old_session_has_its_delivery_address_at_the_top(stripe: Any) -> None:
    wanted = session_params(**{"shipping_address_collection[allowed_countries][0]": "ES"})
    session = stripe.api("POST", "checkout/sessions", wanted).json()
    address = {"line1": "Calle 1", "city": "Sabadell", "postal_code": "08201", "country": "ES", "state": "B", "name": "Ada"}
    stripe.pay(session, **{f"shipping_{name}": value for name, value in address.items()})
    old = read(stripe, f"checkout/sessions/{session['id']}", OLD)
    assert old["shipping_details"]["address"]["city"] == "Sabadell"
    assert "shipping_details" not in read(stripe, f"checkout/sessions/{session['id']}", "2025-03-31.basil")


@pytest.mark.parametrize(("version", "name"), [("2026-02-25.clover", "hosted"), ("2026-03-25.dahlia", "hosted_page")])
def test_the_kind_of_page_has_the_name_of_its_version(stripe: Any, version: str, name: str) -> None:
    answer = stripe.api("POST", "checkout/sessions", session_params(ui_mode=name), stripe_version=version)
    assert (answer.status_code, answer.json()["ui_mode"]) == (200, name)


@pytest.mark.parametrize(
    ("version", "changes", "code"),
    [
        (NEW, {"ui_mode": "hosted"}, None),
        (NEW, {"payment_method_types[0]": "card"}, "parameter_unknown"),
        ("2026-06-24.dahlia", {"payment_method_types[0]": "cash"}, None),
        ("2025-03-31.basil", {"ui_mode": "embedded"}, "sandbox_not_imitated"),
    ],
)
def test_what_a_version_does_not_know_is_refused(stripe: Any, version: str, changes: dict[str, str], code: str | None) -> None:
    answer = stripe.api("POST", "checkout/sessions", session_params(**changes), stripe_version=version)
    assert (answer.status_code, answer.json()["error"].get("code")) == (400, code)


def test_an_older_version_names_its_payment_methods(stripe: Any) -> None:
    wanted = session_params(**{"payment_method_types[0]": "card"})
    session = stripe.api("POST", "checkout/sessions", wanted, stripe_version="2026-06-24.dahlia").json()
    assert session["payment_method_types"] == ["card"]


def test_an_older_promotion_code_has_its_coupon(stripe: Any) -> None:
    coupon = stripe.api("POST", "coupons", {"percent_off": "10"}).json()
    created = stripe.api("POST", "promotion_codes", {"coupon": coupon["id"], "code": "TEN"}, stripe_version=OLD).json()
    assert (created["coupon"], "promotion" in created) == (coupon, False)
    assert stripe.get(f"promotion_codes/{created['id']}")["promotion"] == {"coupon": coupon["id"], "type": "coupon"}


def test_metadata_has_the_same_shape_in_every_version(stripe: Any) -> None:
    session = stripe.session(**{"metadata[object]": "invoice"})
    assert read(stripe, f"checkout/sessions/{session['id']}", OLD)["metadata"] == {"object": "invoice"}
    path = f"checkout/sessions/{session['id']}"
    assert stripe.api("GET", path, {"expand[0]": "metadata.payments"}).json()["error"]["param"] == "expand"


def test_a_hidden_value_has_the_shape_of_the_version(stripe: Any) -> None:
    stripe.pay(stripe.session(**SUBSCRIPTION))
    (customer,) = read(stripe, "customers", OLD, **{"expand[0]": "data.subscriptions"})["data"]
    assert "current_period_end" in customer["subscriptions"]["data"][0]


@pytest.mark.parametrize("version", ["newest", "2024-13-01"])
def test_an_endpoint_cannot_have_a_version_that_is_no_date(stripe: Any, version: str) -> None:
    params = {"url": "https://shop.test/", "enabled_events[0]": "*", "api_version": version}
    assert stripe.api("POST", "webhook_endpoints", params).json()["error"]["param"] == "api_version"


@pytest.mark.parametrize("version", [OLD, None])
def test_an_endpoint_gets_events_in_the_shape_of_its_version(stripe: Any, version: str | None) -> None:
    stripe.listen(enabled_events=["invoice.paid"], api_version=version)
    stripe.pay(stripe.session(**SUBSCRIPTION))
    stripe.drain()
    (event,) = stripe.receiver.events
    assert event["api_version"] == (version or NEW)
    assert ("payment_intent" in event["data"]["object"], "parent" in event["data"]["object"]) == (
        version == OLD,
        version is None,
    )


def test_the_list_of_events_keeps_the_shape_in_which_they_happened(stripe: Any) -> None:
    stripe.pay(stripe.session(**SUBSCRIPTION))
    (event,) = read(stripe, "events", OLD, type="invoice.paid")["data"]
    assert (event["api_version"], "parent" in event["data"]["object"]) == (NEW, True)


def test_the_accounts_own_version_is_that_of_requests_and_endpoints_that_name_none() -> None:
    client = StripeClient(stripe_version=OLD)
    assert client.api("GET", "charges").headers["stripe-version"] == OLD
    client.listen(enabled_events=["invoice.paid"])
    client.listen(enabled_events=["invoice.paid"], api_version=NEW)
    client.pay(client.api("POST", "checkout/sessions", session_params(**SUBSCRIPTION), stripe_version=NEW).json())
    client.drain()
    (kept,) = read(client, "events", OLD, type="invoice.paid")["data"]
    events = {event["api_version"]: event["data"]["object"] for event in client.receiver.events}
    shapes = ["payment_intent" in one for one in (kept["data"]["object"], events[OLD], events[NEW])]
    assert shapes == [True, True, False]
    client.sandbox.store.close()


def test_an_account_cannot_have_a_version_that_is_no_date() -> None:
    with pytest.raises(ValueError, match="newest is not a version"):
        StripeClient(stripe_version="newest")
