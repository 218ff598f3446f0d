"""The PayPal sandbox: API, approval page, signed webhooks, and buttons that simulate banks and disputes.

The rest of the sandbox uses only `PayPal`. Its base URL is the sandbox's own with `/paypal`.
"""

from collections.abc import Iterable, Mapping, Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from lightning_cart_sandbox.foreign_sales import DEFAULT_MINOR, ForeignSales
from lightning_cart_sandbox.paypal.account import Account
from lightning_cart_sandbox.paypal.api import Api
from lightning_cart_sandbox.paypal.approve_page import ApprovePage
from lightning_cart_sandbox.paypal.certificates import Certificates
from lightning_cart_sandbox.paypal.errors import PayPalError
from lightning_cart_sandbox.paypal.events import add_webhook
from lightning_cart_sandbox.paypal.foreign import sell_through_api
from lightning_cart_sandbox.paypal.left_out import CHOICES
from lightning_cart_sandbox.paypal.money import money, shown_total
from lightning_cart_sandbox.paypal.order_page import OrderPage
from lightning_cart_sandbox.paypal.orders import has_lapsed
from lightning_cart_sandbox.paypal.parameters import REFUND_CREATE, WEBHOOK_CREATE
from lightning_cart_sandbox.paypal.refunds import refund_capture
from lightning_cart_sandbox.paypal.schema import read
from lightning_cart_sandbox.paypal.signing import sign
from lightning_cart_sandbox.paypal.tokens import revoke_tokens
from lightning_cart_sandbox.provider import keep_only_endpoint
from lightning_cart_sandbox.types import Json

__all__ = ["MAX_ATTEMPTS", "PayPal"]

MAX_ATTEMPTS = 25
"""The maximum number of attempts for a webhook, within 3 days (PayPal: webhooks). The schedule is not published."""

BUYER = {
    "pay": {"action": "approve"},
    "decline": {"action": "approve_declined"},
    "pending": {"action": "approve_pending"},
    "cancel": {"action": "cancel"},
}
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_PEM = "application/x-pem-file"


