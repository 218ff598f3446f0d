"""The leases of one process: renewed in time, given to nobody while they last, and not believed in longer than they last."""

import asyncio
import os
import socket
from typing import Any

import pytest

from lightning_cart.errors import StorageUnavailable
from lightning_cart.storage.loop_leases import LEASE_SECONDS, Loop, LoopLeases
from lightning_cart_host.server.lease_keeper import EXTEND_SECONDS, LeaseKeeper
from support.app import run
from support.merchants import FulfilmentHarness


class Process:
    """One of several processes with the same database. Its clock may be ahead."""

    def __init__(self, shop: FulfilmentHarness, log: Any, name: str, ahead: float = 0) -> None:
        engine = shop.engine.with_database(shop.database)
        engine.ports = engine.ports._replace(new_id=lambda: name, clock=lambda: shop.now + ahead)
        self.keeper = LeaseKeeper(engine, log, monotonic=lambda: shop.now)

    def renew(self) -> None:
        run(self.keeper.renew())

    @property
    def holds(self) -> bool:
        return self.keeper.holds(Loop.DELIVER)


@pytest.fixture
def shop() -> FulfilmentHarness:
    return FulfilmentHarness()


@pytest.fixture
def first(shop: FulfilmentHarness, logbook: Any) -> Process:
    return Process(shop, logbook.log, "first")


@pytest.fixture
def second(shop: FulfilmentHarness, logbook: Any) -> Process:
    return Process(shop, logbook.log, "second")


def test_the_first_of_two_processes_holds_the_loops(first: Process, second: Process) -> None:
    first.renew()
    second.renew()
    assert (first.holds, second.holds) == (True, False)


def test_the_holder_stays_the_holder_as_long_as_it_extends_in_time(
    shop: FulfilmentHarness, first: Process, second: Process
) -> None:
    for _ in range(20):
        first.renew()
        shop.now += EXTEND_SECONDS
        second.renew()
        assert (first.holds, second.holds) == (True, False)


def test_a_process_that_dies_is_followed_after_the_end_of_its_lease(
    shop: FulfilmentHarness, first: Process, second: Process
) -> None:
    first.renew()
    shop.now += LEASE_SECONDS - 1
    second.renew()
    assert not second.holds
    shop.now += 1
    second.renew()
    assert (first.holds, second.holds) == (False, True)


def test_a_process_that_wakes_after_its_lease_does_not_believe_in_it(
    shop: FulfilmentHarness, first: Process, second: Process
) -> None:
    first.renew()
    shop.now += LEASE_SECONDS
    second.renew()
    assert not first.holds
    first.renew()
    assert (first.holds, second.holds) == (False, True)


def test_without_the_database_a_lease_is_believed_in_for_less_than_it_lasts(shop: FulfilmentHarness, first: Process) -> None:
    first.renew()
    shop.database.broken = True
    shop.now += EXTEND_SECONDS
    with pytest.raises(StorageUnavailable):
        first.renew()
    assert first.holds
    shop.now += LEASE_SECONDS - 2 * EXTEND_SECONDS
    assert not first.holds


def test_a_process_whose_clock_is_five_seconds_ahead_waits_until_the_holder_stops(
    shop: FulfilmentHarness, first: Process, logbook: Any
) -> None:
    ahead, held = Process(shop, logbook.log, "ahead", 5), []
    first.renew()
    for _ in range(LEASE_SECONDS):
        shop.now += 1
        ahead.renew()
        held.append((first.holds, ahead.holds))
    assert (held.count((True, True)), held[13:15]) == (0, [(True, False), (False, True)])


def test_a_process_that_ends_is_followed_at_once(first: Process, second: Process) -> None:
    async def keep_and_end() -> None:
        await first.keeper.renew()
        ended = asyncio.Event()
        ended.set()
        await first.keeper.keep(ended)

    run(keep_and_end())
    second.renew()
    assert (first.holds, second.holds) == (False, True)


def test_an_end_without_the_database_is_an_end_all_the_same(shop: FulfilmentHarness, first: Process) -> None:
    first.renew()
    shop.database.broken = True
    ended = asyncio.Event()
    ended.set()
    run(first.keeper.keep(ended))
    assert not first.holds


def test_the_process_that_runs_the_loops_says_so(
    first: Process, second: Process, shop: FulfilmentHarness, logbook: Any
) -> None:
    first.renew()
    second.renew()
    shop.now += EXTEND_SECONDS
    first.renew()
    shop.now += LEASE_SECONDS
    second.renew()
    first.renew()
    names = [loop.value for loop in Loop]
    told = [(line["event"], line["level"], line["running"]) for line in logbook.lines]
    assert told == [("loops", "info", names), ("loops", "info", names), ("loops", "warning", [])]


def test_a_database_that_stays_away_is_told_once(shop: FulfilmentHarness, first: Process, logbook: Any) -> None:
    shop.database.broken = True
    for _ in range(3):
        run(first.keeper.try_to_renew())
    shop.database.broken = False
    run(first.keeper.try_to_renew())
    assert [(line["event"], line.get("error")) for line in logbook.lines] == [
        ("loops_failed", "StorageUnavailable"),
        ("loops", None),
    ]


def test_an_idle_holder_writes_once_in_one_round_trip(shop: FulfilmentHarness, first: Process) -> None:
    first.renew()
    trips = shop.database.round_trips
    first.renew()
    assert shop.database.round_trips == trips + 1


def test_whoever_holds_nothing_only_reads_in_one_round_trip(shop: FulfilmentHarness, first: Process, second: Process) -> None:
    first.renew()
    trips, changes = shop.database.round_trips, shop.database.connection.total_changes
    second.renew()
    assert (shop.database.round_trips, shop.database.connection.total_changes) == (trips + 1, changes)


def test_the_last_run_counts_in_whichever_process_it_was(shop: FulfilmentHarness, first: Process, second: Process) -> None:
    first.renew()
    run(first.keeper.record_run(Loop.TIDY))
    shop.now += 7
    second.renew()
    assert [process.keeper.seconds_since_run(Loop.TIDY) for process in (first, second)] == [7, 7]


def test_a_run_that_a_wrong_clock_recorded_does_not_count(shop: FulfilmentHarness, first: Process) -> None:
    run(LoopLeases(shop.database).record_run(Loop.TIDY, int(shop.now) + 9999))
    first.renew()
    assert first.keeper.seconds_since_run(Loop.TIDY) == float("inf")


def test_a_holder_is_named_after_its_machine_and_process(shop: FulfilmentHarness, logbook: Any) -> None:
    run(LeaseKeeper(shop.engine, logbook.log).renew())
    holder = run(LoopLeases(shop.database).read())[Loop.DELIVER].holder
    assert holder.startswith(f"{socket.gethostname()}:{os.getpid()}:")
