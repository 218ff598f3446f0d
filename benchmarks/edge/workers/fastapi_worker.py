"""A checkout as most developers would write it: FastAPI and stripe-python behind the SDK's ASGI bridge."""

import time
import uuid
from collections.abc import Mapping
from typing import Annotated, Any

import asgi
import stripe
from fastapi import FastAPI, Header, HTTPException, Request
from pydantic import BaseModel, Field
from recording import INSERT_EFFECT, INSERT_EVENT, UPDATE_ORDER
from workers import WorkerEntrypoint, fetch

PRODUCTS = {
    "test-10": {"name": "Test checkout", "prices": {"USD": 1000, "EUR": 950}, "image": "/test-10.svg"},
    "mug": {"name": "Lightning mug", "prices": {"USD": 1450, "EUR": 1300}, "image": ""},
    "supporter": {"name": "Supporter", "prices": {"USD": 500, "EUR": 500}, "image": ""},
}
INSERT_ORDER = """
    INSERT INTO orders (id, site, strategy, provider, status, currency, total_minor, lines, metadata, customer_email,
        statement_descriptor_suffix, idempotency_key, request_digest, created_at, updated_at)
    VALUES (?, 'test-checkout', 'stripe_checkout', 'stripe', 'open', 'USD', ?, '[]', '{}', '', '', ?, '', ?, ?)
"""
SAVE_SESSION = "UPDATE orders SET session_id = ?, session_url = ?, session_expires_at = ? WHERE id = ?"

app = FastAPI()


class FetchClient(stripe.HTTPClient):
    """Lets stripe-python send with the runtime's `fetch`, because there are no sockets."""

    name = "fetch"

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: str | None = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Send one request."""
        answer = await fetch(url, method=method.upper(), headers=dict(headers), body=post_data)
        return await answer.bytes(), answer.status, dict(answer.headers.items())

    async def sleep_async(self, secs: float) -> None:
        """Return at once: retries are off."""


class Item(BaseModel):
    """One line of a cart."""

    id: str
    quantity: int = Field(gt=0, le=99)


class Cart(BaseModel):
    """The body of a checkout."""

    items: list[Item] = Field(min_length=1, max_length=100)


@app.get("/health")
async def health() -> dict[str, str]:
    """Report that it is up."""
    return {"status": "ok"}


@app.get("/products")
async def products() -> dict[str, Any]:
    """Return the products."""
    return {"products": [{"id": key, **product} for key, product in PRODUCTS.items()]}


@app.post("/checkout", status_code=201)
async def checkout(cart: Cart, request: Request, idempotency_key: Annotated[str, Header()]) -> dict[str, Any]:
    """Save an order, open its hosted checkout, save that."""
    env, order_id, now = request.scope["env"], f"ord_{uuid.uuid4().hex}", int(time.time())
    lines = [(PRODUCTS[item.id], item.quantity) for item in cart.items]
    total = sum(product["prices"]["USD"] * quantity for product, quantity in lines)
    await env.DB.prepare(INSERT_ORDER).bind(order_id, total, idempotency_key, now, now).run()
    client = stripe.StripeClient(
        env.STRIPE_SECRET_KEY, base_addresses={"api": env.STRIPE_API_BASE}, http_client=FetchClient(), max_network_retries=0
    )
    session = await client.v1.checkout.sessions.create_async(
        {
            "mode": "payment",
            "client_reference_id": order_id,
            "success_url": f"https://pay.shop.example/return/{order_id}",
            "cancel_url": "https://pay.shop.example/cancel.html",
            "metadata": {"order_id": order_id},
            "line_items": [
                {
                    "quantity": quantity,
                    "price_data": {
                        "currency": "usd",
                        "unit_amount": product["prices"]["USD"],
                        "product_data": {"name": product["name"]},
                    },
                }
                for product, quantity in lines
            ],
        },
        {"idempotency_key": f"chk-{order_id}-1"},
    )
    await env.DB.prepare(SAVE_SESSION).bind(session.id, session.url, session.expires_at, order_id).run()
    return {"order_id": order_id, "session_id": session.id, "url": session.url, "expires_at": session.expires_at}


@app.post("/webhook/stripe")
async def webhook(request: Request, stripe_signature: Annotated[str, Header()]) -> dict[str, bool]:
    """Verify, read and record the event."""
    env, body, now = request.scope["env"], await request.body(), int(time.time())
    try:
        event = stripe.Webhook.construct_event(body, stripe_signature, env.STRIPE_WEBHOOK_SECRET)
    except stripe.SignatureVerificationError as error:
        raise HTTPException(400, "bad signature") from error
    session = event.data.object
    order_id, amount, currency = session.metadata["order_id"], session.amount_total, session.currency.upper()
    payment, database = session.payment_intent, env.DB
    await database.batch(
        [
            database.prepare(INSERT_EVENT).bind(event.id, event.type, order_id, amount, currency, payment, now),
            database.prepare(UPDATE_ORDER).bind(amount, payment, now, order_id, amount, currency),
            database.prepare(INSERT_EFFECT).bind(now, order_id),
        ]
    )
    return {"received": True}


class Default(WorkerEntrypoint):
    """Passes every request to the application."""

    async def fetch(self, request: Any) -> Any:  # noqa: ANN401 - the runtime's own
        """Answer one request."""
        return await asgi.fetch(app, request.js_object, self.env, self.ctx)
