"""Where the demo's purchases take place: a shop and a sandbox on real sockets, as far as they do not run elsewhere."""

import contextlib
import secrets
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lightning_cart_host.demo import stripe_test_mode
from lightning_cart_host.resources import find_resource
from lightning_cart_host.server.log import JsonLog
from lightning_cart_host.server.serve_commands import ShopPlan, open_sandbox, open_shop
from lightning_cart_host.server.uvicorn_server import format_address, listen, send_library_logs_to, serve

_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """What to show, and where.

    Args:
        strategies: The ways to pay to show, or none for all that the site offers.
        once: End after the purchases.
        as_json: Tell it as JSON lines.
        port: The shop's, 0 for any that is free.
        sandbox_port: The sandbox's, the same.
        state: The sandbox's file, or `:memory:`.
        database: The shop's SQLite file; a temporary one if `None`.
        chaos: What goes wrong at the sandbox, as of `open_sandbox`.
        live: A live key is allowed.
        against: The address of an engine that runs already, or empty.
        sandbox_url: The address of the sandbox that it pays at, or empty.
        patience: Seconds to wait for a person to pay; webhooks are given no longer.
    """

    strategies: tuple[str, ...]
    once: bool
    as_json: bool
    port: int
    sandbox_port: int
    state: str
    database: str | None
    chaos: str
    live: bool
    against: str
    sandbox_url: str
    patience: float


def _log_trouble(event: str, *, level: str = "info", **facts: object) -> None:
    """The trace tells what happens; the log only what goes wrong."""
    if level != "info":
        JsonLog()(event, level=level, **facts)


@dataclass(frozen=True, slots=True)
class DemoServers:
    """Where purchases take place.

    Args:
        shop: Its address.
        sandbox: Its address, or empty where there is none.
    """

    shop: str
    sandbox: str

    @property
    def addresses(self) -> dict[str, str]:
        """What to open in a browser, by name."""
        sandbox = {"sandbox": self.sandbox, "ledger": f"{self.sandbox}/ledger"} if self.sandbox else {}
        return {"shop": self.shop, **sandbox}


@contextlib.asynccontextmanager
async def open_servers(plan: DemoPlan, environ: Mapping[str, str]) -> AsyncIterator[DemoServers]:
    """Start what does not run elsewhere, while the block runs.

    Args:
        plan: What to show, and where.
        environ: The environment; a key of Stripe's in it means Stripe itself instead of the sandbox.

    Raises:
        ConfigurationError: A port is taken, or a part is missing.
    """
    send_library_logs_to(_log_trouble)
    if plan.against:
        yield DemoServers(plan.against, plan.sandbox_url)
        return
    async with contextlib.AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="lightning-cart-"))
        listener = stack.enter_context(listen(_HOST, plan.port))
        shop, sandbox = format_address(listener, _HOST), ""
        env = {"PUBLIC_URL": shop, "RECEIPT_SECRET": secrets.token_hex(32)}
        if stripe_test_mode.is_asked_for(environ):
            env |= stripe_test_mode.read_settings(environ)
        else:
            door = stack.enter_context(listen(_HOST, plan.sandbox_port, "--sandbox-port"))
            sandbox = format_address(door, _HOST)
            app, settings = open_sandbox(sandbox, plan.state, f"{shop}/webhook", chaos=plan.chaos)
            env |= settings
            await stack.enter_async_context(serve(app, door, _HOST))
        database = plan.database or str(Path(folder, "orders.db"))
        shop_plan = ShopPlan(find_resource("config"), database, find_resource("templates/test-checkout"))
        app, _ = await stack.enter_async_context(open_shop(shop_plan, env, _log_trouble))
        await stack.enter_async_context(serve(app, listener, _HOST))
        yield DemoServers(shop, sandbox)
