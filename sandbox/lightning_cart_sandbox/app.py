"""Builds the sandbox: one store, one ledger, one outbox, the providers, and the Starlette application that serves them."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from urllib.parse import urlsplit

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, Route

from lightning_cart_sandbox.chaos.dial import Chaos
from lightning_cart_sandbox.chaos.middleware import ChaosMiddleware
from lightning_cart_sandbox.chaos.page import ChaosPage
from lightning_cart_sandbox.chaos.state import Dial
from lightning_cart_sandbox.dashboard import Dashboard
from lightning_cart_sandbox.document_store import DocumentStore, StorageError
from lightning_cart_sandbox.key_page import KeyPage
from lightning_cart_sandbox.keys import KeyRing
from lightning_cart_sandbox.ledger import Ledger
from lightning_cart_sandbox.order_totals import OrderTotals
from lightning_cart_sandbox.pages import storage_failure_page
from lightning_cart_sandbox.paypal import PayPal
from lightning_cart_sandbox.paypal.account import Account as PayPalAccount
from lightning_cart_sandbox.provider import SandboxContext, SandboxProvider
from lightning_cart_sandbox.provider_ports import ProviderPorts, reached_at
from lightning_cart_sandbox.square import Square
from lightning_cart_sandbox.square.account import Account as SquareAccount
from lightning_cart_sandbox.stripe import Stripe
from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.types import Clock, Json, NewId, random_id
from lightning_cart_sandbox.webhooks.delivery import Deliveries
from lightning_cart_sandbox.webhooks.outbox import RETRY_SECONDS

_ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - recognized, not bound to


class Sandbox:
    """The state and the providers behind the application.

    Attributes:
        store: The documents.
        ledger: The ledger.
        dial: The chaos dial.
        deliveries: The outbox of webhooks.
        keys: The keys that the providers know.
        stripe: The Stripe sandbox.
        paypal: The PayPal sandbox.
        square: The Square sandbox.
        providers: All provider sandboxes, by name.
    """

    def __init__(
        self,
        *,
        base_url: str,
        state: str,
        clock: Clock,
        new_id: NewId,
        retry_seconds: Sequence[float] | None,
        client: httpx.AsyncClient | None,
        wait_seconds: float,
        extra: Sequence[Callable[[SandboxContext], SandboxProvider]],
        chaos: Chaos | None,
        keys: Mapping[str, Sequence[str]] | None,
        any_key: bool,
        stripe_version: str,
    ) -> None:
        self.store = DocumentStore(state)
        with self.store.closed_on_error():
            self.ledger = Ledger(self.store, clock, new_id)
            spacing = RETRY_SECONDS if retry_seconds is None else retry_seconds
            self.dial = Dial(self.store, clock, chaos)
            self.deliveries = Deliveries(self.store, clock, new_id, retry_seconds=spacing, client=client, dial=self.dial)
            self.keys = KeyRing(self.store, keys, any_key=any_key)
            context = SandboxContext(self.store, self.ledger, self.deliveries, clock, new_id, base_url.rstrip("/"), self.keys)
            self.stripe = Stripe(Account(*context), wait_seconds=wait_seconds, version=stripe_version)
            self.paypal = PayPal(PayPalAccount(*context))
            self.square = Square(SquareAccount(*context), retry_seconds=retry_seconds)
            own: tuple[SandboxProvider, ...] = (self.stripe, self.paypal, self.square)
            self.providers = {provider.name: provider for provider in (*own, *(make(context) for make in extra))}

    def dashboard_items(self) -> Json:
        """Return the template values of all providers for the dashboard."""
        return {name: value for provider in self.providers.values() for name, value in provider.dashboard_items().items()}

    def client_settings(self, roots: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the keys and base URLs that a client of the three providers needs.

        Args:
            roots: The URL of each provider that has a port of its own, by name.
        """
        settings: dict[str, str] = {}
        for provider in (self.stripe, self.paypal, self.square):
            with reached_at((roots or {}).get(provider.name)):
                settings |= provider.client_settings()
        return settings

    @contextlib.asynccontextmanager
    async def running(self, _: Starlette) -> AsyncIterator[None]:
        """Send webhooks and expire sessions while the application runs; close the store at the end."""
        try:
            async with self.deliveries.sending():
                worker = asyncio.create_task(self.deliveries.work(self.stripe.tick))
                try:
                    yield
                finally:
                    worker.cancel()
                    await asyncio.gather(worker, return_exceptions=True)
        finally:
            self.store.close()


