"""The types of single values, and of fields that are refused or not checked."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lightning_cart_sandbox.schema.formats import is_email, is_unicode, is_web_url
from lightning_cart_sandbox.schema.violation import FieldType, Path, Rule, Violation


@dataclass(frozen=True)
class Text:
    """A string.

    Attributes:
        max_length: The maximum number of characters.
        min_length: The minimum number of characters.
        accepts: Returns whether the format is right, if there is one.
        message: What the provider says about a wrong format.
    """

    max_length: int
    min_length: int = 1
    accepts: Callable[[str], object] | None = None
    message: object = None

    def check(self, value: object, path: Path) -> Iterator[Violation]:
        """Check type, length, Unicode and format."""
        if not isinstance(value, str):
            yield Violation(Rule.STRING, path, value)
        elif len(value) > self.max_length:
            yield Violation(Rule.TOO_LONG, path, value, self.max_length)
        elif len(value) < self.min_length:
            yield Violation(Rule.TOO_SHORT, path, value, self.min_length)
        elif not is_unicode(value):
            yield Violation(Rule.UNICODE, path)
        elif self.accepts and not self.accepts(value):
            yield Violation(Rule.FORMAT, path, value, self.message)


@dataclass(frozen=True)
class OneOf:
    """One of a few strings.

    Attributes:
        choices: The strings that are accepted.
        unsupported: Strings that the real API knows and this sandbox does not act on.
    """

    choices: tuple[str, ...]
    unsupported: tuple[str, ...] = ()

    def check(self, value: object, path: Path) -> Iterator[Violation]:
        """Check the choice."""
        if value in self.unsupported:
            yield Violation(Rule.UNSUPPORTED, path, value)
        elif not isinstance(value, str) or value not in self.choices:
            yield Violation(Rule.CHOICE, path, value, ", ".join(self.choices))


@dataclass(frozen=True)
class Integer:
    """An integer within bounds, each included; `None` means no bound."""

    minimum: int | None = None
    maximum: int | None = None

    def check(self, value: object, path: Path) -> Iterator[Violation]:
        """Check type and bounds."""
        if not isinstance(value, int) or isinstance(value, bool):
            yield Violation(Rule.INTEGER, path, value)
        elif self.minimum is not None and value < self.minimum:
            yield Violation(Rule.TOO_LOW, path, value, self.minimum)
        elif self.maximum is not None and value > self.maximum:
            yield Violation(Rule.TOO_HIGH, path, value, self.maximum)


@dataclass(frozen=True)
class Boolean:
    """`True` or `False`."""

    def check(self, value: object, path: Path) -> Iterator[Violation]:
        """Check the type."""
        if not isinstance(value, bool):
            yield Violation(Rule.BOOLEAN, path, value)


@dataclass(frozen=True)
class Url:
    """An absolute http or https URL of at most `max_length` characters."""

    max_length: int

    def check(self, value: object, path: Path) -> Iterator[Violation]:
        """Check the URL."""
        if not isinstance(value, str) or len(value) > self.max_length or not is_web_url(value):
            yield Violation(Rule.URL, path, value)


@dataclass(frozen=True)
class Email:
    """An email address of at most `max_length` characters."""

    max_length: int

    def check(self, value: object, path: Path) -> Iterator[Violation]:
        """Check the address."""
        if not isinstance(value, str) or not is_email(value, self.max_length):
            yield Violation(Rule.EMAIL, path, value)


@dataclass(frozen=True)
class Anything:
    """Any value; another function checks it."""

    def check(self, value: object, path: Path) -> Iterator[Violation]:
        """Accept the value."""
        del value, path
        return iter(())


@dataclass(frozen=True)
class ReadOnly:
    """A field that only the provider sets."""

    def check(self, value: object, path: Path) -> Iterator[Violation]:
        """Refuse the value."""
        del value
        yield Violation(Rule.READ_ONLY, path)


@dataclass(frozen=True)
class Unsupported:
    """A field that the real API knows and this sandbox does not act on, so it is refused rather than ignored.

    Attributes:
        unless: Values that make no difference at the real API either, so they are accepted.
    """

    unless: tuple[object, ...] = ()

    def check(self, value: object, path: Path) -> Iterator[Violation]:
        """Refuse the value, unless it makes no difference."""
        if value not in self.unless:
            yield Violation(Rule.UNSUPPORTED, path)


def unsupported(names: str, unless: tuple[object, ...] = ()) -> dict[str, FieldType]:
    """Return the unsupported members of an object.

    Args:
        names: Their names, with spaces between.
        unless: Values that are accepted anyway.
    """
    return dict.fromkeys(names.split(), Unsupported(unless))
