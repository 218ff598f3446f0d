"""Verifies Square's webhook signature, and reads its events. Source: Square docs, Webhooks, Validate.

The signed bytes are the subscription's notification URL and the raw body. The URL is a setting, because behind a proxy the
request's URL is another. Square signs no time, so only the event's id detects a replay.

A payment names Square's order, which is the checkout that the engine opened. A refund or dispute names a payment.
"""

from binascii import Error as Base64Error
from binascii import a2b_base64

from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.errors import BadSignature
from lightning_cart.http import HttpRequest
from lightning_cart.providers.square.amounts import read_amount
from lightning_cart.providers.square.config import NAME, SquareConfig
from lightning_cart.providers.square.events import dispute_kind, with_payment
from lightning_cart.providers.untrusted_json import get, get_id, get_text, parse_timestamp, safe_code
from lightning_cart.providers.webhook_json import parse_webhook, read_id_and_type
from lightning_cart.security.signing import matches_any

HEADER = "x-square-hmacsha256-signature"
_REFUNDS = {
    "COMPLETED": EventKind.REFUNDED,
    "FAILED": EventKind.REFUND_FAILED,
    "REJECTED": EventKind.REFUND_FAILED,
}
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
    """Return the event without its kind, and the object that it is about."""
    document = parse_webhook(request.body)
    event_id, event_type = read_id_and_type(document, id_field="event_id")
    subject = get(document, "data", "object", event_type.partition(".")[0])
    created = parse_timestamp(get(document, "created_at"))
    return PaymentEvent(NAME, event_id, event_type, EventKind.IGNORED, created_at=created), subject


def _payment_event(event: PaymentEvent, payment: object) -> PaymentEvent:
    checkout_ref = get_id(payment, "order_id")  # a sale at a till has an order as well, and it is not one of ours
    return with_payment(event, payment)._replace(checkout_ref=checkout_ref) if checkout_ref else event


def _refund_event(event: PaymentEvent, refund: object) -> PaymentEvent:
    """Return a refund's event. The refund has its own amount only, and its order is the refund's own, so all is read."""
    payment_id = get_id(refund, "payment_id")
    kind = _REFUNDS.get(get_text(refund, "status"), EventKind.IGNORED) if payment_id else EventKind.IGNORED
    return event._replace(kind=kind, payment_ref=payment_id, object_id=get_id(refund, "id"), must_read=True)


def _dispute_event(event: PaymentEvent, dispute: object) -> PaymentEvent:
    payment_id = get_id(dispute, "disputed_payment", "payment_id")
    dispute_id = get_id(dispute, "id") or get_id(dispute, "dispute_id") or payment_id
    return event._replace(
        kind=dispute_kind(dispute) if dispute_id else EventKind.IGNORED,
        amount=read_amount(get(dispute, "amount_money")),
        payment_ref=payment_id,
        object_id=dispute_id,
        dispute_reason=safe_code(get(dispute, "reason")),
        due_at=parse_timestamp(get(dispute, "due_at")),
    )


def verify(config: SquareConfig, request: HttpRequest) -> PaymentEvent:
    """Verify one webhook and read it.

    Args:
        config: The settings, with every key that is valid now.
        request: The request as received.

    Raises:
        BadSignature: Square did not sign it, or it is no event.
    """
    _check(config, request)
    event, subject = _read(request)
    match event.type:
        case "payment.created" | "payment.updated":
            return _payment_event(event, subject)
        case "refund.created" | "refund.updated":
            return _refund_event(event, subject)
        case "dispute.created" | "dispute.state.updated":
            return _dispute_event(event, subject)
        case _:
            return event
