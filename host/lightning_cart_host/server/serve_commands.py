"""Runs `lightning-cart serve` until it is stopped."""

import contextlib
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lightning_cart.urls import LOOPBACK
from lightning_cart_host.server.asgi import AsgiApp
from lightning_cart_host.server.assembly import OpenEngine, open_host
from lightning_cart_host.server.env_check import warn_of_env
from lightning_cart_host.server.fulfilment_loop import fulfilment_loop
from lightning_cart_host.server.log import Log, LogFormat, choose_log
from lightning_cart_host.server.shutdown import graceful_shutdown
from lightning_cart_host.server.storefront import EngineWithStorefront, check_storefront, missing_files
from lightning_cart_host.server.uvicorn_server import format_address, listen, send_library_logs_to, serve


@dataclass(frozen=True, slots=True)
class ShopPlan:
    """The parts of a shop.

    Args:
        config: The folder of the catalogue files.
        database: The SQLite file.
        storefront: A folder of static files, or None.
        log_format: The format of the log.
    """

    config: Path
    database: str
    storefront: Path | None
    log_format: LogFormat = LogFormat.AUTO


@contextlib.asynccontextmanager
async def open_shop(
    plan: ShopPlan, env: Mapping[str, str], log: Log
) -> AsyncIterator[tuple[AsgiApp | EngineWithStorefront, OpenEngine]]:
    """Open a shop as an ASGI application, and close it when the block ends."""
    storefront = check_storefront(plan.storefront, plan.database) if plan.storefront else None
    host = await open_host(env, plan.config, plan.database)
    try:
        engine = AsgiApp(host.app, log)
        yield (EngineWithStorefront(engine, storefront) if storefront else engine), host
    finally:
        await host.close()


async def serve_shop(host: str, port: int, plan: ShopPlan, env: Mapping[str, str]) -> None:
    """Serve a shop until it is stopped.

    Args:
        host: The address to listen on.
        port: The port to listen on; 0 for any that is free.
        plan: The parts of the shop.
        env: Its settings. On a loopback address, `PUBLIC_URL` defaults to the URL of the server.

    Raises:
        ConfigurationError: The port is taken, or a file is missing or wrong.
        StorageUnavailable: The database cannot be opened.
    """
    log = choose_log(plan.log_format)
    send_library_logs_to(log)
    listener = listen(host, port)
    if host in LOOPBACK and not env.get("PUBLIC_URL", "").strip():
        env = {**env, "PUBLIC_URL": format_address(listener, host)}
    with listener:
        async with graceful_shutdown(), open_shop(plan, env, log) as (app, opened), serve(app, listener, host) as served:
            log("serving", address=served.address, config=str(plan.config), database=plan.database)
            if warnings := len(opened.catalog_warnings):
                log("catalogue", level="warning", warnings=warnings, advice="run lightning-cart catalog check")
            for sentence in missing_files(opened.app.engine.catalog, plan.storefront) if plan.storefront else ():
                log("storefront", level="warning", missing=sentence)
            for problem in opened.app.engine.problems():
                log("setting", level="warning", name=problem.name, reason=problem.reason, advice="run lightning-cart doctor")
            warn_of_env(log, opened.app.engine, Path(), os.environ)
            async with fulfilment_loop(opened.app.engine, log):
                await served.ended()
