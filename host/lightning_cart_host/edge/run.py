"""`lightning-cart edge`: the Worker on real workerd with D1, a storefront beside it, and the sandbox as every provider."""

import asyncio
import contextlib
import secrets
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.edge.workerd import Workerd, free_port
from lightning_cart_host.resources import find_resource
from lightning_cart_host.server.log import null_log
from lightning_cart_host.server.serve_commands import graceful_shutdown, open_sandbox
from lightning_cart_host.server.uvicorn_server import format_address, listen, send_library_logs_to, serve

_HOST = "127.0.0.1"
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
    """What to run, and where.

    Args:
        port: The engine's, 0 for any that is free.
        sandbox_port: The sandbox's, the same.
        config: The folder of the catalogue files.
        folder: Keeps the orders; a temporary one if `None`.
    """

    port: int
    sandbox_port: int
    config: Path
    folder: Path | None


@contextlib.asynccontextmanager
async def _on_workerd(engine: Workerd) -> AsyncIterator[Workerd]:
    """A Worker while the block runs. It starts in a thread, so that Ctrl-C is heard meanwhile."""
    starting = asyncio.create_task(asyncio.to_thread(engine.start))
    try:
        await asyncio.shield(starting)
        yield engine
    finally:
        engine.stop()
        await asyncio.wait([starting])


async def run_edge(plan: EdgePlan, *, say: Callable[[str], None]) -> None:
    """Run the Worker and a sandbox until told to stop.

    Args:
        plan: What to run, and where.
        say: Takes what a person should know, once everything answers.

    Raises:
        ConfigurationError: A port is taken, the runtime is not installed or has ended, or the catalogue has mistakes.
    """
    send_library_logs_to(null_log)
    async with graceful_shutdown(), contextlib.AsyncExitStack() as stack:
        folder = plan.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lightning-cart-")))
        folder.mkdir(parents=True, exist_ok=True)
        port = plan.port or free_port()
        door = stack.enter_context(listen(_HOST, plan.sandbox_port, "--sandbox-port"))
        sandbox = format_address(door, _HOST)
        app, settings = open_sandbox(sandbox, str(folder / "sandbox.db"), f"http://{_HOST}:{port}/webhook")
        await stack.enter_async_context(serve(app, door, _HOST))
        settings |= {"RECEIPT_SECRET": secrets.token_hex(32), "ADMIN_TOKEN": secrets.token_hex(32)}
        storefront = find_resource("templates/test-checkout")
        engine = Workerd(folder / "engine", settings, config=plan.config, port=port, storefront=storefront)
        await stack.enter_async_context(_on_workerd(engine))
        say(_READY.format(shop=engine.address, sandbox=sandbox, log=engine.log))
        await asyncio.to_thread(engine.wait)
        raise ConfigurationError(f"workerd has ended by itself: {engine.log} says why")
