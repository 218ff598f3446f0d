"""Strict JSON parsing, and extraction of a member exactly as it was sent."""

import json
import re
from typing import Any, Never

from lightning_cart_sandbox.paypal.errors import refusal
from lightning_cart_sandbox.types import Json

_SPACE = re.compile(r"[ \t\r\n]*")
_decoder = json.JSONDecoder()


def parse_json(body: bytes) -> object:
    """Return the JSON value of a body; an empty body is an empty object.

    Raises:
        PayPalError: 400 `MALFORMED_REQUEST_JSON`: the body is not JSON in UTF-8, or an object has a duplicate name.
    """
    if not body.strip():
        return {}
    try:
        read: object = json.loads(body.decode(), parse_constant=_reject_constant, object_pairs_hook=_unique)
        json.dumps(read, ensure_ascii=False).encode()  # half of a surrogate pair is valid JSON, but cannot be encoded
    except (ValueError, RecursionError) as error:
        raise refusal("MALFORMED_REQUEST_JSON", "/") from error
    return read


def raw_member(text: str, name: str) -> str:
    """Return one member of an object exactly as it was sent.

    Args:
        text: A JSON object that `parse_json` accepted.
        name: The name of the member, which must exist.
    """
    position = _skip(text, 0) + 1
    while True:
        key, position = _decoder.raw_decode(text, _skip(text, position))
        start = _skip(text, _skip(text, position) + 1)
        _, end = _decoder.raw_decode(text, start)
        if key == name:
            return text[start:end]
        position = _skip(text, end) + 1


def _skip(text: str, position: int) -> int:
    """Return the position after white space."""
    matched = _SPACE.match(text, position)
    return matched.end() if matched else position


def _reject_constant(name: str) -> Never:
    raise ValueError(f"{name} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("an object has a duplicate name")
    return read
