"""A small language for what an endpoint accepts, and the one validator that reads it.

Every parameter is declared; whatever is not declared is refused, as the real API does (Stripe: error codes,
`parameter_unknown`). Shapes are data: an endpoint's parameters can be read in one glance in `parameters`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from lightning_cart_sandbox.stripe.errors import StripeError, invalid
from lightning_cart_sandbox.stripe.form import Value, bracketed
from lightning_cart_sandbox.types import Json

_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\".]+(\.[^@\s,;<>\".]+)+")
_INDEX = re.compile(r"[0-9]{1,6}")
_HOST = re.compile(r"[A-Za-z0-9.:_\[\]-]+")
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_METADATA_KEYS, _METADATA_KEY, _METADATA_VALUE = 50, 40, 500
_URL = 5000


class FieldType(Protocol):
    """What one parameter may be."""

    def read(self, value: Value, name: str) -> object:
        """Return the value in its Python type, or raise the `StripeError` that names `name`."""
        ...


def _text(value: Value, name: str) -> str:
    if not isinstance(value, str):
        raise invalid("Invalid string", name)
    if value == "":
        # Stripe takes an empty value for a wish to unset a field.
        raise invalid(
            f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; however "
            f"'{name}' cannot be unset. You should remove '{name}' from your request or supply a non-empty value.",
            name,
            "parameter_invalid_empty",
        )
    return value


@dataclass(frozen=True)
class Text:
    """Text, not empty.

    Attributes:
        longest: The greatest number of characters.
        rule: What else must be true, and the sentence for when it is not.
    """

    longest: int = 5000
    rule: tuple[Callable[[str], object], str] | None = None

    def read(self, value: Value, name: str) -> str:
        """Return the text."""
        text = _text(value, name)
        if len(text) > self.longest:
            raise invalid(f"Invalid string: {text[:20]}...; must be at most {self.longest} characters", name)
        if self.rule and not self.rule[0](text):
            raise invalid(self.rule[1], name)
        return text


@dataclass(frozen=True)
class OneOf:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, value: Value, name: str) -> str:
        """Return the word."""
        text = _text(value, name)
        if text not in self.words:
            raise invalid(f"Invalid {name}: must be one of {', '.join(self.words)}", name)
        return text


@dataclass(frozen=True)
class Integer:
    """A whole number within bounds."""

    least: int | None = None
    most: int | None = None

    def read(self, value: Value, name: str) -> int:
        """Return the number."""
        text = _text(value, name)
        if not _INTEGER.fullmatch(text):
            raise invalid(f"Invalid integer: {text[:40]}", name, "parameter_invalid_integer")
        number = int(text)
        if self.least is not None and number < self.least:
            raise invalid(f"This value must be greater than or equal to {self.least}.", name, "parameter_invalid_integer")
        if self.most is not None and number > self.most:
            raise invalid(f"This value must be less than or equal to {self.most}.", name, "parameter_invalid_integer")
        return number


@dataclass(frozen=True)
class Boolean:
    """`true` or `false`."""

    def read(self, value: Value, name: str) -> bool:
        """Return the truth."""
        text = _text(value, name)
        if text not in {"true", "false"}:
            raise invalid(f"Invalid boolean: {text[:40]}", name)
        return text == "true"


@dataclass(frozen=True)
class Url:
    """An absolute http or https address."""

    def read(self, value: Value, name: str) -> str:
        """Return the address."""
        text = _text(value, name)
        if len(text) > _URL or not is_web_url(text):
            raise invalid("Not a valid URL: an explicit scheme (such as https) must be provided.", name, "url_invalid")
        return text


@dataclass(frozen=True)
class Email:
    """An e-mail address."""

    def read(self, value: Value, name: str) -> str:
        """Return the address."""
        text = _text(value, name)
        if not is_email(text):
            raise invalid(f"Invalid email address: {text[:80]}", name, "email_invalid")
        return text


@dataclass(frozen=True)
class Metadata:
    """Text by key: at most 50 keys of 40 characters, values of 500 (Stripe: metadata). Empty values unset."""

    def read(self, value: Value, name: str) -> dict[str, str]:
        """Return the keys and values, empty ones included."""
        if value == "":
            return {}
        if not isinstance(value, dict):
            raise invalid("Invalid hash", name)
        if len(value) > _METADATA_KEYS:
            raise invalid(f"Metadata can have at most {_METADATA_KEYS} keys.", name)
        for key, text in value.items():
            here = bracketed(name, key)
            if not isinstance(text, str):
                raise invalid("Metadata values must be strings.", here)
            if len(key) > _METADATA_KEY:
                raise invalid(f"Metadata keys can have up to {_METADATA_KEY} characters.", here)
            if len(text) > _METADATA_VALUE:
                raise invalid(f"Metadata values can have up to {_METADATA_VALUE} characters.", here)
        return {key: str(text) for key, text in value.items()}


@dataclass(frozen=True)
class ListOf:
    """Several of one shape, `name[0]`, `name[1]` and so on."""

    item: FieldType
    most: int = 100

    def read(self, value: Value, name: str) -> list[object]:
        """Return the items in the order of their numbers."""
        if not isinstance(value, dict) or not all(_INDEX.fullmatch(key) for key in value):
            raise invalid("Invalid array", name)
        if len(value) > self.most:
            raise invalid(f"Array {name} exceeded maximum {self.most} allowed elements.", name)
        keys = sorted(value, key=int)
        return [self.item.read(value[key], bracketed(name, index)) for index, key in enumerate(keys)]


@dataclass(frozen=True)
class Fields:
    """Named parts.

    Attributes:
        parts: The shape of each part; a name that is not here is unknown.
        required: Names that must be given.
    """

    parts: Mapping[str, FieldType]
    required: tuple[str, ...] = ()

    def read(self, value: Value, name: str = "") -> Json:
        """Return the parts that were given."""
        if not isinstance(value, dict):
            raise invalid("Invalid object", name)
        for key in value:
            if key not in self.parts:
                here = bracketed(name, key)
                raise invalid(f"Received unknown parameter: {here}", here, "parameter_unknown")
        for key in self.required:
            if key not in value:
                here = bracketed(name, key)
                raise invalid(f"Missing required param: {here}.", here, "parameter_missing")
        return {key: self.parts[key].read(part, bracketed(name, key)) for key, part in value.items()}


@dataclass(frozen=True)
class Either:
    """Named parts, or one plain value: Stripe's range filters."""

    parts: Fields
    plain: FieldType

    def read(self, value: Value, name: str) -> object:
        """Return whichever was given."""
        return self.parts.read(value, name) if isinstance(value, dict) else self.plain.read(value, name)


@dataclass(frozen=True)
class Unsupported:
    """A parameter that the real API knows and this sandbox does not act on, so it is refused rather than ignored."""

    def read(self, value: Value, name: str) -> object:
        """Refuse."""
        del value
        raise StripeError(
            f"Sandbox: Stripe has the parameter '{name}', but this sandbox does not imitate what it does. "
            "Test it against Stripe's own test mode.",
            code="sandbox_not_imitated",
            param=name,
            validation=True,
        )


def is_email(text: str) -> bool:
    """Return whether text looks like one e-mail address."""
    return len(text) <= _METADATA_VALUE and _EMAIL.fullmatch(text) is not None


def is_web_url(text: str) -> bool:
    """Return whether text is an absolute http or https address with a host."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    # The host goes into a Content-Security-Policy, so it has nothing in it but a host.
    host = bool(parts.hostname) and _HOST.fullmatch(parts.netloc) is not None
    return parts.scheme in {"http", "https"} and host and not re.search(r"[\s\x00-\x1f]", text)
