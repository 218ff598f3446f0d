"""Puts the sandbox together: one store, one ledger, one outbox, the providers, and a Starlette application in front."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount

from lightning_cart_sandbox.dashboard import Dashboard
from lightning_cart_sandbox.deliveries import Deliveries
from lightning_cart_sandbox.ledger import Ledger
from lightning_cart_sandbox.outbox import RETRY_SECONDS
from lightning_cart_sandbox.paypal import PayPal
from lightning_cart_sandbox.paypal.account import Account as PayPalAccount
from lightning_cart_sandbox.ports import Clock, Json, NewId, random_id
from lightning_cart_sandbox.square import Square
from lightning_cart_sandbox.square.account import Account as SquareAccount
from lightning_cart_sandbox.state import Store
from lightning_cart_sandbox.stripe import Stripe
from lightning_cart_sandbox.stripe.account import Account


class Sandbox:
    """Everything behind the application.

    Attributes:
        store: The documents.
        ledger: The books.
        deliveries: The outbox of webhooks.
        stripe: Stripe's other end.
        paypal: PayPal's other end.
        square: Square's other end.
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
    ) -> None:
        self.store = Store(state)
        self.ledger = Ledger(self.store, clock, new_id)
        spacing = RETRY_SECONDS if retry_seconds is None else retry_seconds
        self.deliveries = Deliveries(self.store, clock, new_id, retry_seconds=spacing, client=client)
        account = Account(self.store, self.ledger, self.deliveries, clock, new_id, base_url.rstrip("/"))
        self.stripe = Stripe(account, wait_seconds=wait_seconds)
        payee = PayPalAccount(self.store, self.ledger, self.deliveries, clock, new_id, base_url.rstrip("/"))
        self.paypal = PayPal(payee)
        seller = SquareAccount(self.store, self.ledger, self.deliveries, clock, new_id, base_url.rstrip("/"))
        self.square = Square(seller, retry_seconds=retry_seconds)

    def glance(self) -> Json:
        """Return what each provider has to show on the front page."""
        return {**self.stripe.glance(), **self.paypal.glance(), **self.square.glance()}

    @contextlib.asynccontextmanager
    async def running(self, _: Starlette) -> AsyncIterator[None]:
        """Send webhooks and watch the clock while the application runs; close the store after."""
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
) -> Starlette:
    """Return the sandbox as an ASGI application.

    Args:
        base_url: The sandbox's own origin, such as ``http://127.0.0.1:8001``; hosted pages' addresses begin with it.
        state: A file for everything the sandbox knows, or ``":memory:"``.
        clock: Gives Unix seconds.
        new_id: Takes a prefix without an underscore (``"cs_test"``) and gives a fresh identifier.
        retry_seconds: How long to wait after each failed delivery before the next try; when ``None``, a provider's published
            spacing at sixty times the speed, and the sandbox's own where nothing is published.
        client: Sends webhooks; one of its own when ``None``.
        wait_seconds: How long the pay page waits at most for the shop to answer before it sends the buyer back.

    Returns:
        An application whose lifespan runs the delivery worker; ``app.state.sandbox`` is the :class:`Sandbox`.
    """
    sandbox = Sandbox(
        base_url=base_url,
        state=state,
        clock=clock,
        new_id=new_id,
        retry_seconds=retry_seconds,
        client=client,
        wait_seconds=wait_seconds,
    )
    dashboard = Dashboard(sandbox.ledger, sandbox.deliveries, sandbox.glance)
    providers = (sandbox.stripe, sandbox.paypal, sandbox.square)
    mounts = [Mount(f"/{provider.name}", routes=provider.routes()) for provider in providers]
    app = Starlette(routes=[*mounts, *dashboard.routes()], lifespan=sandbox.running)
    app.state.sandbox = sandbox
    return app
