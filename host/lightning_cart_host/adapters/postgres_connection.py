"""Opens connections to PostgreSQL, all in one way: SERIALIZABLE, with limits on time, and without a secret in an error."""

import logging
import selectors
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.adapt import Buffer, Loader
from psycopg.rows import dict_row
from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import StrDumper

from lightning_cart.errors import ConfigurationError, StorageUnavailable
from lightning_cart.ports import SqlValue

OLDEST_POSTGRES = 140000
APPLICATION = "lightning-cart"  # by which the server knows the connections of engines
_CONNECT_SECONDS = 5
_STATEMENT_SECONDS = 10
# `plan_cache_mode`: planning takes longer than running, and the plans are the same for all values. The joins: a statement reads
# few rows of an index for each row that it has, and a plan for all values would read whole tables. The scans: reading a whole
# table, which a small one invites, conflicts with everybody who writes it. The keepalives: the server ends the connections of a
# machine that was lost, and with them its advisory locks, after 25 seconds instead of hours.
OPTIONS = " ".join(
    f"-c {name}={value}"
    for name, value in {
        "default_transaction_isolation": "serializable",
        "plan_cache_mode": "force_generic_plan",
        "jit": "off",
        "enable_hashjoin": "off",
        "enable_mergejoin": "off",
        "enable_seqscan": "off",
        "statement_timeout": f"{_STATEMENT_SECONDS}s",
        "idle_in_transaction_session_timeout": f"{_STATEMENT_SECONDS}s",
        "tcp_keepalives_idle": 10,
        "tcp_keepalives_interval": 5,
        "tcp_keepalives_count": 3,
    }.items()
)
ONE_STATE = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"  # of a transaction whose reads all see the same
SETTINGS: dict[str, Any] = {
    "autocommit": True,
    "connect_timeout": _CONNECT_SECONDS,
    "keepalives_idle": 10,  # the same for a server that was lost
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 1000 * _STATEMENT_SECONDS,
    "application_name": APPLICATION,
    "options": OPTIONS,
    "row_factory": dict_row,
    "cursor_factory": psycopg.RawCursor,
}
# What libpq says why it cannot connect, and what to do.
_ADVICE = {
    "password authentication failed": "correct user and password in DATABASE",
    "no password supplied": "write the password into DATABASE: postgresql://user:password@host/database",
    "does not exist": "create it, or correct DATABASE",
    "Connection refused": "start PostgreSQL, or correct host and port in DATABASE",
    "No such file or directory": "start PostgreSQL, or name its host in DATABASE",
    "timeout expired": "check host and port in DATABASE, and the firewall",
    "resolve host": "correct the host in DATABASE",
    "translate host": "correct the host in DATABASE",
    "too many": "raise max_connections of PostgreSQL, or run fewer processes",
    "remaining connection slots": "raise max_connections of PostgreSQL, or run fewer processes",
    "no pg_hba.conf entry": "allow this host in pg_hba.conf of PostgreSQL",
    "is a standby": "set DATABASE to the primary server",
    "not serializable": "connect to PostgreSQL itself, and not through a pooler that ignores the options of a connection",
    "unsupported startup parameter": "connect to PostgreSQL itself, and not through a pooler",
    "starting up": "try again in a moment",
    "shutting down": "start PostgreSQL again",
}

# It logs each error that a pipeline raises a second time.
logging.getLogger("psycopg").setLevel(logging.ERROR)

# `select` takes no file of a number over 1023, which a server with many connections has.
Selector: type[selectors.BaseSelector] = getattr(selectors, "PollSelector", selectors.SelectSelector)

type Connection = psycopg.Connection[dict[str, SqlValue]]


class _NumberLoader(Loader):
    """Loads a number without decimals, such as a sum, and a truth value as 1 or 0, as the other databases return it."""

    def load(self, data: Buffer) -> int:
        text = bytes(data)
        return int(text) if text not in {b"t", b"f"} else int(text == b"t")


