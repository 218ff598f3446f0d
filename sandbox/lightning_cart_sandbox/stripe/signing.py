"""Stripe's webhook signature (Stripe: verify webhook signatures manually).

The key is the endpoint's secret, including `whsec_`. The signed message is the timestamp, a full stop and the raw body.
"""

import hashlib
import hmac
from collections.abc import Sequence


def signature_header(secrets: Sequence[str], body: bytes, now: int) -> str:
    """Return the value of `Stripe-Signature`.

    Args:
        secrets: All valid secrets of the endpoint; there are two while a secret is rolled.
        body: The exact bytes that are sent.
        now: Unix seconds of this attempt.
    """
    message = b"%d.%s" % (now, body)
    signatures = (hmac.new(secret.encode(), message, hashlib.sha256).hexdigest() for secret in secrets)
    return ",".join([f"t={now}", *(f"v1={signature}" for signature in signatures)])
