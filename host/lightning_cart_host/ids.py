"""Ids that sort by the time they were made: ULIDs, so that the newest orders are found by their primary key alone."""

import secrets
import time

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
_RANDOM_BITS = 80


def new_id() -> str:
    """A fresh id: 26 characters, 48 bits of milliseconds and 80 bits of randomness (ULID specification)."""
    value = (time.time_ns() // 1_000_000) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    return "".join(_ALPHABET[value >> shift & 31] for shift in range(125, -1, -5))
