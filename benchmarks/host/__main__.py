"""Measures the engine on a host beside FastAPI, stripe-python and SQLAlchemy, on SQLite and on PostgreSQL."""

import argparse
import json
from dataclasses import asdict, dataclass
from typing import cast

from rich.console import Console

from benchmarks.host.chart import draw
from benchmarks.host.contenders import ALONE, BOTH, SEVERAL
from benchmarks.host.documenting import write_docs
from benchmarks.host.environment import FOLDER
from benchmarks.host.figures import ClientFigure, Figures
from benchmarks.host.group_commit import fsync_ms
from benchmarks.host.http_clients import measure as measure_clients
from benchmarks.host.machine import describe_machine
from benchmarks.host.million import measure_million
from benchmarks.host.racing import generator_limit, open_arena, race
from benchmarks.host.slow_provider import measure as measure_slow_provider
from benchmarks.host.tables import tables
from benchmarks.tables import show


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a run.

    Args:
        rounds: The number of rounds of everything.
        requests: The number of requests in a round, by how many are under way at a time.
        orders: How many orders are many; 0 leaves that out.
        times: How often each kind of work is done in a round with many orders.
        calls: The number of calls in a round of an HTTP client.
        slow: The number of checkouts in a round beside a slow provider.
    """

    rounds: int
    requests: dict[int, int]
    orders: int
    times: int
    calls: int
    slow: int


FULL = Size(5, {1: 200, 8: 500, 64: 1000}, orders=1_000_000, times=40, calls=160, slow=400)
QUICK = Size(3, {1: 100, 8: 300, 64: 640}, orders=50_000, times=20, calls=60, slow=200)
SMALLEST = Size(1, {1: 3, 8: 8}, orders=2_000, times=2, calls=16, slow=8)


def run(size: Size, console: Console) -> Figures:
    """Measure everything.

    Args:
        size: The size of the run.
        console: Shows the progress.
    """
    with console.status("starting") as status, open_arena() as arena:
        say = status.update
        most = max(size.requests)
        limit = generator_limit(arena, 30 * size.requests[most])
        machine = describe_machine(arena)
        races = race(arena, (*BOTH, ALONE), size.rounds, size.requests, say)
        workers = race(arena, SEVERAL, size.rounds, {most: size.requests[most]}, say)
        million = measure_million(arena, size.orders, size.rounds, size.times, say) if size.orders else None
        say("HTTP clients")
        clients = [cast("ClientFigure", asdict(one)) for one in measure_clients(size.rounds, size.calls)]
        say("a slow provider")
        slow = measure_slow_provider(size.rounds, size.slow)
        return {
            "machine": machine,
            "fsync_ms": fsync_ms(arena.folder),
            "generator_limit": limit,
            "races": races,
            "workers": workers,
            "clients": clients,
            "slow_provider": (slow.alone_ms, slow.beside_ms),
            "million": million,
        }


def main() -> None:
    """Measure, print the tables, and write the figures to `build/bench`."""
    parser = argparse.ArgumentParser(prog="make bench-host", description=__doc__)
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--quick", action="store_const", dest="size", const=QUICK, default=FULL, help="less of everything")
    sizes.add_argument("--smallest", action="store_const", dest="size", const=SMALLEST, help="only check that it runs")
    parser.add_argument("--write-docs", action="store_true", help="write the figures into docs/performance.md")
    options = parser.parse_args()
    console = Console()
    figures = run(options.size, console)
    (FOLDER.parent / "host.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    (FOLDER.parent / "host.svg").write_text(draw(figures), encoding="utf-8")
    show(tables(figures), console)
    if options.write_docs:
        write_docs(figures)


if __name__ == "__main__":  # the load generator's process imports this module
    main()
