"""JSON as it arrives: read strictly, and cut out of its surroundings without being rewritten."""

import json
import re
from typing import Any, Never

from lightning_cart_sandbox.paypal.errors import refusal
from lightning_cart_sandbox.types import Json

_SPACE = re.compile(r"[ \t\r\n]*")
_decoder = json.JSONDecoder()


def parse_json(body: bytes) -> object:
    """Return the JSON that a request's body is; an empty body is an empty object.

    Raises:
        PayPalError: 400 `MALFORMED_REQUEST_JSON`: it is not JSON in UTF-8, or an object has a name twice.
    """
    if not body.strip():
        return {}
    try:
        read: object = json.loads(body.decode(), parse_constant=_no_constant, object_pairs_hook=_pairs)
        json.dumps(read, ensure_ascii=False).encode()  # half a surrogate pair is JSON, but no text
    except (ValueError, RecursionError) as error:
        raise refusal("MALFORMED_REQUEST_JSON", "/") from error
    return read


def raw_member(text: str, name: str) -> str:
    """Return one member of an object exactly as it was written.

    Args:
        text: A JSON object that `parse_json` accepted.
        name: A name that it has.
    """
    at = _skip(text, 0) + 1
    while True:
        key, at = _decoder.raw_decode(text, _skip(text, at))
        start = _skip(text, _skip(text, at) + 1)
        _, end = _decoder.raw_decode(text, start)
        if key == name:
            return text[start:end]
        at = _skip(text, end) + 1


def _skip(text: str, at: int) -> int:
    matched = _SPACE.match(text, at)
    return matched.end() if matched else at


def _no_constant(name: str) -> Never:
    raise ValueError(f"{name} is not JSON")


def _pairs(pairs: list[tuple[str, Any]]) -> Json:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return read
