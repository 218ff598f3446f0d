"""The four runtimes of one engine, each behind HTTP on loopback, with its database and its timer in the test's hands."""

import asyncio
import contextlib
import importlib.util
import json
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx

from lightning_cart.ports import Clock, Ports
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.fulfil import deliver_due
from lightning_cart.usecases.reconcile import reconcile
from lightning_cart.web.app import App
from lightning_cart_host.adapters.guarded_send import GuardedSend
from lightning_cart_host.adapters.http_send import HttpxSend
from lightning_cart_host.adapters.ids import new_id
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.edge.workerd import Workerd
from lightning_cart_host.server.asgi import AsgiApp
from lightning_cart_host.server.assembly import load_catalog
from lightning_cart_host.server.log import null_log
from support.app import ROOT
from support.http_server import serving

HOSTS = Path(__file__).parents[1] / "runtimes" / "hosts"
NODE = ROOT / "node_modules" / ".bin" / "node"
MIGRATIONS = sorted((ROOT / "migrations").glob("*.sql"))
SDK = importlib.util.find_spec("workers")
ENOUGH = 50  # more than a test has of anything


class Runtime(Protocol):
    """An engine that runs somewhere. Where its database is a D1, it also has `probe`, which makes all sorts of calls at it."""

    address: str

    def without_database(self) -> AbstractContextManager[None]:
        """Make its database unavailable while the block runs."""
        ...

    def run_timer(self, later: int) -> None:
        """Run what its timer runs, as if so many seconds had passed."""
        ...


@dataclass(frozen=True)
class Plan:
    """What an engine is made of, wherever it runs.

    Args:
        folder: Keeps what the runtime keeps.
        config: The folder of the catalogue files.
        stage: The staged Worker.
        env: Its settings.
    """

    folder: Path
    config: Path
    stage: Path
    env: Mapping[str, str]


class _Hosted:
    def __init__(self, address: str, plan: Plan) -> None:
        self.address = address
        self._catalog = load_catalog(plan.config)
        self._env = plan.env
        self._database = SqliteDatabase(plan.folder / "orders.db")
        asyncio.run(self._database.migrate(ROOT / "migrations"))
        send = HttpxSend()
        self.app = AsgiApp(App(self._engine(send, time.time)), null_log, send.close)

    def _engine(self, send: HttpxSend, clock: Clock) -> Engine:
        deliver = GuardedSend(allow_private=True)
        return Engine(self._env, self._catalog, Ports(self._database, send, clock, new_id, asyncio.sleep, deliver))

    @contextlib.contextmanager
    def without_database(self) -> Iterator[None]:
        connection = self._database._connection
        self._database._connection = sqlite3.connect(":memory:")
        self._database._connection.close()
        try:
            yield
        finally:
            self._database._connection = connection

    def run_timer(self, later: int) -> None:
        async def run() -> None:
            send = HttpxSend()
            engine = self._engine(send, lambda: time.time() + later)
            await deliver_due(engine, ENOUGH)
            await reconcile(engine, ENOUGH)
            await send.close()

        asyncio.run(run())

    def close(self) -> None:
        self._database.close()


@contextlib.contextmanager
def on_asgi(plan: Plan) -> Iterator[Runtime]:
    """The engine behind its ASGI adapter, under uvicorn, over a SQLite file."""
    with serving(lambda address: _Hosted(address, plan)) as hosted, contextlib.closing(hosted):
        yield hosted


class _InPyodide:
    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process, self._log = process, log
        self.address = self._read()

    def _read(self) -> str:
        line = self._process.stdout.readline()
        assert line, f"the host of the Worker has ended: {self._log.read_text(encoding='utf-8')}"
        return line.strip()

    def _order(self, what: str, **more: Any) -> str:
        self._process.stdin.write(json.dumps({"do": what, **more}) + "\n")
        self._process.stdin.flush()
        return self._read()

    @contextlib.contextmanager
    def without_database(self) -> Iterator[None]:
        self._order("break")
        try:
            yield
        finally:
            self._order("mend")

    def run_timer(self, later: int) -> None:
        self._order("timer", later=later)

    def probe(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self._order("probe"))
        return told


def on_pyodide(package: str, *flags: str) -> Callable[[Plan], AbstractContextManager[Runtime]]:
    """The staged Worker under Node, in the Pyodide of an npm package, with the current SDK and a D1 that is a SQLite."""

    @contextlib.contextmanager
    def run(plan: Plan) -> Iterator[Runtime]:
        told = {
            "pyodide": str(ROOT / "node_modules" / package),
            "sdk": str(Path(SDK.origin).parent),
            "stage": str(plan.stage),
            "migrations": [str(path) for path in MIGRATIONS],
            "env": dict(plan.env),
        }
        command = [NODE, "--no-warnings", *flags, HOSTS / "worker.mjs", json.dumps(told)]
        log = plan.folder / "worker.log"
        with log.open("w", encoding="utf-8") as stream:
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stream, text=True)
        with process:
            try:
                yield _InPyodide(process, log)
            finally:
                process.kill()

    return run


class _OnWorkerd:
    def __init__(self, address: str) -> None:
        self.address = address

    def _order(self, **headers: str) -> str:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = httpx.get(f"{self.address}/", headers=named, trust_env=False, timeout=60)
        assert answer.is_success, answer.text
        return answer.text

    @contextlib.contextmanager
    def without_database(self) -> Iterator[None]:
        # workerd holds its file's lock, so that nobody else can: what it asks for is taken away instead.
        self._order(x_statement="ALTER TABLE orders RENAME TO taken_away")
        try:
            yield
        finally:
            self._order(x_statement="ALTER TABLE taken_away RENAME TO orders")

    def run_timer(self, later: int) -> None:
        self._order(x_timer=str(later))

    def probe(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self._order(x_statement="probe"))
        return told


@contextlib.contextmanager
def on_workerd(plan: Plan) -> Iterator[Runtime]:
    """The staged Worker on real workerd with D1."""
    modules = {name: (HOSTS / name).read_text(encoding="utf-8") for name in ("with_timer.py", "probe.py")}
    with Workerd(plan.folder / "workerd", plan.env, config=plan.config, modules=modules, main="with_timer.py") as engine:
        yield _OnWorkerd(engine.address)


RUNTIMES: Mapping[str, Callable[[Plan], AbstractContextManager[Runtime]]] = {
    "asgi-sqlite": on_asgi,
    "workerd-d1": on_workerd,
    "pyodide-0.28": on_pyodide("pyodide-0.28"),
    "pyodide-314": on_pyodide("pyodide", "--experimental-wasm-jspi"),
}
