"""Stripe's webhooks: who may have sent one, and which bytes are one."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.buyer import NOWHERE
from lightning_cart.domain.money import Money
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.errors import BadSignature
from lightning_cart.flow import drive
from lightning_cart.http import HttpRequest
from lightning_cart.providers.stripe.checkout import StripeCheckout
from lightning_cart.secret import Secret
from support.app import ENV, Provider, run
from support.builders import NOW, ORDER_ID, paid_session
from support.stripe import event, sign

STRIPE = StripeCheckout.from_env(ENV)
K = EventKind


def verify(body: bytes, header: str | None = None, strategy: StripeCheckout = STRIPE, now: int = NOW) -> PaymentEvent:
    headers = {"stripe-signature": sign(body) if header is None else header}
    return run(drive(strategy.verify_webhook(HttpRequest("POST", "/webhook", headers, body), now), Provider()))


def test_the_known_vector_verifies() -> None:
    body = b'{"id":"evt_1","object":"event"}'
    header = "t=1700000000,v1=0c8670ed117751cc551a20e35839447075c42800ea3cf3e8a2fbda99cd1e6edd"
    strategy = StripeCheckout(STRIPE.config._replace(webhook_secrets=(Secret("whsec_test_secret"),)))
    with pytest.raises(BadSignature, match="no id and type"):  # it is read only after the signature matches
        verify(body, header, strategy, now=1_700_000_000)


def test_a_signed_event_is_read() -> None:
    found = verify(event("checkout.session.completed", paid_session(ORDER_ID)))
    assert found == PaymentEvent(
        "stripe",
        "evt_1",
        "checkout.session.completed",
        K.PAID,
        checkout_ref="cs_test_1",
        claimed_order_id=ORDER_ID,
        amount=Money(1000, "USD"),
        payment_ref="pi_1",
        place=NOWHERE,
    )


BODY = event("checkout.session.completed", paid_session(ORDER_ID))
GOOD = sign(BODY)
V1 = GOOD.partition("v1=")[2]


@pytest.mark.parametrize(
    "header",
    [
        GOOD,
        f"t={NOW},v1={'0' * 64},v1={V1}",
        f"t={NOW},v0={'1' * 64},v1={V1},v9=x",
        f" t={NOW} , v1={V1} ",
        f"v1={V1},t={NOW}",
        sign(BODY, NOW - 300),
        sign(BODY, NOW + 300),
    ],
    ids=["plain", "several", "unknown schemes", "spaces", "any order", "five minutes ago", "five minutes ahead"],
)
def test_a_good_header_verifies(header: str) -> None:
    assert verify(BODY, header).id == "evt_1"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        f"t={NOW}",
        f"v1={V1}",
        f"t={NOW},v1={'0' * 64}",
        f"t={NOW},v1={V1[:-1]}",
        f"t={NOW},v1={V1.upper()}",
        f"t={NOW},v0={V1}",
        f"t={NOW + 1},v1={V1}",
        f"t={NOW},t={NOW},v1={V1}",
        f"t=٣,v1={V1}",
        f"t=-1,v1={V1}",
        f"t={'9' * 5000},v1={V1}",
        f"t={NOW},v1=é{V1[1:]}",
        "x" * 100_000 + GOOD,
        sign(BODY, NOW - 301),
        sign(BODY, NOW + 301),
        sign(BODY, secret="whsec_other"),
        sign(BODY + b" "),
    ],
    ids=range(19),
)
def test_a_hostile_header_is_a_bad_signature(header: str) -> None:
    with pytest.raises(BadSignature):
        verify(BODY, header)


@pytest.mark.parametrize("secret", ["whsec_new_secret_of_the_tests", "whsec_old_secret_of_the_tests"])
def test_while_a_secret_is_rotated_both_verify(secret: str) -> None:
    both = StripeCheckout.from_env(
        ENV | {"STRIPE_WEBHOOK_SECRET": "whsec_new_secret_of_the_tests,whsec_old_secret_of_the_tests"}
    )
    assert verify(BODY, sign(BODY, secret=secret), both).id == "evt_1"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"{",
        b"[]",
        b"1.0",
        b'{"id": 1, "type": "x"}',
        b'{"id": "evt", "type": ["x"]}',
        b'{"id": "a b", "type": "x"}',
        b"[" * 99_999,
    ],
    ids=range(9),
)
def test_a_signed_body_that_is_no_event_is_a_bad_signature(body: bytes) -> None:
    with pytest.raises(BadSignature):
        verify(body)


@given(st.binary(), st.text() | st.from_regex(r"t=[0-9]{1,12},v1=[0-9a-f]{64}", fullmatch=True))
def test_any_bytes_and_any_header_give_a_bad_signature_unless_signed(body: bytes, header: str) -> None:
    with pytest.raises(BadSignature):
        verify(body, header)


@given(st.binary())
def test_any_signed_bytes_give_an_event_or_a_bad_signature(body: bytes) -> None:
    with contextlib.suppress(BadSignature):
        verify(body, sign(body))
