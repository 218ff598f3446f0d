"""Verifies Acorn's webhook signature and reads the event."""

from lightning_cart.domain.payment_event import PaymentEvent
from lightning_cart.errors import BadSignature
from lightning_cart.http import HttpRequest
from lightning_cart.providers.acorn.config import AcornConfig
from lightning_cart.providers.acorn.payment import dispute_event, payment_event
from lightning_cart.providers.untrusted_json import get, get_integer
from lightning_cart.providers.webhook_json import parse_webhook, read_id_and_type
from lightning_cart.security.signing import is_current, matches_any

HEADER = "acorn-signature"
TOLERANCE_SECONDS = 300


def verify(config: AcornConfig, request: HttpRequest, now: int) -> PaymentEvent:
    """Verify one webhook and read it.

    Args:
        config: The secrets.
        request: The request as received.
        now: Unix seconds.

    Raises:
        BadSignature: Acorn did not sign it, it was signed more than 5 minutes from now, or it is no event.
    """
    try:
        time, signature = int(request.header("acorn-timestamp")), bytes.fromhex(request.header(HEADER))
    except ValueError as error:
        raise BadSignature(f"the header {HEADER} or acorn-timestamp is absent or malformed") from error
    if not matches_any(b"%d.%b" % (time, request.body), [signature], config.webhook_secrets):
        raise BadSignature("no signature matches: check that ACORN_WEBHOOK_SECRET is the secret of this webhook")
    if not is_current(time, now, TOLERANCE_SECONDS):
        raise BadSignature(f"the webhook was signed {abs(now - time)} seconds from now: check this machine's clock")
    document = parse_webhook(request.body)
    event_id, event_type = read_id_and_type(document)
    created_at = get_integer(document, "created")
    if event_type.startswith("dispute."):
        return dispute_event(event_type, get(document, "dispute"), event_id, created_at)
    return payment_event(event_type, get(document, "payment"), event_id, created_at)
