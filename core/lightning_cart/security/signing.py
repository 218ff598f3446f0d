"""Message signatures: HMAC-SHA256 over bytes, several secrets while one is rotated, and a time window with two sides."""

import hmac
from collections.abc import Iterable, Sequence

from lightning_cart.secret import Secret


def sign(secret: Secret, message: bytes) -> bytes:
    """The HMAC-SHA256 of a message, keyed by the secret's text as it stands."""
    return hmac.digest(secret.reveal().encode(), message, "sha256")


def matches_any(message: bytes, signatures: Iterable[bytes], secrets: Sequence[Secret]) -> bool:
    """Whether one of the signatures was made with one of the secrets, in constant time.

    Args:
        message: The signed bytes.
        signatures: Raw digests; any bytes may stand here.
        secrets: Every one that is valid now, newest first.
    """
    expected = [sign(secret, message) for secret in secrets]
    found = False
    for signature in signatures:
        for digest in expected:
            found |= hmac.compare_digest(digest, signature)
    return found


def is_current(timestamp: int, now: int, tolerance: int) -> bool:
    """Whether a signed time is at most `tolerance` seconds away from now, before or after."""
    return abs(now - timestamp) <= tolerance
