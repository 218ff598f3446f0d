"""Strings as PayPal measures them: in UTF-16 code units, so that an emoji counts as two."""

from collections.abc import Iterator
from dataclasses import dataclass

from lightning_cart_sandbox import schema
from lightning_cart_sandbox.schema import Path, Rule, Violation


@dataclass(frozen=True)
class Text(schema.Text):
    """A string whose length is measured in UTF-16 code units."""

    def check(self, value: object, path: Path) -> Iterator[Violation]:
        """Check type, length, Unicode and format."""
        if isinstance(value, str) and utf16_length(value) > self.max_length:
            yield Violation(Rule.TOO_LONG, path, value, self.max_length)
        else:
            yield from super().check(value, path)


def utf16_length(text: str) -> int:
    """Return the number of UTF-16 code units of a string."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut_utf16(text: str, max_length: int) -> str:
    """Return as many whole characters of a string as fit into a number of UTF-16 code units."""
    return text.encode("utf-16-le")[: 2 * max_length].decode("utf-16-le", "ignore")
