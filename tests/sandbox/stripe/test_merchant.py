"""The account of a key, and what programs of others read beside what they need."""

from typing import Any

import pytest

from support.sandbox_clients import StripeClient


def test_a_key_belongs_to_one_account_that_can_be_charged(stripe: StripeClient) -> None:
    account = stripe.get("account")
    assert (account["object"], account["charges_enabled"], account["type"]) == ("account", True, "standard")
    assert stripe.get(f"accounts/{account['id']}") == account
    assert stripe.get("accounts")["data"] == []


@pytest.mark.parametrize(("path", "headers"), [("accounts/acct_other", {}), ("charges", {"stripe_account": "acct_other"})])
def test_another_account_is_out_of_reach(stripe: Any, path: str, headers: dict[str, str]) -> None:
    answer = stripe.api("GET", path, **headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "account_invalid")


def test_a_request_can_name_its_own_account(stripe: StripeClient) -> None:
    assert stripe.api("GET", "charges", stripe_account=stripe.get("account")["id"]).status_code == 200


def test_a_customer_has_no_sources(stripe: StripeClient) -> None:
    customer = stripe.api("POST", "customers", {"email": "a@b.co"}).json()["id"]
    assert stripe.get(f"customers/{customer}/sources", object="card")["data"] == []
    assert stripe.api("GET", "customers/cus_missing/sources").status_code == 404


def test_what_is_always_empty_can_be_expanded(stripe: StripeClient) -> None:
    customer = stripe.api("POST", "customers", {"expand[0]": "default_source"}).json()
    assert customer["default_source"] is None


def test_the_discounts_of_line_items_are_expanded_with_the_line_items(stripe: StripeClient) -> None:
    session = stripe.session()
    shown = stripe.get(f"checkout/sessions/{session['id']}", **{"expand[0]": "line_items.data.discounts"})
    assert [item["discounts"] for item in shown["line_items"]["data"]] == [[]]


def test_the_second_api_is_refused_by_name(stripe: StripeClient) -> None:
    answer = stripe.ask("GET", "/stripe/v2/core/events")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (404, "sandbox_not_imitated")
    assert error["message"].startswith("GET /v2/core/events is not imitated by this sandbox.")
