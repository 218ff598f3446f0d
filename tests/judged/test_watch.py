"""The watch sees every answer and webhook of a provider while a test runs."""

from typing import Any

import pytest

from judged.stripe_types import JUDGE
from judged.watch import watch, watching
from support.sandbox_clients import StripeClient

WRONG = "description: 5 is not of the type str"


@pytest.fixture
def client() -> StripeClient:
    """Return a client of a sandbox with one charge, whose description is a number."""
    made = StripeClient()
    made.pay(made.session())
    charge: Any = made.get("charges")["data"][0]
    made.sandbox.store.put("charge", {**charge, "_buyer_account": "Ada", "description": 5})
    return made


def test_an_answer_that_breaks_a_type_is_found_while_watched(client: StripeClient) -> None:
    with watching([JUDGE]) as found:
        client.get("charges")
        client.get("refunds")
    client.get("charges")
    assert found == [f"GET /stripe/v1/charges 200: list.data[0].{WRONG}"]


def test_a_webhook_that_breaks_a_type_is_found(client: StripeClient) -> None:
    client.listen()
    (session,) = client.get("checkout/sessions")["data"]
    with watching([JUDGE]) as found:
        client.act(session, "refund")
    assert found == [f"charge.refunded: event.data.object.{WRONG}"]


def test_a_finding_fails_the_test_that_is_watched(client: StripeClient) -> None:
    fixture = watch(["judged.stripe_types"])
    next(fixture)
    client.get("charges")
    with pytest.raises(AssertionError):
        next(fixture)
