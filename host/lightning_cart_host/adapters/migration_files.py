"""Reads the files of migrations, and compares them with what a database has."""

import sqlite3
from collections.abc import Collection, Iterator
from pathlib import Path

from lightning_cart.errors import ConfigurationError
from lightning_cart.ports import Statement
from lightning_cart_host.resources import find_resource

APPLIED = Statement("SELECT name FROM d1_migrations")


def migration_files(folder: Path) -> list[Path]:
    """Return the migrations of a folder, in the order in which they are applied."""
    return sorted(folder.glob("*.sql"))


def pending_names(folder: Path, applied: Collection[str]) -> list[str]:
    """Return the names of a folder's migrations that a database does not have yet, in the order in which they are applied."""
    return [file.name for file in migration_files(folder) if file.name not in applied]


def unknown_names(applied: Collection[str]) -> list[str]:
    """Return the names of a database's migrations that this program does not know, because a newer release applied them."""
    return sorted(set(applied) - {file.name for file in migration_files(find_resource("migrations"))})


def require_known(applied: Collection[str], shown: str) -> None:
    """Check that no newer release has migrated a database.

    Args:
        applied: The names of its migrations.
        shown: Its name without secrets.

    Raises:
        ConfigurationError: One has.
    """
    if unknown := unknown_names(applied):
        raise ConfigurationError(f"{shown} is of a newer release, with {', '.join(unknown)}: upgrade Lightning-Cart first")


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
