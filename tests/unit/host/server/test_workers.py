"""A shop that several processes serve: one that dies is replaced, all end with their parent, and no request goes unanswered."""

import asyncio
import contextlib
import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.server import workers
from lightning_cart_host.server.log import LogFormat
from lightning_cart_host.server.loopback import free_port
from lightning_cart_host.server.serve_commands import ShopPlan
from lightning_cart_host.server.worker_process import SharedListener, WorkerTask
from lightning_cart_host.server.workers import Worker, available_cores, choose_workers
from support import ROOT
from support.app import ENV
from support.processes import TIMEOUT_SECONDS, CliProcess

pytestmark = pytest.mark.process

CHECKOUT = json.dumps({"items": [{"id": "test-10", "quantity": 1}], "strategy": "stripe_checkout"})
LOADING_CLIENTS = 4


def until(condition: Callable[[], object], what: str = "it") -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what} does not happen"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class SlowStripe(BaseHTTPRequestHandler):
    """A provider that opens a checkout when the test lets it."""

    asked = threading.Event()
    may_answer = threading.Event()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.asked.set()
        self.may_answer.wait(TIMEOUT_SECONDS)
        session = {"id": "cs_1", "url": "https://pay.example/1", "expires_at": int(time.time()) + 3600}
        content = json.dumps({**session, "amount_total": 1000, "currency": "usd"}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@dataclass
class Workers:
    """A shop that two processes serve, and their parent."""

    parent: CliProcess
    port: int
    database: Path

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)

    def get(self, path: str = "/products") -> int:
        connection = self.connect()
        with contextlib.closing(connection):
            connection.request("GET", path)
            return connection.getresponse().status

    def lines(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.parent.lines if line["event"] == event]

    @property
    def pids(self) -> dict[int, int]:
        """The process of each worker, by the worker's number."""
        return {line["worker"]: line["pid"] for line in self.lines("worker_started")}

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with contextlib.closing(sqlite3.connect(self.database, timeout=10, isolation_level=None)) as connection:
            return connection.execute(sql).fetchall()

    @property
    def holders(self) -> set[int]:
        """The processes that hold the loops' leases."""
        now = int(time.time())
        return {
            int(value.split(":")[1]) for (value,) in self.rows(f"SELECT value FROM reconciling WHERE until > {now}") if value
        }

    def wait_for_holder(self) -> int:
        """Return the process that holds the loops' leases, as soon as one of those that run does."""
        until(lambda: self.holders & set(self.pids.values()), "that a worker holds the loops")
        (holder,) = self.holders
        return holder


@contextlib.contextmanager
def serving(folder: Path, stripe: str = "http://127.0.0.1:9") -> Iterator[Workers]:
    """Serve a shop with two workers, and end whatever is left of it."""
    port, database = free_port(), folder / "orders.db"
    arguments = ("--workers", "2", "--storefront", "none", "--config", str(ROOT / "config"), "--database", str(database))
    with CliProcess("serve", "--port", str(port), *arguments, env=ENV | {"STRIPE_API_BASE": stripe}, folder=folder) as parent:
        parent.wait_until_serving()
        shop = Workers(parent, port, database)
        until(lambda: len(shop.pids) == 2, "that both workers serve")
        try:
            yield shop
        finally:
            for pid in shop.pids.values():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    with serving(tmp_path_factory.mktemp("workers")) as shop:
        yield shop


