"""The routes that an operator calls with a token: refund an order, or cancel it. Pages never call them."""

import hashlib
import hmac

from lightning_cart.errors import AdminTokenRequired
from lightning_cart.http import HttpRequest
from lightning_cart.usecases.cancel import cancel_order
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.refund import refund_order
from lightning_cart.web.requests import parse_refund
from lightning_cart.web.responses import Answer, json_response
from lightning_cart.web.views import refund_view


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def require_admin(engine: Engine, request: HttpRequest) -> None:
    """Check the operator's token, in a time that does not depend on the token.

    Raises:
        InvalidSettings: No token is set, so every request is refused.
        AdminTokenRequired: The request has no token, or a wrong one.
    """
    scheme, _, given = request.header("authorization").partition(" ")
    given_digest = _digest(given.strip())
    matches = False
    for token in engine.admin_tokens:
        matches |= hmac.compare_digest(given_digest, _digest(token.reveal()))
    if not matches or scheme.lower() != "bearer":
        raise AdminTokenRequired("send one of ADMIN_TOKEN as `Authorization: Bearer …`")


class AdminRoutes:
    """Handlers of the routes that an operator calls.

    Args:
        engine: The engine to call.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    async def refund(self, request: HttpRequest, order_id: str) -> Answer:
        """Handle `POST /admin/orders/{id}/refunds`: refund an order, in whole or in part."""
        require_admin(self.engine, request)
        wish = parse_refund(request.body, order_id, request.header("idempotency-key"))
        order, refund = await refund_order(self.engine, wish)
        log_fields = {"order_id": order.id, "order_status": order.status.value, "refund_id": refund.id}
        return json_response(201, refund_view(order, refund), log_fields=log_fields)

    async def cancel(self, request: HttpRequest, order_id: str) -> Answer:
        """Handle `POST /admin/orders/{id}/cancel`: cancel an unpaid order."""
        require_admin(self.engine, request)
        order = await cancel_order(self.engine, order_id)
        log_fields = {"order_id": order.id, "order_status": order.status.value}
        return json_response(200, {"order_id": order.id, "status": order.status}, log_fields=log_fields)
