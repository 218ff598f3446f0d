"""PostgreSQL as the doctor sees it: unreachable, empty, older or newer than the program, read-only, or about to lose data."""

import os
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from lightning_cart.ports import Statement
from lightning_cart.providers import STRATEGIES
from lightning_cart_host.adapters.database import HostDatabase
from lightning_cart_host.chaos.local_postgres import PostgresServer
from lightning_cart_host.cli.doctor import postgres as checks_of_postgres
from lightning_cart_host.cli.doctor.check import Check
from lightning_cart_host.cli.doctor.database import check_database
from lightning_cart_host.cli.doctor.postgres import check_clocks, check_trip
from support.app import run

pytestmark = pytest.mark.process


def check(url: str, clock: Callable[[], float] = time.time) -> list[Check]:
    return run(check_database(url, STRATEGIES, clock))


def name_of(url: str) -> str:
    return urlsplit(url).path[1:]


@pytest.fixture
def execute(postgres_server: PostgresServer) -> Any:
    return postgres_server.execute


def test_a_migrated_database_is_right(postgres_url: str) -> None:
    first, *others = check(postgres_url)
    assert (first.level, ": up to date, writable, 0 orders; PostgreSQL 1" in first.detail) == ("ok", True)
    assert {one.level for one in others if one.subject == "connections"} == {"ok"}


def test_a_database_that_is_not_there_is_found_without_its_password() -> None:
    (found,) = check("postgresql://shop:s3cr3t-word@127.0.0.1:1/orders")
    assert (found.level, found.detail.startswith("postgresql://127.0.0.1:1/orders: PostgreSQL: ")) == ("fail", True)
    assert "s3cr3t" not in str(found)


def test_a_malformed_url_is_found_without_its_password() -> None:
    (found,) = check("postgresql://shop:s3cr3t-word@127.0.0.1:port/orders")
    assert (found.level, "is not a URL such as" in found.detail, "s3cr3t" in str(found)) == ("fail", True, False)


def test_a_database_without_tables_is_found(postgres_server: PostgresServer) -> None:
    (found,) = check(postgres_server.create_database())
    assert (found.level, found.detail.endswith("has no tables yet")) == ("fail", True)


def test_a_database_that_is_older_than_the_program_is_found(postgres: HostDatabase, postgres_url: str) -> None:
    run(postgres.query(Statement("DELETE FROM d1_migrations WHERE name = '0006_settings.sql'")))
    (found,) = check(postgres_url)
    assert (found.level, found.detail.endswith("is not up to date: 0006_settings.sql")) == ("fail", True)


def test_a_database_that_a_newer_release_has_written_is_a_warning(postgres: HostDatabase, postgres_url: str) -> None:
    run(postgres.query(Statement("INSERT INTO d1_migrations (name) VALUES ('0999_later.sql')")))
    assert (check(postgres_url)[0].level, "0999_later.sql" in check(postgres_url)[0].detail) == ("warn", True)


def test_a_database_that_can_only_be_read_is_found(postgres_url: str, execute: Any) -> None:
    execute(f'ALTER DATABASE "{name_of(postgres_url)}" SET default_transaction_read_only = on')
    (found,) = check(postgres_url)
    assert (found.level, found.detail.endswith("can only be read")) == ("fail", True)


def test_another_encoding_than_utf8_is_found(postgres_server: PostgresServer, execute: Any) -> None:
    execute(f"CREATE DATABASE latin_{os.getpid()} TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'")
    url = postgres_server.url_of(f"latin_{os.getpid()}")
    (found,) = check(url)
    postgres_server.drop_database(url)
    assert (found.level, "stores texts in LATIN1" in found.detail) == ("fail", True)


def test_a_user_who_may_not_write_is_found(postgres_url: str, execute: Any, postgres: HostDatabase) -> None:
    execute("DROP ROLE IF EXISTS looker")
    execute("CREATE ROLE looker LOGIN")
    run(postgres.query(Statement("GRANT SELECT ON ALL TABLES IN SCHEMA public TO looker")))
    (found,) = check(postgres_url.replace("//postgres@", "//looker@"))
    assert (found.level, "may not write" in found.detail) == ("fail", True)


def test_settings_by_which_a_power_cut_loses_data_are_a_warning(postgres_url: str, execute: Any) -> None:
    execute(f'ALTER DATABASE "{name_of(postgres_url)}" SET synchronous_commit = off')
    (found,) = (one for one in check(postgres_url) if one.subject == "durability")
    assert (found.level, "synchronous_commit" in found.detail) == ("warn", True)


def test_more_connections_than_the_server_allows_are_found(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks_of_postgres, "choose_workers", lambda _wanted, _database: 1000)
    (found,) = (one for one in check(postgres_url) if one.subject == "connections")
    assert (found.level, "`lightning-cart serve` takes up to 4000 on this machine" in found.detail) == ("fail", True)


def test_a_clock_that_differs_is_a_warning(postgres_url: str) -> None:
    (found,) = (one for one in check(postgres_url, lambda: time.time() - 60) if one.subject == "database clock")
    assert (found.level, found.detail) == ("warn", "this machine's clock is 60 seconds behind PostgreSQL's")
    assert list(check_clocks(4)) == []


def test_a_slow_connection_is_a_warning() -> None:
    (found,) = check_trip(0.05)
    assert (found.level, "a round trip takes 50 ms" in found.detail) == ("warn", True)
    assert list(check_trip(0.01)) == []
