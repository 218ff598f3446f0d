"""Creates ids from this machine's clock and its source of randomness."""

import secrets
import time

from lightning_cart.ulid import RANDOM_BITS, make_id


def new_id() -> str:
    """Return a new id, a ULID as `make_id` writes it."""
    return make_id(time.time_ns() // 1_000_000, secrets.randbits(RANDOM_BITS))
