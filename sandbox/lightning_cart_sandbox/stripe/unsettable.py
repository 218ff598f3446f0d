"""Parameters that an empty value unsets (Stripe: API reference, updates)."""

from collections.abc import Iterator
from dataclasses import dataclass

from lightning_cart_sandbox.schema import FieldType, Path, Violation


@dataclass(frozen=True)
class Unsettable:
    """A parameter that can be empty.

    Attributes:
        field: The type of a value that is not empty.
    """

    field: FieldType

    def check(self, value: object, path: Path) -> Iterator[Violation]:
        """Check a value that is not empty."""
        return iter(()) if value == "" else self.field.check(value, path)
