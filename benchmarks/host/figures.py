"""Computes medians, and ratios within a round, and compares them with the targets."""

from collections.abc import Iterator, Sequence
from statistics import median
from typing import TypedDict

from benchmarks.host.contenders import ALONE, BOTH, FASTAPI, OURS, POSTGRES, SQLITE, Contender
from benchmarks.host.million import MillionFigures
from benchmarks.host.racing import CHECKOUT, WEBHOOK, Races, Sample
from benchmarks.tables import Target

CPU_LIMITS = {CHECKOUT: 0.40, WEBHOOK: 0.30}
GROUPS, ON_POSTGRES, BESIDE_SLOW, MANY_ORDERS = 2.5, 1.5, 1.2, 1.3


class ClientFigure(TypedDict):
    """What a call to a provider costs with an HTTP client, as `http_clients` measures it."""

    client: str
    tls: bool
    concurrency: int
    cpu_us: float
    p50_us: float
    p99_us: float


class Figures(TypedDict):
    """The content of `build/bench/host.json`.

    Args:
        machine: What `describe_machine` returns.
        fsync_ms: The median time in which the disk stores 4 KiB durably.
        generator_limit: How many requests a second the load generator sends to a server that does nothing.
        races: Of one process each.
        workers: Of two processes each.
        clients: HTTP clients.
        slow_provider: 99 of 100 checkouts keep within so many milliseconds, alone and beside a slow provider.
        million: A thousand orders and many, or None if they were left out.
    """

    machine: dict[str, str]
    fsync_ms: float
    generator_limit: float
    races: Races
    workers: Races
    clients: list[ClientFigure]
    slow_provider: tuple[float, float]
    million: MillionFigures | None


def rounds(races: Races, kind: str, connections: str, contender: Contender) -> Sequence[Sample]:
    """Return the rounds of a contender, none if it did not take part."""
    return races[kind].get(connections, {}).get(contender.name, ())


def typical(samples: Sequence[Sample]) -> Sample:
    """Return the median of each figure."""

    def of(*values: float) -> float:
        return median(values)

    return {
        "cpu": of(*(one["cpu"] for one in samples)),
        "database_cpu": of(*(one["database_cpu"] for one in samples)),
        "per_second": of(*(one["per_second"] for one in samples)),
        "p50": of(*(one["p50"] for one in samples)),
        "p99": of(*(one["p99"] for one in samples)),
        "generator_cpu": of(*(one["generator_cpu"] for one in samples)),
    }


def _ratio(mine: Sequence[Sample], others: Sequence[Sample], key: str) -> float:
    """Return the median of the ratio in each round."""
    figures = [{"cpu": one["cpu"], "p50": one["p50"], "per_second": one["per_second"]}[key] for one in (*mine, *others)]
    half = len(mine)
    return median(one / other for one, other in zip(figures[:half], figures[half:], strict=True))


def _cpu_targets(races: Races) -> Iterator[Target]:
    for kind, limit in CPU_LIMITS.items():
        for database in (SQLITE, POSTGRES):
            for connections in races[kind]:
                mine, other = (rounds(races, kind, connections, Contender(name, database)) for name in (OURS, FASTAPI))
                text = f"CPU of a {kind} on {database}, {_at_a_time(connections)}, against FastAPI's"
                yield Target(text, _ratio(mine, other, "cpu"), limit)


def _at_a_time(connections: str) -> str:
    return f"{connections} at a time"


def million_ratio(waits: Sequence[tuple[float, ...]]) -> float:
    """Return how many times longer something takes with many orders than with few: the median of the rounds."""
    return median(many / few for few, many in waits)


def targets(figures: Figures) -> list[Target]:
    """Return every target with its measured value."""
    races = figures["races"]
    one, most = min(races[WEBHOOK], key=int), max(races[WEBHOOK], key=int)
    ours = {contender.database: contender for contender in BOTH if contender.program == OURS}
    grouped, alone = (rounds(races, WEBHOOK, most, contender) for contender in (ours[SQLITE], ALONE))
    sqlite, postgres = (rounds(races, WEBHOOK, one, ours[database]) for database in (SQLITE, POSTGRES))
    before, beside = figures["slow_provider"]
    found = [
        *_cpu_targets(races),
        Target(
            f"Webhooks a second on SQLite, {_at_a_time(most)}, against those without groups",
            _ratio(grouped, alone, "per_second"),
            GROUPS,
            at_least=True,
        ),
        Target("Latency of a webhook on PostgreSQL, 1 at a time, against SQLite", _ratio(postgres, sqlite, "p50"), ON_POSTGRES),
        Target(
            "CPU of a webhook on PostgreSQL, 1 at a time, against SQLite",
            _ratio(postgres, sqlite, "cpu"),
            ON_POSTGRES,
        ),
        Target("p99 of a checkout beside a provider that takes 4 s, against alone", beside / before, BESIDE_SLOW),
    ]
    if million := figures["million"]:
        for database, works in million["waits"].items():
            name, waits = max(works.items(), key=lambda work: million_ratio(work[1]))
            text = f"Any work with {million['orders']:,} orders on {database}, against 1,000; the slowest: {name}"
            found.append(Target(text, million_ratio(waits), MANY_ORDERS))
    return found
