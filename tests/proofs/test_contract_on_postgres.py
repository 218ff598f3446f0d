"""PostgreSQL keeps the contract."""

from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest

from lightning_cart.errors import ConfigurationError, StorageUnavailable
from lightning_cart.ports import Statement
from lightning_cart.storage.orders import OrderStore
from lightning_cart_host.adapters.database import HostDatabase, open_database
from lightning_cart_host.chaos.local_postgres import PostgresServer
from support import ROOT
from support.app import run
from support.builders import make_order
from support.databases import BROKEN, MIGRATIONS, TABLES, DatabaseContract, empty
from support.postgres import migrated

pytestmark = pytest.mark.process
SCHEMA = "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'"


@pytest.fixture(scope="module")
def opened(postgres_server: PostgresServer, postgres_template: str) -> Iterator[HostDatabase]:
    with migrated(postgres_server.create_database(postgres_template)) as database:
        yield database


@pytest.fixture
def database(opened: HostDatabase) -> HostDatabase:
    empty(opened)
    return opened


class TestPostgres(DatabaseContract):
    """The database of several engines."""


@pytest.mark.parametrize(
    ("broken", "error"),
    [
        ("it cannot be read", "UndefinedTable"),
        ("it breaks a check", "CheckViolation"),
        ("it refers to nothing", "ForeignKeyViolation"),
        ("it is there already", "UniqueViolation"),
    ],
)
def test_each_broken_statement_of_the_contract_fails_for_its_own_reason(
    database: HostDatabase, broken: str, error: str
) -> None:
    run(OrderStore(database).create_order(make_order(), "", "digest"))
    with pytest.raises(StorageUnavailable, match=f"^PostgreSQL: {error}$"):
        run(database.query(BROKEN[broken]))


def test_the_contract_compares_every_table_of_the_migrations(database: HostDatabase) -> None:
    assert {row["name"] for row in run(database.query(Statement(SCHEMA)))} == {*TABLES, "d1_migrations"}


def test_a_migrated_database_has_nothing_to_migrate(database: HostDatabase) -> None:
    folder = ROOT / "migrations"
    assert (run(database.migrate(folder)), run(database.pending_migrations(folder))) == ([], [])


def test_an_empty_database_says_which_migrations_it_needs(postgres_server: PostgresServer) -> None:
    made = run(open_database(postgres_server.create_database()))
    with pytest.raises(StorageUnavailable, match="UndefinedTable"):
        run(made.pending_migrations(ROOT / "migrations"))
    assert run(made.migrate(ROOT / "migrations")) == [file.name for file in MIGRATIONS]
    run(made.aclose())
    run(made.aclose())


def test_every_transaction_is_serializable(database: HostDatabase) -> None:
    level = Statement("SELECT current_setting('transaction_isolation') AS level")
    assert [run(database.query(level)), *run(database.batch([level]))] == [[{"level": "serializable"}]] * 2


def test_the_options_of_a_url_are_kept_and_cannot_weaken_the_engines(postgres_server: PostgresServer) -> None:
    options = urlencode(
        {"options": "-c search_path=pg_catalog -c default_transaction_isolation=read\\ committed"}, quote_via=quote
    )
    url = postgres_server.create_database()
    made = run(open_database(f"{url}{'&' if '?' in url else '?'}{options}"))
    names = ("search_path", "transaction_isolation", "statement_timeout")
    ((row),) = run(made.query(Statement(f"SELECT {', '.join(f"current_setting('{name}') AS {name}" for name in names)}")))
    run(made.aclose())
    assert row == {"search_path": "pg_catalog", "transaction_isolation": "serializable", "statement_timeout": "10s"}


def test_the_server_soon_ends_the_connections_of_a_machine_that_is_lost(database: HostDatabase) -> None:
    # `setting` is 0 on a socket of this machine, which has no keepalives.
    rows = run(database.query(Statement("SELECT name, reset_val FROM pg_settings WHERE name LIKE 'tcp_keepalives_%'")))
    assert {str(row["name"]).removeprefix("tcp_keepalives_"): row["reset_val"] for row in rows} == {
        "idle": "10",
        "interval": "5",
        "count": "3",
    }


def test_texts_are_in_the_order_of_their_bytes(database: HostDatabase) -> None:
    for name in ("b", "B", "é", "a_", "a"):
        run(database.query(Statement("INSERT INTO reconciling (name, value) VALUES (?, '')", (name,))))
    rows = run(database.query(Statement("SELECT name FROM reconciling ORDER BY name")))
    assert [row["name"] for row in rows] == ["B", "a", "a_", "b", "é"]


def test_a_truth_value_and_a_sum_are_whole_numbers(database: HostDatabase) -> None:
    rows = run(database.query(Statement("SELECT TRUE AS yes, 1 > 2 AS no, CAST(9007199254740993 AS NUMERIC) AS total")))
    assert [{name: (type(value), value) for name, value in row.items()} for row in rows] == [
        {"yes": (int, 1), "no": (int, 0), "total": (int, 2**53 + 1)}
    ]


def test_a_value_that_cannot_be_stored_is_unavailable(database: HostDatabase) -> None:
    for value in ("\0", "\ud800", 2**63):
        with pytest.raises(StorageUnavailable):
            run(database.query(Statement("SELECT ? AS value", (value,))))


def test_lines_that_are_no_json_stop_no_order(database: HostDatabase) -> None:
    run(OrderStore(database).create_order(make_order(), "", "digest"))
    copied = "id, site, strategy, provider, status, currency, total_minor, lines, metadata, customer_email, \
statement_descriptor_suffix, request_digest, created_at, updated_at"
    for number, lines in enumerate(("", "nonsense", "{}", "7", '[{"product_id": null}]')):
        chosen = copied.replace("lines", "?").replace("id,", "?,", 1)
        run(
            database.query(
                Statement(f"INSERT INTO orders ({copied}) SELECT {chosen} FROM orders LIMIT 1", (f"ord_{number}", lines))
            )
        )
    rows = run(database.query(Statement("SELECT product_id FROM order_products")))
    assert [row["product_id"] for row in rows] == ["test-10"]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql://localhost:port/shop", "is not a URL such as postgresql://user:password@host/database"),
        ("postgresql://u:p@localhost/shop?nonsense=1", "is not a URL such as"),
    ],
)
def test_a_malformed_url_is_refused_without_its_secret(url: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason) as raised:
        run(open_database(url))
    assert "u:p" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(StorageUnavailable, match=r"^PostgreSQL: connection .*refused"):
        run(open_database("postgresql://u:secret@127.0.0.1:1/shop"))
