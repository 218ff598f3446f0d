"""A small language for what an endpoint accepts as JSON, and the one validator that reads it.

Every field is declared; whatever is not declared is refused, and nothing is converted: a quantity is a string, an amount is an
integer, and `1.0` is neither (Square: common data types, error codes).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from lightning_cart_sandbox.square.errors import SquareError, missing, not_imitated
from lightning_cart_sandbox.types import Json

_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\".]+(\.[^@\s,;<>\".]+)+")
_HOST = re.compile(r"[A-Za-z0-9.:_\[\]-]+")
_KEY = re.compile(r"[A-Za-z0-9_-]+")
_METADATA_KEYS, _METADATA_KEY, _METADATA_VALUE = 10, 60, 255
_LARGEST = 2**53 - 1


class FieldType(Protocol):
    """What one field may be."""

    def read(self, value: object, field: str) -> object:
        """Return the value, or raise the `SquareError` that names `field`."""
        ...


@dataclass(frozen=True)
class Text:
    """Text.

    Attributes:
        longest: The greatest number of characters.
        shortest: The least.
        rule: What else must be true, with the code and the sentence for when it is not.
    """

    longest: int = 255
    shortest: int = 0
    rule: tuple[Callable[[str], object], str, str] | None = None

    def read(self, value: object, field: str) -> str:
        """Return the text."""
        if not isinstance(value, str):
            raise SquareError("EXPECTED_STRING", "Expected a string value.", field)
        if len(value) > self.longest:
            raise SquareError("VALUE_TOO_LONG", f"Field must not be greater than {self.longest} in length", field)
        if len(value) < self.shortest:
            raise SquareError("VALUE_TOO_SHORT", f"Field must be at least {self.shortest} in length", field)
        if re.search("[\ud800-\udfff]", value):
            raise SquareError("INVALID_VALUE", "Field is not valid Unicode text.", field)
        if self.rule and not self.rule[0](value):
            raise SquareError(self.rule[1], self.rule[2], field)
        return value


@dataclass(frozen=True)
class Integer:
    """A whole number within bounds."""

    least: int = 0
    most: int = _LARGEST

    def read(self, value: object, field: str) -> int:
        """Return the number."""
        if not isinstance(value, int) or isinstance(value, bool):
            raise SquareError("EXPECTED_INTEGER", "Expected an integer value.", field)
        if value < self.least:
            raise SquareError("VALUE_TOO_LOW", f"Field must be greater than or equal to {self.least}", field)
        if value > self.most:
            raise SquareError("VALUE_TOO_HIGH", f"Field must be less than or equal to {self.most}", field)
        return value


@dataclass(frozen=True)
class Boolean:
    """`true` or `false`."""

    def read(self, value: object, field: str) -> bool:
        """Return the truth."""
        if not isinstance(value, bool):
            raise SquareError("EXPECTED_BOOLEAN", "Expected a boolean value.", field)
        return value


@dataclass(frozen=True)
class OneOf:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, value: object, field: str) -> str:
        """Return the word."""
        text = Text().read(value, field)
        if text not in self.words:
            raise SquareError("INVALID_ENUM_VALUE", f"`{text[:40]}` is not a valid value: {', '.join(self.words)}.", field)
        return text


@dataclass(frozen=True)
class Metadata:
    """Text by key: at most 10 entries, keys of 60 letters, digits, `_` and `-`, values of 255 (Square: metadata)."""

    def read(self, value: object, field: str) -> dict[str, str]:
        """Return the entries."""
        if not isinstance(value, dict):
            raise SquareError("EXPECTED_MAP", "Expected a map.", field)
        if len(value) > _METADATA_KEYS:
            raise SquareError("TOO_MANY_MAP_ENTRIES", f"Field must have no more than {_METADATA_KEYS} entries", field)
        for key in value:
            if len(key) > _METADATA_KEY:
                raise SquareError("MAP_KEY_LENGTH_TOO_LONG", f"A key must not be longer than {_METADATA_KEY}", field)
            if not _KEY.fullmatch(key):
                raise SquareError("VALUE_REGEX_MISMATCH", "A key must match [a-zA-Z0-9_-]+", field)
        return {key: Text(_METADATA_VALUE).read(text, f"{field}.{key}") for key, text in value.items()}


@dataclass(frozen=True)
class ListOf:
    """Several of one shape."""

    item: FieldType
    most: int
    least: int = 0

    def read(self, value: object, field: str) -> list[object]:
        """Return the items."""
        if not isinstance(value, list):
            raise SquareError("EXPECTED_ARRAY", "Expected an array.", field)
        if len(value) < self.least:
            raise SquareError("ARRAY_EMPTY", "Array must not be empty", field)
        if len(value) > self.most:
            raise SquareError("ARRAY_LENGTH_TOO_LONG", f"Array must have no more than {self.most} elements", field)
        return [self.item.read(item, f"{field}[{index}]") for index, item in enumerate(value)]


@dataclass(frozen=True)
class Fields:
    """Named parts; a part that is `null` counts as not given.

    Attributes:
        parts: The shape of each part; a name that is not here is unknown.
        required: Names that must be given.
    """

    parts: Mapping[str, FieldType]
    required: tuple[str, ...] = ()

    def read(self, value: object, field: str = "") -> Json:
        """Return the parts that were given."""
        if not isinstance(value, dict):
            raise SquareError("EXPECTED_OBJECT", "Expected an object.", field or None)
        given = {key: part for key, part in value.items() if part is not None}
        for key in value:
            if key not in self.parts:
                shown = key[:80].encode("ascii", "backslashreplace").decode()
                raise SquareError("BAD_REQUEST", f"The field named '{shown}' is unrecognized", _inside(field, shown))
        for key in self.required:
            if key not in given:
                raise missing(_inside(field, key))
        return {key: self.parts[key].read(part, _inside(field, key)) for key, part in given.items()}


@dataclass(frozen=True)
class Unsupported:
    """A field that the real API acts on and this sandbox does not: refused unless it asks for nothing."""

    def read(self, value: object, field: str) -> object:
        """Refuse."""
        if value not in (False, "", [], {}):
            raise not_imitated(field)
        return value


@dataclass(frozen=True)
class ReadOnly:
    """A field that only Square sets."""

    def read(self, value: object, field: str) -> object:
        """Refuse."""
        del value
        raise SquareError("BAD_REQUEST", "This field is read-only.", field)


def read_query(fields: Fields, query: Mapping[str, str]) -> Json:
    """Return the parameters of a query, each in the type that its shape wants.

    Raises:
        SquareError: `UNKNOWN_QUERY_PARAMETER`, or a value of the wrong kind.
    """
    values: Json = {}
    for name, text in query.items():
        shape = fields.parts.get(name)
        if shape is None:
            raise SquareError("UNKNOWN_QUERY_PARAMETER", f"Unknown query parameter: {name[:80]}", name[:80])
        values[name] = text
        if isinstance(shape, Integer) and re.fullmatch(r"-?[0-9]{1,15}", text):
            values[name] = int(text)
        if isinstance(shape, Boolean) and text.lower() in {"true", "false"}:
            values[name] = text.lower() == "true"
    return fields.read(values)


def is_email(text: str) -> bool:
    """Return whether text looks like one e-mail address."""
    return len(text) <= _METADATA_VALUE + 1 and _EMAIL.fullmatch(text) is not None


def is_web_url(text: str) -> bool:
    """Return whether text is an absolute http or https address with a host that is nothing but a host."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    host = bool(parts.hostname) and _HOST.fullmatch(parts.netloc) is not None
    return parts.scheme in {"http", "https"} and host and not re.search(r"[\s\x00-\x1f]", text)


def _inside(field: str, key: str) -> str:
    return f"{field}.{key}" if field else key
