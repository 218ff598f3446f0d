"""Fresh ids, from this machine's clock and its source of randomness."""

import secrets
import time

from lightning_cart.ulid import RANDOM_BITS, make_id


def new_id() -> str:
    """A fresh id, as of `make_id`."""
    return make_id(time.time_ns() // 1_000_000, secrets.randbits(RANDOM_BITS))
