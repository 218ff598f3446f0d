"""Verifies Stripe's webhook signature. Source: Stripe docs, Webhooks, Verify signatures manually.

The key is the endpoint's whole secret, with `whsec_`. The signed bytes are the header's `t`, a dot and the raw body, and one
matching `v1` is enough. Stripe's own library refuses only old times; this refuses future ones as well.
"""

import re

from lightning_cart.domain.payment_event import PaymentEvent
from lightning_cart.errors import BadSignature
from lightning_cart.http import HttpRequest
from lightning_cart.providers.stripe.config import StripeConfig
from lightning_cart.providers.stripe.events import webhook_event
from lightning_cart.providers.webhook_json import parse_webhook
from lightning_cart.security.signing import is_current, matches_any

HEADER = "stripe-signature"
TOLERANCE_SECONDS = 300
_MAX_HEADER_LENGTH = 4096  # characters; two signatures take about 160
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
    """Verify one webhook and read it.

    Args:
        config: The settings, with every secret that is valid now.
        request: The request as received.
        now: Unix seconds.

    Raises:
        BadSignature: Stripe did not sign it, it was signed more than 5 minutes from now, or it is no event.
    """
    time, digests = _parse_header(request.header(HEADER))
    if not matches_any(b"%d.%b" % (time, request.body), digests, config.webhook_secrets):
        raise BadSignature("no signature matches: check that STRIPE_WEBHOOK_SECRET is the secret of this endpoint")
    if not is_current(time, now, TOLERANCE_SECONDS):
        raise BadSignature(f"the webhook was signed {abs(now - time)} seconds from now: check this machine's clock")
    return webhook_event(parse_webhook(request.body), config)
