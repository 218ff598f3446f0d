"""The types that all modules share, and the default source of identifiers.

The clock and the identifiers are arguments of `lightning_cart_sandbox.create_sandbox`. A notebook or a test can freeze them and
get the same pages, events and ledger on every run.
"""

import secrets
import string
from collections.abc import Callable
from typing import Any

type Clock = Callable[[], float]
"""Returns the time in Unix seconds."""

type NewId = Callable[[str], str]
"""Takes a prefix such as `"cs_test"` and returns an unused identifier such as `"cs_test_a1B2c3"`."""

type Json = dict[str, Any]
"""One JSON object, as the provider's API returns it."""

_ALPHABET = string.ascii_letters + string.digits
_RANDOM_CHARACTERS = 24


def random_id(prefix: str) -> str:
    """Return `prefix`, an underscore and 24 random letters and digits."""
    return f"{prefix}_{''.join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_CHARACTERS))}"


class ProviderRefusal(Exception):
    """A provider refuses a request; each provider's error is one."""
