"""One database of a copy: the one that is read, or the one that is written."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from lightning_cart_host.cli.database.tables import Table, Values


class Side(Protocol):
    """A database with all tables, in one transaction.

    Each method raises `StorageUnavailable` if the database rejects a statement or does not answer.
    """

    shown: str  # its name without secrets

    def begin_reading(self) -> None:
        """Let all reads see one state. Others can write meanwhile."""
        ...

    def begin_writing(self, tables: Sequence[Table]) -> None:
        """Begin the transaction that writes everything, and keep others from writing. Triggers add no rows in it."""
        ...

    def count(self, table: Table) -> int:
        """Return the number of rows of a table."""
        ...

    def rows(self, table: Table) -> Iterator[Values]:
        """Yield the rows of a table in the order of its key, a batch of them in memory at a time."""
        ...

    def write(self, table: Table, rows: Iterable[Values]) -> None:
        """Insert rows into a table. Raises `ConfigurationError` with a row's key if it cannot be stored there."""
        ...

    def clear(self, table: Table) -> None:
        """Delete all rows of a table."""
        ...

    def commit(self) -> None:
        """End the transaction, so that others see what was written."""
        ...

    def count_engines(self) -> int:
        """Return how many connections engines have to it. Of a file nothing is known: its lock tells."""
        ...

    def close(self) -> None:
        """Close it, and undo what was not committed."""
        ...
