"""`lightning-cart edge`: the Worker on workerd with D1, a storefront, and the sandbox as every provider."""

import asyncio
import contextlib
import secrets
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.edge.workerd import Workerd
from lightning_cart_host.resources import find_resource
from lightning_cart_host.server.log import null_log
from lightning_cart_host.server.loopback import LOOPBACK_HOST, free_port
from lightning_cart_host.server.sandbox_server import open_sandbox
from lightning_cart_host.server.shutdown import graceful_shutdown
from lightning_cart_host.server.uvicorn_server import bind, format_address, send_library_logs_to, serve

_READY = """
The engine runs on workerd, and keeps its orders in D1.

  shop       {shop}
  sandbox    {sandbox}
  ledger     {sandbox}/ledger
  log        {log}

Buy in a browser, or let the scripted buyer do so, from another terminal:

  .venv/bin/lightning-cart demo --once --against {shop} --sandbox-url {sandbox}

Press Ctrl-C to stop."""


@dataclass(frozen=True, slots=True)
class EdgePlan:
    """The options of `lightning-cart edge`.

    Args:
        port: The engine's port; 0 for any that is free.
        sandbox_port: The sandbox's port; 0 for any that is free.
        config: The folder of the catalogue files.
        folder: Keeps the orders; a temporary folder if `None`.
    """

    port: int
    sandbox_port: int
    config: Path
    folder: Path | None


@contextlib.asynccontextmanager
async def _run_workerd(engine: Workerd) -> AsyncIterator[Workerd]:
    """Run a Worker during the block. It starts in a thread, so that Ctrl-C works meanwhile."""
    starting = asyncio.create_task(asyncio.to_thread(engine.start))
    try:
        await asyncio.shield(starting)
        yield engine
    finally:
        engine.stop()
        await asyncio.wait([starting])


async def run_edge(plan: EdgePlan, *, say: Callable[[str], None]) -> None:
    """Run the Worker and a sandbox until stopped.

    Args:
        plan: The options.
        say: Prints the URLs, once everything responds.

    Raises:
        ConfigurationError: A port is taken, the runtime is not installed or has ended, or the catalogue has mistakes.
    """
    send_library_logs_to(null_log)
    async with graceful_shutdown(), contextlib.AsyncExitStack() as stack:
        folder = plan.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lightning-cart-")))
        folder.mkdir(parents=True, exist_ok=True)
        port = plan.port or free_port()
        listener = stack.enter_context(bind(LOOPBACK_HOST, plan.sandbox_port, "--sandbox-port"))
        sandbox = format_address(listener, LOOPBACK_HOST)
        app, settings = open_sandbox(sandbox, str(folder / "sandbox.db"), f"http://{LOOPBACK_HOST}:{port}/webhook")
        await stack.enter_async_context(serve(app, listener, LOOPBACK_HOST))
        settings |= {"RECEIPT_SECRET": secrets.token_hex(32), "ADMIN_TOKEN": secrets.token_hex(32)}
        storefront = find_resource("templates/test-checkout")
        engine = Workerd(folder / "engine", settings, config=plan.config, port=port, storefront=storefront)
        await stack.enter_async_context(_run_workerd(engine))
        say(_READY.format(shop=engine.address, sandbox=sandbox, log=engine.log))
        await asyncio.to_thread(engine.wait)
        raise ConfigurationError(f"workerd has ended unexpectedly: read {engine.log}")
