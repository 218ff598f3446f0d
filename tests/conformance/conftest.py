"""The suite runs for each strategy of the register, or for the one that `CONFORMANCE_STRATEGY=module:Class` names."""

import asyncio
import importlib
import os
from collections.abc import Callable
from typing import Any

import pytest

from lightning_cart.providers import REGISTER
from world import Scenario, open_world


def judged() -> tuple[Any, ...]:
    """The strategies to judge."""
    named = os.environ.get("CONFORMANCE_STRATEGY", "")
    if not named:
        return REGISTER
    module, _, name = named.partition(":")
    return (getattr(importlib.import_module(module), name),)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "strategy" in metafunc.fixturenames:
        metafunc.parametrize("strategy", judged(), ids=lambda strategy: strategy.name)


@pytest.fixture
def play(strategy: Any) -> Callable[..., None]:
    """Plays a scenario in a world of its own."""

    def run(scenario: Scenario, **env: str) -> None:
        async def scene() -> None:
            async with open_world(strategy, **env) as world:
                await scenario(world)

        asyncio.run(scene())

    return run
