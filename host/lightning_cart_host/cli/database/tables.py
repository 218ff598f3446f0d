"""Describes the tables of the migrations: what is copied, in which order, and by which key."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from graphlib import TopologicalSorter
from typing import NamedTuple

from lightning_cart_host.adapters.migration_files import migration_files
from lightning_cart_host.resources import find_resource

_NAMES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
_COLUMNS = "SELECT name, type, pk, hidden FROM pragma_table_xinfo(?)"  # `hidden`: 2 and 3 are generated columns
_REFERENCES = 'SELECT "table" FROM pragma_foreign_key_list(?)'

type Value = bytes | int | None  # a text is its bytes in UTF-8
type Values = tuple[Value, ...]


class Table(NamedTuple):
    """A table, without the columns that a database fills by itself.

    Args:
        name: Its name.
        columns: Whether each column is a text, by its name.
        key: The columns of its primary key.
    """

    name: str
    columns: Mapping[str, bool]
    key: tuple[str, ...]

    @property
    def column_list(self) -> str:
        """The names of the columns in SQL."""
        return ", ".join(f'"{name}"' for name in self.columns)

    @property
    def select(self) -> str:
        """The statement that reads all rows in the order of the key. Texts are in the order of their bytes."""
        order = ", ".join(f'"{name}"' for name in self.key)
        return f'SELECT {self.column_list} FROM "{self.name}" ORDER BY {order}'  # noqa: S608 - names of the migrations

    def describe(self, row: Values) -> str:
        """Return the key of a row for a message."""
        values = dict(zip(self.columns, row, strict=True))
        shown = (values[name] for name in self.key)
        return " ".join(value.decode(errors="backslashreplace") if isinstance(value, bytes) else str(value) for value in shown)


def _describe(connection: sqlite3.Connection, name: str) -> Table:
    columns = [column for column in connection.execute(_COLUMNS, (name,)) if not column[3]]
    key = sorted((place, column) for column, _, place, _ in columns if place)
    return Table(name, {column: kind == "TEXT" for column, kind, *_ in columns}, tuple(column for _, column in key))


def describe_tables() -> list[Table]:
    """Return the tables, each behind those that it refers to."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for file in migration_files(find_resource("migrations")):
            connection.executescript(file.read_text(encoding="utf-8"))
        names = [name for (name,) in connection.execute(_NAMES)]
        references = {name: [other for (other,) in connection.execute(_REFERENCES, (name,))] for name in names}
        return [_describe(connection, name) for name in _in_order(references)]


def _in_order(references: Mapping[str, list[str]]) -> Iterator[str]:
    return iter(TopologicalSorter(references).static_order())
