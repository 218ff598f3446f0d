"""Signs messages according to Standard Webhooks 1.0.0, so that merchants can verify them with an existing library.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import hmac
from binascii import a2b_base64, b2a_base64
from collections.abc import Sequence

from lightning_cart.secret import Secret
from lightning_cart.settings import Setting

_PREFIX = "whsec_"
_KEY_LENGTHS = range(24, 65)  # bytes; "Signature scheme" in the specification


def _key(secret: str) -> bytes:
    # The decoded bytes are the key. Stripe's secrets have the same prefix, but their string is the key.
    return a2b_base64(secret.removeprefix(_PREFIX), strict_mode=True)


def validate_signing_secret(value: str) -> str:
    """Validate a signing secret."""
    try:
        is_valid = value.startswith(_PREFIX) and len(_key(value)) in _KEY_LENGTHS
    except ValueError:
        is_valid = False
    return "" if is_valid else f"must be {_PREFIX} and the base64 of 24 to 64 random bytes"


SETTINGS = (
    Setting(
        "FULFILMENT_SECRET",
        "Signs the webhooks to a site's fulfilment_url; required if sites.toml names one. Make it with: "
        'echo "whsec_$(openssl rand -base64 32)".',
        "whsec_…",
        multiple=True,
        optional=True,
        validate=validate_signing_secret,
        prefixes=(_PREFIX,),
        min_length=32,
    ),
)


def sign(secrets: Sequence[Secret], message_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of `webhook-signature`: one signature per secret, so that a receiver may have any of them.

    Args:
        secrets: Valid signing secrets, newest first.
        message_id: The value of `webhook-id`, the same for every attempt at one message.
        timestamp: The value of `webhook-timestamp`, Unix seconds of this attempt.
        body: As sent.
    """
    message = b"%b.%d.%b" % (message_id.encode(), timestamp, body)
    digests = [hmac.digest(_key(secret.reveal()), message, "sha256") for secret in secrets]
    return " ".join(f"v1,{b2a_base64(digest, newline=False).decode()}" for digest in digests)
