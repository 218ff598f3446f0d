"""The engine crashes before or after each write of a whole purchase: nothing is lost, and nothing happens twice."""

import asyncio
from collections.abc import Sequence
from itertools import count
from typing import Any

import pytest

from lightning_cart.errors import StorageUnavailable
from lightning_cart.ports import Database, Row, Statement
from lightning_cart.providers.stripe.checkout import StripeCheckout
from lightning_cart_host.adapters.database import open_database
from lightning_cart_host.chaos.local_postgres import PostgresServer
from proofs.crashing import crash_once
from support.byte_proxy import open_proxy
from support.databases import Fragile, PowerCut
from support.postgres_tables import open_postgres_tables

WRITES_AT_LEAST = 20
NOTHING = Statement("SELECT 1")  # a single statement would have no COMMIT
END_MYSELF = Statement("SELECT pg_terminate_backend(pg_backend_pid())")


class EndedBackend:
    """A database on PostgreSQL that loses the connection of one of its batches, and the engine with it.

    Args:
        inner: The database.
        cut: The same database through a proxy that cuts a connection when its batch is committed. None: the server ends the
            connection in the middle of the batch.
        at: The number of the batch, from 1; 0 for none.
    """

    def __init__(self, inner: Database, cut: Database | None, at: int) -> None:
        self._inner = inner
        self._cut = cut
        self.at = at
        self._crossings = 0

    @property
    def has_failed(self) -> bool:
        """Whether the connection was lost."""
        return self._crossings >= self.at > 0

    async def query(self, statement: Statement) -> Sequence[Row]:
        (rows,) = await self.batch([statement])
        return rows

    async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        self._crossings += 1
        if self._crossings != self.at:
            return await self._inner.batch(statements)
        middle = (len(statements) + 1) // 2
        broken = [*statements[:middle], END_MYSELF, *statements[middle:]]
        try:
            await (self._cut.batch([*statements, NOTHING]) if self._cut else self._inner.batch(broken))
        except StorageUnavailable:
            raise PowerCut from None
        raise AssertionError("the connection was not lost")


@pytest.mark.parametrize("done", [False, True], ids=["before it is written", "after it is written"])
def test_a_process_that_dies_at_any_write_loses_nothing_and_repeats_nothing(strategy: Any, done: bool) -> None:
    def run_with(at: int) -> bool:
        return asyncio.run(crash_once(strategy, lambda database: Fragile(database, at, done=done)))

    assert next(at for at in count(1) if not run_with(at)) > WRITES_AT_LEAST


@pytest.mark.process
@pytest.mark.parametrize("done", [False, True], ids=["in the middle of its batch", "after its commit"])
def test_a_connection_that_postgresql_ends_at_any_write_loses_nothing_and_repeats_nothing(
    postgres_server: PostgresServer, postgres_template: str, done: bool
) -> None:
    def run_with(at: int) -> bool:
        tables.forget()
        return asyncio.run(crash_once(StripeCheckout, lambda _: EndedBackend(tables.inner, cut if done else None, at), tables))

    with open_postgres_tables(postgres_server, postgres_template) as tables, open_proxy(tables.url) as proxy:
        cut = asyncio.run(open_database(proxy.url))
        proxy.cut = "after"
        assert next(at for at in count(1) if not run_with(at)) > WRITES_AT_LEAST
        asyncio.run(cut.aclose())