class PayPal:
    """PayPal with one account.

    Args:
        account: The merchant's account.

    Attributes:
        api: The HTTP API.
    """

    name = "paypal"
    buyer_forms: Mapping[str, Mapping[str, str]] = BUYER

    def __init__(self, account: Account) -> None:
        self._account = account
        self._certificates = Certificates(account)
        self.api = Api(account, self._certificates)
        self._approve_page = ApprovePage(account)
        self._order_page = OrderPage(account)
        account.store.index("_order", "_capture", "invoice_id")
        account.deliveries.register(
            self.name,
            lambda webhook, body, now: sign(account, self._certificates, webhook, body, now),
            retry_seconds=_paypal_schedule(account.deliveries.retry_seconds),
        )

    def routes(self) -> list[Route]:
        """Return the routes below `/paypal`."""
        forms = ["GET", "POST"]
        return [
            Route("/v1/notifications/certs/{certificate}", self._certificate),
            Route("/trust-anchor.pem", self._anchor),
            Route("/v1/{path:path}", self._api, methods=_METHODS),
            Route("/v2/{path:path}", self._api, methods=_METHODS),
            Route("/v3/{path:path}", self._api, methods=_METHODS),
            Route("/checkoutnow", self._approve, methods=forms),
            Route("/orders/{order}", self._order_page.order, methods=forms),
            Route("/events/{event}", self._order_page.event),
            Route("/tokens", self._tokens, methods=["POST"]),
            ForeignSales(self.foreign_sale, PayPalError).route(),
        ]

    @property
    def leave_out(self) -> set[str]:
        """The ids that webhooks leave out: `"order_id"`, `"up"` or `"custom_id"`. By default they have all of them."""
        return self._account.leave_out

    @leave_out.setter
    def leave_out(self, names: Iterable[str]) -> None:
        wanted = set(names)
        if not wanted <= CHOICES:
            raise ValueError(f"webhooks can leave out {sorted(CHOICES)}, not {sorted(wanted - CHOICES)}")
        self._account.leave_out.clear()
        self._account.leave_out.update(wanted)

    @property
    def trust_anchor_pem(self) -> str:
        """The certificate of the test authority; also at `/paypal/trust-anchor.pem`."""
        return self._certificates.trust_anchor_pem

    @property
    def certificate_url(self) -> str:
        """The URL of the certificate that webhooks are signed with, at the sandbox's base URL."""
        return self._certificates.url(self._account.url(""))

    def dashboard_items(self, limit: int = 20) -> Json:
        """Return the newest orders and events for the dashboard."""
        orders = [
            {**order, "total": shown_total(order), **({"status": "LAPSED"} if has_lapsed(self._account, order) else {})}
            for order in self._account.find("order", limit=limit)
        ]
        return {"paypal_orders": orders, "paypal_events": self._account.find("event", limit=limit)}

    def add_webhook(self, url: str, event_types: Sequence[str] = ("*",)) -> Json:
        """Register a receiver of events without the API.

        Args:
            url: An https URL, or http on this machine.
            event_types: Event types, or `"*"` for all.

        Returns:
            The webhook, with the `id` that a verifier needs.

        Raises:
            PayPalError: The URL is not accepted, or there are too many webhooks.
        """
        params = {"url": url, "event_types": [{"name": name} for name in event_types]}
        return add_webhook(self._account, read(WEBHOOK_CREATE, params))

    def connect(self, webhook_url: str) -> dict[str, str]:
        """Make an engine the only receiver of webhooks; return its settings."""
        webhook = keep_only_endpoint(self._account.store, "paypal.webhook", "url", webhook_url)
        return {**self.client_settings(), "PAYPAL_WEBHOOK_ID": (webhook or self.add_webhook(webhook_url))["id"]}

    def client_settings(self) -> dict[str, str]:
        """Return the credentials and the base URL that a client needs."""
        key = self._account.keys.usable(self.name)
        return {"PAYPAL_CLIENT_ID": key.key, "PAYPAL_CLIENT_SECRET": key.secret, "PAYPAL_API_BASE": self._account.url("")}

    def refund(self, order_id: str, amount_minor: int) -> None:
        """Refund a paid order; its id is in the capture's `custom_id`."""
        capture = next((one for one in self._account.find("capture") if _order_id(one) == order_id), None)
        if capture is None:
            raise LookupError(order_id)
        amount = money(amount_minor, capture["amount"]["currency_code"])
        refund_capture(self._account, capture["id"], read(REFUND_CREATE, {"amount": amount}))

    def foreign_sale(self, reference: str = "wc_order_1", amount_minor: int = DEFAULT_MINOR) -> str:
        """Sell something through the API as another program; return the capture's id.

        Args:
            reference: The order's `custom_id`; empty means none.
            amount_minor: The amount in US cents.

        Raises:
            PayPalError: The amount or the reference is not accepted.
        """
        return str(sell_through_api(self._account, self._certificates, amount_minor, reference)["id"])

    def references(self) -> dict[str, str]:
        """Return the order id of each capture and refund; it is empty for a sale of another program."""
        orders = {one["id"]: _order_id(one) for one in self._account.find("capture")}
        refunds = {one["id"]: orders[one["_capture"]] for one in self._account.find("refund")}
        return orders | refunds

    def revoke_tokens(self) -> None:
        """Revoke all access tokens, so that the next call with one gets 401."""
        revoke_tokens(self._account)

    async def _api(self, request: Request) -> Response:
        return await self.api(request)

    async def _approve(self, request: Request) -> Response:
        return await self._approve_page(request)

    async def _tokens(self, _: Request) -> Response:
        self.revoke_tokens()
        return RedirectResponse("/keys", 303)

    async def _certificate(self, request: Request) -> Response:
        pem = self._certificates.pem(request.path_params["certificate"])
        if pem is None:
            return PlainTextResponse("There is no such certificate.", 404)
        return PlainTextResponse(pem, media_type=_PEM)

    async def _anchor(self, _: Request) -> Response:
        return PlainTextResponse(self.trust_anchor_pem, media_type=_PEM)


def _order_id(capture: Json) -> str:
    """Return the engine's order id, which follows the last colon of `custom_id`; "" for a sale of another program."""
    return "" if capture.get("_foreign") else str(capture.get("custom_id", "")).rpartition(":")[2]


def _paypal_schedule(seconds: Sequence[float]) -> tuple[float, ...]:
    """Return a retry schedule with PayPal's number of attempts, in which the last wait is repeated."""
    return (*seconds, *(tuple(seconds[-1:]) * (MAX_ATTEMPTS - 1 - len(seconds))))[: MAX_ATTEMPTS - 1]
