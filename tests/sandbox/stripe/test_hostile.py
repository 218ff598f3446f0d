"""Any request gets a response in Stripe's format."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart_sandbox.stripe.cards import read_card
from lightning_cart_sandbox.stripe.errors import StripeError
from lightning_cart_sandbox.stripe.form import parse_form
from lightning_cart_sandbox.stripe.parameters import REFUND_CREATE, SESSION_CREATE, SESSION_LIST
from lightning_cart_sandbox.stripe.schema import read
from support.sandbox_clients import session_params

NAMES = st.sampled_from(["mode", "line_items", "metadata", "expand", "created", "customer_details", "amount", "discounts", "x"])
PARTS = st.lists(st.sampled_from(["[0]", "[]", "[price_data]", "[email]", "[gt]", "[9999999999]", "[a]"]), max_size=4)
PAIRS = st.tuples(NAMES, PARTS.map("".join), st.text(max_size=20)).map(lambda one: f"{one[0]}{one[1]}={one[2]}")


@given(st.one_of(st.text(max_size=200), st.lists(PAIRS, max_size=6).map("&".join)))
def test_any_text_is_parameters_or_a_stripe_error(text: str) -> None:
    for schema in (SESSION_CREATE, SESSION_LIST, REFUND_CREATE):
        with suppress(StripeError):
            assert isinstance(read(schema, parse_form(text)), dict)


@given(st.text(max_size=30), st.text(max_size=10), st.text(max_size=6))
def test_any_text_is_a_card_or_a_sentence(number: str, expiry: str, cvc: str) -> None:
    form = read_card(number, expiry, cvc, 1_780_000_000)
    assert (form.card is None) == bool(form.errors)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("https://a;script-src *", id="a policy in the host"),
        pytest.param("https://a b/", id="a space"),
        pytest.param("https://ä.example/", id="a host that is not ASCII"),
        pytest.param("https://[::1/", id="half an address"),
        pytest.param("https:///ok", id="no host"),
        pytest.param("ftp://x.test/", id="another scheme"),
        pytest.param("https://x.test/\r\nset-cookie: a=b", id="a second header"),
    ],
)
def test_an_address_that_would_break_a_header_is_refused(stripe: Any, address: str) -> None:
    answer = stripe.api("POST", "checkout/sessions", session_params(success_url=address))
    assert answer.json()["error"]["code"] == "url_invalid"


def test_a_request_too_large_is_refused(stripe: Any) -> None:
    answer = stripe.api("POST", "checkout/sessions", session_params(x="y" * 1_100_000))
    assert answer.status_code == 413


def test_a_button_nobody_knows_does_nothing(stripe: Any) -> None:
    session = stripe.session()
    assert stripe.pay(session, action="rob").status_code == 400
    assert stripe.act(session, "refund").status_code == 400
    assert stripe.event_types() == []


def test_a_form_too_long_is_not_read(stripe: Any) -> None:
    session = stripe.session()
    stripe.pay(session, name="x" * 70_000)
    assert stripe.event_types() == []
