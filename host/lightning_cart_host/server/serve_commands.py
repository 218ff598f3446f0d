"""Runs `lightning-cart serve` and `lightning-cart sandbox` until they are stopped."""

import asyncio
import contextlib
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lightning_cart.errors import ConfigurationError
from lightning_cart.urls import LOOPBACK
from lightning_cart_host.server.asgi import AsgiApp
from lightning_cart_host.server.assembly import OpenEngine, open_host
from lightning_cart_host.server.fulfilment_loop import fulfilment_loop
from lightning_cart_host.server.log import JsonLog, Log
from lightning_cart_host.server.sandbox_link import connect_engine
from lightning_cart_host.server.storefront import EngineWithStorefront, check_storefront
from lightning_cart_host.server.uvicorn_server import format_address, listen, send_library_logs_to, serve


@dataclass(frozen=True, slots=True)
class ShopPlan:
    """The parts of a shop.

    Args:
        config: The folder of the catalogue files.
        database: The SQLite file.
        storefront: A folder of static files, or None.
    """

    config: Path
    database: str
    storefront: Path | None


@contextlib.asynccontextmanager
async def graceful_shutdown() -> AsyncIterator[None]:
    """Cancel the block on `kill` and on a closed terminal, as on Ctrl-C, so that everything is closed."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    stopped = False

    def stop() -> None:
        nonlocal stopped
        stopped = True
        if task:
            task.cancel()

    numbers = [signal.SIGINT, signal.SIGTERM]
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup ignores it
        numbers.append(signal.SIGHUP)
    with contextlib.suppress(NotImplementedError):  # Windows has no such signals
        for number in numbers:
            loop.add_signal_handler(number, stop)
    try:
        yield
    except asyncio.CancelledError:
        if not stopped:
            raise


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


def open_sandbox(address: str, state: str, webhook: str, secret: str = "", chaos: str = "") -> tuple[Any, dict[str, str]]:
    """Create a sandbox as an ASGI application. The end of its lifespan closes it.

    Args:
        address: Its own base URL.
        state: Its SQLite file, or `:memory:`.
        webhook: The engine's webhook URL, or empty. It replaces the webhook endpoints of an earlier run.
        secret: Signs Stripe's webhooks; generated if empty.
        chaos: Fault rates, such as `seed=7 duplicate=0.1`; no faults if empty.

    Returns:
        The application, and the settings that an engine needs to use it: none without `webhook`.

    Raises:
        ConfigurationError: `webhook` is not a URL that the sandbox can call, `state` is not a usable file, or `chaos` cannot be
            parsed.
    """
    from lightning_cart_sandbox import Chaos, create_sandbox  # noqa: PLC0415 - an extra that may not be installed

    try:
        rates = Chaos.parse(chaos)
    except ValueError as error:
        raise ConfigurationError(f"--chaos cannot be parsed: {error}") from error
    try:
        app = create_sandbox(address, state=state, chaos=rates)
    except sqlite3.Error as error:
        raise ConfigurationError(f"the sandbox cannot keep its state in {state}: {error}") from error
    sandbox = app.state.sandbox
    try:
        return app, connect_engine(sandbox, webhook, secret) if webhook else {}
    except BaseException:
        sandbox.store.close()  # no lifespan has started that would close it
        raise


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
    log = JsonLog()
    send_library_logs_to(log)
    listener = listen(host, port)
    if host in LOOPBACK and not env.get("PUBLIC_URL", "").strip():
        env = {**env, "PUBLIC_URL": format_address(listener, host)}
    with listener:
        async with graceful_shutdown(), open_shop(plan, env, log) as (app, opened), serve(app, listener, host) as served:
            log("serving", address=served.address, config=str(plan.config), database=plan.database)
            if missing := opened.app.engine.missing_settings():
                log("missing_keys", level="warning", names=missing, advice="run lightning-cart doctor")
            async with fulfilment_loop(opened.app.engine, log):
                await served.ended()


async def serve_sandbox(
    host: str, port: int, state: str, webhook: str, secret: str, *, chaos: str, say: Callable[[str], None]
) -> None:
    """Serve a sandbox until it is stopped.

    Args:
        host: The address to listen on.
        port: The port to listen on; 0 for any that is free.
        state: Its SQLite file, or `:memory:`.
        webhook: The engine's webhook URL, or empty.
        secret: Signs Stripe's webhooks; generated if empty.
        chaos: Fault rates, as in `open_sandbox`.
        say: Prints the settings that an engine needs, as text for its `.env`; called once, and only with `webhook`.

    Raises:
        ConfigurationError: The port is taken, `webhook` is not a URL that the sandbox can call, or `chaos` cannot be parsed.
    """
    log = JsonLog()
    send_library_logs_to(log)
    listener = listen(host, port)
    with listener:
        app, settings = open_sandbox(format_address(listener, host), state, webhook, secret, chaos)
        if settings:
            lines = [f"{name}={value}" for name, value in settings.items()]
            say("\n".join(["# Settings for the .env of an engine that works with this sandbox.", *lines]))
        async with graceful_shutdown(), serve(app, listener, host) as served:
            log("serving", address=served.address, providers=list(app.state.sandbox.providers), webhook=webhook, state=state)
            await served.ended()
