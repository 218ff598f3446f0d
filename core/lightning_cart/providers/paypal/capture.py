"""Reading an order of PayPal's, and taking the money once the buyer has approved it. Source: PayPal docs, Orders v2, Capture.

The buyer's return and the webhook both come here, perhaps at once. PayPal captures an order once: whoever is second is told
so, reads the order, and finds the same capture.
"""

import hashlib
from dataclasses import replace

from lightning_cart.domain.order import EventKind, Order, WebhookEvent
from lightning_cart.errors import ProviderRefused
from lightning_cart.flow import Flow
from lightning_cart.http import HttpResponse, Json, json_bytes
from lightning_cart.providers.paypal.api import PayPalApi, issue_of, refusal_of
from lightning_cart.providers.paypal.config import NAME
from lightning_cart.providers.paypal.events import captures_of, event_of_order, event_read, is_order
from lightning_cart.providers.untrusted_json import at, items_at, object_of, text_at
from lightning_cart.urls import is_web_address

# The buyer has to go to PayPal's page once more, for the same order.
_AGAIN = frozenset(
    {"INSTRUMENT_DECLINED", "ORDER_NOT_APPROVED", "PAYER_ACTION_REQUIRED", "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING"}
)
_NOT_APPROVED = ("CREATED", "PAYER_ACTION_REQUIRED")
# This order will never be paid.
_NEVER = frozenset(
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


def _once_more(order: Order, answer: Json) -> WebhookEvent:
    """Nothing yet: the buyer has to choose another instrument, by the link of an answer, else where this one was approved."""
    links = items_at(answer, "links")
    found = (text_at(link, "href") for link in links if at(link, "rel") in ("redirect", "payer-action"))
    own = order.session.url if order.session else ""
    return replace(event_read(order, EventKind.IGNORED), buyer_url=next((url for url in found if is_web_address(url)), own))


def _post(api: PayPalApi, order: Order, document: Json) -> Flow[HttpResponse]:
    """Ask for the money of an approved order.

    A decline takes the approval away. Where that stands unchanged all the same, the answer was not to it but to an earlier one
    that looked just alike, given within the same second: PayPal repeats what it said to a request id. So it is asked once more.
    """
    path = f"{_path(order)}/capture"
    response = yield from api.exchange(order.updated_at, "POST", path, b"{}", request_id=_request_id(order, document, 1))
    if issue_of(response) == "INSTRUMENT_DECLINED":
        now = yield from api.exchange(order.updated_at, "GET", _path(order))
        if object_of(now.body) == document:
            again = _request_id(order, document, 2)
            response = yield from api.exchange(order.updated_at, "POST", path, b"{}", request_id=again)
    return response


def _capture(api: PayPalApi, order: Order, document: Json) -> Flow[WebhookEvent]:
    response = yield from _post(api, order, document)
    if response.status in {200, 201}:
        return replace(event_of_order(object_of(response.body), order), captured=True)
    match issue_of(response):
        case "ORDER_ALREADY_CAPTURED":
            return event_of_order((yield from api.call(order.updated_at, "GET", _path(order))), order)
        case "DUPLICATE_INVOICE_ID" as issue:  # another of PayPal's orders was paid for this one
            return replace(event_read(order, EventKind.UNCLEAR), type=issue)
        case issue if issue in _AGAIN:
            return _once_more(order, object_of(response.body))
        case issue if issue in _NEVER:
            return event_read(order, EventKind.FAILED)
    raise refusal_of(response)


def _read(api: PayPalApi, order: Order) -> Flow[Json | None]:
    """The order, or `None` where it has lapsed: PayPal forgets one that nobody paid within hours."""
    response = yield from api.exchange(order.updated_at, "GET", _path(order))
    if response.status == 404:
        return None
    if response.status != 200:
        raise refusal_of(response)
    return object_of(response.body)


def read_and_capture(api: PayPalApi, order: Order) -> Flow[WebhookEvent]:
    """Read an order, and capture it if it is approved.

    Args:
        api: PayPal's.
        order: with its session.

    Raises:
        ProviderRefused: PayPal refused, or the order there is not what we made it.
        ProviderUnavailable: no answer, or the order is just being captured.
    """
    document = yield from _read(api, order)
    if document is None:
        # Perhaps it lapsed, perhaps PayPal does not show it yet: an order that is given up is never captured, so wait.
        return event_read(order, EventKind.IGNORED)
    if document.get("status") in _NOT_APPROVED:
        # Who comes back has approved it. So it was declined meanwhile, as where the webhook was faster than the buyer.
        return _once_more(order, document)
    if document.get("status") != "APPROVED" or captures_of(document):
        return event_of_order(document, order)
    if not is_order(document, order):
        raise ProviderRefused(NAME, "holds an approved order of another amount or name: it is not captured")
    return (yield from _capture(api, order, document))


def read_and_give_up(api: PayPalApi, order: Order) -> Flow[WebhookEvent]:
    """Give an order up, unless it was captured meanwhile.

    PayPal has no call for that. Its order cannot be paid without our capture, and one that is given up is never captured.
    """
    document = yield from _read(api, order)
    found = event_of_order(document or {}, order)
    return event_read(order, EventKind.EXPIRED) if found.kind is EventKind.IGNORED else found
