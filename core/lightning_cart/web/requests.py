"""Parses what callers send: carts, idempotency keys and refunds. Values are checked here only as far as HTTP is concerned."""

import json
import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from lightning_cart.domain.refund import RefundWish
from lightning_cart.errors import InvalidField, MalformedRequest
from lightning_cart.http import reject_nan
from lightning_cart.usecases.cart import CartRequest

MAX_KEY = 255  # characters
MAX_REASON = 255  # characters
_MAX_FORM_FIELDS = 1000
_DIGITS = re.compile(r"[0-9]{1,9}", re.ASCII)
_NOT_STORABLE = re.compile(r"[\x00\ud800-\udfff]")  # half a character, and what PostgreSQL refuses
_METADATA_FIELD = re.compile(r"metadata\[([^\[\]]*)\]")


def check_idempotency_key(key: str) -> str:
    """Return a caller's idempotency key, which may be empty.

    Raises:
        InvalidField: The key is too long, or has other characters than visible ASCII.
    """
    if len(key) > MAX_KEY or not all("!" <= character <= "~" for character in key):
        raise InvalidField("Idempotency-Key", f"must be 1 to {MAX_KEY} visible ASCII characters, best a random UUID")
    return key


def parse_json_cart(body: bytes) -> CartRequest:
    """Parse a cart from JSON. Unknown keys are ignored.

    Raises:
        MalformedRequest: The body is not JSON in UTF-8, or not an object.
    """
    try:
        document = json.loads(body.decode(), parse_constant=reject_nan)
    except (ValueError, RecursionError) as error:
        raise MalformedRequest("the body must be JSON in UTF-8") from error
    if not isinstance(document, dict):
        raise MalformedRequest('the body must be a JSON object such as {"items": [{"id": "test-10", "quantity": 1}]}')
    return CartRequest(
        items=document.get("items"),
        site=document.get("site"),
        strategy=document.get("strategy"),
        currency=document.get("currency"),
        customer_email=document.get("customer_email"),
        metadata=document.get("metadata"),
    )


def parse_form_cart(body: bytes) -> CartRequest:
    """Parse a cart from an HTML form: `id` and `quantity` once per line. Lines and fields left blank are ignored.

    Raises:
        MalformedRequest: The body is not a form in UTF-8.
        InvalidField: The form does not have one quantity for each id.
    """
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FORM_FIELDS)
    except ValueError as error:
        raise MalformedRequest("the form must be URL-encoded in UTF-8") from error
    ids = [value for name, value in pairs if name == "id"]
    quantities = [value.strip() for name, value in pairs if name == "quantity"]
    if len(ids) != len(quantities):
        raise InvalidField("quantity", "the form must have one quantity for each id")
    items = [
        {"id": product_id, "quantity": int(quantity) if _DIGITS.fullmatch(quantity) else quantity}
        for product_id, quantity in zip(ids, quantities, strict=True)
        if quantity
    ]
    fields = {name: value for name, value in pairs if value}
    return CartRequest(
        items=items,
        site=fields.get("site"),
        strategy=fields.get("strategy"),
        currency=fields.get("currency"),
        customer_email=fields.get("customer_email"),
        metadata={match[1]: value for name, value in fields.items() if (match := _METADATA_FIELD.fullmatch(name))},
    )


def _parse_operator_body(body: bytes, example: str, fields: Sequence[str]) -> Mapping[str, object]:
    if not body.strip():
        return {}
    try:
        document = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise MalformedRequest("the body must be JSON in UTF-8") from error
    if not isinstance(document, dict):
        raise MalformedRequest(f"the body must be a JSON object such as {example}")
    for name in document:
        if name not in fields:  # a misspelled amount must not refund the whole order
            raise InvalidField(name, f"is not read here: send {' and '.join(fields)}, or nothing")
    return document


def _check_reason(reason: object) -> str:
    if not isinstance(reason, str) or len(reason) > MAX_REASON or _NOT_STORABLE.search(reason):
        raise InvalidField("reason", f"must be a text of at most {MAX_REASON} characters")
    return reason


def parse_reason(body: bytes) -> str:
    """Parse the reason of an operator's change, which may be empty.

    Raises:
        MalformedRequest: The body is not JSON in UTF-8, or not an object.
        InvalidField: A field has a wrong value.
    """
    document = _parse_operator_body(body, '{"reason": "…"}, or empty', ("reason",))
    return _check_reason(document.get("reason", ""))


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
    document = _parse_operator_body(body, '{"amount_minor": 300}, or empty for all that is left', ("amount_minor", "reason"))
    amount, reason = document.get("amount_minor"), _check_reason(document.get("reason", ""))
    if amount is not None and (type(amount) is not int or amount < 1):
        raise InvalidField("amount_minor", "must be a whole number of minor units, at least 1")
    return RefundWish(order_id, amount, reason, key)
