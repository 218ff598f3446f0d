"""Parses JSON objects, idempotency keys, and what operators send: refunds and reasons."""

import json
import re
from collections.abc import Mapping, Sequence

from lightning_cart.domain.refund import LineWish, RefundWish
from lightning_cart.errors import InvalidField, MalformedRequest
from lightning_cart.http import reject_nan
from lightning_cart.usecases.cart_keys import is_shown

MAX_KEY = 255  # characters
MAX_REASON = 255  # characters
MAX_REFUND_LINES = 100
_LINE = '{"id": "tshirt", "variant": "l-blue", "quantity": 2}'
_NOT_STORABLE = r"[\x00\ud800-\udfff]"  # half a character, and what PostgreSQL refuses
UTF8_MARK = b"\xef\xbb\xbf"  # written by some editors and by .NET before JSON; RFC 8259, 8.1, allows to ignore it


def _unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object. A key that is there twice could mean one thing to the caller and another to the engine."""
    document: dict[str, object] = {}
    for key, value in pairs:
        if key in document:
            raise InvalidField(key if is_shown(key) else "body", "is there twice in one object: send it once")
        document[key] = value
    return document


def parse_object(body: bytes, example: str) -> dict[str, object]:
    """Parse a JSON object.

    Args:
        body: JSON in UTF-8, with or without a byte order mark.
        example: What to send, for the error.

    Raises:
        MalformedRequest: The body is not JSON in UTF-8, or not an object.
        InvalidField: A key is there twice in one object.
    """
    try:
        text = body.removeprefix(UTF8_MARK).decode()
        document = json.loads(text, parse_constant=reject_nan, object_pairs_hook=_unique_keys)
    except (ValueError, RecursionError) as error:
        raise MalformedRequest("the body must be JSON in UTF-8") from error
    if not isinstance(document, dict):
        raise MalformedRequest(f"the body must be a JSON object such as {example}")
    return document


def check_idempotency_key(key: str) -> str:
    """Return a caller's idempotency key, which may be empty.

    Raises:
        InvalidField: The key is too long, or has other characters than visible ASCII.
    """
    if len(key) > MAX_KEY or not all("!" <= character <= "~" for character in key):
        raise InvalidField("Idempotency-Key", f"must be 1 to {MAX_KEY} visible ASCII characters, best a random UUID")
    return key


def _parse_operator_body(body: bytes, example: str, fields: Sequence[str]) -> Mapping[str, object]:
    if not body.strip():
        return {}
    document = parse_object(body, example)
    for name in document:
        if name not in fields:  # a misspelled amount must not refund the whole order
            raise InvalidField(name if is_shown(name) else "body", f"is not read here: send {' and '.join(fields)}, or nothing")
    return document


def check_reason(reason: object) -> str:
    """Return an operator's reason, which may be empty.

    Raises:
        InvalidField: It is no text, too long, or cannot be stored.
    """
    if not isinstance(reason, str) or len(reason) > MAX_REASON or re.search(_NOT_STORABLE, reason):
        raise InvalidField("reason", f"must be a text of at most {MAX_REASON} characters")
    return reason


def parse_reason(body: bytes) -> str:
    """Parse the reason of an operator's change, which may be empty.

    Raises:
        MalformedRequest: The body is not JSON in UTF-8, or not an object.
        InvalidField: A field has a wrong value.
    """
    document = _parse_operator_body(body, '{"reason": "…"}, or empty', ("reason",))
    return check_reason(document.get("reason", ""))


def parse_refund(body: bytes, order_id: str, key: str) -> RefundWish:
    """Parse an operator's request for a refund.

    Args:
        body: JSON, or empty for all that is left.
        order_id: From the URL.
        key: The idempotency key, which a refund must have.

    Raises:
        MalformedRequest: The body is not JSON in UTF-8, or not an object.
        InvalidField: A field has a wrong value, or the key is missing.
    """
    if not check_idempotency_key(key):
        raise InvalidField(
            "Idempotency-Key", "send one, best a random UUID, and the same with every repeat: one key is one refund"
        )
    fields = ("amount_minor", "lines", "reason")
    document = _parse_operator_body(body, '{"amount_minor": 300}, or empty for all that is left', fields)
    amount, reason = document.get("amount_minor"), check_reason(document.get("reason", ""))
    if amount is not None and (type(amount) is not int or amount < 1):
        raise InvalidField("amount_minor", "must be a whole number of minor units, at least 1")
    return RefundWish(order_id, amount, reason, key, lines=_parse_lines(document.get("lines")))


def _parse_lines(lines: object) -> tuple[LineWish, ...]:
    if lines is None:
        return ()
    if not isinstance(lines, list) or not 1 <= len(lines) <= MAX_REFUND_LINES:
        raise InvalidField("lines", f"must be a list of 1 to {MAX_REFUND_LINES} lines such as {_LINE}, or be left out")
    return tuple(_parse_line(line, f"lines[{number}]") for number, line in enumerate(lines))


def _parse_line(line: object, at: str) -> LineWish:
    if not isinstance(line, dict) or not line.keys() <= {"id", "variant", "line", "quantity"}:
        raise InvalidField(at, f'must be an object such as {_LINE}, or {{"line": 3, "quantity": 2}} for the third line')
    product, variant, number, quantity = (line.get(name) for name in ("id", "variant", "line", "quantity"))
    if type(quantity) is not int or quantity < 1:
        raise InvalidField(f"{at}.quantity", "must be how many pieces to refund, at least 1")
    if number is not None:
        if type(number) is not int or number < 1 or product is not None or variant is not None:
            raise InvalidField(f"{at}.line", "must be the number of a line of the order, from 1, without id and variant")
        return LineWish(quantity, place=number - 1)
    if not isinstance(product, str) or not product:
        raise InvalidField(f"{at}.id", "must be the id of a product of the order")
    if variant is not None and not isinstance(variant, str):
        raise InvalidField(f"{at}.variant", "must be the id of a variant, or be left out")
    return LineWish(quantity, product, variant or "")
