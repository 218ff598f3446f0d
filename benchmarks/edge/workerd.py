"""Measures contenders on real workerd with D1, one after the other: requests per second, latency, memory."""

import json
import sqlite3
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks.edge.answers import answer
from benchmarks.edge.contenders import FLOOR, HONO, ON_WORKERD
from benchmarks.edge.figures import Figures
from benchmarks.edge.loading import WrongAnswer, load
from benchmarks.edge.staging import WORKERS
from benchmarks.edge.traffic import ENV, seed_script
from lightning_cart_host.edge.staging import ROOT
from lightning_cart_host.edge.workerd import Workerd

_HONO = """
name = "hono"
main = {main}
compatibility_date = "2024-11-06"
compatibility_flags = ["nodejs_compat"]

[[d1_databases]]
binding = "DB"
database_name = "orders"
database_id = "00000000-0000-0000-0000-000000000000"
migrations_dir = {migrations}
"""

CONFIG = ROOT / "benchmarks" / "config"
_ORDERS = 20_000  # more than any contender can process in a race


class _Provider(BaseHTTPRequestHandler):
    """The providers, which answer every contender at once."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        body = answer(self.path).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Log nothing: it would be measured."""


@contextmanager
def _provider() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Provider) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Seeded(Workerd):
    """A Worker on workerd whose database contains open orders."""

    def __init__(self, folder: Path, settings: Mapping[str, str], modules: Mapping[str, str]) -> None:
        super().__init__(folder, settings, modules=modules, config=CONFIG)

    def migrate(self) -> None:
        """Apply the migrations, then insert the orders."""
        super().migrate()
        (file,) = (path for path in self.folder.glob("state/v3/d1/*/*.sqlite") if path.name != "metadata.sqlite")
        with closing(sqlite3.connect(file)) as database:
            database.executescript(seed_script(_ORDERS))

    @property
    def memory(self) -> float:
        """The resident memory of workerd in MiB."""
        assert self._process  # noqa: S101 - it runs
        listed = subprocess.run(["ps", "-A", "-o", "pgid=,rss=,comm="], check=True, capture_output=True, text=True).stdout
        rows = [line.split(None, 2) for line in listed.splitlines()]
        sizes = (int(size) for group, size, name in rows if int(group) == self._process.pid and "workerd" in name)
        return max(sizes, default=0) / 1024


class SeededHono(Seeded):
    """The same for a JavaScript Worker, which wrangler bundles from our node_modules."""

    def prepare(self) -> None:
        """Write everything that workerd reads, with another `wrangler.toml`."""
        super().prepare()
        names = {"main": WORKERS / "hono.mjs", "migrations": ROOT / "migrations"}
        text = _HONO.format(**{name: json.dumps(str(path)) for name, path in names.items()})
        (self.folder / "wrangler.toml").write_text(text, encoding="utf-8")


def _build(name: str, folder: Path, settings: Mapping[str, str]) -> Seeded:
    bare = {path.name: path.read_text(encoding="utf-8") for path in WORKERS.glob("*.py") if path.stem != "fastapi_worker"}
    modules = bare | {"entry.py": bare["floor.py"]} if name == FLOOR.name else {}
    return (SeededHono if name == HONO else Seeded)(folder, settings, modules)


def _run_races(worker: Seeded, name: str, seconds: float, say: Callable[[str], None]) -> dict[str, dict[str, float]]:
    figures = {}
    for race in ON_WORKERD[name]:
        say(f"workerd: {name} runs {race.name}")
        traffic = race.traffic()
        load(worker.address, traffic, race.status, seconds / 4)  # to warm up
        done = load(worker.address, traffic, race.status, seconds)
        figures[race.name] = {"per_second": done.per_second, "p50": done.percentile(0.50), "p99": done.percentile(0.99)}
    return figures


def measure_workerd(seconds: float, say: Callable[[str], None]) -> Figures:
    """Run the races of every contender, with four requests at a time.

    Args:
        seconds: The duration of one race.
        say: Called with the progress.

    Returns:
        By contender: its memory in MiB after all races, and by race the requests per second, and p50 and p99 in milliseconds.
    """
    figures: Figures = {}
    with _provider() as provider, tempfile.TemporaryDirectory() as folder:
        for name in ON_WORKERD:
            say(f"workerd: {name} starts")
            with _build(name, Path(folder) / name, ENV | {"STRIPE_API_BASE": provider, "PAYPAL_API_BASE": provider}) as worker:
                try:
                    races = _run_races(worker, name, seconds, say)
                except WrongAnswer as error:
                    raise SystemExit(f"{name}: {error}\n{worker.log.read_text(encoding='utf-8')[-3000:]}") from error
                figures[name] = {"races": races, "memory": worker.memory}
    return figures
