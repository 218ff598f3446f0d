"""Log redaction: ids and names pass, secrets and e-mail addresses do not, and errors are logged by their location."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.order import CheckoutSession, OrderStatus
from lightning_cart.security.redaction import error_location, loggable, redact, safe_request_id


@pytest.mark.parametrize(
    "text",
    [
        "ord_01K8Z6T0QV9W8N3M5R7X2B4C6D",
        "cs_test_a1B2c3",
        "evt_1",
        "/webhook/stripe",
        "checkout.session.completed",
        "risk_assessment",
    ],
)
def test_ids_and_names_pass(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("path", ["/return/{0}/{1}", "/orders/{0}/page/{1}", "/orders/{0}/receipt/{1}"])
def test_the_secret_part_of_an_orders_url_is_hidden(path: str) -> None:
    order_id = "ord_01K8Z6T0QV9W8N3M5R7X2B4C6D"
    url = f"GET https://pay.example{path}?look=1"
    assert redact(url.format(order_id, "0123abcd")) == url.format(order_id, "[redacted]")
    assert redact(f"GET /orders/{order_id}") == f"GET /orders/{order_id}"


@given(st.emails())
def test_no_address_passes_whole(email: str) -> None:
    assert email not in redact(f"a {email} b")


@pytest.mark.parametrize(
    ("value", "logged"),
    [
        ({"sk_live_1": ("ada@example.com", 1, None)}, {"[redacted]": ["[redacted]", 1, None]}),
        ("x" * 3000, "x" * 2000),
        (OrderStatus.PAID, "paid"),
        (b"bytes", "bytes"),
        (CheckoutSession("cs_1", "https://pay.example/cs_1", None), "CheckoutSession"),
        (2.5, 2.5),
    ],
    ids=[
        "everything in it is looked at",
        "a long text is cut",
        "a status",
        "what is no JSON is told by its type",
        "and so is a value object, though it is a tuple",
        "a number",
    ],
)
def test_a_value_is_logged_as_it_may_be(value: object, logged: object) -> None:
    assert loggable(value) == logged


@pytest.mark.parametrize(
    ("brought", "taken"),
    [("req-1_A", "req-1_A"), ("x" * 64, "x" * 64), ("x" * 65, ""), ("", ""), ("a b", ""), ("ü", ""), ("a\n", "")],
)
def test_a_requests_own_name_is_taken_if_it_will_do(brought: str, taken: str) -> None:
    assert safe_request_id(brought) == taken


def fail() -> None:
    raise ValueError("ada@example.com")


def test_a_failure_is_told_by_where_it_began() -> None:
    with pytest.raises(ValueError, match="ada") as caught:
        fail()
    assert error_location(caught.value) == f"test_redaction.py:{fail.__code__.co_firstlineno + 1}"


def test_a_failure_that_was_never_raised_has_no_place() -> None:
    assert error_location(ValueError()) == ""


@pytest.mark.parametrize(
    "sentence", ["is only the prefix whsec_: copy it", "must start with sk_test_ or rk_live_", "enter sk_… here"]
)
def test_a_prefix_alone_is_no_secret(sentence: str) -> None:
    assert redact(sentence) == sentence


@pytest.mark.parametrize("secret", ["sk_test_a", "rk_live_1", "sk_other", "whsec_a", "sk_test_…sk_live_x", "SK_LIVE_X"])
def test_a_prefix_with_anything_behind_it_is_one(secret: str) -> None:
    assert "[redacted]" in redact(f"key {secret} here")


@pytest.mark.parametrize("prefix", ["sk_", "rk_", "whsec_", "EAAA", "A21AA", "Bearer ", "eyJ"])
def test_a_secret_is_hidden_in_any_case_even_of_letters_that_only_look_alike(prefix: str) -> None:
    cases = {prefix, prefix.upper(), prefix.lower(), prefix.replace("s", "\u017f").replace("k", "\u212a")}
    assert {redact(f"{one}secret") for one in cases} == {"[redacted]"}
