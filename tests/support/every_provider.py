"""A shop that takes every provider, with orders whose checkouts are open, and webhooks as each provider signs them."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from lightning_cart.domain.order import CheckoutSession, Order
from lightning_cart.ports import Row, Statement
from lightning_cart.web.responses import Answer
from support import app
from support.builders import NOW, make_order
from support.paypal import CERT_URL, PAYPAL_ENV, VERIFIED, token
from support.square import SQUARE_ENV, signature

SITE = app.SHOP.replace(
    'default_strategy = "stripe_checkout"',
    'default_strategy = "stripe_checkout"\nstrategies = ["stripe_links", "paypal", "square"]',
)
CATALOG = app.make_catalog(app.PRODUCTS.replace('sites = ["other"]', "active = false"), SITE)


def order_id(number: int) -> str:
    """Return the id of the order with this number."""
    return f"ord_{number:026d}"


class EveryProvider(app.Shop):
    """A shop that takes Stripe, PayPal and Square. PayPal says of every webhook that it sent it."""

    def __init__(self) -> None:
        super().__init__(app.ENV | PAYPAL_ENV | SQUARE_ENV, CATALOG)
        self.provider.routes = {"/oauth2/token": token(), "/verify-webhook-signature": VERIFIED}

    def add_order(self, number: int = 1, strategy: str = "stripe_checkout", session: str = "", **changes: Any) -> Order:
        """Save an order of ten dollars with an open checkout, whose id is `cs_` and the number unless another is given."""
        provider = strategy.partition("_")[0]
        order = make_order(id=order_id(number), strategy=strategy, provider=provider, **changes)
        app.run(self.app.engine.orders.create_order(order, "", "digest"))
        opened = CheckoutSession(session or f"cs_{number}", "https://pay.example/1", None)
        app.run(self.app.engine.orders.save_session(order.id, opened, NOW))
        return self.order(order.id)

    def count_statements(self) -> list[int]:
        """Return a list that gets the number of statements of each batch from now on."""
        executed: list[int] = []
        inner = self.database.batch

        async def batch(statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
            executed.append(len(statements))
            return await inner(statements)

        self.database.batch = batch  # type: ignore[method-assign]
        return executed

    def post(self, provider: str, document: dict[str, Any], **changes: str) -> Answer:
        """Send a webhook as a provider does; `changes` are headers."""
        body = json.dumps(document).encode()  # unlike the engine, providers escape what is not ASCII
        if provider == "stripe":
            return self.webhook(body, time=int(self.now))
        if provider == "square":
            return self.handle("POST", "/webhook/square", body, x_square_hmacsha256_signature=signature(body))
        sent = {
            "paypal_transmission_id": hashlib.sha256(body).hexdigest()[:32],
            "paypal_transmission_time": datetime.fromtimestamp(self.now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "paypal_transmission_sig": "AAAA",
            "paypal_cert_url": CERT_URL,
            "paypal_auth_algo": "SHA256withRSA",
        }
        return self.handle("POST", "/webhook/paypal", body, **(sent | changes))
