"""Metadata: key and value pairs of a product or an order, within the limits of every provider that gets them."""

import re
from collections.abc import Mapping

from lightning_cart.domain.text import clean_note, note_fault
from lightning_cart.domain.typed import is_left_out
from lightning_cart.errors import InvalidField

# Stripe allows 50 keys of 40 characters without brackets, and values of 500 characters; the engine needs a few keys itself.
# PayPal and Square do not get them.
MAX_KEYS = 20
MAX_VALUE = 500  # characters; at most 2,000 bytes in UTF-8
MAX_BYTES = 12 * 1024  # of all keys and values in UTF-8: the database keeps them for every order
RESERVED = frozenset({"order_id", "site_id"})
_KEY = re.compile(r"[A-Za-z0-9_.-]{1,40}", re.ASCII)


def _label(key: str) -> str:
    """Return a key as the label of a form's field: `gift_note` is "Gift note"."""
    words = re.sub(r"[_.-]+", " ", key).strip()
    return words[:1].upper() + words[1:]


def _read_value(value: object, path: str, key: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        value = str(value)
    if not isinstance(value, str):
        raise InvalidField(path, f"must be a string of 1 to {MAX_VALUE} characters")
    text = clean_note(value)
    if len(text) > MAX_VALUE:
        reason = f"must be a string of 1 to {MAX_VALUE} characters, and has {len(text)}"
        raise InvalidField(path, reason, f"{_label(key)}: please shorten it to {MAX_VALUE} characters.")
    fault = note_fault(text)
    if fault:
        raise InvalidField(path, fault, f"{_label(key)}: please type it again without special characters.")
    return text


def read_metadata(value: object, field: str) -> dict[str, str]:
    """Validate metadata from a cart or a catalogue file.

    Whole numbers and booleans become strings. Line breaks and tabs are kept, characters that reorder text are removed, and
    keys without a value are left out.

    Args:
        value: Any value; None and "" count as empty.
        field: The path to name in the error.

    Raises:
        InvalidField: Not a table of strings, too large, or a reserved key.
    """
    if is_left_out(value):
        return {}
    if not isinstance(value, Mapping):
        raise InvalidField(field, "must be a table of strings")
    if len(value) > MAX_KEYS:
        raise InvalidField(field, f"must have at most {MAX_KEYS} keys")
    texts: dict[str, str] = {}
    for key, given in value.items():
        # An error may quote a key only after this check.
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            raise InvalidField(field, "keys must be 1 to 40 letters, digits, '_', '-' or '.'")
        if key in RESERVED:
            raise InvalidField(f"{field}.{key}", "is a reserved key: the engine sets it")
        if not is_left_out(given):
            texts[key] = _read_value(given, f"{field}.{key}", key)
    size = sum(len(key) + len(text.encode()) for key, text in texts.items())
    if size > MAX_BYTES:
        reason = f"must have at most {MAX_BYTES} bytes in UTF-8, keys and values together, and has {size}"
        raise InvalidField(field, reason, "Your notes are too long for one order: please shorten them.")
    return texts
