"""One of several processes that serve a shop. `lightning-cart serve --workers` starts it; it ends when that process does.

It gets its task as one line of JSON on standard input, writes a line to standard output when it serves, and stops when it is
told to by SIGTERM or when its standard input ends.
"""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from lightning_cart.errors import LightningCartError
from lightning_cart.security.redaction import error_location
from lightning_cart_host.server.assembly import OpenEngine
from lightning_cart_host.server.log import LogFormat, choose_log
from lightning_cart_host.server.metrics import Metrics
from lightning_cart_host.server.metrics_memory import MetricsMemory
from lightning_cart_host.server.metrics_server import Counting
from lightning_cart_host.server.serve_commands import ShopPlan, run_shop
from lightning_cart_host.server.shutdown import run_server
from lightning_cart_host.server.uvicorn_server import send_library_logs_to

READY = b"ready\n"
FAILED = 1


@dataclass(frozen=True, slots=True)
class WorkerTask:
    """What a worker serves.

    Args:
        worker: Its number, from 1.
        listener: The descriptor of the listening socket, which it inherits.
        host: The address that the socket listens on.
        config: The folder of the catalogue files.
        database: The SQLite file, or the URL of PostgreSQL.
        storefront: A folder of static files, or empty.
        log_format: The format of the log.
        env: The settings of the shop.
        workers: How many workers there are.
        counters: The descriptor of the file in which all of them count.
        metrics_host: The address of the socket for Prometheus.
        metrics_listener: The descriptor of that socket, or -1 if there is none.
    """

    worker: int
    listener: int
    host: str
    config: str
    database: str = field(repr=False)
    storefront: str
    log_format: str
    env: dict[str, str] = field(repr=False)
    workers: int
    counters: int
    metrics_host: str
    metrics_listener: int

    @classmethod
    def from_json(cls, line: str) -> "WorkerTask":
        """Return the task in one line of JSON."""
        return cls(**json.loads(line))

    def to_json(self) -> str:
        """Return the task as one line of JSON. It contains secrets."""
        return f"{json.dumps(asdict(self))}\n"

    @property
    def descriptors(self) -> tuple[int, ...]:
        """The descriptors that the worker inherits."""
        return tuple(file for file in (self.listener, self.counters, self.metrics_listener) if file >= 0)

    @property
    def counting(self) -> Counting:
        """What the worker counts, and where it shows that."""
        metrics = Metrics(MetricsMemory(self.workers, self.counters), self.worker)
        listener = SharedListener(fileno=self.metrics_listener) if self.metrics_listener >= 0 else None
        return Counting(metrics, listener, self.metrics_host)

    @property
    def plan(self) -> ShopPlan:
        """The parts of the shop."""
        storefront = Path(self.storefront) if self.storefront else None
        return ShopPlan(Path(self.config), self.database, storefront, LogFormat(self.log_format))


class SharedListener(socket.socket):
    """A listening socket that several processes accept from.

    asyncio accepts all waiting connections at once. This socket offers one at a time, so that the others get theirs.
    """

    _has_accepted = False

    def accept(self) -> tuple[socket.socket, object]:
        """Accept one connection, and say every second time that there is no other."""
        self._has_accepted = not self._has_accepted
        if not self._has_accepted:
            raise BlockingIOError
        try:
            return super().accept()
        except OSError:
            self._has_accepted = False
            raise


def _stop_at_end_of_input(stop: Callable[[], None]) -> None:
    """Stop when the parent process has ended, however it did."""
    loop, descriptor = asyncio.get_running_loop(), sys.stdin.fileno()

    def on_readable() -> None:
        if not os.read(descriptor, 1):
            loop.remove_reader(descriptor)
            stop()

    loop.add_reader(descriptor, on_readable)


def _started(_: OpenEngine, __: str, stop: Callable[[], None]) -> None:
    _stop_at_end_of_input(stop)
    os.write(sys.stdout.fileno(), READY)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nobody reads this pipe any more


def main() -> int:
    """Serve until the end, and return the exit code."""
    for number in (signal.SIGINT, signal.SIGHUP):  # of a terminal; the parent gets them too, and sends SIGTERM
        signal.signal(number, signal.SIG_IGN)
    task = WorkerTask.from_json(sys.stdin.readline())
    log = partial(choose_log(LogFormat(task.log_format)), worker=task.worker)
    send_library_logs_to(log)
    with SharedListener(fileno=task.listener) as listener:
        try:
            shop = run_shop(
                listener,
                task.host,
                task.plan,
                task.env,
                log,
                counting=task.counting,
                started=_started,
                signals=[signal.SIGTERM],
            )
            run_server(shop)
        except LightningCartError as error:
            log("worker_failed", level="error", error=str(error) or type(error).__name__)
            return FAILED
        except Exception as error:  # noqa: BLE001 - its message may contain a buyer's input or a secret
            log("worker_failed", level="error", error=type(error).__name__, where=error_location(error))
            return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())
