"""The rules that a request can break, and how a broken one is reported."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Protocol

type Path = tuple[str | int, ...]
"""Names and list positions that lead from the request to a value."""


class Rule(Enum):
    """The rules that a value can break."""

    STRING = auto()
    TOO_LONG = auto()
    TOO_SHORT = auto()
    UNICODE = auto()
    FORMAT = auto()
    CHOICE = auto()
    INTEGER = auto()
    TOO_LOW = auto()
    TOO_HIGH = auto()
    BOOLEAN = auto()
    URL = auto()
    EMAIL = auto()
    MAP = auto()
    MAP_TOO_LONG = auto()
    MAP_KEY_TOO_LONG = auto()
    MAP_KEY_FORMAT = auto()
    MAP_VALUE_STRING = auto()
    MAP_VALUE_TOO_LONG = auto()
    ARRAY = auto()
    ARRAY_TOO_SHORT = auto()
    ARRAY_TOO_LONG = auto()
    OBJECT = auto()
    UNKNOWN = auto()
    MISSING = auto()
    READ_ONLY = auto()
    UNSUPPORTED = auto()


@dataclass(frozen=True)
class Violation:
    """One rule that one value breaks.

    Attributes:
        rule: The rule.
        path: The path of the value.
        value: The value, if an error may quote it.
        expected: The limit, the choices, or what the field type says about its format.
    """

    rule: Rule
    path: Path
    value: Any = None
    expected: Any = None


class FieldType(Protocol):
    """What one value may be."""

    def check(self, value: object, path: Path) -> Iterator[Violation]:
        """Yield the violations of a value, in the order in which they are found."""
        ...
