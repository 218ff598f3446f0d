"""Runs the suite for each registered strategy, or for the one that `CONFORMANCE_STRATEGY=module:Class` names.

`CONFORMANCE_OTHER_END=module:Class` then names its sandbox provider, unless the sandbox has it.
"""

import asyncio
import importlib
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lightning_cart.providers import STRATEGIES
from lightning_cart_host.chaos.local_postgres import PostgresServer
from support.harness import Scenario, open_harness
from support.postgres_tables import PostgresTables, open_postgres_tables


def judged() -> tuple[Any, ...]:
    """Return the strategies under test."""
    named = os.environ.get("CONFORMANCE_STRATEGY", "")
    if not named:
        return STRATEGIES
    module, _, name = named.partition(":")
    return (getattr(importlib.import_module(module), name),)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "tables" not in metafunc.fixturenames:
        if "strategy" in metafunc.fixturenames:
            metafunc.parametrize("strategy", judged(), ids=lambda strategy: strategy.name)
        return
    # On PostgreSQL a provider's second strategy is left out: its events, and so its statements, are those of the first.
    firsts = {strategy.provider_name(): strategy for strategy in reversed(judged())}
    cases = [pytest.param("memory", strategy, id=f"memory-{strategy.name}") for strategy in judged()] + [
        pytest.param("asgi-postgres", strategy, id=f"asgi-postgres-{strategy.name}", marks=pytest.mark.slow)
        for strategy in judged()
        if strategy in firsts.values()
    ]
    metafunc.parametrize(("tables", "strategy"), cases, indirect=["tables"])


@pytest.fixture(scope="session")
def all_tables(postgres_server: PostgresServer, postgres_template: str) -> Iterator[PostgresTables]:
    """Open a database on PostgreSQL for all tests."""
    with open_postgres_tables(postgres_server, postgres_template) as tables:
        yield tables


@pytest.fixture
def tables(request: pytest.FixtureRequest) -> PostgresTables | None:
    """Return the tables of an engine behind ASGI, on PostgreSQL; or None for an engine with a database in memory."""
    if request.param == "memory":
        return None
    found: PostgresTables = request.getfixturevalue("all_tables")
    found.forget()
    return found


@pytest.fixture
def play(strategy: Any, tables: PostgresTables | None) -> Callable[[Scenario], None]:
    """Plays a scenario with a harness of its own."""

    def run(scenario: Scenario) -> None:
        async def scene() -> None:
            async with open_harness(strategy, tables) as harness:
                await scenario(harness)

        asyncio.run(scene())

    return run
