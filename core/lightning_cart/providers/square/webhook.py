"""Checks Square's webhook signature, and finds the order that an event is about. Source: Square docs, Webhooks, Validate.

What is signed is the subscription's notification URL and the raw body, with nothing between. The URL is a setting: behind a
proxy the one that a request came to is another. Square signs no time, so a replay is told by the event's id alone.

A payment knows only Square's own order. So that order is asked for, in one call, and its `reference_id` is our order: an id
that was there before the link was, and which nothing of ours has to remember. A till's sale costs that one call, and no row.
"""

import json
from binascii import Error as Base64Error
from binascii import a2b_base64
from dataclasses import replace

from lightning_cart.domain.order import EventKind, PaymentEvent
from lightning_cart.errors import BadSignature, ProviderUnavailable
from lightning_cart.flow import Flow
from lightning_cart.http import HttpRequest
from lightning_cart.providers.square.api import exchange, parse_refusal
from lightning_cart.providers.square.config import NAME, SquareConfig
from lightning_cart.providers.square.events import classify_payment, dispute_kind, parse_order_id
from lightning_cart.providers.untrusted_json import as_id, get, get_id, parse_object, parse_timestamp
from lightning_cart.security.signing import matches_any

HEADER = "x-square-hmacsha256-signature"
_MAX_HEADER_LENGTH = 1024  # characters; a signature has 44


def _check(config: SquareConfig, request: HttpRequest) -> None:
    header = request.header(HEADER).strip()
    try:
        signature = a2b_base64(header[:_MAX_HEADER_LENGTH].encode("ascii"), strict_mode=True)
    except (UnicodeEncodeError, Base64Error) as error:
        raise BadSignature(f"the header {HEADER} is absent or malformed") from error
    if not matches_any(config.webhook_url.encode() + request.body, [signature], config.signature_keys):
        raise BadSignature("no signature matches: are SQUARE_WEBHOOK_SIGNATURE_KEY and SQUARE_WEBHOOK_URL this subscription's?")


def _read(request: HttpRequest) -> tuple[PaymentEvent, object]:
    """The event as far as its body tells it, and what it is about."""
    try:
        document = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise BadSignature("it is signed, but not JSON") from error
    event_id, event_type = as_id(get(document, "event_id")), as_id(get(document, "type"))
    if not event_id or not event_type:
        raise BadSignature("it is signed, but not an event")
    subject = get(document, "data", "object", event_type.partition(".")[0])
    created = parse_timestamp(get(document, "created_at"))
    return PaymentEvent(NAME, event_id, event_type, EventKind.IGNORED, created_at=created), subject


def _find(config: SquareConfig, path: str, name: str) -> Flow[object]:
    """An object of the account, which an event has just named: where Square does not show it yet, the event must come again."""
    response = yield from exchange(config, "GET", path)
    if response.status == 404:
        raise ProviderUnavailable(NAME, f"does not show the {name} of an event yet")
    if response.status != 200:
        raise parse_refusal(response)
    return parse_object(response.body).get(name)


def _payment_event(config: SquareConfig, event: PaymentEvent, payment: object) -> Flow[PaymentEvent]:
    kind, amount = classify_payment(payment)
    square_order_id = get_id(payment, "order_id")
    if kind is EventKind.IGNORED or not square_order_id:
        return event
    order_id = parse_order_id((yield from _find(config, f"/v2/orders/{square_order_id}", "order")))
    if not order_id:
        return event
    return replace(event, kind=kind, amount=amount, order_id=order_id, payment_ref=get_id(payment, "id"))


def _refund_event(config: SquareConfig, event: PaymentEvent, refund: object) -> Flow[PaymentEvent]:
    """A refund knows its own amount only; the sum so far is its payment's."""
    payment_id = get_id(refund, "payment_id")
    match get(refund, "status"):
        case "COMPLETED" if payment_id:
            payment = yield from _find(config, f"/v2/payments/{payment_id}", "payment")
            found = yield from _payment_event(config, event, payment)
            return replace(found, object_id=get_id(refund, "id"), was_read=True)
        case "FAILED" | "REJECTED":
            return replace(event, kind=EventKind.REFUND_FAILED, payment_ref=payment_id, object_id=get_id(refund, "id"))
        case _:
            return event


def verify(config: SquareConfig, request: HttpRequest) -> Flow[PaymentEvent]:
    """Check one webhook, read it, and find its order.

    Args:
        config: With every key that is valid now.
        request: As received.

    Raises:
        BadSignature: Not signed by Square, or not an event.
        ProviderRefused: It is genuine, and Square refuses to say more: the token is wrong.
        ProviderUnavailable: It is genuine, and Square could not be asked about it, or does not show what it names yet.
    """
    _check(config, request)
    event, subject = _read(request)
    match event.type:
        case "payment.created" | "payment.updated":
            return (yield from _payment_event(config, event, subject))
        case "refund.created" | "refund.updated":
            return (yield from _refund_event(config, event, subject))
        case "dispute.created" | "dispute.state.updated":
            kind = dispute_kind(subject, created=event.type == "dispute.created")
            return replace(event, kind=kind, payment_ref=get_id(subject, "disputed_payment", "payment_id"))
        case _:
            return event
