"""Whether some process runs the engine's loops, by the leases in the database."""

from collections.abc import Mapping

from lightning_cart.storage.loop_leases import Loop, LoopState
from lightning_cart_host.cli.doctor.check import Check
from lightning_cart_host.cli.doctor.loops import check_loops

NOW = 1_780_000_000
AT = "2026-05-28 20:26:40 UTC"
HELD, IDLE = LoopState("shop-1:7:ab", NOW + 20), LoopState("shop-1:7:ab", NOW)


def levels(states: Mapping[Loop, LoopState]) -> list[tuple[str, str]]:
    return [(check.level, check.detail) for check in check_loops(states, NOW)]


def test_a_process_that_runs_all_loops_is_named() -> None:
    states = {**dict.fromkeys(Loop, HELD), Loop.RECONCILE: HELD._replace(ran_at=NOW)}
    assert check_loops(states, NOW) == [Check("loops", "ok", f"run by shop-1:7; the reconciler ran last at {AT}")]


def test_several_processes_that_share_the_loops_are_named() -> None:
    states = {**dict.fromkeys(Loop, HELD), Loop.TIDY: HELD._replace(holder="shop-2:9:cd")}
    assert levels(states) == [("ok", "run by shop-1:7 and shop-2:9; the reconciler has not run yet")]


def test_loops_that_no_process_runs_are_a_warning_with_advice() -> None:
    (check,) = check_loops(dict.fromkeys(Loop, IDLE), NOW)
    work = "sends fulfilment webhooks again or asks the providers about unpaid orders or tidies up"
    assert (check.level, check.detail) == ("warn", f"no process {work}; the reconciler has not run yet")
    assert "lightning-cart serve" in check.advice


def test_a_loop_that_one_process_lost_is_a_warning() -> None:
    states = {**dict.fromkeys(Loop, HELD), Loop.TIDY: IDLE}
    assert levels(states) == [("warn", "no process tidies up; the reconciler has not run yet")]


def test_a_reconciler_that_cron_runs_leaves_only_the_messages_to_warn_of() -> None:
    states = {**dict.fromkeys(Loop, LoopState()), Loop.RECONCILE: LoopState(ran_at=NOW - 900)}
    last = "the reconciler ran last at 2026-05-28 20:11:40 UTC"
    assert levels(states) == [
        ("ok", f"{last}, by hand or from cron"),
        ("warn", f"no process sends fulfilment webhooks again; {last}"),
    ]


def test_a_reconciler_that_ran_long_ago_is_a_warning() -> None:
    states = {**dict.fromkeys(Loop, HELD), Loop.RECONCILE: LoopState(ran_at=NOW - 901)}
    assert levels(states) == [
        ("warn", "no process asks the providers about unpaid orders; the reconciler ran last at 2026-05-28 20:11:39 UTC")
    ]
