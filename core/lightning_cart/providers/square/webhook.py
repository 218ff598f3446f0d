"""Verifies Square's webhook signature, and finds the order of an event. Source: Square docs, Webhooks, Validate.

The signed bytes are the subscription's notification URL and the raw body. The URL is a setting, because behind a proxy the
request's URL is another. Square signs no time, so only the event's id detects a replay.

A payment names Square's order only. One call reads that order, whose `reference_id` is the id of our order. An event of a sale
at a till costs this call and is not stored.
"""

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
from lightning_cart.providers.untrusted_json import get, get_id, parse_object, parse_timestamp
from lightning_cart.providers.webhook_json import parse_webhook, read_id_and_type
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
        raise BadSignature(
            "no signature matches: check SQUARE_WEBHOOK_SIGNATURE_KEY and SQUARE_WEBHOOK_URL against the subscription"
        )


def _read(request: HttpRequest) -> tuple[PaymentEvent, object]:
    """Return the event without its order, and the object that it is about."""
    document = parse_webhook(request.body)
    event_id, event_type = read_id_and_type(document, id_field="event_id")
    subject = get(document, "data", "object", event_type.partition(".")[0])
    created = parse_timestamp(get(document, "created_at"))
    return PaymentEvent(NAME, event_id, event_type, EventKind.IGNORED, created_at=created), subject


def _find(config: SquareConfig, path: str, name: str) -> Flow[object]:
    """Read an object that an event names. If Square does not return it yet, the event has to be retried."""
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
    """Return a refund's event. The refund has its own amount only, so the payment is read for the total."""
    payment_id = get_id(refund, "payment_id")
    match get(refund, "status"):
        case "COMPLETED" if payment_id:
            payment = yield from _find(config, f"/v2/payments/{payment_id}", "payment")
            refund_event = yield from _payment_event(config, event, payment)
            return replace(refund_event, object_id=get_id(refund, "id"), was_read=True)
        case "FAILED" | "REJECTED":
            return replace(event, kind=EventKind.REFUND_FAILED, payment_ref=payment_id, object_id=get_id(refund, "id"))
        case _:
            return event


def verify(config: SquareConfig, request: HttpRequest) -> Flow[PaymentEvent]:
    """Verify one webhook, read it and find its order.

    Args:
        config: The settings, with every key that is valid now.
        request: The request as received.

    Raises:
        BadSignature: Square did not sign it, or it is no event.
        ProviderRefused: The webhook is valid, but Square refused a call, because the token is wrong.
        ProviderUnavailable: The webhook is valid, but Square did not answer, or does not return its order yet.
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
