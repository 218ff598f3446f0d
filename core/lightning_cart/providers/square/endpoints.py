"""Lists the webhook subscriptions of a Square application. Source: Square API reference, Webhook Subscriptions.

Subscriptions belong to the application, so an OAuth token of a seller may not list them.
"""

from urllib.parse import quote

from lightning_cart.flow import Flow
from lightning_cart.providers.square.api import call
from lightning_cart.providers.square.config import SquareConfig
from lightning_cart.providers.untrusted_json import get, get_id, get_list, get_text, safe_code
from lightning_cart.providers.webhook_endpoints import WebhookEndpoint, missing_events

EVENTS = (
    "payment.created",
    "payment.updated",
    "refund.created",
    "refund.updated",
    "dispute.created",
    "dispute.state.updated",
)
_PATH = "/v2/webhooks/subscriptions?include_disabled=true"
_MAX_PAGES = 20


def _subscription(config: SquareConfig, item: object) -> WebhookEndpoint:
    key = get_text(item, "signature_key")
    return WebhookEndpoint(
        id=get_id(item, "id"),
        url=get_text(item, "notification_url"),
        missing=missing_events(EVENTS, get_list(item, "event_types")),
        is_enabled=get(item, "enabled") is not False,
        api_version=safe_code(get(item, "api_version")),
        verifies=any(key == known.reveal() for known in config.signature_keys) if key else None,
    )


def list_subscriptions(config: SquareConfig) -> Flow[list[WebhookEndpoint]]:
    """List the application's subscriptions, at most 20 pages: `GET /v2/webhooks/subscriptions`.

    The one whose key is set verifies, if Square shows its key.
    """
    found: list[WebhookEndpoint] = []
    cursor = ""
    for _ in range(_MAX_PAGES):
        listed = yield from call(config, "GET", f"{_PATH}&cursor={quote(cursor, safe='')}" if cursor else _PATH)
        found += [_subscription(config, item) for item in get_list(listed, "subscriptions")]
        cursor = get_text(listed, "cursor")
        if not cursor:
            break
    return found
