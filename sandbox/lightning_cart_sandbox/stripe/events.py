"""Events, and the webhook endpoints that receive them (Stripe: event object, webhook endpoint object)."""

import json
from urllib.parse import urlsplit

from lightning_cart_sandbox.provider_account import public
from lightning_cart_sandbox.schema.formats import LOOPBACK_HOSTS
from lightning_cart_sandbox.stripe.account import Account, StripeCall, cause
from lightning_cart_sandbox.stripe.errors import StripeError, invalid
from lightning_cart_sandbox.stripe.objects import new_object
from lightning_cart_sandbox.stripe.signing import signature_header
from lightning_cart_sandbox.stripe.versions import as_of
from lightning_cart_sandbox.types import Json
from lightning_cart_sandbox.webhooks.outbox import Webhook

MAX_ENDPOINTS = 16


def emit(account: Account, event_type: str, document: Json, previous: Json | None = None) -> str:
    """Record an event and put it into the outbox of every endpoint that asked for its type.

    Args:
        account: The account.
        event_type: The type, such as `"charge.refunded"`.
        document: The object after the change.
        previous: The old values of changed fields, for `*.updated` and `charge.refunded`.

    Returns:
        The event's id.
    """
    receivers = [endpoint for endpoint in account.store.find("webhook_endpoint") if _wants(endpoint, event_type)]
    event = new_object(
        "event",
        id=account.new_id("evt"),
        api_version=account.default_version,
        created=account.now(),
        data={"object": public(document), **({"previous_attributes": previous} if previous else {})},
        pending_webhooks=len(receivers),
        request=cause(),
        type=event_type,
    )
    account.save_object(_event_as_of(account, event, account.default_version))
    for endpoint in reversed(receivers):
        # The body has the endpoint's version, not that of the request that caused the event (Stripe: API versioning).
        version = endpoint["api_version"] or account.default_version
        body = json.dumps(_event_as_of(account, event, version), indent=2, ensure_ascii=False)
        account.deliveries.add(Webhook("stripe", endpoint["id"], endpoint["url"], str(event["id"]), event_type, body))
    return str(event["id"])


def emit_change(account: Account, event_type: str, document: Json, before: Json) -> Json:
    """Save a changed object and send the event; nothing happens if no field is different. Return the object.

    Args:
        account: The account.
        event_type: The type, such as `"customer.updated"`.
        document: The object after the change.
        before: A copy of the object before the change.
    """
    previous = {name: before.get(name) for name, value in public(document).items() if before.get(name) != value}
    if previous:
        emit(account, event_type, account.save_object(document), previous)
    return document


def shown(account: Account, event: Json) -> Json:
    """Return an event with the number of endpoints that have not accepted it yet."""
    pending = sum(state != "delivered" for state in account.deliveries.states(event["id"]))
    return {**event, "pending_webhooks": pending}


def delivered(account: Account, event: Json) -> bool:
    """Return whether every endpoint accepted an event, for the filter `delivery_success`."""
    return all(state == "delivered" for state in account.deliveries.states(event["id"]))


def add_endpoint(account: Account, params: Json) -> Json:
    """Register a webhook endpoint; only this response has its `secret`.

    Args:
        account: The account.
        params: `url` and `enabled_events`; optionally `secret` (only within the sandbox), `api_version`, `description` and
            `metadata`.

    Raises:
        StripeError: The URL is not https (http only on this machine), or there are already 16 endpoints.
    """
    _check_url(params["url"])
    if len(account.store.find("webhook_endpoint")) >= MAX_ENDPOINTS:
        raise StripeError(f"You have reached the maximum of {MAX_ENDPOINTS} test webhook endpoints.")
    secret = params.get("secret") or account.new_id("whsec")
    endpoint = new_object(
        "webhook_endpoint",
        id=account.new_id("we"),
        api_version=params.get("api_version"),
        created=account.now(),
        description=params.get("description"),
        enabled_events=list(params["enabled_events"]),
        metadata=params.get("metadata", {}),
        url=params["url"],
        _secrets=[secret],
    )
    account.save_object(endpoint)
    return {**public(endpoint), "secret": secret}


def update_endpoint(call: StripeCall) -> Json:
    """Change `url`, `enabled_events`, `description`, `metadata` or `disabled` of a webhook endpoint."""
    account, identifier, params = call.account, call.identifier, call.params
    endpoint = account.get("webhook_endpoint", identifier)
    if "url" in params:
        _check_url(params["url"])
    for name in ("url", "enabled_events", "description"):
        if name in params:
            endpoint[name] = params[name]
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    endpoint["metadata"] = merged_metadata(endpoint["metadata"], params.get("metadata"))
    return public(account.save_object(endpoint))


def delete_endpoint(call: StripeCall) -> Json:
    """Delete a webhook endpoint; its pending deliveries are cancelled."""
    account, identifier = call.account, call.identifier
    account.get("webhook_endpoint", identifier)
    account.store.delete("webhook_endpoint", identifier)
    return {"id": identifier, "object": "webhook_endpoint", "deleted": True}


def sign(account: Account, endpoint_id: str, body: bytes, now: int) -> dict[str, str] | None:
    """Return the headers that sign a body for an endpoint, or `None` if there is no such endpoint."""
    endpoint = account.store.get("webhook_endpoint", endpoint_id)
    if endpoint is None:
        return None
    return {
        "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks) lightning-cart-sandbox",
        "stripe-signature": signature_header(endpoint["_secrets"], body, now),
    }


def merged_metadata(old: dict[str, str], new: dict[str, str] | None) -> dict[str, str]:
    """Return metadata after an update: an empty value deletes its key, and empty metadata deletes all keys."""
    if new is None:
        return old
    return {key: value for key, value in {**old, **new}.items() if value} if new else {}


def _event_as_of(account: Account, event: Json, version: str) -> Json:
    return {
        **event,
        "api_version": version,
        "data": {**event["data"], "object": as_of(account, event["data"]["object"], version)},
    }


def _wants(endpoint: Json, event_type: str) -> bool:
    return endpoint["status"] == "enabled" and not {"*", event_type}.isdisjoint(endpoint["enabled_events"])


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK_HOSTS:
        raise invalid("Invalid URL: an https address is required, except on this machine.", "url", "url_invalid")
