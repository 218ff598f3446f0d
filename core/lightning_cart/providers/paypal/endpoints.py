"""Lists the webhooks of a PayPal app. Source: PayPal REST API reference, Webhooks, List webhooks."""

from lightning_cart.flow import Flow
from lightning_cart.providers.paypal.api import PayPalApi
from lightning_cart.providers.paypal.events import EVENT_KINDS
from lightning_cart.providers.untrusted_json import get, get_id, get_list, get_text
from lightning_cart.providers.webhook_endpoints import WebhookEndpoint, missing_events

_PATH = "/v1/notifications/webhooks"  # an app has at most 10, and the list has no pages
_NO_TIME = 0  # of a new strategy, which has no token yet


def list_webhooks(api: PayPalApi) -> Flow[list[WebhookEndpoint]]:
    """List the app's webhooks: `GET /v1/notifications/webhooks`. The one of `PAYPAL_WEBHOOK_ID` verifies."""
    listed = yield from api.call(_NO_TIME, "GET", _PATH)
    return [
        WebhookEndpoint(
            id=get_id(item, "id"),
            url=get_text(item, "url"),
            missing=missing_events(
                EVENT_KINDS, (get(event, "name") for event in get_list(item, "event_types") if _is_on(event))
            ),
            verifies=get_id(item, "id") == api.config.webhook_id,
        )
        for item in get_list(listed, "webhooks")
    ]


def _is_on(event: object) -> bool:
    return get(event, "status") != "DISABLED"
