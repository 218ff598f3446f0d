"""The suite runs for each strategy of the register, or for the one that `CONFORMANCE_STRATEGY=module:Class` names.

Its other end is then named by `CONFORMANCE_OTHER_END=module:Class`, unless the sandbox has it.
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
    """The strategies to judge."""
    named = os.environ.get("CONFORMANCE_STRATEGY", "")
    if not named:
        return STRATEGIES
    module, _, name = named.partition(":")
    return (getattr(importlib.import_module(module), name),)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "strategy" in metafunc.fixturenames:
        metafunc.parametrize("strategy", judged(), ids=lambda strategy: strategy.name)


@pytest.fixture(params=["core", "asgi on sqlite"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    """Where the engine runs: bare and in memory, or behind the host's ASGI adapter with the host's database on a file."""
    return None if request.param == "core" else tmp_path


@pytest.fixture
def play(strategy: Any, folder: Path | None) -> Callable[[Scenario], None]:
    """Plays a scenario in a world of its own."""

    def run(scenario: Scenario) -> None:
        async def scene() -> None:
            async with open_harness(strategy, folder) as world:
                await scenario(world)

        asyncio.run(scene())

    return run
