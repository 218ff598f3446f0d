"""The field types, endpoints, body reader and fees that all provider sandboxes share."""

from typing import Any

import pytest

from lightning_cart_sandbox.endpoint import Endpoint, match
from lightning_cart_sandbox.ledger_entries import PercentFee
from lightning_cart_sandbox.paypal.errors import PayPalError
from lightning_cart_sandbox.paypal.parameters import WEBHOOK_CREATE
from lightning_cart_sandbox.paypal.schema import read as read_paypal
from lightning_cart_sandbox.schema import Fields, Integer, ListOf, Metadata, Rule, Text, Violation, is_web_url, unsupported
from lightning_cart_sandbox.square.errors import SquareError
from lightning_cart_sandbox.square.parameters import LINK_CREATE
from lightning_cart_sandbox.square.schema import read as read_square
from lightning_cart_sandbox.stripe.errors import StripeError
from lightning_cart_sandbox.stripe.parameters import SESSION_CREATE
from lightning_cart_sandbox.stripe.schema import read as read_stripe

UNSAFE_URLS = [
    pytest.param("https://shop.test/ä", id="a path that is not ASCII"),
    pytest.param("https://shop.test/\x7f", id="a delete character"),
    pytest.param("https://shop.test/\r\nset-cookie: a=b", id="a second header"),
    pytest.param("https://a;script-src *", id="a policy in the host"),
    pytest.param("ftp://shop.test/", id="another scheme"),
    pytest.param("/ok", id="no host"),
]


@pytest.mark.parametrize("url", UNSAFE_URLS)
def test_every_provider_refuses_an_unsafe_url(url: str) -> None:
    assert not is_web_url(url)
    with pytest.raises(StripeError, match="Not a valid URL"):
        read_stripe(SESSION_CREATE, {"mode": "payment", "success_url": url})
    with pytest.raises(SquareError, match="absolute http or https URL"):
        read_square(LINK_CREATE, {"checkout_options": {"redirect_url": url}})
    with pytest.raises(PayPalError, match="expected format"):
        read_paypal(WEBHOOK_CREATE, {"url": url, "event_types": [{"name": "*"}]})


def test_every_violation_is_found_with_its_path() -> None:
    fields = Fields(
        {"name": Text(3), "items": ListOf(Integer(1, 9), 2), "notes": Metadata(1, 2, 3), **unsupported("a b")},
        required=("name", "items"),
    )
    value: Any = {"items": [0, "1"], "notes": {"abc": "text"}, "b": 1, "c": 1}
    assert list(fields.check(value, ("body",))) == [
        Violation(Rule.UNKNOWN, ("body", "c")),
        Violation(Rule.MISSING, ("body", "name")),
        Violation(Rule.TOO_LOW, ("body", "items", 0), 0, 1),
        Violation(Rule.INTEGER, ("body", "items", 1), "1"),
        Violation(Rule.MAP_KEY_TOO_LONG, ("body", "notes", "abc"), expected=2),
        Violation(Rule.MAP_VALUE_TOO_LONG, ("body", "notes", "abc"), expected=3),
        Violation(Rule.UNSUPPORTED, ("body", "b")),
    ]


def test_a_path_finds_its_endpoints_of_every_method() -> None:
    endpoints = [Endpoint(method, path, Fields({}), print) for method, path in (("GET", "a"), ("GET", "a/*"), ("PUT", "a/*"))]
    assert match(endpoints, ["a"]) == [(endpoints[0], "")]
    assert match(endpoints, ["a", "1"]) == [(endpoints[1], "1"), (endpoints[2], "1")]
    assert match(endpoints, ["b", "1"]) == match(endpoints, ["a", "1", "2"]) == []


def test_a_fee_is_rounded_half_up_and_no_more_than_the_amount() -> None:
    fee = PercentFee(290, 30)
    assert [fee.on(amount) for amount in (1, 30, 1000, 1017, 1018)] == [1, 30, 59, 59, 60]
    assert (str(fee), str(PercentFee(349, 49))) == ("2.9 % + 30", "3.49 % + 49")
