"""Starts the demo's shop and sandbox on real sockets, or uses those that run already."""

import contextlib
import secrets
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lightning_cart.domain.order import Order
from lightning_cart.usecases.buyer_return import return_url
from lightning_cart_host.demo import stripe_test_mode
from lightning_cart_host.demo.codes import add_codes
from lightning_cart_host.resources import find_resource
from lightning_cart_host.server.log import choose_log
from lightning_cart_host.server.loopback import LOOPBACK_HOST
from lightning_cart_host.server.sandbox_server import open_sandbox
from lightning_cart_host.server.serve_commands import ShopPlan, open_shop
from lightning_cart_host.server.uvicorn_server import bind, format_address, send_library_logs_to, serve
from lightning_cart_host.shop_client.example_shop import ExampleCart

_REPEATED = "come-again"


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """The demo's options.

    Args:
        strategies: The strategies to buy with, or none for all that the site offers.
        once: End after the purchases.
        as_json: Print JSON lines.
        port: The shop's port; 0 chooses a free one.
        sandbox_port: The sandbox's port; 0 chooses a free one.
        state: The sandbox's SQLite file, or `:memory:`.
        database: The shop's SQLite file, or `None` for a temporary one.
        chaos: Fault rates of the sandbox, as `open_sandbox` takes them.
        live: Allow a live key.
        against: The base URL of an engine that runs already, or empty.
        sandbox_url: The base URL of that engine's sandbox, or empty.
        patience: Seconds to wait for a person to pay. Webhooks get at most this long.
        cart: What to buy.
        code: A discount code for each purchase, or empty. With one, the demo also places an order that comes to nothing.
        buyer_fields: What is shown of the buyer of an order, by name.
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
    cart: ExampleCart = ExampleCart.TEST
    code: str = ""
    buyer_fields: Callable[[Order], Mapping[str, str]] | None = None

    @property
    def stays(self) -> bool:
        """Whether the servers stay up after the purchases."""
        return not self.once and not self.against


def _log_problems(event: str, *, level: str = "info", **fields: object) -> None:
    """Log what goes wrong and drop the rest, which the trace shows already.

    A webhook that came while another one of its order was handled gets 503, and the provider repeats it.
    """
    if level != "info" and fields.get("problem") != _REPEATED:
        choose_log()(event, level=level, **fields)


@dataclass(frozen=True, slots=True)
class DemoServers:
    """The running servers.

    Args:
        shop: The shop's base URL.
        sandbox: The sandbox's base URL, or empty if there is none.
        find_return_url: Returns the URL to which the provider sends an order's buyer back. None if the engine runs elsewhere.
        read_order: Returns an order with its buyer, as it is stored. None if the engine runs elsewhere.
    """

    shop: str
    sandbox: str
    find_return_url: Callable[[str], Awaitable[str]] | None = None
    read_order: Callable[[str], Awaitable[Order]] | None = None

    @property
    def addresses(self) -> dict[str, str]:
        """The URLs to open in a browser, by name."""
        sandbox = {"sandbox": self.sandbox, "ledger": f"{self.sandbox}/ledger"} if self.sandbox else {}
        return {"shop": self.shop, **sandbox}


@contextlib.asynccontextmanager
async def open_servers(plan: DemoPlan, environ: Mapping[str, str]) -> AsyncIterator[DemoServers]:
    """Run the servers that do not run already, until the block ends.

    Args:
        plan: The demo's options.
        environ: The environment variables. With a Stripe key, the shop uses Stripe instead of the sandbox.

    Raises:
        ConfigurationError: A port is taken, or a package is missing.
    """
    send_library_logs_to(_log_problems)
    if plan.against:
        yield DemoServers(plan.against, plan.sandbox_url)
        return
    async with contextlib.AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="lightning-cart-"))
        listener = stack.enter_context(bind(LOOPBACK_HOST, plan.port))
        shop, sandbox = format_address(listener, LOOPBACK_HOST), ""
        env = {"PUBLIC_URL": shop, "RECEIPT_SECRET": secrets.token_hex(32)}
        if stripe_test_mode.has_key(environ):
            env |= stripe_test_mode.read_settings(environ)
        else:
            sandbox_listener = stack.enter_context(bind(LOOPBACK_HOST, plan.sandbox_port, "--sandbox-port"))
            sandbox = format_address(sandbox_listener, LOOPBACK_HOST)
            app, settings = open_sandbox(sandbox, plan.state, f"{shop}/webhook", chaos=plan.chaos)
            env |= settings
            await stack.enter_async_context(serve(app, sandbox_listener, LOOPBACK_HOST))
        database = plan.database or str(Path(folder, "orders.db"))
        shop_plan = ShopPlan(find_resource("config"), database, find_resource("templates/test-checkout"))
        app, opened, _ = await stack.enter_async_context(open_shop(shop_plan, env, _log_problems))
        await stack.enter_async_context(serve(app, listener, LOOPBACK_HOST))
        engine = opened.app.engine

        async def find_return_url(order_id: str) -> str:
            return return_url(engine, await engine.orders.get_order(order_id))

        async def read_order(order_id: str) -> Order:
            history = await engine.orders.history(order_id)
            return history.order if history else await engine.orders.get_order(order_id)

        if plan.code:
            await add_codes(engine)
        yield DemoServers(shop, sandbox, find_return_url, read_order)