def create_sandbox(
    base_url: str,
    *,
    state: str = ":memory:",
    clock: Clock = time.time,
    new_id: NewId = random_id,
    retry_seconds: Sequence[float] | None = None,
    client: httpx.AsyncClient | None = None,
    wait_seconds: float = 5.0,
    extra: Sequence[Callable[[SandboxContext], SandboxProvider]] = (),
    chaos: Chaos | None = None,
    ports: Mapping[str, int] | None = None,
    follow_host: bool = True,
    keys: Mapping[str, Sequence[str]] | None = None,
    any_key: bool = False,
    stripe_version: str = "",
) -> Starlette:
    """Return the sandbox as an ASGI application.

    Args:
        base_url: The sandbox's own origin, such as `http://127.0.0.1:8001`; the URLs of payment pages begin with it.
        state: A file for the state of the sandbox, or `":memory:"`.
        clock: Returns Unix seconds.
        new_id: Takes a prefix such as `"cs_test"` and returns a fresh identifier.
        retry_seconds: Seconds to wait after each failed delivery. `None` means a provider's published schedule at 60 times the
            speed, and the sandbox's own schedule for other providers.
        client: Sends webhooks; `None` means a new client.
        wait_seconds: The maximum time in seconds that the payment page waits for the shop's response before it redirects.
        extra: Further providers; each is built from the sandbox's context and mounted at its name.
        chaos: The fault rates; `None` means no faults. They can be changed at `/chaos` and `/api/chaos`.
        ports: The ports at which a provider is also at the root, by its name. The caller has to listen on them.
        follow_host: Whether URLs in answers at such a port begin with the host that the client used; else with `base_url`.
        keys: The keys that a provider accepts, by its name, as `keys.parse_key` reads them. `None` means `DEFAULT_KEYS`.
        any_key: Whether every well-formed test key is accepted, unless it was revoked.
        stripe_version: The version of Stripe's API for requests and webhook endpoints that name none; empty means the one that
            is imitated.

    Returns:
        An application whose lifespan runs the delivery worker; `app.state.sandbox` is the `Sandbox`.
    """
    sandbox = Sandbox(
        base_url=base_url,
        state=state,
        clock=clock,
        new_id=new_id,
        retry_seconds=retry_seconds,
        client=client,
        wait_seconds=wait_seconds,
        extra=extra,
        chaos=chaos,
        keys=keys,
        any_key=any_key,
        stripe_version=stripe_version,
    )
    chaos_middleware = Middleware(ChaosMiddleware, sandbox.dial, sandbox.deliveries)
    dashboard = Dashboard(sandbox.ledger, sandbox.deliveries, sandbox.dial, sandbox.dashboard_items)
    mounts = [
        Mount(f"/{name}", routes=provider.routes(), middleware=[chaos_middleware])
        for name, provider in sandbox.providers.items()
    ]
    order_totals = OrderTotals(sandbox.ledger, sandbox.providers)
    pages = (dashboard, order_totals, ChaosPage(sandbox.dial), KeyPage(sandbox.keys))
    routes = [*mounts, *(route for page in pages for route in page.routes())]
    own_paths = {route.path.split("/")[1] for route in routes if isinstance(route, Mount | Route)}
    by_port = {port: name for name, port in (ports or {}).items()}
    # Nobody can call "any address", so there all URLs follow the client.
    mounted = tuple(sandbox.providers) if urlsplit(base_url).hostname in _ANY_ADDRESS else ()
    at_root = Middleware(ProviderPorts, by_port, own_paths, follow=follow_host, mounted=mounted)
    handlers = {StorageError: storage_failure_page}
    app = Starlette(routes=routes, lifespan=sandbox.running, middleware=[at_root], exception_handlers=handlers)
    app.state.sandbox = sandbox
    return app
