"""Metadata: key and value pairs of a product or an order, within the limits of every provider."""

import re
from collections.abc import Mapping

from lightning_cart.domain.text import is_plain_text
from lightning_cart.errors import InvalidField

# Stripe allows 50 keys of 40 characters without brackets, and values of 500; the engine needs a few keys itself.
MAX_KEYS = 20
MAX_VALUE = 500
RESERVED = frozenset({"order_id", "site_id"})
_KEY = re.compile(r"[A-Za-z0-9_.-]{1,40}", re.ASCII)


def read_metadata(value: object, field: str) -> dict[str, str]:
    """Validate metadata from a cart or a catalogue file.

    Args:
        value: Any value; None counts as empty.
        field: The path to name in the error.

    Raises:
        InvalidField: Not a table of strings, too large, or a reserved key.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidField(field, "must be a table of strings")
    if len(value) > MAX_KEYS:
        raise InvalidField(field, f"must have at most {MAX_KEYS} keys")
    for key, text in value.items():
        # An error may quote a key only after this check.
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            raise InvalidField(field, "keys must be 1 to 40 letters, digits, '_', '-' or '.'")
        if key in RESERVED:
            raise InvalidField(f"{field}.{key}", "is a reserved key: the engine sets it")
        if not is_plain_text(text, MAX_VALUE):
            raise InvalidField(f"{field}.{key}", f"must be a string of 1 to {MAX_VALUE} characters on one line")
    return dict(value)
