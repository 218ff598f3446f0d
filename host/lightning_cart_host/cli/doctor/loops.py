"""Checks that some process runs the engine's loops, by the leases that they hold in the database."""

from collections.abc import Mapping

from lightning_cart.storage.loop_leases import Loop, LoopState
from lightning_cart_host.cli.dates import format_utc
from lightning_cart_host.cli.doctor.check import Check, passed, warned

_SUBJECT = "loops"
_RECENT_SECONDS = 900
_ADVICE = (
    "start `lightning-cart serve` with this database, or keep `run_loops` open in your application (docs/library.md); "
    "`lightning-cart reconcile` does once what the reconciler does"
)
_WORK = {
    Loop.DELIVER: "sends fulfilment webhooks again",
    Loop.RECONCILE: "asks the providers about unpaid orders",
    Loop.TIDY: "tidies up",
}


def _process(state: LoopState) -> str:
    """Return host and process id of a holder, without what makes it unique."""
    return state.holder.rpartition(":")[0] or state.holder


def check_loops(states: Mapping[Loop, LoopState], now: int) -> list[Check]:
    """Check who runs the loops.

    Args:
        states: The state of each.
        now: Unix seconds.
    """
    ran_at = states[Loop.RECONCILE].ran_at
    last = f"the reconciler ran last at {format_utc(ran_at)} UTC" if ran_at else "the reconciler has not run yet"
    idle = [loop for loop, state in states.items() if not state.is_held(now)]
    if not idle:
        holders = dict.fromkeys(_process(state) for state in states.values())
        return [passed(_SUBJECT, f"run by {' and '.join(holders)}; {last}")]
    if Loop.RECONCILE in idle and now - ran_at <= _RECENT_SECONDS:
        checks = [passed(_SUBJECT, f"{last}, by hand or from cron")]
        idle = [loop for loop in idle if loop is Loop.DELIVER]
    else:
        checks = []
    if idle:
        checks.append(warned(_SUBJECT, f"no process {' or '.join(_WORK[loop] for loop in idle)}; {last}", _ADVICE))
    return checks
