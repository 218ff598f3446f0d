"""Acorn Pay in the sandbox: its API and its payment page."""

import json
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from lightning_cart_sandbox.acorn.payments import NAME, Payments
from lightning_cart_sandbox.pages import read_form, render
from lightning_cart_sandbox.provider import SandboxContext
from lightning_cart_sandbox.types import Json

_MULTIPLES = {"USD": 1, "EUR": 1, "JPY": 1, "KWD": 10}
_TEXTS = ("reference", "description", "currency", "email", "return_url", "cancel_url")
_MAX_DESCRIPTION_LENGTH = 200  # characters
_MAX_KEY_LENGTH = 36  # characters


def _has_key(request: Request) -> bool:
    return request.headers.get("authorization", "").startswith("Bearer acorn_test_")


def _error(status: int, code: str) -> Response:
    return JSONResponse({"code": code}, status)


async def _read_body(request: Request) -> Json:
    try:
        document = json.loads(await request.body())
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _check_payment(fields: Json) -> str:
    """Return the error code of a payment's fields, or an empty string."""
    if set(fields) != {"amount", *_TEXTS}:
        return "fields"
    if not all(isinstance(fields[name], str) for name in _TEXTS) or len(fields["description"]) > _MAX_DESCRIPTION_LENGTH:
        return "texts"
    amount, multiple = fields["amount"], _MULTIPLES.get(fields["currency"])
    if type(amount) is not int or multiple is None or amount < 1 or amount % multiple:
        return "amount"
    return ""


class Acorn:
    """Acorn Pay with the account of one merchant.

    Args:
        context: What the sandbox shares with every provider.
    """

    name = NAME
    buyer_forms: Mapping[str, Mapping[str, str]] = {
        action: {"action": action} for action in ("pay", "decline", "cancel", "pending")
    }

    def __init__(self, context: SandboxContext) -> None:
        self._payments = Payments(context)

    def routes(self) -> list[Route]:
        """Return the routes below `/acorn`."""
        return [
            Route("/v1/payments", self._create, methods=["POST"]),
            Route("/v1/payments/{payment}", self._read),
            Route("/v1/payments/{payment}/close", self._close, methods=["POST"]),
            Route("/v1/payments/{payment}/refunds", self._refund, methods=["POST"]),
            Route("/pay/{payment}", self._page, methods=["GET", "POST"]),
            Route("/payments/{payment}", self._act, methods=["POST"]),
        ]

    def dashboard_items(self) -> Json:
        """Return nothing: the dashboard has no template for Acorn's payments."""
        return {}

    def connect(self, webhook_url: str) -> dict[str, str]:
        """Make an engine the only receiver of webhooks, and return its settings."""
        return {
            "ACORN_KEY": "acorn_test_sandbox",
            "ACORN_WEBHOOK_SECRET": self._payments.connect(webhook_url),
            "ACORN_API_BASE": self._payments.base_url,
        }

    def refund(self, order_id: str, amount_minor: int) -> None:
        """Refund a paid order, as the merchant would in Acorn's dashboard."""
        payment = self._payments.find_paid(order_id)
        if not self._payments.refund(payment, amount_minor):
            raise ValueError("the amount is more than what is left of the payment")

    def foreign_sale(self, reference: str = "", amount_minor: int = 500) -> str:
        """Sell by a pay button of the same account, without a checkout of the engine; return the payment's id.

        Args:
            reference: What the buyer's browser put into the button's URL.
            amount_minor: The amount in US cents.
        """
        return self._payments.sell_by_button(reference, amount_minor)

    def references(self) -> dict[str, str]:
        """Return the order's id of each payment."""
        return self._payments.references()

    async def _create(self, request: Request) -> Response:
        fields, key = await _read_body(request), request.headers.get("idempotency-key", "")
        if not _has_key(request):
            return _error(401, "bad_key")
        if not 0 < len(key) <= _MAX_KEY_LENGTH:
            return _error(400, "idempotency_key")
        code = _check_payment(fields)
        if code:
            return _error(422, code)
        payment = self._payments.create(fields, key)
        return JSONResponse(payment, 201) if payment else _error(422, "idempotency_key_reused")

    async def _read(self, request: Request) -> Response:
        if not _has_key(request):
            return _error(401, "bad_key")
        payment = self._payments.get(request.path_params["payment"])
        return JSONResponse(payment) if payment else _error(404, "not_found")

    async def _close(self, request: Request) -> Response:
        if _has_key(request):
            self._payments.close(request.path_params["payment"])
        return await self._read(request)

    async def _refund(self, request: Request) -> Response:
        fields = await _read_body(request)
        payment = self._payments.get(request.path_params["payment"])
        if not _has_key(request) or payment is None:
            return await self._read(request)
        reference, amount = fields.get("reference"), fields.get("amount")
        if len(fields) != 2 or not isinstance(reference, str) or type(amount) is not int:
            return _error(422, "fields")
        if not self._payments.refund(payment, amount, reference):
            return _error(422, "amount")
        payment = self._payments.get(payment["id"])
        return JSONResponse({"id": reference, "status": "done", "payment": payment}, 201)

    async def _act(self, request: Request) -> Response:
        """Open or decide a dispute of a payment, as a bank does."""
        action = (await read_form(request)).get("action", "")
        done = self._payments.dispute(request.path_params["payment"], action)
        return RedirectResponse("/", 303) if done else _error(400, "action")

    async def _page(self, request: Request) -> Response:
        action = (await read_form(request)).get("action", "") if request.method == "POST" else ""
        payment = self._payments.get(request.path_params["payment"])
        if payment is None:
            return render("missing.html", status=404, message="There is no such payment.")
        if action == "cancel":
            return RedirectResponse(payment["cancel_url"], 303)
        payment = self._payments.press(payment["id"], action)
        if action in {"pay", "pending"} and payment["status"] in {"paid", "pending"}:
            return RedirectResponse(payment["return_url"], 303)
        declined = action == "decline"
        return render(
            "acorn/pay.html",
            status=402 if declined else 200,
            form_targets=(payment["return_url"], payment["cancel_url"]),
            payment=payment,
            declined=declined,
        )