def test_a_connection_is_refused_until_a_worker_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise whoever connects meanwhile, such as a proxy that could ask another engine, would wait."""
    seen: list[bool] = []

    async def run_workers(_: object) -> None:
        with socket.socket() as client:
            seen.append(client.connect_ex(("127.0.0.1", port)) == 0)

    port = free_port()
    monkeypatch.setattr(workers, "_run_workers", run_workers)
    plan = ShopPlan(ROOT / "config", str(tmp_path / "orders.db"), None, LogFormat.JSON)
    asyncio.run(workers.serve_shop_by_workers("127.0.0.1", port, plan, ENV, 2))
    assert seen == [False]


# ---- two workers, which are killed one after another, and at last their parent


def test_both_workers_answer_and_are_named_in_the_log(shop: Workers) -> None:
    def both() -> bool:
        assert shop.get() == 200
        return {line["worker"] for line in shop.lines("request")} == {1, 2}

    until(both, "that both workers answer")


def test_one_of_them_runs_all_loops(shop: Workers) -> None:
    assert shop.wait_for_holder() in shop.pids.values()
    assert [line["running"] for line in shop.lines("loops")] == [["deliver", "reconcile", "tidy"]]


def test_the_operator_is_told_that_workers_do_not_speed_up_sqlite(shop: Workers) -> None:
    (warning,) = shop.lines("workers")
    assert (warning["level"], "one writer" in warning["reason"]) == ("warning", True)


def test_what_is_to_be_corrected_is_said_once(shop: Workers) -> None:
    assert (len(shop.lines("serving")), len(shop.lines("catalogue")), shop.lines("serving")[0]["workers"]) == (1, 1, 2)


def test_a_worker_that_is_killed_is_replaced_and_the_other_answers_meanwhile(shop: Workers) -> None:
    (killed,) = set(shop.pids.values()) - {shop.wait_for_holder()}
    os.kill(killed, signal.SIGKILL)
    until(lambda: shop.get() == 200 and len(set(shop.pids.values())) == 2 and killed not in shop.pids.values())
    (end,) = shop.lines("worker_ended")
    assert (end["code"], end["replaced_after"]) == (-signal.SIGKILL, 0.5)


def test_the_loops_of_a_worker_that_is_killed_are_taken_over_after_its_lease(shop: Workers) -> None:
    killed = shop.wait_for_holder()
    os.kill(killed, signal.SIGKILL)
    until(lambda: not is_alive(killed))
    assert shop.holders == {killed}
    shop.rows("UPDATE reconciling SET until = 1 WHERE name LIKE 'loop:%'")  # half a minute later
    until(lambda: shop.holders and shop.wait_for_holder() != killed)


def test_workers_whose_parent_is_killed_end_by_themselves_and_release_the_loops(shop: Workers) -> None:
    until(lambda: len(set(shop.pids.values())) == 2)
    assert shop.wait_for_holder()
    shop.parent.kill()
    until(lambda: not any(map(is_alive, shop.pids.values())), "that the workers end")
    assert shop.holders == set()


@dataclass
class Client:
    """Sends requests on one kept connection until the server closes it, and keeps which were answered."""

    shop: Workers
    answered: set[str] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)

    def run(self) -> None:
        number = 0
        while True:
            connection = self.shop.connect()
            with contextlib.closing(connection):
                try:
                    connection.connect()
                except OSError:
                    return
                number += 1
                self._ask_until_closed(connection, number)

    def _ask_until_closed(self, connection: http.client.HTTPConnection, number: int) -> None:
        for count in range(1_000_000):
            request_id = f"{id(self)}-{number}-{count}"
            try:
                connection.request("GET", "/products", headers={"x-request-id": request_id})
                response = connection.getresponse()
                response.read()
            except (OSError, http.client.HTTPException):
                self.unanswered.add(request_id)
                return
            self.answered.add(request_id)
            if response.will_close:
                return


def test_every_request_that_was_read_is_answered_at_the_end(tmp_path: Path) -> None:
    provider = ThreadingHTTPServer(("127.0.0.1", 0), SlowStripe)
    provider.daemon_threads = True
    threading.Thread(target=provider.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    with serving(tmp_path, f"http://127.0.0.1:{provider.server_port}") as shop:
        checkout = shop.connect()
        checkout.request("POST", "/checkout", CHECKOUT, {"content-type": "application/json"})
        clients = [Client(shop) for _ in range(LOADING_CLIENTS)]
        threads = [threading.Thread(target=client.run, daemon=True) for client in clients]
        for thread in threads:
            thread.start()
        assert SlowStripe.asked.wait(TIMEOUT_SECONDS)
        until(lambda: all(len(client.answered) > 20 for client in clients))
        shop.parent.popen.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join(TIMEOUT_SECONDS)  # it ends when nothing listens any more
        assert shop.parent.popen.poll() is None  # it waits for the checkout
        SlowStripe.may_answer.set()
        answer = checkout.getresponse()
        assert (answer.status, json.loads(answer.read())["url"]) == (201, "https://pay.example/1")
        assert (shop.parent.end(), any(map(is_alive, shop.pids.values()))) == (0, False)
        read = {line["request_id"] for line in shop.lines("request")}
        unanswered = {request_id for client in clients for request_id in client.unanswered}
        assert unanswered & read == set()
        assert shop.lines("library") == shop.lines("worker_ended") == shop.lines("failure") == []
        assert shop.holders == set()
        checkout.close()
    provider.shutdown()
    provider.server_close()


# ---- one that cannot start


@pytest.fixture
def task(tmp_path: Path) -> Iterator[WorkerTask]:
    """Return a task that cannot be done, because there is no catalogue."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield WorkerTask(
            worker=1,
            listener=listener.fileno(),
            host="127.0.0.1",
            config=str(tmp_path),
            database=str(tmp_path / "orders.db"),
            storefront="",
            log_format="json",
            env=ENV,
            workers=1,
            counters=-1,
            metrics_host="127.0.0.1",
            metrics_listener=-1,
        )


