"""PayPal's events: what each means, what it names, and what is believed of it."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.money import Money
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.errors import BadSignature
from lightning_cart.http import HttpRequest
from support.builders import NOW, ORDER_ID
from support.malformed import json_values, malformed
from support.paypal import (
    BASE,
    CAPTURE_ID,
    CUSTOM_ID,
    PAYPAL_ID,
    REFUND_ID,
    USD_10,
    VERIFIED,
    headers,
    make_capture,
    paypal,
    paypal_order,
    paypal_refund,
    rfc3339,
    run_flow,
    token,
    verified,
    webhook_capture,
)

K = EventKind
CAPTURE = webhook_capture()
REFUND = paypal_refund()
DISPUTE = {
    "dispute_id": "PP-D-1",
    "disputed_transactions": [{"seller_transaction_id": CAPTURE_ID, "custom": CUSTOM_ID}],
    "reason": "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
    "status": "OPEN",
    "dispute_amount": USD_10,
    "seller_response_due_date": rfc3339(NOW + 86_400),
}
REVERSED_APPROVAL = {"order_id": PAYPAL_ID, "purchase_units": [{"custom_id": CUSTOM_ID, "amount": USD_10}]}


def without(document: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}


def resolved(outcome: object) -> dict[str, Any]:
    return DISPUTE | {"status": "RESOLVED", "dispute_outcome": {"outcome_code": outcome}}


@pytest.mark.parametrize(
    ("event_type", "resource", "kind"),
    [
        ("CHECKOUT.ORDER.APPROVED", paypal_order("APPROVED"), K.READ_CHECKOUT),
        ("CHECKOUT.ORDER.COMPLETED", paypal_order("COMPLETED", make_capture()), K.READ_CHECKOUT),
        ("CHECKOUT.PAYMENT-APPROVAL.REVERSED", REVERSED_APPROVAL, K.READ_CHECKOUT),
        ("PAYMENT.CAPTURE.COMPLETED", CAPTURE, K.PAID),
        ("PAYMENT.CAPTURE.PENDING", webhook_capture("PENDING"), K.PENDING),
        ("PAYMENT.CAPTURE.DENIED", webhook_capture("DECLINED"), K.FAILED),
        ("PAYMENT.CAPTURE.DECLINED", webhook_capture("DECLINED"), K.FAILED),
        ("PAYMENT.CAPTURE.REFUNDED", REFUND, K.REFUNDED),
        ("PAYMENT.CAPTURE.REVERSED", REFUND, K.REFUNDED),
        ("PAYMENT.REFUND.FAILED", REFUND, K.REFUND_FAILED),
        ("PAYMENT.REFUND.PENDING", REFUND, K.IGNORED),
        ("CUSTOMER.DISPUTE.CREATED", DISPUTE, K.DISPUTED),
        ("CUSTOMER.DISPUTE.CREATED", DISPUTE | {"status": ["OPEN"]}, K.DISPUTED),
        ("CUSTOMER.DISPUTE.UPDATED", DISPUTE | {"status": "WAITING_FOR_SELLER_RESPONSE"}, K.DISPUTED),
        ("CUSTOMER.DISPUTE.UPDATED", DISPUTE | {"status": "UNDER_REVIEW"}, K.DISPUTED),
        ("CUSTOMER.DISPUTE.UPDATED", resolved("RESOLVED_SELLER_FAVOUR"), K.DISPUTE_WON),
        ("CUSTOMER.DISPUTE.RESOLVED", resolved("RESOLVED_SELLER_FAVOUR"), K.DISPUTE_WON),
        ("CUSTOMER.DISPUTE.RESOLVED", resolved("RESOLVED_WITH_PAYOUT"), K.DISPUTE_WON),
        ("CUSTOMER.DISPUTE.RESOLVED", resolved("CANCELED_BY_BUYER"), K.DISPUTE_WON),
        ("CUSTOMER.DISPUTE.RESOLVED", resolved("DENIED"), K.DISPUTE_WON),
        ("CUSTOMER.DISPUTE.RESOLVED", resolved("RESOLVED_BUYER_FAVOUR"), K.DISPUTE_LOST),
        ("CUSTOMER.DISPUTE.RESOLVED", resolved("ACCEPTED"), K.DISPUTE_LOST),
        ("CUSTOMER.DISPUTE.RESOLVED", resolved("NONE"), K.IGNORED),
        ("CUSTOMER.DISPUTE.RESOLVED", resolved(["x"]), K.IGNORED),
        ("CUSTOMER.DISPUTE.RESOLVED", DISPUTE | {"status": "RESOLVED"}, K.IGNORED),
        ("CUSTOMER.DISPUTE.RESOLVED", resolved("ACCEPTED") | {"status": None}, K.DISPUTE_LOST),
        ("CUSTOMER.DISPUTE.UPDATED", resolved("RESOLVED_BUYER_FAVOUR") | {"status": "UNDER_REVIEW"}, K.DISPUTED),
        ("BILLING.SUBSCRIPTION.CREATED", {"custom_id": CUSTOM_ID}, K.IGNORED),
    ],
)
def test_an_event_means_what_paypal_says_it_means(event_type: str, resource: dict[str, Any], kind: EventKind) -> None:
    found = verified(event_type, resource)
    assert (found.kind, found.provider) == (kind, "paypal")


@pytest.mark.parametrize("event_type", ["CHECKOUT.ORDER.APPROVED", "PAYMENT.CAPTURE.COMPLETED", "PAYMENT.CAPTURE.REFUNDED"])
@pytest.mark.parametrize("resource", [{}, None, []], ids=["empty", "absent", "a list"])
def test_an_event_that_names_nothing_is_ignored(event_type: str, resource: object) -> None:
    assert verified(event_type, resource).kind is K.IGNORED


@pytest.mark.parametrize("event_type", ["CUSTOMER.DISPUTE.CREATED", "CUSTOMER.DISPUTE.RESOLVED"])
def test_a_dispute_that_names_neither_itself_nor_a_payment_is_ignored(event_type: str) -> None:
    assert verified(event_type, without(resolved("ACCEPTED"), "dispute_id", "disputed_transactions")).kind is K.IGNORED


@pytest.mark.parametrize(
    ("event_type", "resource"),
    [
        ("CHECKOUT.ORDER.APPROVED", paypal_order("APPROVED")),
        ("CHECKOUT.ORDER.COMPLETED", paypal_order("COMPLETED", make_capture())),
        ("CHECKOUT.PAYMENT-APPROVAL.REVERSED", REVERSED_APPROVAL),
        ("PAYMENT.CAPTURE.COMPLETED", without(CAPTURE, "links")),
        ("PAYMENT.CAPTURE.COMPLETED", without(CAPTURE, "supplementary_data")),
        ("PAYMENT.CAPTURE.PENDING", CAPTURE),
        ("PAYMENT.CAPTURE.DENIED", CAPTURE),
        ("PAYMENT.CAPTURE.DECLINED", CAPTURE),
    ],
    ids=[
        "approved", "completed", "approval reversed", "capture with related ids", "capture with links", "pending", "denied",
        "declined",
    ],
)  # fmt: skip
def test_an_order_or_a_capture_names_paypals_order(event_type: str, resource: dict[str, Any]) -> None:
    assert verified(event_type, resource).checkout_ref == PAYPAL_ID


BARE_CAPTURE = without(CAPTURE, "supplementary_data", "links")


@pytest.mark.parametrize(
    "links",
    [
        [],
        "x",
        [{"rel": "self", "href": f"{BASE}/v2/checkout/orders/{PAYPAL_ID}"}],
        [{"rel": "up", "href": f"{BASE}/v2/payments/captures/{CAPTURE_ID}"}],
        [{"rel": "up", "href": f"{BASE}/v2/checkout/orders/é"}],
        [{"rel": "up"}, {"rel": "up", "href": f"{BASE}/v2/checkout/orders/{PAYPAL_ID}"}],
    ],
    ids=["none", "a text", "of itself", "of a capture", "no id", "the first is empty"],
)
def test_a_link_that_names_no_order_names_no_checkout(links: object) -> None:
    assert verified("PAYMENT.CAPTURE.COMPLETED", BARE_CAPTURE | {"links": links}).checkout_ref == ""


def test_a_capture_with_neither_claims_the_order_that_is_to_be_read() -> None:
    found = verified("PAYMENT.CAPTURE.COMPLETED", BARE_CAPTURE)
    assert (found.kind, found.checkout_ref, found.claimed_order_id, found.must_read) == (K.PAID, "", ORDER_ID, True)


@pytest.mark.parametrize("text", ["", "invoice-7", f"shop:{ORDER_ID}x", "ord_short", 7, None, ["x"]])
def test_a_custom_id_that_is_not_ours_claims_no_order(text: object) -> None:
    assert verified("PAYMENT.CAPTURE.COMPLETED", BARE_CAPTURE | {"custom_id": text}).claimed_order_id == ""


@pytest.mark.parametrize(
    ("event_type", "resource"),
    [
        ("CHECKOUT.ORDER.APPROVED", paypal_order("APPROVED", custom_id=CUSTOM_ID)),
        ("PAYMENT.CAPTURE.COMPLETED", CAPTURE),
        ("PAYMENT.CAPTURE.REFUNDED", REFUND),
        ("PAYMENT.REFUND.FAILED", REFUND),
        ("CUSTOMER.DISPUTE.CREATED", DISPUTE | {"custom_id": CUSTOM_ID}),
    ],
)
def test_beside_another_id_a_custom_id_claims_nothing(event_type: str, resource: dict[str, Any]) -> None:
    assert verified(event_type, resource).claimed_order_id == ""


@pytest.mark.parametrize(
    ("event_type", "resource"),
    [
        ("CHECKOUT.ORDER.APPROVED", paypal_order("APPROVED", custom_id=CUSTOM_ID)),
        ("PAYMENT.CAPTURE.COMPLETED", BARE_CAPTURE),
        ("PAYMENT.CAPTURE.REFUNDED", REFUND),
        ("CUSTOMER.DISPUTE.CREATED", DISPUTE),
    ],
)
def test_no_webhook_is_bound_to_an_order_by_its_custom_id(event_type: str, resource: dict[str, Any]) -> None:
    assert verified(event_type, resource).order_id == ""


@pytest.mark.parametrize(
    ("event_type", "resource"),
    [
        ("PAYMENT.CAPTURE.COMPLETED", CAPTURE),
        ("PAYMENT.CAPTURE.DENIED", CAPTURE),
        ("PAYMENT.CAPTURE.REFUNDED", REFUND),
        ("PAYMENT.CAPTURE.REFUNDED", without(REFUND, "custom_id")),
        ("PAYMENT.CAPTURE.REVERSED", REFUND),
        ("PAYMENT.REFUND.FAILED", REFUND),
        ("CUSTOMER.DISPUTE.CREATED", DISPUTE),
    ],
)
def test_an_event_names_its_capture(event_type: str, resource: dict[str, Any]) -> None:
    assert verified(event_type, resource).payment_ref == CAPTURE_ID


@pytest.mark.parametrize("event_type", ["PAYMENT.CAPTURE.REFUNDED", "PAYMENT.CAPTURE.REVERSED", "PAYMENT.REFUND.FAILED"])
def test_a_refund_names_no_checkout(event_type: str) -> None:
    refund = REFUND | {"supplementary_data": {"related_ids": {"order_id": PAYPAL_ID}}}
    assert verified(event_type, refund).checkout_ref == ""


@pytest.mark.parametrize("event_type", ["PAYMENT.CAPTURE.REFUNDED", "PAYMENT.REFUND.FAILED"])
def test_a_refund_has_an_id_of_its_own(event_type: str) -> None:
    assert verified(event_type, REFUND).object_id == REFUND_ID


@pytest.mark.parametrize(
    ("event_type", "resource"),
    [
        ("CHECKOUT.ORDER.APPROVED", paypal_order("APPROVED")),
        ("PAYMENT.CAPTURE.COMPLETED", CAPTURE),
        ("PAYMENT.CAPTURE.REFUNDED", REFUND),
        ("PAYMENT.REFUND.FAILED", REFUND),
    ],
)
def test_money_is_not_believed_but_read(event_type: str, resource: dict[str, Any]) -> None:
    found = verified(event_type, resource)
    assert (found.must_read, found.amount) == (True, None)


def test_a_dispute_is_taken_as_it_was_sent() -> None:
    assert not verified("CUSTOMER.DISPUTE.CREATED", DISPUTE).must_read


def test_a_dispute_has_its_id_amount_reason_and_due_date() -> None:
    found = verified("CUSTOMER.DISPUTE.CREATED", DISPUTE)
    assert (found.object_id, found.amount, found.dispute_reason, found.due_at) == (
        "PP-D-1",
        Money(1000, "USD"),
        "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
        NOW + 86_400,
    )


@pytest.mark.parametrize("transactions", [None, [], [{}], "x", [{"seller_transaction_id": 7}]])
def test_a_dispute_without_its_transaction_is_found_by_its_own_id(transactions: object) -> None:
    found = verified("CUSTOMER.DISPUTE.RESOLVED", resolved("ACCEPTED") | {"disputed_transactions": transactions})
    assert (found.kind, found.payment_ref, found.object_id) == (K.DISPUTE_LOST, "", "PP-D-1")


def test_a_dispute_without_an_id_is_known_by_its_capture() -> None:
    assert verified("CUSTOMER.DISPUTE.CREATED", without(DISPUTE, "dispute_id")).object_id == CAPTURE_ID


def test_a_dispute_may_say_nothing_but_its_id() -> None:
    found = verified("CUSTOMER.DISPUTE.CREATED", {"dispute_id": "PP-D-1"})
    assert (found.amount, found.dispute_reason, found.due_at) == (None, "", None)


@pytest.mark.parametrize(("text", "time"), [(rfc3339(NOW - 5), NOW - 5), ("yesterday", None), (None, None)])
def test_an_event_has_the_time_at_which_paypal_created_it(text: str | None, time: int | None) -> None:
    assert verified("CUSTOMER.DISPUTE.CREATED", DISPUTE, create_time=text).created_at == time


def vouched_for(document: object) -> PaymentEvent:
    """Return the event of any JSON that PayPal vouches for."""
    body = json.dumps(document).encode()
    flow = paypal().verify_webhook(HttpRequest("POST", "/webhook/paypal", headers(body), body), NOW)
    return run_flow(flow, token(), VERIFIED)[0]


DOCUMENTS = [
    {"id": "WH-1", "event_type": event_type, "create_time": rfc3339(NOW), "resource": resource}
    for event_type, resource in [
        ("CHECKOUT.ORDER.APPROVED", paypal_order("APPROVED")),
        ("CHECKOUT.PAYMENT-APPROVAL.REVERSED", REVERSED_APPROVAL),
        ("PAYMENT.CAPTURE.COMPLETED", CAPTURE),
        ("PAYMENT.CAPTURE.REFUNDED", REFUND),
        ("PAYMENT.REFUND.FAILED", REFUND),
        ("CUSTOMER.DISPUTE.CREATED", DISPUTE),
        ("CUSTOMER.DISPUTE.RESOLVED", resolved("ACCEPTED")),
    ]
]


@given(malformed(*DOCUMENTS))
def test_an_event_with_any_field_absent_or_of_another_type_is_an_event_or_a_bad_signature(document: Any) -> None:
    with contextlib.suppress(BadSignature):
        found = vouched_for(document)
        assert (found.order_id, found.amount is None or found.amount.minor >= 0) == ("", True)


TYPES = [str(document["event_type"]) for document in DOCUMENTS]


@given(st.sampled_from(TYPES) | json_values, json_values, json_values)
def test_any_json_that_paypal_vouches_for_gives_an_event_or_a_bad_signature(kind: Any, resource: Any, event_id: Any) -> None:
    with contextlib.suppress(BadSignature):
        assert vouched_for({"id": event_id or "WH-1", "event_type": kind, "resource": resource}).id.isascii()
