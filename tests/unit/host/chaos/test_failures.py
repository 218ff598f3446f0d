"""What fails during a chaos run starts again, or ends the run with a sentence."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.chaos import failures
from lightning_cart_host.chaos.failures import Failures, failing
from lightning_cart_host.chaos.plan import ChaosPlan
from lightning_cart_host.server.loopback import LOOPBACK_HOST, free_port
from lightning_cart_host.shop_client.polling import wait_until
from support.app import run

PATIENCE_SECONDS = 5.0


class Engine:
    """An engine at an address where nothing answers.

    Args:
        starts: Whether it starts again after it was killed.
    """

    name = "serve-1"

    def __init__(self, *, starts: bool = True) -> None:
        self.url = f"http://{LOOPBACK_HOST}:{free_port()}"
        self._starts = starts

    async def kill(self) -> None:
        await asyncio.sleep(0)

    async def start(self) -> None:
        if not self._starts:
            raise ConfigurationError("`lightning-cart serve` does not start: no room")


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "_PAUSE_SECONDS", (0.001, 0.001))


async def buy(bought: int, engines: list[Engine], ended: list[Failures]) -> None:
    """Buy some of 100 orders at once, then wait for two restarts of the database. Add the failures unless it ends earlier."""
    servers: Any = SimpleNamespace(engines=engines, postgres=SimpleNamespace(restart=lambda: None))
    plan = ChaosPlan(100, 1, 1, 0, engines=len(engines), postgres=True)
    async with failing(servers, plan) as injector:
        for _ in range(bought):
            injector.count()

        async def was_restarted_twice() -> bool:
            return len(injector.failures.healing) == 2

        await wait_until(was_restarted_twice, PATIENCE_SECONDS, 0.001)
        ended.append(injector.failures)


def test_an_engine_that_does_not_start_again_ends_the_run_at_once() -> None:
    ended: list[Failures] = []
    with pytest.raises(ConfigurationError, match="does not start: no room"):
        run(buy(0, [Engine(starts=False), Engine(starts=False)], ended))
    assert ended == []


def test_engines_that_stay_without_their_database_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "_HEAL_SECONDS", 0)
    ended: list[Failures] = []
    with pytest.raises(ConfigurationError, match="take no orders 0 seconds after a restart of PostgreSQL"):
        run(buy(60, [Engine()], ended))
    assert ended == []


def test_the_database_is_restarted_twice_also_if_the_purchases_are_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    async def is_healthy(_: object) -> bool:
        return True

    monkeypatch.setattr(failures._Injector, "_all_healthy", is_healthy)
    ended: list[Failures] = []
    run(buy(90, [Engine(), Engine()], ended))
    assert [(len(failed.healing), failed.kills) for failed in ended] == [(2, [])]