def test_the_pause_before_a_worker_is_replaced_grows(monkeypatch: pytest.MonkeyPatch, logbook: Any, task: WorkerTask) -> None:
    monkeypatch.setattr(workers, "COMMAND", (sys.executable, "-S", "-c", "raise SystemExit(3)"))
    monkeypatch.setattr(workers, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(workers, "MAX_PAUSE", 0.03)

    async def live() -> None:
        keeping = asyncio.create_task(Worker(task, logbook.log, asyncio.Event()).keep())
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while len(logbook.lines) < 4:  # noqa: ASYNC110 - a log has no event
                await asyncio.sleep(0.01)
        keeping.cancel()

    asyncio.run(live())
    assert [(line["event"], line["worker"], line["code"], line["replaced_after"]) for line in logbook.lines[:4]] == [
        ("worker_ended", 1, 3, pause) for pause in (0.01, 0.02, 0.03, 0.03)
    ]


def test_a_system_without_room_for_a_process_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, logbook: Any, task: WorkerTask, tmp_path: Path
) -> None:
    monkeypatch.setattr(workers, "COMMAND", (str(tmp_path / "nowhere"),))

    async def live() -> None:
        keeping = asyncio.create_task(Worker(task, logbook.log, asyncio.Event()).keep())
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while not logbook.lines:  # noqa: ASYNC110 - a log has no event
                await asyncio.sleep(0.01)
        keeping.cancel()

    asyncio.run(live())
    assert logbook.lines[0]["code"] == "FileNotFoundError"


def test_a_worker_that_cannot_start_says_why_and_shows_no_secret(task: WorkerTask) -> None:
    done = subprocess.run(
        workers.COMMAND,
        input=task.to_json(),
        pass_fds=task.descriptors,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    (line,) = map(json.loads, done.stderr.splitlines())
    assert (done.returncode, done.stdout, line["event"], line["worker"]) == (1, "", "worker_failed", 1)
    assert line["error"].startswith("there is no products.toml")
    assert not [secret for secret in ENV.values() if secret in f"{done.stderr} {task}"]


# ---- how many


@pytest.mark.parametrize(
    ("wanted", "database", "expected"),
    [
        (None, "orders.db", 1),
        (3, "orders.db", 3),
        (None, "postgresql://shop@db.example/shop", 5),
        (1, "postgresql://shop@db.example/shop", 1),
    ],
    ids=["one with SQLite", "as many as are wanted", "one per core with PostgreSQL", "one if that is wanted"],
)
def test_the_number_of_workers(wanted: int | None, database: str, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "available_cores", lambda: 5)
    assert choose_workers(wanted, database) == expected


def test_no_process_cannot_serve(lightning_cart: Any) -> None:
    status, _, err = lightning_cart("serve", "--workers", "0")
    assert (status, "0 processes cannot serve: use 1 or more." in err) == (2, True)


def test_windows_has_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    assert choose_workers(None, "postgresql://shop@db.example/shop") == 1
    with pytest.raises(ConfigurationError, match="on Windows the engine runs in one process"):
        choose_workers(2, "orders.db")


def test_only_cores_that_this_process_may_use_are_counted() -> None:
    assert available_cores() == len(os.sched_getaffinity(0))


# ---- the shared socket


@pytest.fixture
def listener() -> Iterator[SharedListener]:
    with socket.create_server(("127.0.0.1", 0)) as opened, SharedListener(fileno=os.dup(opened.fileno())) as listener:
        listener.setblocking(False)
        yield listener


def test_an_event_loop_accepts_one_connection_at_a_time(listener: SharedListener) -> None:
    clients = [socket.create_connection(listener.getsockname()) for _ in range(2)]
    for _ in range(2):
        listener.accept()[0].close()
        with pytest.raises(BlockingIOError):
            listener.accept()
    for client in clients:
        client.close()


def test_a_connection_that_another_process_took_costs_nothing(listener: SharedListener) -> None:
    for _ in range(2):
        with pytest.raises(BlockingIOError):
            listener.accept()
    client = socket.create_connection(listener.getsockname())
    listener.accept()[0].close()
    client.close()
