"""Describes the machine and the versions of a run, without which its figures mean nothing."""

import platform
import sqlite3
from importlib.metadata import version

from benchmarks.host.racing import Arena
from benchmarks.machine import describe_hardware, locked


def describe_machine(arena: Arena) -> dict[str, str]:
    """Return processor, system and versions, each as a string."""
    return {
        **describe_hardware(),
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "PostgreSQL": arena.postgres_version(),
        **{name: version(name) for name in ("uvicorn", "uvloop", "httptools", "psycopg")},
        **{name: locked(name, "bench-host.txt") for name in ("fastapi", "sqlalchemy", "stripe", "aiosqlite", "httpx")},
    }
