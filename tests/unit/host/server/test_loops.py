"""The loops of several processes with one database: each runs in one of them at a time, and in another when that ends."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from lightning_cart.domain.payment_event import EventKind
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.storage.loop_leases import Loop, LoopLeases
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.reconcile_report import ReconcileReport
from lightning_cart_host.server import loops
from lightning_cart_host.server.fulfilment_loop import WORKERS, Deliverer
from lightning_cart_host.server.loops import LoopTimes, are_running, run_loops
from support.builders import make_event
from support.merchants import FulfilmentHarness

QUICK = LoopTimes(deliver=0.005, tick=0.005, extend=0.005, look=0.005, grace=0.3)


class Runs:
    """Doubles of `reconcile` and `tidy`, which record who called them, and fail or last as a test says."""

    def __init__(self) -> None:
        self.called: list[str] = []
        self.error: Exception | None = None
        self.last_until: asyncio.Event | None = None
        self.go_on: Callable[[], bool] = lambda: True

    async def reconcile(self, engine: Engine, _: int, *, go_on: Callable[[], bool]) -> ReconcileReport:
        self.called.append(engine.ports.new_id()[0])
        self.go_on = go_on
        if self.error:
            raise self.error
        if self.last_until:
            await self.last_until.wait()
        report = ReconcileReport()
        report.settled = 1
        return report

    async def tidy(self, _: Engine, __: int, *, go_on: Callable[[], bool]) -> int:
        assert go_on()
        self.called.append("tidy")
        return 1


@pytest.fixture
def shop() -> FulfilmentHarness:
    return FulfilmentHarness()


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    runs = Runs()
    monkeypatch.setattr(loops, "reconcile", runs.reconcile)
    monkeypatch.setattr(loops, "tidy", runs.tidy)
    return runs


def another_process(shop: FulfilmentHarness) -> Engine:
    """Return the engine of another process with the same database."""
    engine = shop.engine.with_database(shop.database)
    engine.ports = engine.ports._replace(new_id=lambda: "1" * 26)
    return engine


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what a loop does has no event
            await asyncio.sleep(0.002)


def events(logbook: Any, event: str) -> list[dict[str, Any]]:
    return [line for line in logbook.lines if line["event"] == event]


def test_the_process_that_holds_the_loops_delivers_reconciles_and_tidies(
    shop: FulfilmentHarness, runs: Runs, logbook: Any
) -> None:
    shop.record()

    async def live() -> None:
        async with run_loops(shop.engine, logbook.log, times=QUICK):
            await until(lambda: len(runs.called) == 2 and shop.merchant.requests)

    asyncio.run(live())
    assert {line["event"] for line in logbook.lines} == {"loops", "fulfilment", "reconciled", "tidied"}


def test_a_process_that_does_not_hold_them_does_nothing_and_takes_over_at_the_end_of_the_holder(
    shop: FulfilmentHarness, runs: Runs, logbook: Any
) -> None:
    async def live() -> None:
        async with run_loops(shop.engine, logbook.log, times=QUICK) as stop:
            await until(lambda: len(runs.called) == 2)
            async with run_loops(another_process(shop), logbook.log, times=QUICK):
                looked = shop.database.round_trips
                await until(lambda: shop.database.round_trips > looked + 20)
                assert len(events(logbook, "loops")) == 1
                stop()
                await shop.engine.inbox.record_event(make_event(EventKind.PAID), int(shop.now))
                await until(shop.merchant.requests.__len__)

    asyncio.run(live())
    assert (len(events(logbook, "loops")), sorted(runs.called)) == (2, ["0", "tidy"])


def test_a_run_is_repeated_after_its_interval_in_all_processes_together(
    shop: FulfilmentHarness, runs: Runs, logbook: Any
) -> None:
    async def live() -> None:
        async with run_loops(shop.engine, logbook.log, times=QUICK):
            await until(lambda: len(runs.called) == 2)
        shop.now += 200  # more than the interval of the reconciler, and less than that of tidying
        async with run_loops(another_process(shop), logbook.log, times=QUICK):
            await until(lambda: len(runs.called) == 3)
            looked = shop.database.round_trips
            await until(lambda: shop.database.round_trips > looked + 20)

    asyncio.run(live())
    assert runs.called[2:] == ["1"]


def test_what_fails_is_told_once_and_repeated(shop: FulfilmentHarness, runs: Runs, logbook: Any) -> None:
    runs.error = RuntimeError("the buyer's secret")

    async def live() -> None:
        async with run_loops(shop.engine, logbook.log, times=LoopTimes(reconcile=0.01, tick=0.005)):
            await until(lambda: runs.called.count("0") == 3)
            runs.error = None
            await until(lambda: events(logbook, "reconciled"))

    asyncio.run(live())
    (failure,) = events(logbook, "reconciling_failed")
    assert failure["error"] == "RuntimeError"
    assert "secret" not in logbook.text


def test_a_run_under_way_is_told_to_end_before_its_next_item_and_may_finish(
    shop: FulfilmentHarness, runs: Runs, logbook: Any
) -> None:
    async def live() -> None:
        runs.last_until = asyncio.Event()
        async with run_loops(shop.engine, logbook.log, times=QUICK) as stop:
            await until(lambda: "0" in runs.called)
            assert runs.go_on()
            stop()
            assert not runs.go_on()
            runs.last_until.set()

    asyncio.run(live())
    assert events(logbook, "reconciled")
    assert asyncio.run(LoopLeases(shop.database).read())[Loop.RECONCILE].ran_at == 0  # whoever follows continues at once


def test_a_run_that_never_ends_is_cancelled_and_the_leases_are_released(
    shop: FulfilmentHarness, runs: Runs, logbook: Any
) -> None:
    async def live() -> None:
        runs.last_until = asyncio.Event()
        async with run_loops(shop.engine, logbook.log, times=LoopTimes(tick=0.005, grace=0.02)):
            await until(lambda: "0" in runs.called)

    asyncio.run(live())
    states = asyncio.run(LoopLeases(shop.database).read())
    assert not any(state.is_held(int(shop.now)) for state in states.values())


def test_a_lease_that_is_lost_stops_a_run_before_its_next_item(shop: FulfilmentHarness, runs: Runs, logbook: Any) -> None:
    async def live() -> None:
        runs.last_until = asyncio.Event()
        async with run_loops(shop.engine, logbook.log, times=QUICK):
            await until(lambda: "0" in runs.called)
            shop.database.connection.execute("UPDATE reconciling SET value = 'another' WHERE name LIKE 'loop:%'")
            await until(lambda: not runs.go_on())
            runs.last_until.set()

    asyncio.run(live())
    assert [line["running"] for line in events(logbook, "loops")] == [[loop.value for loop in Loop], []]


def test_several_attempts_run_at_once_so_that_a_slow_receiver_delays_few(shop: FulfilmentHarness, logbook: Any) -> None:
    shop.record()
    for number in range(WORKERS - 1):
        shop.database.connection.execute(
            "INSERT INTO outbox (order_id, effect, created_at) SELECT order_id, ?, created_at FROM outbox LIMIT 1",
            [f"order.refunded:{number}"],
        )
    all_arrived = asyncio.Event()

    async def wait_for_all(_: HttpRequest) -> HttpResponse:
        if len(shop.merchant.requests) == WORKERS:
            all_arrived.set()
        await all_arrived.wait()
        return HttpResponse(200)

    shop.merchant.replies = [wait_for_all]

    async def live() -> None:
        async with run_loops(shop.engine, logbook.log, times=QUICK):
            await until(all_arrived.is_set)

    asyncio.run(live())
    assert len(shop.merchant.requests) == WORKERS


def test_idle_workers_look_for_messages_one_after_another(shop: FulfilmentHarness, logbook: Any) -> None:
    every, looks = 0.02, 6

    async def live() -> float:
        stopping = asyncio.Event()
        started = time.monotonic()
        working = asyncio.create_task(Deliverer(shop.engine, logbook.log, stopping, every).run(WORKERS))
        await until(lambda: shop.database.round_trips >= before + WORKERS + looks)
        seconds = time.monotonic() - started
        stopping.set()
        await working
        return seconds

    before = shop.database.round_trips
    assert asyncio.run(live()) >= (looks - 1) * every


def test_whether_the_loops_run_is_known_while_they_do(shop: FulfilmentHarness, runs: Runs, logbook: Any) -> None:
    async def live() -> list[bool]:
        known = [are_running(shop.engine)]
        async with run_loops(shop.engine, logbook.log, times=QUICK):
            known.append(are_running(shop.engine))
        return [*known, are_running(shop.engine)]

    assert asyncio.run(live()) == [False, True, False]
    assert runs.called in ([], ["0", "tidy"])


def test_the_default_log_is_json_on_standard_error(
    shop: FulfilmentHarness, runs: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    async def live() -> None:
        async with run_loops(shop.engine):
            await until(lambda: runs.called)

    asyncio.run(live())
    assert '"event": "loops"' in capsys.readouterr().err
