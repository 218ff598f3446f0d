"""Reads the files of migrations."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path


def migration_files(folder: Path) -> list[Path]:
    """Return the migrations of a folder, in the order in which they are applied."""
    return sorted(folder.glob("*.sql"))


def read_statements(file: Path) -> Iterator[str]:
    """Yield the statements of a migration, one by one: a trigger is one statement, although it contains semicolons."""
    statement = ""
    for line in file.read_text(encoding="utf-8").splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement
