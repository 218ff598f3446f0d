"""Measures contenders on real workerd with D1, one after the other: requests in a second, waiting times, memory."""

import json
import shutil
import sqlite3
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.edge.contenders import FLOOR, HONO, ON_WORKERD
from benchmarks.edge.loading import load
from benchmarks.edge.staging import WORKERS
from benchmarks.edge.traffic import ENV, SESSION, seed_script
from lightning_cart_host.workerd import Workerd

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


class _Provider(BaseHTTPRequestHandler):
    """The provider's other end: the same answer at once, for every contender."""

    protocol_version = "HTTP/1.1"
    _ANSWER = json.dumps(SESSION).encode()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(self._ANSWER)))
        self.end_headers()
        self.wfile.write(self._ANSWER)

    def log_message(self, *_: object) -> None:
        """Nothing: it would be measured."""


@contextmanager
def _provider() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Provider) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Seeded(Workerd):
    """A Worker on workerd whose database begins with open orders."""

    def __init__(self, folder: Path, settings: Mapping[str, str], orders: int, modules: Mapping[str, str]) -> None:
        super().__init__(folder, settings, modules=modules)
        self._orders = orders

    def _migrate(self) -> None:
        super()._migrate()
        (file,) = (path for path in self.folder.glob("state/v3/d1/*/*.sqlite") if path.name != "metadata.sqlite")
        with closing(sqlite3.connect(file)) as database:
            database.executescript(seed_script(self._orders))

    @property
    def memory(self) -> float:
        """What workerd holds of the machine's memory, in MiB."""
        assert self._process  # noqa: S101 - it runs
        listed = subprocess.run(["ps", "-A", "-o", "pgid=,rss=,comm="], check=True, capture_output=True, text=True).stdout
        rows = [line.split(None, 2) for line in listed.splitlines()]
        sizes = (int(size) for group, size, name in rows if int(group) == self._process.pid and "workerd" in name)
        return max(sizes, default=0) / 1024


class SeededHono(Seeded):
    """The same for a Worker in JavaScript, which wrangler bundles from our node_modules."""

    def _prepare(self) -> None:
        super()._prepare()
        names = {"main": WORKERS / "hono.mjs", "migrations": Path(__file__).resolve().parents[2] / "migrations"}
        text = _HONO.format(**{name: json.dumps(str(path)) for name, path in names.items()})
        (self.folder / "wrangler.toml").write_text(text, encoding="utf-8")


def _build(name: str, folder: Path, settings: Mapping[str, str], orders: int) -> Seeded:
    bare = {path.name: path.read_text(encoding="utf-8") for path in WORKERS.glob("*.py") if path.stem != "fastapi_worker"}
    modules = bare | {"entry.py": bare["floor.py"]} if name == FLOOR.name else {}
    return (SeededHono if name == HONO else Seeded)(folder, settings, orders, modules)


def measure_workerd(requests: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Let every contender run its races, with four requests at a time.

    Args:
        requests: of one race; a tenth as many warm up before it.
        say: takes the progress.

    Returns:
        By contender: its memory in MiB after all of it; and by race requests in a second, and p50 and p99 in milliseconds.
    """
    figures: dict[str, Any] = {}
    with _provider() as provider, tempfile.TemporaryDirectory() as folder:
        for name, races in ON_WORKERD.items():
            say(f"workerd: {name} starts")
            warm = max(4, requests // 10)
            with _build(name, Path(folder) / name, ENV | {"STRIPE_API_BASE": provider}, requests + warm) as worker:
                figures[name] = {"races": {}}
                for race in races:
                    say(f"workerd: {name} runs {race.name}")
                    traffic = race.traffic()
                    load(worker.address, islice(traffic, warm), race.status)
                    done = load(worker.address, islice(traffic, requests), race.status)
                    figures[name]["races"][race.name] = {
                        "per_second": done.per_second,
                        "p50": done.percentile(0.50),
                        "p99": done.percentile(0.99),
                    }
                figures[name]["memory"] = worker.memory
            shutil.rmtree(Path(folder) / name)
    return figures
