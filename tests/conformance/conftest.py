"""Runs the suite for each registered strategy, or for the one that `CONFORMANCE_STRATEGY=module:Class` names.

`CONFORMANCE_OTHER_END=module:Class` then names its sandbox provider, unless the sandbox has it.
"""

import asyncio
import importlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lightning_cart.providers import STRATEGIES
from support.harness import Scenario, open_harness


def judged() -> tuple[Any, ...]:
    """Return the strategies under test."""
    named = os.environ.get("CONFORMANCE_STRATEGY", "")
    if not named:
        return STRATEGIES
    module, _, name = named.partition(":")
    return (getattr(importlib.import_module(module), name),)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "strategy" in metafunc.fixturenames:
        metafunc.parametrize("strategy", judged(), ids=lambda strategy: strategy.name)


@pytest.fixture(params=["memory", pytest.param("asgi-sqlite", marks=pytest.mark.slow)])
def backend(request: pytest.FixtureRequest) -> str:
    """Return the adapter of the engine: a database in memory, or ASGI with a database in a file."""
    return str(request.param)


@pytest.fixture
def play(strategy: Any, backend: str, tmp_path: Path) -> Callable[[Scenario], None]:
    """Plays a scenario with a harness of its own."""

    def run(scenario: Scenario) -> None:
        async def scene() -> None:
            async with open_harness(strategy, tmp_path if backend == "asgi-sqlite" else None) as harness:
                await scenario(harness)

        asyncio.run(scene())

    return run
