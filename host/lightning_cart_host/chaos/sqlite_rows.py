"""Reads a SQLite file that other processes are using."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any


def read_rows(database: Path, sql: str, parameters: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
    """Run one query without changing the file."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        yield from connection.execute(sql, parameters)
