"""Reading an order of PayPal's, and taking the money once the buyer has approved it. Source: PayPal docs, Orders v2, Capture.

The buyer's return and the webhook both come here, perhaps at once. PayPal captures an order once: whoever is second is told
so, reads the order, and finds the same capture.
"""

import hashlib
from dataclasses import replace

from lightning_cart.domain.order import EventKind, Order, PaymentEvent
from lightning_cart.errors import ProviderRefused
from lightning_cart.flow import Flow
from lightning_cart.http import HttpResponse, Json, json_bytes
from lightning_cart.providers.paypal.api import PayPalApi, parse_issue, parse_refusal
from lightning_cart.providers.paypal.config import NAME
from lightning_cart.providers.paypal.events import list_captures, matches_order, order_event, read_event
from lightning_cart.providers.untrusted_json import get, get_list, get_text, parse_object
from lightning_cart.urls import is_https_or_loopback

# The buyer has to go to PayPal's page once more, for the same order.
_BUYER_ACTION_ISSUES = frozenset(
    {"INSTRUMENT_DECLINED", "ORDER_NOT_APPROVED", "PAYER_ACTION_REQUIRED", "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING"}
)
_NOT_APPROVED = ("CREATED", "PAYER_ACTION_REQUIRED")
# This order will never be paid.
_FINAL_ISSUES = frozenset(
    {
        "COMPLIANCE_VIOLATION", "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED", "PAYEE_BLOCKED_TRANSACTION",
        "PAYER_ACCOUNT_LOCKED_OR_CLOSED", "PAYER_ACCOUNT_RESTRICTED", "PAYER_CANNOT_PAY", "TRANSACTION_REFUSED",
    }
)  # fmt: skip


def _path(order: Order) -> str:
    return f"/v2/checkout/orders/{order.session.id if order.session else ''}"


def _request_id(order: Order, document: Json, attempt: int) -> str:
    """36 characters that are the same for one attempt at one approval: after a declined one, PayPal wants a new id."""
    approval = hashlib.sha256(b"%d %b" % (attempt, json_bytes(document))).hexdigest()
    return f"cap-{order.id.removeprefix('ord_')}-{approval[:5]}"


def _buyer_must_return(order: Order, answer: Json) -> PaymentEvent:
    """Nothing yet: the buyer has to choose another instrument, by the link of an answer, else where this one was approved."""
    links = get_list(answer, "links")
    found = (get_text(link, "href") for link in links if get(link, "rel") in ("redirect", "payer-action"))
    own = order.session.url if order.session else ""
    return replace(
        read_event(order, EventKind.IGNORED), approval_url=next((url for url in found if is_https_or_loopback(url)), own)
    )


def _post(api: PayPalApi, order: Order, document: Json) -> Flow[HttpResponse]:
    """Ask for the money of an approved order.

    A decline takes the approval away. Where that stands unchanged all the same, the answer was not to it but to an earlier one
    that looked just alike, given within the same second: PayPal repeats what it said to a request id. So it is asked once more.
    """
    path = f"{_path(order)}/capture"
    response = yield from api.exchange(order.updated_at, "POST", path, b"{}", request_id=_request_id(order, document, 1))
    if parse_issue(response) == "INSTRUMENT_DECLINED":
        now = yield from api.exchange(order.updated_at, "GET", _path(order))
        if parse_object(now.body) == document:
            again = _request_id(order, document, 2)
            response = yield from api.exchange(order.updated_at, "POST", path, b"{}", request_id=again)
    return response


def _capture(api: PayPalApi, order: Order, document: Json) -> Flow[PaymentEvent]:
    response = yield from _post(api, order, document)
    if response.status in {200, 201}:
        return replace(order_event(parse_object(response.body), order), captured_now=True)
    match parse_issue(response):
        case "ORDER_ALREADY_CAPTURED":
            return order_event((yield from api.call(order.updated_at, "GET", _path(order))), order)
        case "DUPLICATE_INVOICE_ID" as issue:  # another of PayPal's orders was paid for this one
            return replace(read_event(order, EventKind.NEEDS_REVIEW), type=issue)
        case issue if issue in _BUYER_ACTION_ISSUES:
            return _buyer_must_return(order, parse_object(response.body))
        case issue if issue in _FINAL_ISSUES:
            return read_event(order, EventKind.FAILED)
    raise parse_refusal(response)


def _read(api: PayPalApi, order: Order) -> Flow[Json | None]:
    """The order, or `None` where it has lapsed: PayPal forgets one that nobody paid within hours."""
    response = yield from api.exchange(order.updated_at, "GET", _path(order))
    if response.status == 404:
        return None
    if response.status != 200:
        raise parse_refusal(response)
    return parse_object(response.body)


def read_and_capture(api: PayPalApi, order: Order) -> Flow[PaymentEvent]:
    """Read an order, and capture it if it is approved.

    Args:
        api: PayPal's.
        order: With its session.

    Raises:
        ProviderRefused: PayPal refused, or the order there is not what we made it.
        ProviderUnavailable: No answer, or the order is just being captured.
    """
    document = yield from _read(api, order)
    if document is None:
        # Perhaps it lapsed, perhaps PayPal does not show it yet: an order that is given up is never captured, so wait.
        return read_event(order, EventKind.IGNORED)
    if document.get("status") in _NOT_APPROVED:
        # Who comes back has approved it. So it was declined meanwhile, as where the webhook was faster than the buyer.
        return _buyer_must_return(order, document)
    if document.get("status") != "APPROVED" or list_captures(document):
        return order_event(document, order)
    if not matches_order(document, order):
        raise ProviderRefused(NAME, "holds an approved order of another amount or name: it is not captured")
    return (yield from _capture(api, order, document))


def read_and_abandon(api: PayPalApi, order: Order) -> Flow[PaymentEvent]:
    """Give an order up, unless it was captured meanwhile.

    PayPal has no call for that. Its order cannot be paid without our capture, and one that is given up is never captured.
    """
    document = yield from _read(api, order)
    found = order_event(document or {}, order)
    return read_event(order, EventKind.EXPIRED) if found.kind is EventKind.IGNORED else found
