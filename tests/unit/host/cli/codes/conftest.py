"""A shop's folder: the example catalogue, and a database without codes."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.resources import find_resource
from support.app import run

type Cli = Callable[..., tuple[int, str, str]]
type Rows = Callable[[str], list[tuple[Any, ...]]]


@cache
def _migrated(path: Path) -> Path:
    database = SqliteDatabase(path)
    run(database.migrate(find_resource("migrations")))
    database.close()
    return path


@pytest.fixture
def codes(lightning_cart: Cli, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """Run `lightning-cart codes` in the folder of a shop."""
    shutil.copytree(find_resource("config"), tmp_path / "config")
    shutil.copyfile(_migrated(tmp_path_factory.getbasetemp() / "empty.db"), tmp_path / "lightning-cart.db")
    return lambda *arguments: lightning_cart("codes", *arguments)


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    """Return what a query finds in that database."""

    def query(sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(tmp_path / "lightning-cart.db", isolation_level=None)) as database:
            return [tuple(row) for row in database.execute(sql)]

    return query
