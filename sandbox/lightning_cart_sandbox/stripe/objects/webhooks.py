"""What tells a shop of changes (Stripe: event, webhook endpoint objects)."""

from lightning_cart_sandbox.stripe.objects.tables import nulls
from lightning_cart_sandbox.types import Json

WEBHOOKS: dict[str, Json] = {
    "event": nulls("api_version request") | {"livemode": False, "pending_webhooks": 0},
    "webhook_endpoint": nulls("api_version application description") | {"livemode": False, "metadata": {}, "status": "enabled"},
}
