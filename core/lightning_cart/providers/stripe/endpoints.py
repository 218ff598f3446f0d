"""Lists the webhook endpoints of a Stripe account. Source: Stripe API reference, Webhook Endpoints."""

from lightning_cart.flow import Flow
from lightning_cart.providers.stripe.api import call
from lightning_cart.providers.stripe.config import StripeConfig
from lightning_cart.providers.stripe.events import EVENT_KINDS
from lightning_cart.providers.untrusted_json import get, get_id, get_list, get_text, safe_code
from lightning_cart.providers.webhook_endpoints import WebhookEndpoint, missing_events

_PAGE_SIZE = 100  # an account has at most 16 endpoints in each mode


def _endpoint(item: object) -> WebhookEndpoint:
    return WebhookEndpoint(
        id=get_id(item, "id"),
        url=get_text(item, "url"),
        missing=missing_events(EVENT_KINDS, get_list(item, "enabled_events")),
        is_enabled=get(item, "status") != "disabled",
        api_version=safe_code(get(item, "api_version")),
    )


def list_endpoints(config: StripeConfig) -> Flow[list[WebhookEndpoint]]:
    """List the endpoints of the key's own account and mode: `GET /v1/webhook_endpoints`.

    Those of a connected account belong to the platform, so the call does not name the account.
    """
    listed = yield from call(config._replace(account=""), "GET", "/v1/webhook_endpoints", {"limit": _PAGE_SIZE})
    return [_endpoint(item) for item in get_list(listed, "data")]
