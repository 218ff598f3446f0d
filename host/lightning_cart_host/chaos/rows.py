"""Reads a database that other processes are using: a SQLite file, or PostgreSQL."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from lightning_cart_host.adapters.database import is_postgres


def read_rows(database: str | Path, sql: str, parameters: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
    """Run one query without changing anything.

    Args:
        database: The file, or PostgreSQL's URL.
        sql: The query, with `?` placeholders.
        parameters: Their values; for a file only.
    """
    if is_postgres(str(database)):
        import psycopg  # noqa: PLC0415 - only PostgreSQL needs it

        with psycopg.connect(str(database)) as server:
            yield from server.execute(sql.encode())
        return
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        yield from connection.execute(sql, parameters)
