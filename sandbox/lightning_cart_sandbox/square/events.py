"""Events, and the subscriptions that receive them (Square: webhooks, Webhook Subscriptions API)."""

import json
import uuid
from urllib.parse import urlsplit

from lightning_cart_sandbox.schema.formats import LOOPBACK_HOSTS
from lightning_cart_sandbox.square.account import API_VERSION, EVENT, MERCHANT_ID, SUBSCRIPTION, Account, SquareCall, public
from lightning_cart_sandbox.square.errors import SquareError
from lightning_cart_sandbox.square.samples import sample_object
from lightning_cart_sandbox.square.signing import signature
from lightning_cart_sandbox.types import Json
from lightning_cart_sandbox.webhooks.outbox import Webhook

PROVIDER = "square"
SALE_EVENT_TYPES = (
    "order.created",
    "order.updated",
    "payment.created",
    "payment.updated",
    "refund.created",
    "refund.updated",
    "dispute.created",
    "dispute.state.updated",
)
"""The event types about orders and money, which a shop needs."""
EVENT_TYPES = (*SALE_EVENT_TYPES, "order.fulfillment.updated", "customer.created")
"""The event types that this sandbox sends; a subscription can name others, too."""

# Square: webhooks overview, "Delivery, retries, and event logs": after 1, 2, 4, 8, 16 and 32 minutes, 1, 2, 4, 8 and 8 hours.
_PUBLISHED_MINUTES = (1, 2, 4, 8, 16, 32, 60, 120, 240, 480, 480)
RETRY_SECONDS: tuple[float, ...] = _PUBLISHED_MINUTES
"""Square's published schedule at 60 times the speed: a second for each minute."""


def emit(account: Account, event_type: str, key: str, document: Json) -> None:
    """Record an event and put it into the outbox of every subscription that asked for its type.

    Args:
        account: The account.
        event_type: The type, such as `"payment.updated"`.
        key: The name of the object in `data.object`.
        document: The object after the change.
    """
    event = _event(account, event_type, key, public(document))
    receivers = account.store.find(SUBSCRIPTION, enabled=True)
    for receiver in reversed(receivers):
        if event_type in receiver["event_types"]:
            _send(account, receiver, event)


def emit_order(account: Account, event_type: str, order: Json, **further: object) -> None:
    """Send the event of a created or changed order, which has only ids, version and state.

    Args:
        account: The account.
        event_type: The type, such as `"order.updated"`.
        order: The order.
        **further: What the event says beyond that.
    """
    names = ("version", "location_id", "state", "created_at", "updated_at")
    fields = {name: order[name] for name in names if name != "updated_at" or event_type != "order.created"}
    emit(account, event_type, event_type.replace(".", "_"), {"order_id": order["id"], **fields, **further})


def _event(account: Account, event_type: str, key: str, shown: Json) -> Json:
    event = {
        "merchant_id": MERCHANT_ID,
        **({"location_id": shown["location_id"]} if key == "dispute" else {}),
        "type": event_type,
        "event_id": str(uuid.uuid5(uuid.NAMESPACE_URL, account.new_id("event"))),
        "created_at": account.instant(),
        "data": {"type": key, "id": shown.get("id") or shown["order_id"], "object": {key: shown}},
    }
    account.save(EVENT, {"id": event["event_id"], "event": event, "type": event_type})
    return event


def _send(account: Account, receiver: Json, event: Json) -> None:
    body = json.dumps(event, separators=(",", ":"), ensure_ascii=False)
    webhook = Webhook(PROVIDER, receiver["id"], receiver["notification_url"], event["event_id"], event["type"], body)
    account.deliveries.add(webhook)


