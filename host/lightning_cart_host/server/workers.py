"""Serves a shop in several processes, so that it uses all cores. They accept from one listening socket.

This process migrates the database, checks the catalogue, opens the socket and starts the workers. It replaces one that died,
and stops all of them when it is told to. If it dies itself, they stop, too.
"""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.adapters.database import is_postgres
from lightning_cart_host.adapters.database_lock import hold_database
from lightning_cart_host.server import worker_process
from lightning_cart_host.server.assembly import open_host
from lightning_cart_host.server.log import Log, choose_log
from lightning_cart_host.server.metrics_memory import shared_file
from lightning_cart_host.server.metrics_server import listen_for_metrics
from lightning_cart_host.server.serve_commands import REQUEST_GRACE_SECONDS, ShopPlan, log_serving, with_public_url
from lightning_cart_host.server.shutdown import graceful_shutdown
from lightning_cart_host.server.storefront import check_storefront
from lightning_cart_host.server.uvicorn_server import bind, format_address, send_library_logs_to
from lightning_cart_host.server.worker_process import WorkerTask

COMMAND = (sys.executable, "-m", worker_process.__name__)
FIRST_PAUSE, MAX_PAUSE = 0.5, 30.0  # seconds before a worker that died is replaced: each time twice as long
_SOUND_SECONDS = 60.0  # a worker that lived so long is replaced after the first pause again
_STOP_SECONDS = REQUEST_GRACE_SECONDS + 35  # for a worker to stop: open requests, then deliveries, loops and connections


def available_cores() -> int:
    """Return the number of processor cores that this process may use."""
    if sys.version_info >= (3, 13):
        return os.process_cpu_count() or 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def choose_workers(wanted: int | None, database: str) -> int:
    """Return the number of processes: as wanted, else the cores with PostgreSQL, and 1 with SQLite, which has one writer.

    Raises:
        ConfigurationError: Several are wanted on Windows, whose processes cannot share a listening socket.
    """
    if sys.platform == "win32":
        if wanted and wanted > 1:
            raise ConfigurationError("--workers: on Windows the engine runs in one process; leave the option out")
        return 1
    return wanted or (available_cores() if is_postgres(database) else 1)


class Worker:
    """A process that serves, and is replaced when it dies.

    Args:
        task: What it serves.
        log: The log.
        is_ready: Set when it serves.
    """

    def __init__(self, task: WorkerTask, log: Log, is_ready: asyncio.Event) -> None:
        self._task, self._log, self._is_ready = task, log, is_ready
        self._process: asyncio.subprocess.Process | None = None

    async def _run_once(self) -> int:
        """Start the process, and return its exit code when it has ended."""
        pipe = asyncio.subprocess.PIPE
        self._process = process = await asyncio.create_subprocess_exec(
            *COMMAND, stdin=pipe, stdout=pipe, pass_fds=self._task.descriptors
        )
        task, output = cast("asyncio.StreamWriter", process.stdin), cast("asyncio.StreamReader", process.stdout)
        with contextlib.suppress(ConnectionError):  # it died at once
            task.write(self._task.to_json().encode())
            await task.drain()
        if await output.readline():
            self._log("worker_started", worker=self._task.worker, pid=process.pid)
            self._is_ready.set()
        return await process.wait()

    async def keep(self) -> None:
        """Run the process, and replace it whenever it ends, until this is cancelled."""
        pause = FIRST_PAUSE
        while True:
            started = time.monotonic()
            try:
                code: int | str = await self._run_once()
            except OSError as error:  # the system has no room for another process
                code = type(error).__name__
            if time.monotonic() - started > _SOUND_SECONDS:
                pause = FIRST_PAUSE
            self._log("worker_ended", level="error", worker=self._task.worker, code=code, replaced_after=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, MAX_PAUSE)

    async def stop(self) -> None:
        """Stop the process, and wait until it has answered its requests."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), _STOP_SECONDS)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


async def _run_workers(workers: list[Worker]) -> None:
    """Run workers until this is cancelled, then stop them."""
    tasks = [asyncio.create_task(worker.keep()) for worker in workers]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(worker.stop() for worker in workers))


def _warn_of_sqlite(log: Log) -> None:
    reason = "SQLite has one writer, so several processes wait for each other instead of doing more"
    log("workers", level="warning", reason=reason, advice="leave --workers out, or set DATABASE to a URL of PostgreSQL")


async def serve_shop_by_workers(host: str, port: int, plan: ShopPlan, env: Mapping[str, str], count: int) -> None:
    """Serve a shop in several processes until it is stopped.

    Args:
        host: The address to listen on.
        port: The port to listen on; 0 for any that is free.
        plan: The parts of the shop.
        env: Its settings, as in `with_public_url`.
        count: The number of processes that serve.

    Raises:
        ConfigurationError: The port is taken, or a file is missing or wrong.
        StorageUnavailable: The database cannot be opened.
    """
    log = choose_log(plan.log_format)
    send_library_logs_to(log)
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(bind(host, port))
        for_metrics = stack.enter_context(listen_for_metrics(plan.metrics_host, plan.metrics_port, log))
        counters = stack.enter_context(shared_file(count))
        settings = with_public_url(env, listener, host)
        stack.callback(hold_database(plan.database))  # also while no worker runs
        if not is_postgres(plan.database):
            _warn_of_sqlite(log)
        async with graceful_shutdown():
            if plan.storefront:
                check_storefront(plan.storefront, plan.database)
            opened = await open_host(settings, plan.config, plan.database)  # which migrates it
            await opened.close()
            is_ready = asyncio.Event()
            task = WorkerTask(
                worker=1,
                listener=listener.fileno(),
                host=host,
                config=str(plan.config),
                database=plan.database,
                storefront=str(plan.storefront or ""),
                log_format=plan.log_format.value,
                env=dict(settings),
                workers=count,
                counters=counters,
                metrics_host=plan.metrics_host,
                metrics_listener=for_metrics.fileno() if for_metrics else -1,
            )
            tasks = [replace(task, worker=number) for number in range(1, count + 1)]
            running = asyncio.create_task(_run_workers([Worker(task, log, is_ready) for task in tasks]))
            running.add_done_callback(lambda _: is_ready.set())
            try:
                await is_ready.wait()
                log_serving(log, plan, opened, format_address(listener, host), count)
                await asyncio.wait([running])  # a wait for the task alone would cancel it and stay until it has ended
                running.result()
            finally:
                listener.close()  # otherwise new connections would wait for workers that accept none
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
