"""Measures requests and cold starts at the edge, compared with a bare Worker, FastAPI and Hono."""

import argparse
import gzip
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from benchmarks.edge.chart import draw
from benchmarks.edge.documenting import write_docs
from benchmarks.edge.figures import MODES, Figures
from benchmarks.edge.machine import describe_machine
from benchmarks.edge.pyodide import Imports, measure_imports, measure_requests
from benchmarks.edge.staging import make_archives
from benchmarks.edge.tables import tables
from benchmarks.edge.workerd import measure_workerd
from benchmarks.tables import show
from lightning_cart_host.edge.staging import ROOT, stage


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a run.

    Args:
        modes: The modes of Pyodide: with JSPI, without, or both.
        rounds: The number of rounds in Pyodide.
        requests: The number of requests in a round.
        starts: The number of starts of each contender, beside those for the requests.
        seconds: The duration of one race on workerd.
    """

    modes: tuple[str, ...]
    rounds: int
    requests: int
    starts: int
    seconds: float


FULL = Size(tuple(MODES), rounds=15, requests=40, starts=5, seconds=4)
QUICK = Size(tuple(MODES), rounds=5, requests=15, starts=2, seconds=1)
SMALLEST = Size(("jspi",), rounds=1, requests=2, starts=0, seconds=0)


def _upload() -> int:
    """Return the size of the gzipped upload in bytes."""
    with tempfile.TemporaryDirectory() as folder:
        staged = stage(Path(folder) / "edge", ROOT / "config")
        return len(gzip.compress(b"".join(path.read_bytes() for path in sorted(staged.rglob("*.py")))))


def run(size: Size, console: Console) -> Figures:
    """Measure everything.

    Args:
        size: The size of the run.
        console: Shows the progress.
    """
    with console.status("staging the contenders") as status:
        archives = make_archives()
        say = status.update
        imports: Imports = {}
        rounds, per_round = size.rounds, size.requests
        requests = {
            mode: measure_requests(archives, imports, jspi=mode == "jspi", rounds=rounds, requests=per_round, say=say)
            for mode in size.modes
        }
        measure_imports(archives, imports, size.starts, say)
        return {
            "machine": describe_machine(),
            "upload": _upload(),
            "requests": requests,
            "imports": imports,
            "workerd": measure_workerd(size.seconds, say),
        }


def main() -> None:
    """Measure, print the tables, and write the figures to `build/bench`."""
    parser = argparse.ArgumentParser(prog="make bench-edge", description=__doc__)
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument(
        "--quick", action="store_const", dest="size", const=QUICK, default=FULL, help="fewer rounds, requests and starts"
    )
    sizes.add_argument("--smallest", action="store_const", dest="size", const=SMALLEST, help="only check that it runs")
    parser.add_argument("--write-docs", action="store_true", help="write the figures into docs/performance.md")
    options = parser.parse_args()
    console = Console()
    figures = run(options.size, console)
    folder = ROOT / "build" / "bench"
    (folder / "edge.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    (folder / "edge.svg").write_text(draw(figures), encoding="utf-8")
    show(tables(figures), console)
    if options.write_docs:
        write_docs(figures)


main()
