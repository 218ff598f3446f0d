"""PostgreSQL as a database that counts what it reads: the rows and pages of each plan, which are those of the engine."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self

import psycopg
from psycopg.rows import dict_row

from lightning_cart.ports import Row, SqlValue, Statement
from lightning_cart_host.adapters.database import open_database
from lightning_cart_host.adapters.postgres_connection import OPTIONS
from lightning_cart_host.adapters.postgres_sql import statement_to_postgres
from support import ROOT

_EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, COSTS OFF, FORMAT JSON)"
# A plan may count some rows more than another that reads the same, and an index of many orders is a page or two deeper.
SLACK = 25
_READ_AND_DROPPED = ("Rows Removed by Filter", "Rows Removed by Index Recheck", "Rows Removed by Join Filter")


def _count_rows(plan: Mapping[str, Any]) -> int:
    """Return how many rows the scans of a plan have read, of tables and of indexes."""
    inner = sum(map(_count_rows, plan.get("Plans", ())))
    if "Scan" not in plan["Node Type"]:
        return inner
    read = plan["Actual Rows"] + sum(plan.get(name, 0) for name in _READ_AND_DROPPED)
    return inner + int(read * plan["Actual Loops"])


def _type_of(value: SqlValue) -> str:
    return "unknown" if value is None else "text" if isinstance(value, str) else "bigint"


def _count_pages(plan: Mapping[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


async def _migrate(url: str) -> None:
    database = await open_database(url)
    await database.migrate(ROOT / "migrations")
    await database.aclose()


class CountedPostgres:
    """A database that it migrates. Each statement is explained first, which runs it, and then run.

    Args:
        url: PostgreSQL's.
    """

    def __init__(self, url: str) -> None:
        asyncio.run(_migrate(url))
        self.connection = psycopg.connect(
            url,
            options=f"{OPTIONS} -c statement_timeout=0",
            autocommit=True,
            row_factory=dict_row,
            cursor_factory=psycopg.ClientCursor,
        )
        self.counting = False
        self.read = 0
        self.plans: dict[str, Any] = {}

    def measure(self, work: Callable[[], object]) -> int:
        """Do some work, and return how many rows and pages were read for it, added."""
        self.read = 0
        self.plans.clear()
        self.counting = True
        try:
            work()
        finally:
            self.counting = False
        return self.read

    def _prepare(self, statement: Statement) -> str:
        """Prepare a statement, as the adapter does, and return how to execute it."""
        types = ", ".join(map(_type_of, statement.values))
        name = f"counted_{abs(hash((statement.sql, types)))}"
        known = self.connection.execute("SELECT 1 FROM pg_prepared_statements WHERE name = %s", (name,)).fetchone()
        if not known:
            text = statement_to_postgres(statement)
            self.connection.execute(f"PREPARE {name} {f'({types})' if types else ''} AS {text}".encode())
        values = ", ".join(
            psycopg.sql.Literal(str(value) if isinstance(value, str) else value).as_string(self.connection)
            for value in statement.values
        )
        return f"EXECUTE {name} {f'({values})' if values else ''}"

    def _count(self, statement: Statement) -> None:
        with self.connection.transaction(force_rollback=True):
            found = self.connection.execute(f"{_EXPLAIN} {self._prepare(statement)}".encode()).fetchone()
        assert found
        plan = found["QUERY PLAN"][0]["Plan"]
        self.plans[f"{statement.sql} {len(self.plans)}"] = plan
        self.read += _count_rows(plan) + _count_pages(plan)

    def _run(self, statement: Statement) -> Sequence[Row]:
        if self.counting:
            self._count(statement)
            cursor = self.connection.execute(self._prepare(statement).encode())
        else:
            text = statement_to_postgres(statement)
            cursor = psycopg.RawCursor(self.connection, row_factory=dict_row)
            cursor.execute(text.encode(), statement.values, prepare=False)
        rows: Sequence[Row] = [_loaded(row) for row in cursor.fetchall()] if cursor.description else []
        return rows

    async def query(self, statement: Statement) -> Sequence[Row]:
        """Execute one statement."""
        return self._run(statement)

    async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        """Execute statements in one transaction."""
        with self.connection.transaction():
            return [self._run(statement) for statement in statements]

    @contextmanager
    def without_indexes(self) -> Iterator[None]:
        """Leave out the indexes and triggers of orders meanwhile. Then tell the planner how many rows there are."""
        found = self.connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ('orders', 'order_products') "
            "AND indexname NOT LIKE '%%pkey'"
        ).fetchall()
        for index in found:
            self.connection.execute(f"DROP INDEX {index['indexname']}".encode())
        self.connection.execute("ALTER TABLE orders DISABLE TRIGGER ALL")
        try:
            yield
        finally:
            self.connection.execute("ALTER TABLE orders ENABLE TRIGGER ALL")
            for index in found:
                self.connection.execute(str(index["indexdef"]).encode())
            self.connection.execute("VACUUM ANALYZE")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()


def _loaded(row: Mapping[str, Any]) -> Row:
    """Return a row with the types that the engine's adapter gives."""
    plain: dict[str, SqlValue] = {
        name: value if isinstance(value, str) or value is None else int(value) for name, value in row.items()
    }
    return plain


def shown(plan: Mapping[str, Any], depth: int = 0) -> str:
    """Return a plan as lines, for a test that fails."""
    keys = ("Index Name", "Relation Name", "Index Cond", "Filter", "Actual Rows", "Actual Loops", "Shared Hit Blocks")
    line = f"{'  ' * depth}{plan['Node Type']} {json.dumps({key: plan[key] for key in keys if key in plan})}"
    return "\n".join([line, *(shown(one, depth + 1) for one in plan.get("Plans", ()))])
