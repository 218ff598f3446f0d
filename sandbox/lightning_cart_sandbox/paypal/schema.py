"""A small language for what a request's JSON may be, and the one validator that reads it.

Every field is declared; whatever is not declared is refused. All that is wrong is collected, as the real API does, each with
the JSON pointer of its field.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from lightning_cart_sandbox.paypal.errors import problem, refused
from lightning_cart_sandbox.paypal.money import VALUE
from lightning_cart_sandbox.types import Json

_HOST = re.compile(r"[A-Za-z0-9.:_\[\]-]+")
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\".]+(\.[^@\s,;<>\".]+)+")


class FieldType(Protocol):
    """What one value may be."""

    def check(self, value: object, at: str) -> list[Json]:
        """Return what is wrong with a value whose JSON pointer is `at`."""
        ...


@dataclass(frozen=True)
class Text:
    """Text.

    Attributes:
        longest: The greatest number of characters.
        least: The smallest.
        pattern: What all of it must match, if anything.
    """

    longest: int
    least: int = 1
    pattern: str = ""

    def check(self, value: object, at: str) -> list[Json]:
        """Check type, length and pattern."""
        if not isinstance(value, str):
            return [problem("INVALID_PARAMETER_SYNTAX", at)]
        if not self.least <= len(value) <= self.longest:
            return [problem("INVALID_STRING_LENGTH", at, value)]
        if self.pattern and not re.fullmatch(self.pattern, value):
            return [problem("INVALID_PARAMETER_SYNTAX", at, value)]
        return []


@dataclass(frozen=True)
class OneOf:
    """One of a few words.

    Attributes:
        words: Those that may stand here.
        not_imitated: More that the real API knows, whose effect this sandbox has no copy of.
    """

    words: tuple[str, ...]
    not_imitated: tuple[str, ...] = ()

    def check(self, value: object, at: str) -> list[Json]:
        """Check the word."""
        if value in self.not_imitated:
            return [problem("SANDBOX_NOT_IMITATED", at, value)]
        return [] if isinstance(value, str) and value in self.words else [problem("INVALID_PARAMETER_VALUE", at, value)]


@dataclass(frozen=True)
class Url:
    """An absolute http or https address."""

    longest: int = 4000

    def check(self, value: object, at: str) -> list[Json]:
        """Check the address."""
        good = isinstance(value, str) and len(value) <= self.longest and is_web_url(value)
        return [] if good else [problem("INVALID_PARAMETER_SYNTAX", at, value)]


@dataclass(frozen=True)
class Email:
    """An e-mail address."""

    def check(self, value: object, at: str) -> list[Json]:
        """Check the address."""
        good = isinstance(value, str) and len(value) <= 254 and _EMAIL.fullmatch(value)
        return [] if good else [problem("INVALID_PARAMETER_SYNTAX", at, value)]


@dataclass(frozen=True)
class Anything:
    """Any JSON; what it must be is somebody else's question."""

    def check(self, value: object, at: str) -> list[Json]:
        """Find nothing wrong."""
        del value, at
        return []


@dataclass(frozen=True)
class ListOf:
    """Several of one shape."""

    item: FieldType
    most: int
    least: int = 1

    def check(self, value: object, at: str) -> list[Json]:
        """Check the number, then each."""
        if not isinstance(value, list):
            return [problem("INVALID_PARAMETER_SYNTAX", at or "/")]
        if len(value) < self.least:
            return [problem("INVALID_ARRAY_MIN_ITEMS", at)]
        if len(value) > self.most:
            return [problem("INVALID_ARRAY_MAX_ITEMS", at)]
        return [found for index, one in enumerate(value) for found in self.item.check(one, f"{at}/{index}")]


@dataclass(frozen=True)
class Fields:
    """Named parts.

    Attributes:
        parts: The shape of each part; a name that is not here is unknown.
        required: Names that must be given.
    """

    parts: Mapping[str, FieldType]
    required: tuple[str, ...] = ()

    def check(self, value: object, at: str) -> list[Json]:
        """Check names, then each part."""
        if not isinstance(value, dict):
            return [problem("INVALID_PARAMETER_SYNTAX", at or "/")]
        found = [problem("MISSING_REQUIRED_PARAMETER", f"{at}/{name}") for name in self.required if name not in value]
        for name, part in value.items():
            here = f"{at}/{name.replace('~', '~0').replace('/', '~1')}"
            shape = self.parts.get(name)
            found += shape.check(part, here) if shape else [problem("SANDBOX_UNKNOWN_FIELD", here)]
        return found


@dataclass(frozen=True)
class Unsupported:
    """A field that the real API knows and this sandbox does not act on, so it is refused rather than ignored."""

    def check(self, value: object, at: str) -> list[Json]:
        """Refuse."""
        del value
        return [problem("SANDBOX_NOT_IMITATED", at)]


def read[T](shape: FieldType, value: T) -> T:
    """Return a value that has its shape.

    Raises:
        PayPalError: 400, with everything that is wrong.
    """
    if found := shape.check(value, ""):
        raise refused(found)
    return value


MONEY = Fields(
    {"currency_code": Text(3, 3), "value": Text(32, pattern=VALUE)},
    required=("currency_code", "value"),
)


def is_web_url(text: str) -> bool:
    """Return whether text is an absolute http or https address with a host."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    # The host goes into a Content-Security-Policy and the whole into a header, so neither has anything else in it.
    host = bool(parts.hostname) and _HOST.fullmatch(parts.netloc) is not None
    return parts.scheme in {"http", "https"} and host and text.isascii() and not re.search(r"[\s\x00-\x1f\x7f]", text)
