"""Measures contenders in Pyodide under Node: one process each, which take turns, so that other load affects all of them."""

import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any, Self

from benchmarks.edge.answers import ANSWERS
from benchmarks.edge.contenders import IN_PYODIDE, RACES, Contender, Race
from benchmarks.edge.traffic import ENV, Request, seed_script
from lightning_cart_host.edge.staging import ROOT

_NODE = ROOT / "node_modules" / ".bin" / "node"
_PROGRAM = Path(__file__).parent / "node" / "serve.mjs"
_JSPI = "--experimental-wasm-jspi"

type Rounds = dict[str, dict[str, list[tuple[float, float]]]]
type Imports = dict[str, dict[str, list[float]]]  # by contender and label: the milliseconds of CPU of each start


class Server:
    """One contender in its own Node process: a context manager that starts and ends it.

    Args:
        contender: The contender.
        archives: The archive of each part.
        jspi: Whether WebAssembly may wait for JavaScript's promises, as at Cloudflare.
        orders: The number of open orders in its database.
    """

    def __init__(self, contender: Contender, archives: Mapping[str, Path], *, jspi: bool, orders: int) -> None:
        self.contender = contender
        plan = {
            "pyodide": str(ROOT / "node_modules" / "pyodide"),
            "archives": [str(archives[part]) for part in contender.parts],
            "imports": contender.imports,
            "env": ENV,
            "migrations": [str(path) for path in sorted((ROOT / "migrations").glob("*.sql"))],
            "seed": seed_script(orders),
            "answers": ANSWERS,
        }
        self._plan = tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8")  # noqa: SIM115 - closed in __exit__
        json.dump(plan, self._plan)
        self._plan.flush()
        self._command = [str(_NODE), "--no-warnings", *([_JSPI] if jspi else []), str(_PROGRAM), self._plan.name]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.imports: dict[str, float] = self._read()["imports"]
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()
        self._plan.close()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout  # noqa: S101 - it is a pipe
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.contender.name} ended unexpectedly in Pyodide: see its output above")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def run(self, race: Race, requests: list[Request]) -> tuple[float, float]:
        """Send requests to it, one after the other.

        Returns:
            Milliseconds of CPU for each request, and the database's share of them.
        """
        assert self._process.stdin  # noqa: S101 - it is a pipe
        task = {"entry": self.contender.entries[race.name], "requests": requests, "expected": race.status}
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        answer = self._read()
        if answer["unexpected"]:
            raise SystemExit(f"{self.contender.name} answered {race.name} with {answer['unexpected'][0]}")
        return answer["cpu"] / len(requests), answer["database"] / len(requests)


def _add_start(imports: Imports, server: Server) -> None:
    for label, milliseconds in server.imports.items():
        imports.setdefault(server.contender.name, {}).setdefault(label, []).append(milliseconds)


def measure_requests(
    archives: Mapping[str, Path], imports: Imports, *, jspi: bool, rounds: int, requests: int, say: Callable[[str], None]
) -> Rounds:
    """Run all races with all contenders, in turns. The first round is a warm-up and does not count.

    Args:
        archives: The archive of each part.
        imports: The start of each contender is added to it.
        jspi: Whether WebAssembly may wait for promises.
        rounds: The number of rounds that count.
        requests: The number of requests in a round.
        say: Called with the progress.

    Returns:
        By race and contender: each round's milliseconds of CPU for one request, and the database's share of them.
    """
    figures: Rounds = {}
    traffic: dict[tuple[str, str], Iterator[Request]] = {}
    with ExitStack() as stack:
        orders = (rounds + 1) * requests
        servers = [stack.enter_context(Server(one, archives, jspi=jspi, orders=orders)) for one in IN_PYODIDE]
        for server in servers:
            _add_start(imports, server)
        for number in range(rounds + 1):
            say(f"requests in Pyodide {'with' if jspi else 'without'} JSPI: round {number} of {rounds}")
            for race in RACES:
                for server in (server for server in servers if race.name in server.contender.entries):
                    name = server.contender.name
                    flow = traffic.setdefault((race.name, name), race.traffic())
                    result = server.run(race, list(islice(flow, requests)))
                    if number:
                        figures.setdefault(race.name, {}).setdefault(name, []).append(result)
    return figures


def measure_imports(archives: Mapping[str, Path], imports: Imports, repetitions: int, say: Callable[[str], None]) -> None:
    """Start every contender several times more, in turns, and add each start."""
    for number in range(repetitions):
        say(f"imports in Pyodide: start {number + 1} of {repetitions}")
        for contender in IN_PYODIDE:
            with Server(contender, archives, jspi=True, orders=1) as server:
                _add_start(imports, server)
