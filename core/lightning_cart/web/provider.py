"""The routes that payment providers use: webhooks, and the page to which they send a buyer back."""

from lightning_cart.domain.order import OrderStatus
from lightning_cart.errors import UnknownStrategy
from lightning_cart.http import HttpRequest
from lightning_cart.usecases.buyer_return import take_return
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.webhook import detect_provider, take_webhook
from lightning_cart.web.responses import Answer, json_response


def _is_prefetch(request: HttpRequest) -> bool:
    # Source: Fetch standard, `Sec-Purpose`; older browsers send one of the others.
    return any("prefetch" in request.header(name).lower() for name in ("sec-purpose", "purpose", "x-moz"))


class ProviderRoutes:
    """Handlers of the routes that payment providers use.

    Args:
        engine: The engine to call.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    async def webhook(self, request: HttpRequest, provider: str) -> Answer:
        """Handle `POST /webhook` and `POST /webhook/{provider}`: record the event of a webhook."""
        name = provider or detect_provider(self.engine, request)
        try:
            event, recorded = await take_webhook(self.engine, name, request)
        except UnknownStrategy as error:  # a retry would not help, and the reconciler reports the order
            log_fields = {"provider": name, "verdict": "unknown_strategy", "reason": str(error)}
            return json_response(200, {"received": True}, log_fields=log_fields)
        log_fields = {"provider": event.provider, "event_id": event.id, "event_type": event.type}
        if recorded is None:
            return json_response(200, {"received": True}, log_fields=log_fields | {"verdict": "ignored"})
        log_fields["verdict"] = "repeated" if recorded.repeated else recorded.verdict.value
        if recorded.order is not None:
            log_fields |= {"order_id": recorded.order.id, "order_status": recorded.order.status.value}
        if recorded.reason:
            log_fields["review_reason"] = recorded.reason
        has_deliveries = self.engine.has_fulfilment_url and not recorded.repeated
        return json_response(200, {"received": True}, log_fields=log_fields, has_deliveries=has_deliveries)

    async def buyer_return(self, request: HttpRequest, path: str) -> Answer:
        """Handle `GET /return/{id}/{token}`: check the payment, then redirect the buyer to the shop's page.

        A `HEAD` and a browser's prefetch change nothing.
        """
        order_id, _, token = path.partition("/")
        reads = request.method == "GET" and not _is_prefetch(request)
        order, redirect_url, warning = await take_return(self.engine, order_id, token, reads=reads)
        log_fields = {"order_id": order.id, "order_status": order.status.value}
        if warning:
            log_fields["reason"] = warning
        headers = {"location": redirect_url, "cache-control": "no-store", "referrer-policy": "no-referrer"}
        has_deliveries = reads and self.engine.has_fulfilment_url and order.status is not OrderStatus.OPEN
        return Answer(303, headers, log_fields=log_fields, has_deliveries=has_deliveries)
