"""Places for exchanges: so many for each origin, in the order of asking, and none is lost."""

import asyncio

import pytest

from lightning_cart.errors import ProviderUnavailable
from lightning_cart_host.adapters.origin_limit import OriginLimit

LONG = 60.0


async def let_others_run() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


class Exchanges:
    """Exchanges that last until they are let go."""

    def __init__(self, limit: OriginLimit) -> None:
        self.limit = limit
        self.under_way: list[str] = []
        self.over = asyncio.Event()

    async def run(self, origin: str, name: str) -> None:
        async with self.limit.place(origin, origin):
            self.under_way.append(name)
            await self.over.wait()


def test_a_full_origin_takes_nothing_from_another() -> None:
    async def scene() -> list[str]:
        exchanges = Exchanges(OriginLimit(2, LONG))
        async with asyncio.TaskGroup() as group:
            for number in range(5):
                group.create_task(exchanges.run("slow", f"slow {number}"))
            group.create_task(exchanges.run("fast", "fast"))
            await let_others_run()
            seen = list(exchanges.under_way)
            exchanges.over.set()
        return seen

    assert asyncio.run(scene()) == ["slow 0", "slow 1", "fast"]


def test_places_are_given_in_the_order_of_asking() -> None:
    async def scene() -> list[str]:
        exchanges = Exchanges(OriginLimit(1, LONG))
        async with asyncio.TaskGroup() as group:
            for number in range(5):
                group.create_task(exchanges.run("slow", str(number)))
            await let_others_run()
            exchanges.over.set()
        return exchanges.under_way

    assert asyncio.run(scene()) == ["0", "1", "2", "3", "4"]


def test_who_finds_no_place_is_told_soon_and_why() -> None:
    async def scene() -> None:
        exchanges = Exchanges(OriginLimit(1, 0.01))
        holding = asyncio.create_task(exchanges.run("slow", "first"))
        await let_others_run()
        try:
            await exchanges.run("slow", "second")
        finally:
            exchanges.over.set()
            await holding

    with pytest.raises(ProviderUnavailable) as raised:
        asyncio.run(scene())
    assert str(raised.value) == "slow: is too slow: for 0.01 seconds, none of 1 requests under way was answered"


def test_who_stops_waiting_takes_no_place() -> None:
    async def scene() -> list[str]:
        exchanges = Exchanges(OriginLimit(1, LONG))
        async with asyncio.TaskGroup() as group:
            group.create_task(exchanges.run("slow", "first"))
            leaving = group.create_task(exchanges.run("slow", "left"))
            group.create_task(exchanges.run("slow", "last"))
            await let_others_run()
            leaving.cancel()
            exchanges.over.set()
        return exchanges.under_way

    assert asyncio.run(scene()) == ["first", "last"]


def test_a_failed_exchange_gives_its_place_back() -> None:
    async def scene() -> None:
        limit = OriginLimit(1, 0.01)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                async with limit.place("slow", "slow"):
                    raise ZeroDivisionError

    asyncio.run(scene())


def test_nothing_is_kept_of_an_origin_that_is_not_in_use() -> None:
    async def scene() -> int:
        limit = OriginLimit(1, LONG)
        for number in range(100):
            async with limit.place(number, "host"):
                pass
        return len(limit._places)

    assert asyncio.run(scene()) == 0
