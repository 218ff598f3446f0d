"""One shop as the tests of the runtimes know it: an engine behind HTTP, and everything around it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from lightning_cart_host.shop_client.form_filling import fill_form
from support.app import event, paid_session, sign
from support.gateway import Gateway, MerchantServer
from support.runtimes import Runtime

ORIGIN = "https://shop.example"
ADMIN_TOKEN = "admin-token-of-thirty-two-characters"
OWN = {
    "RECEIPT_SECRET": "receipt-secret-of-thirty-two-chars",
    "ADMIN_TOKEN": ADMIN_TOKEN,
    "FULFILMENT_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "FULFILMENT_ALLOW_PRIVATE": "1",
}
NAMES = [f"№ {number} — Ñandú, 紅茶 “naïve” & <Čaj> 🫖" for number in range(500)]
SITES = """
[sites.test-checkout]
name = "Tést shop"
success_page = "/success.html"
cancel_page = "/cancel.html"
default_strategy = "stripe_checkout"
strategies = ["stripe_links", "paypal", "square"]
origins = ["https://shop.example"]
fulfilment_url = "{merchant}/"
"""
PATIENCE = 20  # seconds for a message that is on its way
MISSING_SETTING = "PAYPAL_WEBHOOK_ID"
SILENT, SILENT_KEY = "never-answered", "key-of-the-call-that-nobody-answers"


@dataclass(frozen=True)
class RuntimeShop:
    """One engine, and everything around it.

    Args:
        runtime: Where it runs.
        gateway: Between it and its providers.
        settings: What it was started with.
        client: Asks it.
        merchant: Whom it tells.
    """

    runtime: Runtime
    gateway: Gateway
    settings: Mapping[str, str]
    client: httpx.Client
    merchant: MerchantServer

    def check_out(self, *items: tuple[str, int], key: str = "", **cart: Any) -> httpx.Response:
        lines = [{"id": product, "quantity": quantity} for product, quantity in items or [("test-10", 1)]]
        return self.client.post("/checkout", json={"items": lines} | cart, headers={"idempotency-key": key})

    def open(self, *items: tuple[str, int], **cart: Any) -> dict[str, Any]:
        answer = self.check_out(*items, **cart)
        assert answer.status_code == 201, answer.text
        content: dict[str, Any] = answer.json()
        return content

    def order(self, checkout: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.client.get(f"/orders/{checkout['order_id']}", headers={"authorization": f"Bearer {checkout['receipt']}"})
        content: dict[str, Any] = answer.json()
        return content

    def pay(self, checkout: Mapping[str, Any]) -> None:
        """Fill in the provider's page, as a buyer does, and do not come back from there."""
        with httpx.Client(trust_env=False) as buyer:
            page = buyer.get(checkout["url"])
            form = fill_form(page.text)
            assert form
            assert buyer.post(page.url.join(form.action), data=form.data).status_code == 303

    def refund(self, checkout: Mapping[str, Any], key: str, token: str = ADMIN_TOKEN) -> httpx.Response:
        """Give all of an order's money back, as an operator does."""
        headers = {"authorization": f"Bearer {token}".encode(), "idempotency-key": key.encode()}
        return self.client.post(f"/admin/orders/{checkout['order_id']}/refunds", headers=headers)

    def sign(self, body: bytes) -> str:
        """The header with which Stripe would send a body now."""
        return sign(body, int(time.time()), self.settings["STRIPE_WEBHOOK_SECRET"])

    def send(self, body: bytes, signed: bytes | None = None, signature: str | bytes | None = None) -> httpx.Response:
        """Send a webhook as Stripe does, with the signature of its body, or of another, or one that is given."""
        header = self.sign(body if signed is None else signed) if signature is None else signature
        return self.client.post("/webhook/stripe", content=body, headers={"stripe-signature": header})

    def paid(self, checkout: Mapping[str, Any], event_id: str = "", **changes: Any) -> bytes:
        """The body of the event that an order is paid."""
        order_id = checkout["order_id"]
        facts = {"id": checkout["session_id"], "payment_intent": f"pi_{order_id}", "metadata": {"order_id": order_id}}
        session = paid_session(order_id, **facts | changes)
        return event("checkout.session.completed", session, event_id or f"evt_{checkout['order_id']}")

    def wait_until_told_of(self, checkout: Mapping[str, Any]) -> int:
        """Wait until the merchant has heard of an order, and say how often."""
        until = time.monotonic() + PATIENCE
        while not (told := self.merchant.told_of(checkout["order_id"])) and time.monotonic() < until:
            time.sleep(0.05)
        return told

    def wait_until_refused(self, checkout: Mapping[str, Any]) -> None:
        """Wait until the merchant has refused to hear of an order."""
        until = time.monotonic() + PATIENCE
        while not self.merchant.refused(checkout["order_id"]) and time.monotonic() < until:
            time.sleep(0.05)