def add_subscription(account: Account, wanted: Json, signature_key: str | None = None) -> Json:
    """Register a webhook subscription.

    Args:
        account: The account.
        wanted: `name`, `event_types` and `notification_url`; optionally `enabled` and `api_version`.
        signature_key: The signature key; `None` creates one.

    Raises:
        SquareError: The URL is not https (http only on this machine).
    """
    _check_url(wanted["notification_url"])
    now = account.instant()
    return account.save(
        SUBSCRIPTION,
        {
            "id": account.new_id("wbhk"),
            "name": wanted["name"],
            "enabled": wanted.get("enabled", True),
            "event_types": list(wanted["event_types"]),
            "notification_url": wanted["notification_url"],
            "api_version": wanted.get("api_version", API_VERSION),
            "signature_key": signature_key or account.fresh("key"),
            "created_at": now,
            "updated_at": now,
        },
    )


def update_subscription(call: SquareCall) -> Json:
    """Change `name`, `enabled`, `event_types`, `notification_url` or `api_version` of a subscription."""
    account, identifier, wanted = call.account, call.identifier, call.params["subscription"]
    subscription = account.get(SUBSCRIPTION, identifier)
    if "notification_url" in wanted:
        _check_url(wanted["notification_url"])
    changed = account.save(SUBSCRIPTION, {**subscription, **wanted, "updated_at": account.instant()})
    return {"subscription": changed}


def rotate_key(call: SquareCall) -> Json:
    """Replace the signature key of a subscription; the old key is no longer used."""
    account, identifier = call.account, call.identifier
    subscription = account.get(SUBSCRIPTION, identifier)
    key = account.fresh("key")
    account.save(SUBSCRIPTION, {**subscription, "signature_key": key, "updated_at": account.instant()})
    return {"signature_key": key}


def delete_subscription(call: SquareCall) -> Json:
    """Delete a subscription; its pending deliveries are cancelled."""
    account, identifier = call.account, call.identifier
    account.get(SUBSCRIPTION, identifier)
    account.store.delete(SUBSCRIPTION, identifier)
    return {}


def list_subscriptions(account: Account, *, include_disabled: bool) -> list[Json]:
    """Return the subscriptions, oldest first."""
    return [one for one in reversed(account.store.find(SUBSCRIPTION)) if one["enabled"] or include_disabled]


def send_test(call: SquareCall) -> Json:
    """Send a subscription an event about a sample object; return Square's test result without its status code."""
    account = call.account
    subscription = account.get(SUBSCRIPTION, call.identifier)
    wanted = call.params.get("event_type") or subscription["event_types"][0]
    key, sample = sample_object(account, wanted)
    event = _event(account, wanted, key, sample)
    _send(account, subscription, event)
    now = account.instant()
    result = {"id": account.new_id("wbhkt"), "payload": event, "created_at": now, "updated_at": now}
    passes = wanted in subscription["event_types"]
    shared = {"notification_url": subscription["notification_url"], "passes_filter": passes, "payload": event}
    return {"subscription_test_result": {**result, **shared}, **shared}


def sign(account: Account, subscription_id: str, body: bytes) -> dict[str, str] | None:
    """Return the headers that sign a body for a subscription, or `None` if there is no such subscription."""
    subscription = account.store.get(SUBSCRIPTION, subscription_id)
    if subscription is None:
        return None
    return {
        "user-agent": "Square Connect v2 lightning-cart-sandbox",
        "x-square-hmacsha256-signature": signature(subscription["signature_key"], subscription["notification_url"], body),
        "square-environment": "Sandbox",
    }


def unsigned_headers(account: Account, delivery: Json) -> dict[str, str]:
    """Return the unsigned headers about a delivery attempt.

    Args:
        account: The account.
        delivery: The delivery, with its earlier `attempts`.
    """
    event = account.store.get(EVENT, delivery["event_id"]) or {"event": {"created_at": account.instant()}}
    headers = {"square-initial-delivery-timestamp": str(event["event"]["created_at"])}
    if delivery["attempts"]:
        last = delivery["attempts"][-1]
        timed_out = last["status"] is None and "Timeout" in last["error"]
        reason = "http_timeout" if timed_out else "http_error" if last["status"] else "other_error"
        headers |= {"square-retry-number": str(delivery["tries"]), "square-retry-reason": reason}
    return headers


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK_HOSTS:
        raise SquareError(
            "INVALID_VALUE", "An https address is required, except on this machine.", "subscription.notification_url"
        )
