"""Events, the webhooks that receive them, and resending (PayPal: Webhooks v1)."""

import json
from datetime import UTC, datetime
from urllib.parse import urlsplit

from lightning_cart_sandbox.paypal.account import Account
from lightning_cart_sandbox.paypal.call import PayPalCall
from lightning_cart_sandbox.paypal.errors import PayPalError, problem
from lightning_cart_sandbox.paypal.left_out import leave_out
from lightning_cart_sandbox.provider_account import public
from lightning_cart_sandbox.schema.formats import LOOPBACK_HOSTS
from lightning_cart_sandbox.types import Json
from lightning_cart_sandbox.webhooks.outbox import Webhook

MAX_WEBHOOKS = 10
_RESOURCES = {
    "CHECKOUT.ORDER": ("checkout-order", "2.0"),
    "CHECKOUT.PAYMENT-APPROVAL": ("checkout-order", "2.0"),
    "PAYMENT.CAPTURE": ("capture", "2.0"),
    "CUSTOMER.DISPUTE": ("dispute", ""),
}
_REFUNDS = {"PAYMENT.CAPTURE.REFUNDED", "PAYMENT.CAPTURE.REVERSED"}


def emit(account: Account, event_type: str, resource: Json, summary: str) -> str:
    """Record an event and put it into the outbox of every webhook that asked for its type; return its id.

    Args:
        account: The account.
        event_type: The type, such as `"PAYMENT.CAPTURE.COMPLETED"`.
        resource: The object after the change, as the API shows it. The event has it without the ids in `account.leave_out`.
        summary: A description for people.
    """
    kind, version = _RESOURCES[event_type.rpartition(".")[0]]
    identifier = f"WH-{account.identifier('event')}-{account.identifier('event')}"
    event = {
        "id": identifier,
        "event_version": "1.0",
        "create_time": datetime.fromtimestamp(account.clock(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "resource_type": "refund" if event_type in _REFUNDS else kind,
        **({"resource_version": version} if version else {}),
        "event_type": event_type,
        "summary": summary,
        "resource": leave_out(resource, account.leave_out),
        "links": [
            account.link(f"/v1/notifications/webhooks-events/{identifier}", "self"),
            account.link(f"/v1/notifications/webhooks-events/{identifier}/resend", "resend", "POST"),
        ],
        "_at": account.now(),
    }
    account.save("event", event)
    for webhook in reversed(account.find("webhook")):
        if _wants(webhook, event_type):
            _send(account, event, webhook)
    return identifier


def resend(call: PayPalCall) -> Json:
    """Put an unchanged event into the outbox of the webhooks in `webhook_ids`, or of all that ask for its type; return it."""
    account, webhook_ids = call.account, call.params.get("webhook_ids", [])
    event = account.get("event", call.identifier)
    with account.transaction():
        for webhook in reversed(account.find("webhook")):
            if webhook["id"] in webhook_ids or (not webhook_ids and _wants(webhook, event["event_type"])):
                _send(account, event, webhook)
    return event


def add_webhook(account: Account, params: Json) -> Json:
    """Register a webhook; return it.

    Args:
        account: The account.
        params: The checked `url` and `event_types`.

    Raises:
        PayPalError: The URL is not https on port 443 (http only on this machine), is registered already, or is the 11th.
    """
    url, existing = params["url"], account.find("webhook")
    parts = urlsplit(url)
    if parts.hostname not in LOOPBACK_HOSTS and (parts.scheme != "https" or parts.port not in {None, 443}):
        raise PayPalError("VALIDATION_ERROR", [problem("INVALID_PARAMETER_VALUE", "/url", url)])
    if any(webhook["url"] == url for webhook in existing):
        raise PayPalError("WEBHOOK_URL_ALREADY_EXISTS")
    if len(existing) >= MAX_WEBHOOKS:
        raise PayPalError("WEBHOOK_NUMBER_LIMIT_EXCEEDED")
    identifier = account.identifier("webhook")
    path = f"/v1/notifications/webhooks/{identifier}"
    webhook = {
        "id": identifier,
        "url": url,
        "event_types": [{"name": one["name"], "status": "ENABLED"} for one in params["event_types"]],
        "links": [account.link(path, "self"), account.link(path, "update", "PATCH"), account.link(path, "delete", "DELETE")],
    }
    return account.save("webhook", webhook)


def delete_webhook(call: PayPalCall) -> None:
    """Delete a webhook; its pending deliveries are cancelled."""
    account, identifier = call.account, call.identifier
    account.get("webhook", identifier)
    account.store.delete("paypal.webhook", identifier)


def _wants(webhook: Json, event_type: str) -> bool:
    return not {"*", event_type}.isdisjoint(one["name"] for one in webhook["event_types"])


def _send(account: Account, event: Json, webhook: Json) -> None:
    body = json.dumps(public(event), ensure_ascii=False, separators=(",", ":"))
    account.deliveries.add(Webhook("paypal", webhook["id"], webhook["url"], event["id"], event["event_type"], body))