def configure(connection: Connection) -> None:
    """Let a new connection take and return the values of the port, and check its level of isolation."""
    adapters = connection.adapters
    adapters.register_dumper(int, Int8Dumper)  # a number of one type, whatever its size, is one prepared statement
    adapters.register_dumper(str, StrDumper)
    for name in ("bool", "numeric"):
        adapters.register_loader(name, _NumberLoader)
    if connection.info.parameter_status("in_hot_standby") == "on":
        raise psycopg.OperationalError("this server is a standby")
    level = connection.execute("SHOW transaction_isolation").fetchone()
    if not level or level["transaction_isolation"] != "serializable":
        raise psycopg.OperationalError("transactions are not serializable")


def check_url(url: str) -> None:
    """Check that a URL can be used.

    Raises:
        ConfigurationError: It is malformed.
    """
    try:
        parts = psycopg.conninfo.conninfo_to_dict(url)
        ports, host = str(parts.get("port", "0")).split(","), str(parts.get("host", ""))
    except psycopg.ProgrammingError:
        ports, host = ["malformed"], ""
    if "@" in host or not all(port.isdecimal() for port in ports):  # without its cause, whose text may quote the password
        raise ConfigurationError(
            "DATABASE is not a URL such as postgresql://user:password@host/database: write %40 for @ in a password"
        ) from None


def _check_version(version: int) -> None:
    if version < OLDEST_POSTGRES:
        raise ConfigurationError(f"PostgreSQL {version // 10000} is too old: use {OLDEST_POSTGRES // 10000} or newer")


def open_connection(url: str, **settings: object) -> Connection:
    """Open one connection as those of an engine are.

    Args:
        url: A URL that `check_url` accepts. Its `options` are kept, as far as they do not contradict the engine's.
        settings: Of psycopg, instead of the usual ones.

    Raises:
        ConfigurationError: The server is too old.
        psycopg.Error: The server does not answer, or refuses the connection.
    """
    merged = {**SETTINGS, **settings}
    own = psycopg.conninfo.conninfo_to_dict(url).get("options", "")
    merged["options"] = f"{own} {merged['options']}".strip()  # of two values of a parameter, the server takes the last one
    connection: Connection = psycopg.connect(url, **merged)
    try:
        _check_version(connection.info.server_version)
        configure(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def open_long(url: str, limit: str = "0", **settings: object) -> Connection:
    """Open a connection for work that takes longer than a request.

    Args:
        url: A URL that `check_url` accepts.
        limit: How long a statement, and a pause in a transaction, may take, such as `10min`. Default: any time.
        settings: Of psycopg, instead of the usual ones.

    Raises:
        ConfigurationError: The server is too old.
        StorageUnavailable: The server does not answer, or refuses the connection.
    """
    limits = f"-c statement_timeout={limit} -c idle_in_transaction_session_timeout={limit}"
    try:
        return open_connection(url, options=f"{OPTIONS} {limits}", **settings)
    except psycopg.Error as error:
        raise unreachable(error) from error


def unavailable(error: Exception, where: str = "") -> StorageUnavailable:
    """Return the port's error of one of psycopg. Its message may quote a value, so only the name of its code is shown.

    Args:
        error: The error.
        where: What it is about, without values, or empty.
    """
    return StorageUnavailable(f"PostgreSQL: {type(error).__name__}{where and f' ({where})'}")


@contextmanager
def naming_errors() -> Iterator[None]:
    """Raise errors of psycopg as `StorageUnavailable`."""
    try:
        yield
    except psycopg.Error as error:
        raise unavailable(error) from error


def unreachable(error: psycopg.Error) -> StorageUnavailable:
    """Return the error of a connection that could not be opened. Its text names host, user and database, and no password."""
    reason = str(error).strip().partition("\n")[0]
    advice = next((f": {advice}" for sign, advice in _ADVICE.items() if sign in reason), "")
    return StorageUnavailable(f"PostgreSQL: {reason}{advice}")
