"""Reports the result of a chaos run, as JSON for scripts and as tables for people."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import OrderStatus
from lightning_cart_host.chaos.assessment import Assessment
from lightning_cart_host.chaos.failures import Failures
from lightning_cart_host.chaos.latency import MAX_SLOWDOWN, LatencyComparison
from lightning_cart_host.chaos.loop_holders import Holding, find_overlaps
from lightning_cart_host.chaos.plan import FAULTS, ChaosPlan
from lightning_cart_host.chaos.recovery import Recovery
from lightning_cart_host.chaos.samples import Samples

_CURRENCY = "USD"
_MAX_LISTED = 20  # wrong orders in the text report; JSON has all


@dataclass(frozen=True, slots=True)
class ChaosResult:
    """The result of a run.

    Args:
        plan: The options of the run.
        seconds: The duration of the purchases.
        statuses: The number of orders by strategy and final status.
        faults: The number of injected faults by kind.
        deliveries: The number of webhooks by final state.
        samples: The summary of each kind of request.
        during: The work of the reconciler during the purchases.
        recovery: The work of the reconciler afterwards.
        assessment: The comparison of orders and ledger.
        latency: The webhook times of two table sizes, or `None` if not measured.
        troubles: Errors that buyers saw. Their orders may still be right.
        failures: The engines that were killed, and the restarts of the database.
        holdings: Which engine ran which loop when.
    """

    plan: ChaosPlan
    seconds: float
    statuses: Mapping[str, Counter[str]]
    faults: Mapping[str, int]
    deliveries: Mapping[str, int]
    samples: Sequence[Samples]
    during: Recovery
    recovery: Recovery
    assessment: Assessment
    latency: LatencyComparison | None
    troubles: Sequence[str]
    failures: Failures
    holdings: Sequence[Holding]

    @property
    def overlaps(self) -> Sequence[str]:
        """A sentence for each time at which two engines ran the same loop, or one if nothing says which engine ran any."""
        return find_overlaps(self.holdings) if self.holdings else ["no engine has logged that it runs a loop"]

    @property
    def ok(self) -> bool:
        """Whether every order is right, the reconciler found nothing more, no loop ran twice, and webhooks are as fast."""
        within_limit = self.latency is None or self.latency.within_limit
        return self.assessment.ok and self.recovery.quiet and not self.overlaps and within_limit

    def view(self) -> dict[str, Any]:
        """Return the result as JSON values."""
        latency = self.latency
        return {
            "ok": self.ok,
            "seed": self.plan.seed,
            "orders": self.plan.orders,
            "buyers": self.plan.buyers,
            "engines": self.plan.engines,
            "database": "postgresql" if self.plan.postgres else "sqlite",
            "kills": len(self.failures.kills),
            "healing_seconds": self.failures.healing,
            "loop_changes": len(self.holdings),
            "loops_twice": self.overlaps,
            "dial": self.plan.dial,
            "seconds": round(self.seconds, 1),
            "statuses": self.statuses,
            "faults": self.faults,
            "deliveries": self.deliveries,
            "requests": [asdict(one) for one in self.samples],
            "reconciler_during": asdict(self.during),
            "reconciler": asdict(self.recovery),
            "wrong": [asdict(one) for one in self.assessment.wrong],
            "doubled": self.assessment.doubled,
            "orders_minor": self.assessment.orders_minor,
            "books_minor": self.assessment.books_minor,
            "tips_minor": self.assessment.tips_minor,
            "disputes": self.assessment.disputes,
            "foreign_events": self.assessment.foreign,
            "parked_events": self.assessment.parked,
            "crowding": {**asdict(latency), "ratio": latency.ratio, "most": MAX_SLOWDOWN} if latency else None,
            "troubles": self.troubles,
        }


def _statuses(result: ChaosResult) -> Table:
    table = Table(title=f"{result.plan.orders} orders by {result.plan.buyers} concurrent buyers", title_justify="left")
    seen = [status for status in OrderStatus if any(counts[status] for counts in result.statuses.values())]
    table.add_column("Status", no_wrap=True)
    for name in (*result.statuses, "all"):
        table.add_column(name, justify="right", no_wrap=True)
    total: Counter[str] = sum(result.statuses.values(), Counter())
    for status in seen:
        counts = (*result.statuses.values(), total)
        table.add_row(status.replace("_", " "), *(str(count[status]) for count in counts))
    return table


def _counts(title: str, counts: Mapping[str, int]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("What")
    table.add_column("Times", justify="right")
    for name, times in counts.items():
        table.add_row(name.replace("_", " "), str(times))
    return table


def _requests(samples: Sequence[Samples]) -> Table:
    table = Table(title="Requests", title_justify="left")
    for name in ("Kind", "Count", "per second", "p50 ms", "p99 ms"):
        table.add_column(name, justify="left" if name == "Kind" else "right")
    for one in samples:
        table.add_row(one.kind, str(one.count), f"{one.per_second:g}", *(f"{ms:g}" if ms else "" for ms in (one.p50, one.p99)))
    return table


def _reconciler_sentence(when: str, recovery: Recovery) -> str:
    drifts = ", ".join(f"{times} {name}" for name, times in sorted(recovery.drifts.items())) or "none"
    work = f"settled {recovery.settled}, expired {recovery.expired} and recorded {recovery.applied} parked events"
    return f"{when}, the reconciler checked {recovery.checked} orders (runs: {recovery.runs}), {work}. Discrepancies: {drifts}."


def _reconciler_sentences(result: ChaosResult) -> list[str]:
    sentences = [
        _reconciler_sentence("During the purchases", result.during),
        _reconciler_sentence("Afterwards", result.recovery),
    ]
    return sentences if result.recovery.quiet else [*sentences, "The last run still found discrepancies."]


def _latency_sentence(latency: LatencyComparison) -> str:
    few, many = f"{latency.few_ms:g} ms with {latency.few:,} orders", f"{latency.many_ms:g} ms with {latency.many:,}"
    limit = "within" if latency.within_limit else "above"
    return f"A webhook takes {few} in the table and {many}: a ratio of {latency.ratio:g}, {limit} the limit of {MAX_SLOWDOWN}."


def _assessment_sentences(plan: ChaosPlan, assessment: Assessment) -> list[str]:
    orders, ledger = (Money(minor, _CURRENCY).display for minor in (assessment.orders_minor, assessment.books_minor))
    totals = f"Paid according to the orders: {orders}; according to the providers' ledger: {ledger}."
    tips = Money(assessment.tips_minor, _CURRENCY).display
    others = f"Events of other programs: {assessment.foreign} counted, {assessment.parked} parked until they ended."
    sentences = [
        f"{totals} Payments reported twice: {assessment.doubled}.",
        f"Tips: {tips}. Disputes: {assessment.disputes}. {others}",
    ]
    sentences += [f"Order {one.number} {one.order_id}: {one.why}." for one in assessment.wrong[:_MAX_LISTED]]
    if len(assessment.wrong) > _MAX_LISTED:
        sentences.append(f"… and {len(assessment.wrong) - _MAX_LISTED} more, which --json lists.")
    faults = "" if plan.faults == FAULTS else f" --chaos '{plan.faults}'"
    engines = f" --engines {plan.engines}" if plan.engines > 1 else ""
    options = f"--orders {plan.orders} --seed {plan.seed}{' --postgres' if plan.postgres else ''}{engines}{faults}"
    command = f'make chaos ARGS="{options}"'
    return [
        *sentences,
        f"{len(assessment.wrong)} things are wrong. To reproduce: {command}" if assessment.wrong else "All orders are correct.",
    ]


def _failure_sentences(result: ChaosResult) -> list[str]:
    """Return what failed, if anything was made to fail."""
    failures = result.failures
    sentences = []
    if result.plan.engines > 1:
        holders = len({(one.engine, one.since) for one in result.holdings})
        sentences.append(
            f"Engines: {result.plan.engines}, of which one was killed and started again {len(failures.kills)} times. "
            f"The loops ran in one engine at a time, {holders} after another."
            if not result.overlaps
            else f"Engines: {result.plan.engines}. Loops: {'; '.join(result.overlaps[:_MAX_LISTED])}."
        )
    if failures.healing:
        seconds = " and ".join(f"{one:.1f}" for one in failures.healing)
        sentences.append(
            f"PostgreSQL was restarted {len(failures.healing)} times; all engines took orders again after {seconds} seconds."
        )
    return sentences


def _sentences(result: ChaosResult) -> list[str]:
    latency = [_latency_sentence(result.latency)] if result.latency else []
    resent = f"Webhooks about disputes that never arrived and were sent again: {result.recovery.resent}."
    return [
        *_failure_sentences(result),
        *_reconciler_sentences(result),
        resent,
        *latency,
        *_assessment_sentences(result.plan, result.assessment),
    ]


def print_result(result: ChaosResult, console: Console) -> None:
    """Print the result of a run for people."""
    deliveries = {f"webhooks {state}": times for state, times in result.deliveries.items()}
    console.print(_statuses(result))
    console.print(_counts("Faults and webhooks", {**result.faults, **deliveries}))
    console.print(_requests(result.samples))
    for sentence in _sentences(result):
        console.print(sentence, markup=False, highlight=False)
