"""The databases of a host: a SQLite file, or PostgreSQL, which any number of engines share."""

from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from lightning_cart.errors import ConfigurationError
from lightning_cart.ports import Database
from lightning_cart_host.adapters.sqlite import SqliteDatabase

_SCHEMES = ("postgresql://", "postgres://")
# Of one engine with PostgreSQL. Calls that write share one, since two that change neighbouring rows at once are refused. The
# others are for calls that read, and for those that come while one takes long.
CONNECTIONS = 4
_PSYCOPG = "PostgreSQL needs the package psycopg: run pip install 'lightning-cart[host,postgres]'"


class HostDatabase(Database, Protocol):
    """A `Database` that migrates itself."""

    async def pending_migrations(self, folder: Path) -> list[str]:
        """Return the names of the migrations in a folder that it does not have yet.

        Raises:
            StorageUnavailable: It does not answer, or has no table of migrations.
        """
        ...

    async def migrate(self, folder: Path) -> list[str]:
        """Apply the migrations that it does not have yet, each in one transaction, and return their names.

        Raises:
            StorageUnavailable: It does not answer or rejected one; those before it are applied.
        """
        ...

    async def aclose(self) -> None:
        """Finish the running calls, and close it. Closing twice is harmless."""
        ...


def is_postgres(name: str) -> bool:
    """Return whether a database's name is PostgreSQL's URL, and not a file."""
    return name.lower().startswith(_SCHEMES)


def shown_name(name: str) -> str:
    """Return a database's name without user, password and parameters, which a URL may contain."""
    if not is_postgres(name):
        return name
    try:
        parts = urlsplit(name)
        host, port = parts.hostname or "", f":{parts.port}" if parts.port else ""
    except ValueError:
        return "postgresql://…"
    if "@" in parts.path + parts.query + parts.fragment:  # a password that is not quoted
        return "postgresql://…"
    return f"postgresql://{host}{port}{parts.path}"


async def open_database(name: str, *, connections: int = CONNECTIONS) -> HostDatabase:
    """Open a database. Close it when done.

    Args:
        name: A SQLite file, which is created if it does not exist, or `postgresql://user:password@host/database`.
        connections: The maximum number of connections, for PostgreSQL.

    Raises:
        ConfigurationError: The package for PostgreSQL is not installed, or the URL or the SQLite of this Python cannot be used.
        StorageUnavailable: It cannot be opened.
    """
    if is_postgres(name):
        try:
            from lightning_cart_host.adapters.postgres import PostgresDatabase  # noqa: PLC0415 - only PostgreSQL needs psycopg
        except ImportError as error:
            raise ConfigurationError(_PSYCOPG) from error
        return await PostgresDatabase.connect(name, connections)
    return SqliteDatabase(name)
