"""The routes that an operator calls with a token: show an order, refund, cancel, accept, close or forget it. Pages never do."""

from collections.abc import Awaitable, Callable

from lightning_cart.domain.order import Order
from lightning_cart.errors import InvalidSettings, NotFound
from lightning_cart.http import HttpRequest
from lightning_cart.storage.operator_log import Operator
from lightning_cart.usecases.cancel import cancel_order
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.forget import forget_order
from lightning_cart.usecases.refund import refund_order
from lightning_cart.usecases.review import accept_order, close_order
from lightning_cart.web.operator_token import require_admin
from lightning_cart.web.operator_views import history_view, refund_view
from lightning_cart.web.requests import parse_reason, parse_refund
from lightning_cart.web.responses import Answer, json_response

_WHO = "admin"  # in the operators' log


class AdminRoutes:
    """Handlers of the routes that an operator calls.

    Args:
        engine: The engine to call.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def _known_url(self) -> str:
        """Return the engine's own URL, or "" if it lacks its settings: an operator sees an order all the same."""
        try:
            return self.engine.public_url
        except InvalidSettings:
            return ""

    async def order(self, request: HttpRequest, order_id: str) -> Answer:
        """Handle `GET /admin/orders/{id}`: return an order with everything that happened to it."""
        require_admin(self.engine, request)
        history = await self.engine.orders.history(order_id)
        if history is None:
            raise NotFound("there is no such order")
        return json_response(200, history_view(history, self._known_url()), log_fields={"order_id": order_id})

    async def refund(self, request: HttpRequest, order_id: str) -> Answer:
        """Handle `POST /admin/orders/{id}/refunds`: refund an order, in whole or in part."""
        require_admin(self.engine, request)
        wish = parse_refund(request.body, order_id, request.header("idempotency-key"))
        order, refunds = await refund_order(self.engine, wish._replace(who=_WHO))
        log_fields = {"order_id": order.id, "order_status": order.status.value, "refund_id": refunds[0].id}
        return json_response(201, refund_view(order, refunds), log_fields=log_fields)

    async def cancel(self, request: HttpRequest, order_id: str) -> Answer:
        """Handle `POST /admin/orders/{id}/cancel`: cancel an unpaid order."""
        return await self._change(request, order_id, cancel_order)

    async def accept(self, request: HttpRequest, order_id: str) -> Answer:
        """Handle `POST /admin/orders/{id}/accept`: accept an order that needs review as it is."""
        return await self._change(request, order_id, accept_order)

    async def close(self, request: HttpRequest, order_id: str) -> Answer:
        """Handle `POST /admin/orders/{id}/close`: close an order of which no money is kept."""
        return await self._change(request, order_id, close_order)

    async def forget(self, request: HttpRequest, order_id: str) -> Answer:
        """Handle `POST /admin/orders/{id}/forget`: delete what is stored about the buyer of an order that is over."""
        return await self._change(request, order_id, forget_order)

    async def _change(
        self, request: HttpRequest, order_id: str, change: Callable[[Engine, str, Operator], Awaitable[Order]]
    ) -> Answer:
        require_admin(self.engine, request)
        order = await change(self.engine, order_id, Operator(_WHO, parse_reason(request.body)))
        log_fields = {"order_id": order.id, "order_status": order.status.value}
        content = {"order_id": order.id, "status": order.status, "needs_review": order.needs_review}
        return json_response(200, content, log_fields=log_fields, has_deliveries=self.engine.has_fulfilment_url)
