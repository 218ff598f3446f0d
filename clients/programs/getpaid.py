"""python-getpaid with its Stripe processor: it sells, hears of it by webhooks, reads the status, captures later and refunds.

`python getpaid.py STRIPE_ROOT KEY` prints its steps.
"""

import asyncio
import json
import queue
import sys
import threading
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import stripe
from buyer import pay
from getpaid_core.flow import PaymentFlow
from getpaid_core.registry import registry
from getpaid_stripe import StripeProcessor
from reporting import check, step

ROOT, KEY = sys.argv[1:]
arrived: "queue.Queue[tuple[bytes, dict[str, str]]]" = queue.Queue()


class Receiver(BaseHTTPRequestHandler):
    """The shop's URL for webhooks."""

    def do_POST(self) -> None:
        """Keep a webhook, and accept it."""
        arrived.put((self.rfile.read(int(self.headers["content-length"])), dict(self.headers)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class Order:
    """An order of $12.50."""

    def get_total_amount(self) -> Decimal:
        """Return the total."""
        return Decimal("12.50")

    def get_currency(self) -> str:
        """Return the currency."""
        return "USD"

    def get_description(self) -> str:
        """Return what is sold."""
        return "Mug"


@dataclass
class Payment:
    """A payment in memory."""

    id: str
    order: Order
    backend: str
    amount_required: Decimal
    currency: str
    description: str
    provider_data: dict[str, Any] = field(default_factory=dict)
    status: str = "new"
    external_id: str | None = None
    amount_paid: Decimal = Decimal(0)
    amount_locked: Decimal = Decimal(0)
    amount_refunded: Decimal = Decimal(0)
    fraud_status: str = "unknown"
    fraud_message: str = ""


class Repository:
    """The payments, by id."""

    def __init__(self) -> None:
        self.payments: dict[str, Payment] = {}

    async def create(self, **values: Any) -> Payment:
        """Make a payment."""
        payment = Payment(id=f"payment-{len(self.payments) + 1}", **values)
        self.payments[payment.id] = payment
        return payment

    async def save(self, payment: Payment) -> Payment:
        """Do nothing: it is in memory."""
        return payment


async def hear(flow: PaymentFlow, until: str) -> list[str]:
    """Hand every webhook to the payment it names, until one of a type was handled; return all types."""
    types: list[str] = []
    while until not in types:
        body, headers = await asyncio.to_thread(arrived.get, timeout=10)
        event = json.loads(body)
        types.append(event["type"])
        named = StripeProcessor.extract_callback_correlation(event, headers) or {}
        for payment in flow.repository.payments.values():
            if named and (payment.id == named.get("payment_id") or payment.external_id == named.get("external_id")):
                await flow.handle_callback(payment, event, headers, raw_body=body)
    return types


async def main() -> None:
    """Do every step."""
    receiver = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    client = stripe.StripeClient(KEY, base_addresses={"api": ROOT})
    with step("creates a webhook endpoint"):
        endpoint = client.webhook_endpoints.create(
            {"url": f"http://127.0.0.1:{receiver.server_port}/", "enabled_events": ["*"]}
        )
    config = {
        "api_base": ROOT,
        "api_key": KEY,
        "webhook_secret": endpoint.secret,
        "success_url": "https://shop.example/thanks/{payment_id}",
        "cancel_url": "https://shop.example/cart",
    }
    registry.register(StripeProcessor)
    flow = PaymentFlow(Repository(), config={"stripe": config})
    payment = await flow.create_payment(Order(), "stripe")
    with step("sells at a Checkout Session"):
        pay((await flow.prepare(payment)).redirect_url)
    with step("hears of the sale by signed webhooks"):
        await hear(flow, "payment_intent.succeeded")
        check((payment.status, payment.amount_paid), ("paid", Decimal("12.50")))
    with step("reads the status of the payment"):
        await flow.fetch_and_update_status(payment)
        check(payment.status, "paid")
    with step("refunds a part"):
        await flow.start_refund(payment, Decimal("2.50"))
    with step("hears of the refund by signed webhooks"):
        await hear(flow, "refund.created")
        check(payment.amount_refunded, Decimal("2.50"))
    later = await flow.create_payment(Order(), "stripe")
    with step("sells, and captures later"):
        pay((await flow.prepare(later, capture_method="manual")).redirect_url)
        await hear(flow, "payment_intent.amount_capturable_updated")
        check((later.status, later.amount_locked), ("pre-auth", Decimal("12.50")))
        await flow.charge(later)
        await hear(flow, "payment_intent.succeeded")
        check((later.status, later.amount_paid), ("paid", Decimal("12.50")))
    released = await flow.create_payment(Order(), "stripe")
    with step("sells, and releases the money"):
        pay((await flow.prepare(released, capture_method="manual")).redirect_url)
        await hear(flow, "payment_intent.amount_capturable_updated")
        await flow.release_lock(released)
        check(released.status, "cancelled")
    receiver.shutdown()


asyncio.run(main())
