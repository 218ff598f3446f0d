"""What Square says about fields that break a rule (Square: common data types, error codes).

Nothing is converted: a quantity is a string, an amount is an integer, and `1.0` is neither. A member that is `null` counts as
missing.
"""

import re
from collections.abc import Mapping
from typing import cast

from lightning_cart_sandbox.schema import Boolean, Fields, FieldType, Integer, ListOf, Path, Rule, Text, Violation
from lightning_cart_sandbox.square.errors import SquareError, missing, not_supported
from lightning_cart_sandbox.types import Json

_ERRORS: dict[Rule, tuple[str, str]] = {
    Rule.STRING: ("EXPECTED_STRING", "Expected a string value."),
    Rule.TOO_LONG: ("VALUE_TOO_LONG", "Field must not be greater than {expected} in length"),
    Rule.TOO_SHORT: ("VALUE_TOO_SHORT", "Field must be at least {expected} in length"),
    Rule.UNICODE: ("INVALID_VALUE", "Field is not valid Unicode text."),
    Rule.CHOICE: ("INVALID_ENUM_VALUE", "`{value:.40}` is not a valid value: {expected}."),
    Rule.INTEGER: ("EXPECTED_INTEGER", "Expected an integer value."),
    Rule.TOO_LOW: ("VALUE_TOO_LOW", "Field must be greater than or equal to {expected}"),
    Rule.TOO_HIGH: ("VALUE_TOO_HIGH", "Field must be less than or equal to {expected}"),
    Rule.BOOLEAN: ("EXPECTED_BOOLEAN", "Expected a boolean value."),
    Rule.MAP: ("EXPECTED_MAP", "Expected a map."),
    Rule.MAP_TOO_LONG: ("TOO_MANY_MAP_ENTRIES", "Field must have no more than {expected} entries"),
    Rule.MAP_KEY_TOO_LONG: ("MAP_KEY_LENGTH_TOO_LONG", "A key must not be longer than {expected}"),
    Rule.MAP_KEY_FORMAT: ("VALUE_REGEX_MISMATCH", "A key must match [a-zA-Z0-9_-]+"),
    Rule.MAP_VALUE_STRING: ("EXPECTED_STRING", "Expected a string value."),
    Rule.MAP_VALUE_TOO_LONG: ("VALUE_TOO_LONG", "Field must not be greater than {expected} in length"),
    Rule.ARRAY: ("EXPECTED_ARRAY", "Expected an array."),
    Rule.ARRAY_TOO_SHORT: ("ARRAY_EMPTY", "Array must not be empty"),
    Rule.ARRAY_TOO_LONG: ("ARRAY_LENGTH_TOO_LONG", "Array must have no more than {expected} elements"),
    Rule.OBJECT: ("EXPECTED_OBJECT", "Expected an object."),
    Rule.READ_ONLY: ("BAD_REQUEST", "This field is read-only."),
}


def read(fields: Fields, value: object) -> Json:
    """Return the fields of a request's JSON that were given.

    Args:
        fields: What the endpoint accepts.
        value: The JSON.

    Raises:
        SquareError: The first rule that a field breaks.
    """
    given = _without_nulls(fields, value)
    violation = next(fields.check(given, ()), None)
    if violation:
        raise _error(violation)
    return cast("Json", given)


def read_query(fields: Fields, query: Mapping[str, str]) -> Json:
    """Return the parameters of a query, each in the type of its field.

    Raises:
        SquareError: `UNKNOWN_QUERY_PARAMETER`, or a value of the wrong type.
    """
    values: Json = {}
    for name, text in query.items():
        field = fields.members.get(name)
        if field is None:
            raise SquareError("UNKNOWN_QUERY_PARAMETER", f"Unknown query parameter: {name[:80]}", name[:80])
        values[name] = text
        if isinstance(field, Integer) and re.fullmatch(r"-?[0-9]{1,15}", text):
            values[name] = int(text)
        if isinstance(field, Boolean) and text.lower() in {"true", "false"}:
            values[name] = text.lower() == "true"
    return read(fields, values)


def _without_nulls(field: FieldType | None, value: object) -> object:
    """Drop members that are `null`. An unknown one stays, because its name is wrong in any case."""
    if isinstance(field, ListOf) and isinstance(value, list):
        return [_without_nulls(field.item, item) for item in value]
    if isinstance(field, Fields) and isinstance(value, dict):
        types = field.members
        return {
            name: _without_nulls(types.get(name), member)
            for name, member in value.items()
            if member is not None or name not in types
        }
    return value


def _error(violation: Violation) -> SquareError:
    rule, path = violation.rule, violation.path
    field = _dotted(path)
    if rule is Rule.UNKNOWN:
        name = str(path[-1])[:80].encode("ascii", "backslashreplace").decode()
        return SquareError("BAD_REQUEST", f"The field named '{name}' is unrecognized", _dotted((*path[:-1], name)))
    if rule is Rule.MISSING:
        return missing(field)
    if rule is Rule.UNSUPPORTED:
        return not_supported(field)
    if rule is Rule.FORMAT:
        code, detail = violation.expected
        return SquareError(code, detail, field)
    if rule is Rule.CHOICE:
        earlier = next(Text(255, min_length=0).check(violation.value, path), None)
        if earlier:
            return _error(earlier)
    code, detail = _ERRORS[rule]
    return SquareError(code, detail.format(value=violation.value, expected=violation.expected), field or None)


def _dotted(path: Path) -> str:
    """Return a path as Square writes it: `order.line_items[0].quantity`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
