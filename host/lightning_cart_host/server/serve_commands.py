"""Runs `lightning-cart serve` in one process until it is stopped."""

import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from lightning_cart.urls import LOOPBACK
from lightning_cart_host.adapters.database import shown_name
from lightning_cart_host.server.asgi import AsgiApp
from lightning_cart_host.server.assembly import OpenEngine, open_host
from lightning_cart_host.server.env_check import warn_of_env
from lightning_cart_host.server.log import Log, LogFormat, choose_log
from lightning_cart_host.server.loopback import LOOPBACK_HOST
from lightning_cart_host.server.loops import run_loops
from lightning_cart_host.server.metrics import Metrics
from lightning_cart_host.server.metrics_page import MetricsPage
from lightning_cart_host.server.metrics_server import Counting, listen_for_metrics, serve_metrics
from lightning_cart_host.server.shutdown import graceful_shutdown
from lightning_cart_host.server.storefront import EngineWithStorefront, check_storefront, missing_files
from lightning_cart_host.server.uvicorn_server import bind, format_address, send_library_logs_to, serve

# For requests under way at the end. No exchange with a provider starts after 20 seconds, and none takes more than 15.
REQUEST_GRACE_SECONDS = 40


@dataclass(frozen=True, slots=True)
class ShopPlan:
    """The parts of a shop.

    Args:
        config: The folder of the catalogue files.
        database: The SQLite file, or the URL of PostgreSQL.
        storefront: A folder of static files, or None.
        log_format: The format of the log.
        metrics_host: The address to listen on for Prometheus.
        metrics_port: The port to listen on for it, or None.
    """

    config: Path
    database: str = field(repr=False)
    storefront: Path | None
    log_format: LogFormat = LogFormat.AUTO
    metrics_host: str = LOOPBACK_HOST
    metrics_port: int | None = None


class OpenShop(NamedTuple):
    """An open shop.

    Args:
        app: Serves it.
        engine: Its engine.
        metrics: The page of what it counts, or None if it counts nothing.
    """

    app: AsgiApp | EngineWithStorefront
    engine: OpenEngine
    metrics: MetricsPage | None


@contextlib.asynccontextmanager
async def open_shop(
    plan: ShopPlan, env: Mapping[str, str], log: Log, metrics: Metrics | None = None
) -> AsyncIterator[OpenShop]:
    """Open a shop as an ASGI application, and close it when the block ends. If there are metrics, it counts."""
    storefront = check_storefront(plan.storefront, plan.database) if plan.storefront else None
    host = await open_host(env, plan.config, plan.database, metrics=metrics)
    try:
        host.send.open()
        page = MetricsPage(host.app, host.database, metrics) if metrics else None
        engine = AsgiApp(host.app, log, metrics=page, loops=False)  # whoever serves it runs the loops, or needs none
        yield OpenShop(EngineWithStorefront(engine, storefront) if storefront else engine, host, page)
    finally:
        await host.close()


def with_public_url(env: Mapping[str, str], listener: socket.socket, host: str) -> Mapping[str, str]:
    """Return the settings of a shop. On a loopback address, `PUBLIC_URL` defaults to the URL of the server."""
    if host in LOOPBACK and not env.get("PUBLIC_URL", "").strip():
        return {**env, "PUBLIC_URL": format_address(listener, host)}
    return env


def log_serving(log: Log, plan: ShopPlan, opened: OpenEngine, address: str, workers: int) -> None:
    """Log that a shop is served, and what the operator should correct."""
    log("serving", address=address, config=str(plan.config), database=shown_name(plan.database), workers=workers)
    if warnings := len(opened.catalog_warnings):
        log("catalogue", level="warning", warnings=warnings, advice="run lightning-cart catalog check")
    for sentence in missing_files(opened.app.engine.catalog, plan.storefront) if plan.storefront else ():
        log("storefront", level="warning", missing=sentence)
    for problem in opened.app.engine.problems():
        log("setting", level="warning", name=problem.name, reason=problem.reason, advice="run lightning-cart doctor")
    warn_of_env(log, opened.app.engine, Path(), os.environ)


async def run_shop(
    listener: socket.socket,
    host: str,
    plan: ShopPlan,
    env: Mapping[str, str],
    log: Log,
    *,
    counting: Counting,
    started: Callable[[OpenEngine, str, Callable[[], None]], None],
    signals: Sequence[signal.Signals] | None = None,
) -> None:
    """Serve a shop on a listening socket until it is stopped. Every request that was read is answered.

    Args:
        listener: The socket.
        host: The address that it listens on.
        plan: The parts of the shop.
        env: Its settings.
        log: Its log.
        counting: What it counts, and where it shows that.
        started: Called when it serves, with its engine, its URL, and a function that stops it.
        signals: The signals that stop it. Default: those of `graceful_shutdown`.

    Raises:
        ConfigurationError: A file is missing or wrong.
        StorageUnavailable: The database cannot be opened.
    """
    async with (
        graceful_shutdown(signals) as stop,
        open_shop(plan, env, log, counting.metrics) as (app, opened, page),
        run_loops(opened.app.engine, log) as stop_loops,
        serve_metrics(page, counting),
        serve(app, listener, host, grace=REQUEST_GRACE_SECONDS) as served,
    ):
        started(opened, served.address, stop)
        try:
            await served.ended()
        finally:
            stop_loops()  # at the same time as the server


async def serve_shop(host: str, port: int, plan: ShopPlan, env: Mapping[str, str]) -> None:
    """Serve a shop in this process until it is stopped.

    Args:
        host: The address to listen on.
        port: The port to listen on; 0 for any that is free.
        plan: The parts of the shop.
        env: Its settings, as in `with_public_url`.

    Raises:
        ConfigurationError: The port is taken, or a file is missing or wrong.
        StorageUnavailable: The database cannot be opened.
    """
    log = choose_log(plan.log_format)
    send_library_logs_to(log)

    def started(opened: OpenEngine, address: str, _: Callable[[], None]) -> None:
        log_serving(log, plan, opened, address, workers=1)

    with bind(host, port) as listener, listen_for_metrics(plan.metrics_host, plan.metrics_port, log) as for_metrics:
        counting = Counting(Metrics(), for_metrics, plan.metrics_host)
        await run_shop(listener, host, plan, with_public_url(env, listener, host), log, counting=counting, started=started)
