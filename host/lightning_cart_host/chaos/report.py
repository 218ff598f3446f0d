"""What a run of chaos comes to: as JSON for scripts, and as tables for people."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import OrderStatus
from lightning_cart_host.chaos.aftermath import Aftermath
from lightning_cart_host.chaos.crowded import MAX_SLOWDOWN, LatencyComparison
from lightning_cart_host.chaos.judge import Assessment
from lightning_cart_host.chaos.plan import FAULTS, ChaosPlan
from lightning_cart_host.chaos.samples import Samples

_CURRENCY = "USD"
_SHOWN = 20  # wrong orders that are listed for people; JSON has all


@dataclass(frozen=True, slots=True)
class ChaosResult:
    """What a run came to.

    Args:
        plan: How it was set up.
        seconds: How long the crowd bought.
        statuses: For each way to pay, how many orders ended in which status.
        faults: How often each fault happened.
        deliveries: How many of the providers' webhooks ended in which state.
        samples: What was measured of each kind of request.
        aftermath: What the reconciler had to do.
        verdict: What the judge found.
        crowding: How long a webhook takes where it is crowded, or `None` where that was left out.
        troubles: What did not go as it should for buyers, though their orders may be right.
    """

    plan: ChaosPlan
    seconds: float
    statuses: Mapping[str, Counter[str]]
    faults: Mapping[str, int]
    deliveries: Mapping[str, int]
    samples: Sequence[Samples]
    aftermath: Aftermath
    verdict: Assessment
    crowding: LatencyComparison | None
    troubles: Sequence[str]

    @property
    def ok(self) -> bool:
        """Whether everything is as it should be."""
        return self.verdict.ok and self.aftermath.quiet and (self.crowding is None or self.crowding.within_limit)

    def view(self) -> dict[str, Any]:
        """All of it, for scripts."""
        crowding = self.crowding
        return {
            "ok": self.ok,
            "seed": self.plan.seed,
            "orders": self.plan.orders,
            "buyers": self.plan.buyers,
            "dial": self.plan.dial,
            "seconds": round(self.seconds, 1),
            "statuses": self.statuses,
            "faults": self.faults,
            "deliveries": self.deliveries,
            "requests": [asdict(one) for one in self.samples],
            "reconciler": asdict(self.aftermath),
            "wrong": [asdict(one) for one in self.verdict.wrong],
            "doubled": self.verdict.doubled,
            "orders_minor": self.verdict.orders_minor,
            "books_minor": self.verdict.books_minor,
            "crowding": {**asdict(crowding), "ratio": crowding.ratio, "most": MAX_SLOWDOWN} if crowding else None,
            "troubles": self.troubles,
        }


def _statuses(outcome: ChaosResult) -> Table:
    table = Table(title=f"{outcome.plan.orders} orders by {outcome.plan.buyers} buyers at once", title_justify="left")
    seen = [status for status in OrderStatus if any(counts[status] for counts in outcome.statuses.values())]
    table.add_column("Status", no_wrap=True)
    for name in (*outcome.statuses, "all"):
        table.add_column(name, justify="right", no_wrap=True)
    total: Counter[str] = sum(outcome.statuses.values(), Counter())
    for status in seen:
        counts = (*outcome.statuses.values(), total)
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
    for name in ("Kind", "Count", "a second", "p50 ms", "p99 ms"):
        table.add_column(name, justify="left" if name == "Kind" else "right")
    for one in samples:
        table.add_row(one.kind, str(one.count), f"{one.per_second:g}", *(f"{ms:g}" if ms else "" for ms in (one.p50, one.p99)))
    return table


def _reconciler_sentence(after: Aftermath) -> str:
    drifts = ", ".join(f"{times} {name}" for name, times in sorted(after.drifts.items())) or "nothing"
    did = f"asked about {after.checked} orders in {after.runs} runs, settled {after.settled} and ended {after.expired}"
    return f"The reconciler {did}; it found {drifts}{'' if after.quiet else ', and had not come to rest'}."


def _latency_sentence(crowding: LatencyComparison) -> str:
    few, many = f"{crowding.few_ms:g} ms with {crowding.few:,} orders", f"{crowding.many_ms:g} ms with {crowding.many:,}"
    judged = "which is flat" if crowding.within_limit else f"and at most {MAX_SLOWDOWN} is flat"
    return f"A webhook takes {few} in the table and {many}: {crowding.ratio:g} times as long, {judged}."


def _assessment_sentences(plan: ChaosPlan, verdict: Assessment) -> list[str]:
    orders, books = (Money(minor, _CURRENCY).display for minor in (verdict.orders_minor, verdict.books_minor))
    told = [f"The orders hold {orders}, the providers' books {books}. Double effects: {verdict.doubled}."]
    told += [f"Order {one.number} {one.order_id}: {one.why}." for one in verdict.wrong[:_SHOWN]]
    if len(verdict.wrong) > _SHOWN:
        told.append(f"… and {len(verdict.wrong) - _SHOWN} more, which --json lists.")
    faults = "" if plan.faults == FAULTS else f" --chaos '{plan.faults}'"
    again = f'make chaos ARGS="--orders {plan.orders} --seed {plan.seed}{faults}"'
    return [
        *told,
        f"{len(verdict.wrong)} orders are wrong. To see it again: {again}" if verdict.wrong else "All orders are right.",
    ]


def _sentences(outcome: ChaosResult) -> list[str]:
    crowding = [_latency_sentence(outcome.crowding)] if outcome.crowding else []
    return [_reconciler_sentence(outcome.aftermath), *crowding, *_assessment_sentences(outcome.plan, outcome.verdict)]


def print_result(outcome: ChaosResult, console: Console) -> None:
    """Print what a run came to, for people."""
    deliveries = {f"webhooks {state}": times for state, times in outcome.deliveries.items()}
    console.print(_statuses(outcome))
    console.print(_counts("What went wrong", {**outcome.faults, **deliveries}))
    console.print(_requests(outcome.samples))
    for sentence in _sentences(outcome):
        console.print(sentence, markup=False, highlight=False)
