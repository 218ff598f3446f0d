"""Where the demo's purchase takes place: a shop and a sandbox on real sockets, as far as they do not run elsewhere."""

import contextlib
import secrets
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lightning_cart_host.log import JsonLog
from lightning_cart_host.resources import find_resource
from lightning_cart_host.running import ShopPlan, open_sandbox, open_shop
from lightning_cart_host.serving import address_of, listen, send_library_logs_to, serve

KEY = "STRIPE_SECRET_KEY"
_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """What to show, and where.

    Args:
        once: end after the purchase.
        as_json: tell it as JSON lines.
        port: the shop's, 0 for any that is free.
        sandbox_port: the sandbox's, the same.
        state: the sandbox's file, or `:memory:`.
        database: the shop's SQLite file; a temporary one if `None`.
        live: a live key is allowed.
        against: the address of an engine that runs already, or empty.
        sandbox_url: the address of the sandbox that it pays at, or empty.
        patience: seconds to wait for a person to pay; webhooks are given no longer.
    """

    once: bool
    as_json: bool
    port: int
    sandbox_port: int
    state: str
    database: str | None
    live: bool
    against: str
    sandbox_url: str
    patience: float


def _log_trouble(event: str, *, level: str = "info", **facts: object) -> None:
    """The trace tells what happens; the log only what goes wrong."""
    if level != "info":
        JsonLog()(event, level=level, **facts)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a purchase takes place.

    Args:
        shop: its address.
        sandbox: its address, or empty where there is none.
    """

    shop: str
    sandbox: str

    @property
    def addresses(self) -> dict[str, str]:
        """What to open in a browser, by name."""
        sandbox = {"sandbox": self.sandbox, "ledger": f"{self.sandbox}/ledger"} if self.sandbox else {}
        return {"shop": self.shop, **sandbox}


@contextlib.asynccontextmanager
async def open_stage(plan: DemoPlan, environ: Mapping[str, str]) -> AsyncIterator[Stage]:
    """Start what does not run elsewhere, while the block runs.

    Args:
        plan: what to show, and where.
        environ: the environment; a `STRIPE_SECRET_KEY` in it means Stripe itself instead of the sandbox.

    Raises:
        ConfigurationError: a port is taken, or a part is missing.
    """
    send_library_logs_to(_log_trouble)
    if plan.against:
        yield Stage(plan.against, plan.sandbox_url)
        return
    async with contextlib.AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="lightning-cart-"))
        listener = stack.enter_context(listen(_HOST, plan.port))
        shop, sandbox = address_of(listener, _HOST), ""
        env = {"PUBLIC_URL": shop, "RECEIPT_SECRET": secrets.token_hex(32)}
        if environ.get(KEY, "").strip():
            given = {name: environ[name] for name in ("STRIPE_WEBHOOK_SECRET", "STRIPE_API_BASE") if environ.get(name)}
            env |= {KEY: environ[KEY], "STRIPE_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(16)}", **given}
        else:
            door = stack.enter_context(listen(_HOST, plan.sandbox_port, "--sandbox-port"))
            sandbox = address_of(door, _HOST)
            app, secret = open_sandbox(sandbox, plan.state, f"{shop}/webhook/stripe", "")
            env |= {KEY: f"sk_test_{secrets.token_hex(12)}", "STRIPE_WEBHOOK_SECRET": secret}
            env |= {"STRIPE_API_BASE": f"{sandbox}/stripe"}
            await stack.enter_async_context(serve(app, door, _HOST))
        database = plan.database or str(Path(folder, "orders.db"))
        shop_plan = ShopPlan(find_resource("config"), database, find_resource("templates/test-checkout"))
        app, _ = await stack.enter_async_context(open_shop(shop_plan, env, _log_trouble))
        await stack.enter_async_context(serve(app, listener, _HOST))
        yield Stage(shop, sandbox)
