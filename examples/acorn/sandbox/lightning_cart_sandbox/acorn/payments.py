"""Acorn's payments and disputes: their states, ledger entries and webhooks. It knows nothing of HTTP requests."""

import hashlib
import hmac
import json

from lightning_cart_sandbox.ledger import PAYOUT_ACCOUNT
from lightning_cart_sandbox.provider import SandboxContext, keep_only_endpoint
from lightning_cart_sandbox.types import Json
from lightning_cart_sandbox.webhooks.outbox import Webhook

NAME = "acorn"
_PAYMENT, _REFUND, _DISPUTE = "acorn.payment", "acorn.refund", "acorn.dispute"
_ENDPOINT, _KEY = "acorn.endpoint", "acorn.idempotency_key"
_BUYER, _FEES = "Acorn wallet ••Ada", "Acorn fees"
_FEE_PERCENT = 2


class Payments:
    """The payments of one merchant.

    Every change is one transaction: the payment, its ledger entry and its webhook are saved together.

    Args:
        context: What the sandbox shares with every provider.
    """

    def __init__(self, context: SandboxContext) -> None:
        self._context = context
        self._store = context.store
        self.base_url = f"{context.base_url}/{NAME}"
        context.deliveries.register(NAME, self._sign)

    def connect(self, webhook_url: str) -> str:
        """Keep one webhook endpoint, and return its secret. The same URL keeps the same secret."""
        endpoint = keep_only_endpoint(self._store, _ENDPOINT, "url", webhook_url)
        if endpoint is None:
            new_id = self._context.new_id
            endpoint = {"id": new_id("end"), "url": webhook_url, "secret": new_id("secret")}
            self._store.put(_ENDPOINT, endpoint)
        return str(endpoint["secret"])

    def get(self, payment_id: str) -> Json | None:
        """Return the payment with this id, or None."""
        return self._store.get(_PAYMENT, payment_id)

    def find_paid(self, order_id: str) -> Json:
        """Return the paid payment of an order.

        Raises:
            LookupError: Nobody has paid the order.
        """
        for payment in self._store.find(_PAYMENT, reference=order_id, status="paid"):
            if not payment.get("button"):
                return payment
        raise LookupError(order_id)

    def references(self) -> dict[str, str]:
        """Return the order's id of each payment; it is empty for a sale by a pay button."""
        return {one["id"]: "" if one.get("button") else one["reference"] for one in self._store.find(_PAYMENT)}

    def create(self, fields: Json, key: str) -> Json | None:
        """Create a payment once per key, or return None if the key was used with other fields."""
        with self._store.transaction():
            earlier = self._store.get(_KEY, key)
            if earlier is not None:
                return self.get(earlier["payment"]) if earlier["fields"] == fields else None
            payment_id = self._context.new_id("pay")
            url = f"{self.base_url}/pay/{payment_id}"
            payment = {"id": payment_id, "url": url, "status": "open", "refunded": 0, **fields}
            self._store.put(_PAYMENT, payment)
            self._store.put(_KEY, {"id": key, "fields": fields, "payment": payment_id})
        return payment

    def close(self, payment_id: str) -> None:
        """Close a payment, unless it is pending or paid."""
        with self._store.transaction():
            payment = self.get(payment_id)
            if payment and payment["status"] == "open":
                self._change(payment, "closed", status="closed")

    def press(self, payment_id: str, action: str) -> Json:
        """Do what a button of the payment page does, if the status allows it, and return the payment.

        A pending payment is paid by `pay` as well.
        """
        with self._store.transaction():
            payment = self._store.find(_PAYMENT, id=payment_id)[0]
            if action == "pending" and payment["status"] == "open":
                self._change(payment, "pending", status="pending")
            if action == "pay" and payment["status"] in {"open", "pending"}:
                fee = payment["amount"] * _FEE_PERCENT // 100
                entries = {_BUYER: -payment["amount"], _FEES: fee, PAYOUT_ACCOUNT: payment["amount"] - fee}
                self._record("Acorn payment", payment, entries)
                self._change(payment, "paid", status="paid")
        return payment

    def refund(self, payment: Json, amount: int, reference: str = "") -> bool:
        """Refund a part of a payment, and return whether that could be done.

        Args:
            payment: The payment.
            amount: In the currency's smallest unit.
            reference: The caller's id of the refund. The same reference refunds once.
        """
        refund = {"id": reference, "payment": payment["id"], "amount": amount}
        with self._store.transaction():
            earlier = self._store.get(_REFUND, reference) if reference else None
            if earlier is not None:
                return earlier == refund
            payment = self._store.find(_PAYMENT, id=payment["id"])[0]
            if payment["status"] != "paid" or not 0 < amount <= payment["amount"] - payment["refunded"]:
                return False
            if reference:
                self._store.put(_REFUND, refund)
            self._record("Acorn refund", payment, {PAYOUT_ACCOUNT: -amount, _BUYER: amount})
            self._change(payment, "refunded", refunded=payment["refunded"] + amount)
        return True

    def sell_by_button(self, reference: str, amount: int) -> str:
        """Sell something by a pay button, and return the payment's id."""
        fields = {"reference": reference, "description": "Pay button", "currency": "USD", "amount": amount}
        payment: Json = {
            "id": self._context.new_id("pay"),
            "url": "",
            "status": "open",
            "refunded": 0,
            "button": True,
            **fields,
        }
        self._store.put(_PAYMENT, payment)
        self.press(payment["id"], "pay")
        return str(payment["id"])

    def dispute(self, payment_id: str, action: str) -> bool:
        """Open a dispute of a paid payment, or decide the newest one, and return whether that could be done.

        Args:
            payment_id: The payment.
            action: `dispute`, `dispute_lost`, or `dispute_won`, on appeal as well.
        """
        with self._store.transaction():
            payment = self.get(payment_id)
            if payment is None or payment["status"] != "paid":
                return False
            found = next(iter(self._store.find(_DISPUTE, payment=payment_id, limit=1)), None)
            status = found["status"] if found else "won"
            if action == "dispute" and status == "won":
                amount, currency = payment["amount"] - payment["refunded"], payment["currency"]
                new = {"id": self._context.new_id("dis"), "payment": payment_id, "amount": amount, "currency": currency}
                self._change_dispute(new, payment, "opened", -amount)
            elif found and action == "dispute_lost" and status == "opened":
                self._change_dispute(found, payment, "lost", 0)
            elif found and action == "dispute_won" and status in {"opened", "lost"}:
                self._change_dispute(found, payment, "won", found["amount"])
            else:
                return False
        return True

    def _change_dispute(self, dispute: Json, payment: Json, status: str, paid_out: int) -> None:
        """Change a dispute, move its money, and send a webhook. The buyer's bank has the money until the merchant wins."""
        dispute["status"] = status
        self._store.put(_DISPUTE, dispute)
        if paid_out:
            self._record(f"Acorn dispute {status}", payment, {PAYOUT_ACCOUNT: paid_out, _BUYER: -paid_out})
        self._send(f"dispute.{status}", {"dispute": dispute})

    def _record(self, description: str, payment: Json, entries: dict[str, int]) -> None:
        self._context.ledger.write(description, entries, currency=payment["currency"], reference=payment["id"])

    def _change(self, payment: Json, event: str, **changes: object) -> None:
        """Change a payment, and send a webhook."""
        payment.update(changes)
        self._store.put(_PAYMENT, payment)
        self._send(f"payment.{event}", {"payment": payment})

    def _send(self, event_type: str, content: Json) -> None:
        """Send a webhook to every endpoint."""
        created = int(self._context.clock())
        document: Json = {"id": self._context.new_id("evt"), "type": event_type, "created": created, **content}
        body = json.dumps(document)
        for endpoint in self._store.find(_ENDPOINT):
            webhook = Webhook(NAME, endpoint["id"], endpoint["url"], document["id"], document["type"], body)
            self._context.deliveries.add(webhook)

    def _sign(self, endpoint_id: str, body: bytes, now: int) -> dict[str, str] | None:
        """Return the signature headers of a body, or None if its endpoint was removed."""
        endpoint = self._store.get(_ENDPOINT, endpoint_id)
        if endpoint is None:
            return None
        digest = hmac.new(endpoint["secret"].encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
        return {"acorn-timestamp": str(now), "acorn-signature": digest}
