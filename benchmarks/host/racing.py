"""Races: every contender is sent the same requests, in turns, so that load on the machine affects all of them."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TypedDict

import psycopg

from benchmarks.host.contenders import POSTGRES, Contender, Served, serving
from benchmarks.host.environment import FOLDER, other_python
from benchmarks.host.loading import Job, Load, LoadGenerator
from benchmarks.host.processes import cpu_seconds, free_port, running
from benchmarks.host.provider import START
from benchmarks.host.traffic import checkouts, webhooks
from lightning_cart_host.chaos.local_postgres import LocalPostgres
from lightning_cart_host.edge.staging import ROOT

CHECKOUT, WEBHOOK = "checkout", "webhook"
CONNECTIONS = (1, 8, 64)
_WARM_UP = 20  # requests before the first round, on each connection count

type Say = Callable[[str], None]


class Sample(TypedDict):
    """One round of one contender.

    Args:
        cpu: Milliseconds of CPU of its processes for one request.
        database_cpu: Milliseconds of CPU of PostgreSQL for one request; 0 with SQLite, which is in the contender's own.
        per_second: Requests per second.
        p50: The median latency in milliseconds.
        p99: The latency that 99 of 100 requests keep within.
        generator_cpu: Milliseconds of CPU of the load generator for one request.
    """

    cpu: float
    database_cpu: float
    per_second: float
    p50: float
    p99: float
    generator_cpu: float


# By kind of request, by the number of connections as JSON has it, and by contender: the rounds.
type Races = dict[str, dict[str, dict[str, list[Sample]]]]


@dataclass(frozen=True, slots=True)
class Arena:
    """What all races share.

    Args:
        folder: Keeps the databases and the output of the contenders.
        provider_port: The port of the providers' stand-in.
        postgres: A durable PostgreSQL.
        generator: Sends the requests.
        python: The other program's.
    """

    folder: Path
    provider_port: int
    postgres: LocalPostgres
    generator: LoadGenerator
    python: Path

    def postgres_version(self) -> str:
        """Return the version of PostgreSQL."""
        with psycopg.connect(self.postgres.url) as connection:
            return connection.info.parameter_status("server_version") or "?"

    @contextlib.contextmanager
    def serving(self, contender: Contender) -> Iterator[Served]:
        """Run a contender with a database of its own during the block."""
        on_postgres = contender.database == POSTGRES
        database = (
            self.postgres.create_database() if on_postgres else str(self.folder / f"{contender.program}-{free_port()}.db")
        )
        with serving(contender, self.provider_port, self.folder, database, self.python) as served:
            yield served
        if on_postgres:
            self.postgres.drop_database(database)


@contextlib.contextmanager
def open_arena() -> Iterator[Arena]:
    """Start the providers' stand-in, PostgreSQL and the load generator during the block."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    python = other_python()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=FOLDER)))
        port = free_port()
        stack.enter_context(running([*START, str(port)], port, {"PYTHONPATH": str(ROOT)}, folder, "provider"))
        postgres = stack.enter_context(LocalPostgres(durable=True, options={"max_wal_size": "4GB"}))
        yield Arena(folder, port, postgres, stack.enter_context(LoadGenerator()), python)


def _sample(arena: Arena, served: Served, job: Job) -> tuple[Sample, Load]:
    requests, postgres = len(job.messages), served.contender.database == POSTGRES
    before = cpu_seconds(served.process_id), cpu_seconds(arena.postgres.process_id) if postgres else 0.0
    load = arena.generator.run(job)
    after = cpu_seconds(served.process_id), cpu_seconds(arena.postgres.process_id) if postgres else 0.0
    own, database = ((end - start) * 1000 / requests for start, end in zip(before, after, strict=True))
    return {
        "cpu": own,
        "database_cpu": database,
        "per_second": load.per_second,
        "p50": load.percentile(0.5),
        "p99": load.percentile(0.99),
        "generator_cpu": load.own_cpu * 1000 / requests,
    }, load


def race(arena: Arena, contenders: Sequence[Contender], rounds: int, requests: dict[int, int], say: Say) -> Races:
    """Measure checkouts, and the webhooks that pay their orders.

    Args:
        arena: What all races share.
        contenders: Who takes part.
        rounds: How often each of them is measured.
        requests: The number of requests in a round, by the number of connections.
        say: Shows the progress.
    """
    found: Races = {kind: {str(connections): {} for connections in requests} for kind in (CHECKOUT, WEBHOOK)}
    numbers = count()
    with contextlib.ExitStack() as stack:
        all_served = [stack.enter_context(arena.serving(contender)) for contender in contenders]
        for number in range(rounds + 1):
            for connections, planned in requests.items():
                many = planned if number else max(_WARM_UP, connections)
                for served in all_served:
                    say(f"round {number} of {rounds}: {served.contender.name}, {connections} connections")
                    messages = checkouts(f"key-{next(numbers)}", many)
                    opened, load = _sample(arena, served, Job(served.port, connections, 201, messages))
                    paid, _ = _sample(arena, served, Job(served.port, connections, 200, webhooks(load.bodies)))
                    for kind, sample in ((CHECKOUT, opened), (WEBHOOK, paid)) if number else ():
                        found[kind][str(connections)].setdefault(served.contender.name, []).append(sample)
    return found


def generator_limit(arena: Arena, requests: int) -> float:
    """Return how many requests a second the load generator sends to the providers' stand-in, which does next to nothing."""
    line = b"POST /v1/checkout/sessions HTTP/1.1\r\nhost: stand-in\r\ncontent-length: 0\r\n\r\n"
    return arena.generator.run(Job(arena.provider_port, 64, 200, [line] * requests)).per_second
