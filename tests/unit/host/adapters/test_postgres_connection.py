"""Connections to PostgreSQL: which are refused, and what an error says to do, without a secret."""

from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.adapters.postgres_connection import check_url, open_connection, unreachable

URL = "postgresql://shop:s3cr3t@db.example/orders"


class Server:
    """A connection to a server that has a release, a role and a level of isolation.

    Args:
        version: Of the server, such as 140000.
        is_standby: Whether it can only be read.
        level: How transactions are isolated.
    """

    def __init__(self, version: int = 180000, *, is_standby: bool = False, level: str = "serializable") -> None:
        standby = "on" if is_standby else "off"
        self.info = SimpleNamespace(server_version=version, parameter_status={"in_hot_standby": standby}.get)
        self.adapters = SimpleNamespace(register_dumper=lambda *_: None, register_loader=lambda *_: None)
        self.is_closed = False
        self._level = level

    def execute(self, _: str) -> Any:
        return SimpleNamespace(fetchone=lambda: {"transaction_isolation": self._level})

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Open a connection to a server."""

    def to(server: Server) -> Any:
        monkeypatch.setattr(psycopg, "connect", lambda *_, **__: server)
        return open_connection(URL)

    return to


def test_a_primary_of_a_known_release_is_used(connect: Any) -> None:
    server = Server(140000)
    assert (connect(server), server.is_closed) == (server, False)


@pytest.mark.parametrize(
    ("server", "error", "sentence"),
    [
        (Server(130009), ConfigurationError, "PostgreSQL 13 is too old: use 14 or newer"),
        (Server(is_standby=True), psycopg.OperationalError, "this server is a standby"),
        (Server(level="read committed"), psycopg.OperationalError, "transactions are not serializable"),
    ],
    ids=["old", "standby", "a pooler"],
)
def test_any_other_is_refused_and_closed(connect: Any, server: Server, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        connect(server)
    assert server.is_closed


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ('FATAL:  password authentication failed for user "shop"', "correct user and password in DATABASE"),
        ('FATAL:  database "orders" does not exist', "create it, or correct DATABASE"),
        ("connection failed: Connection refused", "start PostgreSQL, or correct host and port in DATABASE"),
        ("failed to resolve host 'db.example'", "correct the host in DATABASE"),
        ("FATAL:  sorry, too many clients already", "raise max_connections of PostgreSQL, or run fewer processes"),
        ("this server is a standby", "set DATABASE to the primary server"),
        (
            "transactions are not serializable",
            "connect to PostgreSQL itself, and not through a pooler that ignores the options",
        ),
    ],
)
def test_an_error_of_the_connection_says_what_to_do(reason: str, advice: str) -> None:
    assert str(unreachable(psycopg.OperationalError(f"{reason}\nmore"))).startswith(f"PostgreSQL: {reason}: {advice}")


def test_another_error_is_told_as_it_is() -> None:
    assert str(unreachable(psycopg.OperationalError("odd\nmore"))) == "PostgreSQL: odd"


@pytest.mark.parametrize("end", [":port/orders", "/orders?nonsense=1", "@db.example/orders"])
def test_a_malformed_url_is_refused_without_its_password(end: str) -> None:
    with pytest.raises(ConfigurationError, match="is not a URL such as") as raised:
        check_url(f"postgresql://shop:s3cr3t@db.example{end}")
    assert ("s3cr3t" in str(raised.value), raised.value.__cause__) == (False, None)
