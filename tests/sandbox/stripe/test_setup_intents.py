"""Setup intents: cards that customers keep for later payments."""

from typing import Any

import pytest


def ask(stripe: Any, path: str = "", **params: Any) -> Any:
    return stripe.api("POST", f"setup_intents{path}", params)


def customer_of(stripe: Any) -> str:
    return str(stripe.api("POST", "customers").json()["id"])


def test_a_card_is_kept_for_the_customer(stripe: Any) -> None:
    customer = customer_of(stripe)
    setup = ask(stripe, customer=customer).json()
    done = ask(stripe, f"/{setup['id']}/confirm", payment_method="pm_card_visa").json()
    assert (setup["status"], done["status"]) == ("requires_payment_method", "succeeded")
    (kept,) = stripe.get(f"customers/{customer}/payment_methods")["data"]
    assert (kept["id"], stripe.balances()) == (done["payment_method"], {})


def test_a_kept_card_pays_later(stripe: Any) -> None:
    customer = customer_of(stripe)
    setup = ask(stripe, customer=customer, confirm="true", payment_method="pm_card_visa").json()
    wanted = {"amount": "500", "currency": "usd", "customer": customer, "confirm": "true", "off_session": "true"}
    paid = stripe.api("POST", "payment_intents", {**wanted, "payment_method": setup["payment_method"]}).json()
    assert paid["status"] == "succeeded"


def test_a_declined_card_is_an_error_and_is_not_kept(stripe: Any) -> None:
    customer = customer_of(stripe)
    answer = ask(stripe, customer=customer, confirm="true", payment_method="pm_card_chargeDeclined")
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error["decline_code"]) == (402, "card_error", "generic_decline")
    assert stripe.get(f"setup_intents/{error['setup_intent']['id']}")["status"] == "requires_payment_method"
    assert stripe.get(f"customers/{customer}/payment_methods")["data"] == []


@pytest.mark.parametrize("action", ["/confirm", "/cancel", ""])
def test_a_setup_that_has_ended_does_not_change(stripe: Any, action: str) -> None:
    setup = ask(stripe, confirm="true", payment_method="pm_card_visa").json()
    error = ask(stripe, f"/{setup['id']}{action}").json()["error"]
    assert (error["code"], error["setup_intent"]["status"]) == ("setup_intent_unexpected_state", "succeeded")


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"customer": "cus_x"}, "resource_missing", "customer"),
        ({"payment_method": "pm_x"}, "resource_missing", "payment_method"),
        ({"return_url": "https://shop.test/"}, None, "return_url"),
        ({"single_use[amount]": "5"}, "sandbox_not_imitated", "single_use"),
        ({"confirm": "true", "payment_method": "pm_card_authenticationRequired"}, "sandbox_not_imitated", "payment_method"),
        ({"confirm": "true"}, "setup_intent_unexpected_state", None),
    ],
)
def test_a_setup_is_refused_with_the_parameter_named(
    stripe: Any, params: dict[str, str], code: str | None, param: str | None
) -> None:
    answer = ask(stripe, **params)
    error = answer.json()["error"]
    assert (answer.status_code, error.get("code"), error.get("param")) == (400, code, param)


def test_a_setup_is_read_with_its_own_client_secret_only(stripe: Any) -> None:
    setup = ask(stripe).json()
    assert stripe.get(f"setup_intents/{setup['id']}", client_secret=setup["client_secret"])["id"] == setup["id"]
    assert stripe.api("GET", f"setup_intents/{setup['id']}", {"client_secret": "seti_x_secret_y"}).status_code == 400
