"""The leases of the loops: one holder at a time, which others follow when it ends or dies."""

import pytest

from lightning_cart.storage.leases import MAX_CLOCK_DIFFERENCE
from lightning_cart.storage.loop_leases import LEASE_SECONDS, Loop, LoopLeases, LoopState
from support.app import run
from support.builders import NOW
from support.databases import MemoryDatabase


@pytest.fixture
def database() -> MemoryDatabase:
    return MemoryDatabase()


@pytest.fixture
def one(database: MemoryDatabase) -> LoopLeases:
    return LoopLeases(database, "one")


@pytest.fixture
def two(database: MemoryDatabase) -> LoopLeases:
    return LoopLeases(database, "two")


def holders(leases: LoopLeases) -> set[str]:
    return {state.holder for state in run(leases.read()).values()}


def test_before_the_first_process_nobody_holds_a_loop(one: LoopLeases) -> None:
    assert run(one.read()) == dict.fromkeys(Loop, LoopState())
    assert not LoopState().is_held(NOW)


def test_whoever_is_first_holds_every_loop(one: LoopLeases) -> None:
    states = run(one.take(NOW))
    assert states == dict.fromkeys(Loop, LoopState("one", NOW + LEASE_SECONDS))
    assert all(state.is_held(NOW) for state in states.values())


def test_another_process_does_not_take_a_lease_that_lasts(one: LoopLeases, two: LoopLeases) -> None:
    run(one.take(NOW))
    assert (
        run(two.take(NOW + LEASE_SECONDS - 1)) == run(one.read()) == dict.fromkeys(Loop, LoopState("one", NOW + LEASE_SECONDS))
    )


def test_the_holder_extends_its_leases(one: LoopLeases) -> None:
    run(one.take(NOW))
    assert run(one.take(NOW + 5))[Loop.DELIVER].until == NOW + 5 + LEASE_SECONDS


def test_a_lease_that_has_ended_is_taken(one: LoopLeases, two: LoopLeases) -> None:
    states = run(one.take(NOW))
    assert not states[Loop.TIDY].is_held(NOW + LEASE_SECONDS)
    run(two.take(NOW + LEASE_SECONDS))
    assert holders(two) == {"two"}


def test_a_lease_that_is_released_is_taken_at_once(one: LoopLeases, two: LoopLeases) -> None:
    run(one.take(NOW))
    run(one.release(NOW + 1))
    assert run(one.read())[Loop.RECONCILE] == LoopState("one", NOW + 1)
    run(two.take(NOW + 1))
    assert holders(two) == {"two"}


def test_nobody_releases_anothers_lease(one: LoopLeases, two: LoopLeases) -> None:
    run(one.take(NOW))
    run(two.release(NOW))
    assert run(two.read())[Loop.DELIVER].is_held(NOW)


def test_a_lease_that_ended_is_not_prolonged_by_its_release(one: LoopLeases) -> None:
    run(one.take(NOW))
    run(one.release(NOW + 99))
    assert run(one.read())[Loop.DELIVER].until == NOW + LEASE_SECONDS


@pytest.mark.parametrize(("ahead", "holder"), [(MAX_CLOCK_DIFFERENCE, "one"), (MAX_CLOCK_DIFFERENCE + 1, "two")])
def test_the_clocks_of_two_machines_may_differ_by_so_much(one: LoopLeases, two: LoopLeases, ahead: int, holder: str) -> None:
    run(one.take(NOW + ahead))
    assert run(one.read())[Loop.DELIVER].is_held(NOW) == (holder == "one")
    run(two.take(NOW))
    assert holders(one) == {holder}


def test_the_end_of_a_run_is_recorded_for_whoever_holds_the_loop_next(one: LoopLeases, two: LoopLeases) -> None:
    run(one.record_run(Loop.RECONCILE, NOW))
    run(one.record_run(Loop.RECONCILE, NOW + 9))
    states = run(two.take(NOW + 10))
    assert [states[loop].ran_at for loop in Loop] == [0, NOW + 9, 0]


def test_each_step_costs_one_round_trip(one: LoopLeases, database: MemoryDatabase) -> None:
    for step in (one.read(), one.take(NOW), one.release(NOW), one.record_run(Loop.TIDY, NOW)):
        before = database.round_trips
        run(step)
        assert database.round_trips == before + 1
