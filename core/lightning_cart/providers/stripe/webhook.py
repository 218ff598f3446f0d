"""Checks Stripe's webhook signature. Source: Stripe docs, Webhooks, Verify signatures manually.

The key is the endpoint's secret as it is shown, `whsec_` included; the signed bytes are the header's `t`, a dot and the raw
body; any `v1` that matches will do. Stripe's own library refuses only old times; here future ones are refused as well.
"""

import json
import re

from lightning_cart.domain.order import PaymentEvent
from lightning_cart.errors import BadSignature
from lightning_cart.http import HttpRequest
from lightning_cart.providers.stripe.config import StripeConfig
from lightning_cart.providers.stripe.events import webhook_event
from lightning_cart.security.signing import is_current, matches_any

HEADER = "stripe-signature"
TOLERANCE_SECONDS = 300  # seconds
_MAX_HEADER_LENGTH = 4096  # characters; two secrets make some 160
_TIME = re.compile(r"[0-9]{1,12}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


def _parse_header(header: str) -> tuple[int, list[bytes]]:
    parts = [part.strip().partition("=") for part in header[:_MAX_HEADER_LENGTH].split(",")]
    times = [value for name, _, value in parts if name == "t"]
    digests = [bytes.fromhex(value) for name, _, value in parts if name == "v1" and _DIGEST.fullmatch(value)]
    if len(times) != 1 or not _TIME.fullmatch(times[0]) or not digests:
        raise BadSignature("the Stripe-Signature header is absent or malformed")
    return int(times[0]), digests


def verify(config: StripeConfig, request: HttpRequest, now: int) -> PaymentEvent:
    """Check one webhook and read it.

    Args:
        config: With every secret that is valid now.
        request: As received.
        now: Unix seconds.

    Raises:
        BadSignature: Not signed by Stripe, not within five minutes of now, or not an event.
    """
    time, digests = _parse_header(request.header(HEADER))
    if not matches_any(b"%d.%b" % (time, request.body), digests, config.webhook_secrets):
        raise BadSignature("no signature matches: is STRIPE_WEBHOOK_SECRET the secret of this endpoint?")
    if not is_current(time, now, TOLERANCE_SECONDS):
        raise BadSignature(f"it was signed {abs(now - time)} seconds away from now")
    try:
        document = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise BadSignature("it is signed, but not JSON") from error
    return webhook_event(document)
