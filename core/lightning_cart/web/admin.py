"""What an operator may do over HTTP, with a token: refund an order, or cancel it. Pages never call these routes."""

import hashlib
import hmac
import json
from collections.abc import Mapping

from lightning_cart.domain.order import Order
from lightning_cart.domain.refund import Refund, RefundWish
from lightning_cart.errors import AdminTokenRequired, InvalidField, MalformedRequest
from lightning_cart.http import HttpRequest, HttpResponse, Json, json_response
from lightning_cart.usecases.cancel import cancel_order
from lightning_cart.usecases.checkout import check_idempotency_key
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.refund import refund_order

MAX_REASON = 255  # characters


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def require_admin(engine: Engine, request: HttpRequest) -> None:
    """Let an operator pass, and nobody else. The time it takes tells nothing of the tokens.

    Raises:
        InvalidSettings: No token is set, so nobody passes.
        AdminTokenRequired: No token came, or a wrong one.
    """
    scheme, _, given = request.header("authorization").partition(" ")
    shown = _digest(given.strip())
    right = False
    for token in engine.admin_tokens:
        right |= hmac.compare_digest(shown, _digest(token.reveal()))
    if not right or scheme.lower() != "bearer":
        raise AdminTokenRequired("send one of ADMIN_TOKEN as `Authorization: Bearer …`")


def _read_body(body: bytes) -> Mapping[str, object]:
    if not body.strip():
        return {}
    try:
        document = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise MalformedRequest("the body must be JSON in UTF-8") from error
    if not isinstance(document, dict):
        raise MalformedRequest('the body must be a JSON object such as {"amount_minor": 300}, or empty for all that is left')
    for name in document:
        if name not in {"amount_minor", "reason"}:  # a mistyped amount must not give everything back
            raise InvalidField(name, "is not read here: send amount_minor and reason, or nothing")
    return document


def parse_refund(body: bytes, order_id: str, key: str) -> RefundWish:
    """Read what an operator asks for.

    Args:
        body: JSON, or empty for all that is left.
        order_id: From the address.
        key: The idempotency key.

    Raises:
        MalformedRequest: Not JSON in UTF-8, or not an object.
        InvalidField: Naming the field at fault.
    """
    if not check_idempotency_key(key):
        raise InvalidField(
            "Idempotency-Key", "send one, best a random UUID, and the same with every repeat: one key is one refund"
        )
    document = _read_body(body)
    amount, reason = document.get("amount_minor"), document.get("reason", "")
    if amount is not None and (type(amount) is not int or amount < 1):
        raise InvalidField("amount_minor", "must be a whole number of minor units, at least 1")
    if not isinstance(reason, str) or len(reason) > MAX_REASON:
        raise InvalidField("reason", f"must be a text of at most {MAX_REASON} characters")
    return RefundWish(order_id, amount, reason, key)


def refund_view(order: Order, refund: Refund) -> Json:
    """A refund and its order, as an operator sees them."""
    return {
        "refund_id": refund.id,
        "order_id": order.id,
        "status": refund.status,
        "amount_minor": refund.amount.minor,
        "amount": refund.amount.display,
        "currency": refund.amount.currency,
        "reason": refund.reason,
        "provider_ref": refund.provider_ref or None,
        "order_status": order.status,
        "refunded_minor": order.refunded_minor,
    }


class Admin:
    """The operator's routes.

    Args:
        engine: What to work with.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    async def refund(self, request: HttpRequest, order_id: str) -> HttpResponse:
        """`POST /admin/orders/{id}/refunds`."""
        require_admin(self.engine, request)
        wish = parse_refund(request.body, order_id, request.header("idempotency-key"))
        order, refund = await refund_order(self.engine, wish)
        facts = {"order_id": order.id, "order_status": order.status.value, "refund_id": refund.id}
        return json_response(201, refund_view(order, refund), log_fields=facts)

    async def cancel(self, request: HttpRequest, order_id: str) -> HttpResponse:
        """`POST /admin/orders/{id}/cancel`."""
        require_admin(self.engine, request)
        order = await cancel_order(self.engine, order_id)
        facts = {"order_id": order.id, "order_status": order.status.value}
        return json_response(200, {"order_id": order.id, "status": order.status}, log_fields=facts)
