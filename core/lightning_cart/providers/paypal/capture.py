"""Reads a PayPal order, and captures it once the buyer has approved it. Source: PayPal docs, Orders v2, Capture.

The buyer's return and the webhook may capture at the same time. PayPal captures an order once. The second call gets an error,
reads the order, and finds the same capture.
"""

import hashlib
import json

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.domain.review import ReviewReason
from lightning_cart.errors import ProviderRefused
from lightning_cart.flow import Flow
from lightning_cart.http import HttpResponse, Json
from lightning_cart.providers.paypal.api import PayPalApi, parse_issue, parse_refusal
from lightning_cart.providers.paypal.config import NAME
from lightning_cart.providers.paypal.contact import read_order_contact
from lightning_cart.providers.paypal.events import (
    capture_refunded,
    list_captures,
    matches_order,
    order_events,
    read_event,
    refund_statuses,
)
from lightning_cart.providers.paypal.places import read_order_place
from lightning_cart.providers.strategy import CheckoutReading
from lightning_cart.providers.untrusted_json import get, get_id, get_list, get_text, parse_object
from lightning_cart.urls import is_https_or_loopback

# The buyer must return to PayPal's page, for the same order.
_BUYER_ACTION_ISSUES = frozenset(
    {"INSTRUMENT_DECLINED", "ORDER_NOT_APPROVED", "PAYER_ACTION_REQUIRED", "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING"}
)
_NOT_APPROVED = ("CREATED", "PAYER_ACTION_REQUIRED")
# The order can never be paid.
_FINAL_ISSUES = frozenset(
    {
        "COMPLIANCE_VIOLATION", "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED", "PAYEE_BLOCKED_TRANSACTION",
        "PAYER_ACCOUNT_LOCKED_OR_CLOSED", "PAYER_ACCOUNT_RESTRICTED", "PAYER_CANNOT_PAY", "TRANSACTION_REFUSED",
    }
)  # fmt: skip


def _path(order: Order) -> str:
    return f"/v2/checkout/orders/{order.session.id if order.session else ''}"


def _request_id(order: Order, document: Json, attempt: int) -> str:
    """Return 36 characters, derived from the attempt and the approval. After a decline PayPal requires a new id."""
    # In ASCII, because a text that PayPal has cut can end in half a character.
    approval = hashlib.sha256(f"{attempt} {json.dumps(document)}".encode()).hexdigest()
    return f"cap-{order.id.removeprefix('ord_')}-{approval[:5]}"


def _buyer_must_return(order: Order, response: Json) -> CheckoutReading:
    """Return a reading that sends the buyer to PayPal's page: to the link of a response, else to the checkout's."""
    links = get_list(response, "links")
    urls = (get_text(link, "href") for link in links if get(link, "rel") in ("redirect", "payer-action"))
    checkout_url = order.session.url if order.session else ""
    return CheckoutReading(approval_url=next((url for url in urls if is_https_or_loopback(url)), checkout_url))


def _post(api: PayPalApi, order: Order, document: Json) -> Flow[HttpResponse]:
    """Capture an approved order.

    A decline revokes the approval. If the order is unchanged, PayPal replayed its answer to an earlier, identical request id:
    capture once more under a new id.
    """
    path = f"{_path(order)}/capture"
    response = yield from api.exchange(order.updated_at, "POST", path, b"{}", request_id=_request_id(order, document, 1))
    if parse_issue(response) == "INSTRUMENT_DECLINED":
        current = yield from api.exchange(order.updated_at, "GET", _path(order))
        if parse_object(current.body) == document:
            second_id = _request_id(order, document, 2)
            response = yield from api.exchange(order.updated_at, "POST", path, b"{}", request_id=second_id)
    return response


def _capture(api: PayPalApi, order: Order, document: Json) -> Flow[CheckoutReading]:
    response = yield from _post(api, order, document)
    if response.status in {200, 201}:
        reading, approved = _reading(api, order, parse_object(response.body)), read_order_contact(document)
        # The answer to a capture may say less of the buyer than the order that was captured.
        events = (
            event if event.kind is EventKind.FAILED else event._replace(contact=event.contact.completed_by(approved))
            for event in reading.events
        )
        return reading._replace(events=tuple(events), captured=True)
    match parse_issue(response):
        case "ORDER_ALREADY_CAPTURED":
            return _reading(api, order, (yield from api.call(order.updated_at, "GET", _path(order))))
        case "DUPLICATE_INVOICE_ID" as issue:  # another PayPal order was paid for this order
            event = read_event(order, EventKind.NEEDS_REVIEW)
            return CheckoutReading((event._replace(type=issue, review_reason=ReviewReason.SECOND_PAYMENT),))
        case issue if issue in _BUYER_ACTION_ISSUES:
            return _buyer_must_return(order, parse_object(response.body))
        case issue if issue in _FINAL_ISSUES:
            return CheckoutReading((read_event(order, EventKind.FAILED),))
    raise parse_refusal(response)


def _reading(api: PayPalApi, order: Order, document: Json) -> CheckoutReading:
    return CheckoutReading(order_events(document, order, api.config.merchant_id), refunds=refund_statuses(document))


def _read(api: PayPalApi, order: Order) -> Flow[Json | None]:
    """Return PayPal's order, or None if it is gone: PayPal deletes an order that is unpaid after some hours."""
    response = yield from api.exchange(order.updated_at, "GET", _path(order))
    if response.status == 404:
        return None
    if response.status != 200:
        raise parse_refusal(response)
    return parse_object(response.body)


def read_and_capture(api: PayPalApi, order: Order, *, capture: bool) -> Flow[CheckoutReading]:
    """Read an order, and capture it if it is approved. An order that the buyer had delivered elsewhere is not captured.

    Args:
        api: PayPal's API.
        order: The order, with its session.
        capture: Whether it may be captured.

    Raises:
        ProviderRefused: PayPal refused, or its order has another amount or id.
        ProviderUnavailable: There was no response, or another call is capturing the order.
    """
    document = yield from _read(api, order)
    if document is None:
        # PayPal deleted it, or does not show it yet. Wait, because an expired order is never captured.
        return CheckoutReading()
    if document.get("status") in _NOT_APPROVED and capture:
        # The buyer returned, so had approved it. It was declined meanwhile, for example by the webhook's capture.
        return _buyer_must_return(order, document)
    if document.get("status") != "APPROVED" or list_captures(document) or not capture:
        return _reading(api, order, document)
    if not matches_order(document, order):
        raise ProviderRefused(NAME, "has an approved order of another amount or id: it was not captured")
    if order.ships_to.differs_from(read_order_place(document, order)):
        return CheckoutReading(is_elsewhere=True)
    return (yield from _capture(api, order, document))


def read_and_abandon(api: PayPalApi, order: Order) -> Flow[CheckoutReading]:
    """Expire an order, unless it was captured meanwhile.

    PayPal has no call for this. Only a capture pays PayPal's order, and an expired order is never captured.
    """
    document = yield from _read(api, order)
    reading = _reading(api, order, document or {})
    return reading if reading.events else CheckoutReading((read_event(order, EventKind.EXPIRED),))


def read_refunded(api: PayPalApi, order: Order, capture_id: str) -> Flow[Money | None]:
    """Read the total refunded of a capture: `GET /v2/checkout/orders/{id}`. None if PayPal does not say."""
    document = yield from api.call(order.updated_at, "GET", _path(order))
    captures = (capture for capture in list_captures(document) if get_id(capture, "id") == capture_id)
    return capture_refunded(document, next(captures, None))
