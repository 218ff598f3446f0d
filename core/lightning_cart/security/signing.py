"""Signs and verifies messages by HMAC-SHA256, with several secrets during rotation, and checks signed timestamps."""

import hmac
from collections.abc import Iterable, Sequence

from lightning_cart.secret import Secret


def sign(secret: Secret, message: bytes) -> bytes:
    """Return the HMAC-SHA256 of a message. The key is the secret's string, encoded as UTF-8."""
    return hmac.digest(secret.reveal().encode(), message, "sha256")


def matches_any(message: bytes, signatures: Iterable[bytes], secrets: Sequence[Secret]) -> bool:
    """Return whether one of the signatures was created with one of the secrets, in constant time.

    Args:
        message: The signed bytes.
        signatures: Raw digests; any bytes are accepted.
        secrets: All that are valid now, newest first.
    """
    expected = [sign(secret, message) for secret in secrets]
    found = False
    for signature in signatures:
        for digest in expected:
            found |= hmac.compare_digest(digest, signature)
    return found


def is_current(timestamp: int, now: int, tolerance: int) -> bool:
    """Return whether a timestamp is at most `tolerance` seconds before or after now."""
    return abs(now - timestamp) <= tolerance
