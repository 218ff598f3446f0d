"""The Stripe sandbox: API, payment page, webhooks, and buttons that simulate banks and the passing of time.

The rest of the sandbox uses only `Stripe`; another provider is a sibling package with the same methods.
"""

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lightning_cart_sandbox.foreign_sales import DEFAULT_MINOR, ForeignSales
from lightning_cart_sandbox.provider import keep_only_endpoint
from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.api import Api
from lightning_cart_sandbox.stripe.errors import StripeError
from lightning_cart_sandbox.stripe.events import add_endpoint, sign
from lightning_cart_sandbox.stripe.foreign import sell_by_link
from lightning_cart_sandbox.stripe.intent_page import IntentPage
from lightning_cart_sandbox.stripe.link_page import LinkPage
from lightning_cart_sandbox.stripe.pay_page import PayPage
from lightning_cart_sandbox.stripe.refunds import create_refund
from lightning_cart_sandbox.stripe.second_api import refuse_v2
from lightning_cart_sandbox.stripe.session_page import SessionPage
from lightning_cart_sandbox.stripe.sessions import expire_due_sessions, index_sessions
from lightning_cart_sandbox.stripe.versions import read_version
from lightning_cart_sandbox.types import Json

__all__ = ["Stripe"]

_ADDRESS = {"line1": "Carrer de la Rutlla 1", "city": "Sabadell", "state": "Barcelona", "postal_code": "08201", "country": "ES"}
_BUYER = {
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    # Read only if the session asks for them.
    "phone": "+34931234567",
    "shipping_name": "Ada Lovelace",
    **{f"{kind}_{part}": text for kind in ("shipping", "billing") for part, text in _ADDRESS.items()},
}
_CARD = {"card_number": "4242 4242 4242 4242", "expiry": "12/49", "cvc": "123", **_BUYER}
BUYER = {
    "pay": {**_CARD, "action": "pay"},
    "decline": {**_CARD, "card_number": "4000 0000 0000 0002", "action": "pay"},
    "pending": {**_BUYER, "action": "delayed"},
    "cancel": {"action": "cancel"},
}
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class Stripe:
    """Stripe with one account.

    Args:
        account: The merchant's account.
        wait_seconds: Seconds that the payment page waits for the shop's response before it redirects.
        version: The account's default API version; empty means the one that is imitated.

    Raises:
        ValueError: `version` is not a date, such as 2024-06-20, with or without a name.

    Attributes:
        api: The HTTP API.
    """

    name = "stripe"
    buyer_forms: Mapping[str, Mapping[str, str]] = BUYER

    def __init__(self, account: Account, *, wait_seconds: float, version: str = "") -> None:
        if version:
            account.default_version = read_version(version)
        self._account = account
        self.api = Api(account)
        self._pay_page = PayPage(account, wait_seconds)
        self._link_page = LinkPage(account)
        self._intent_page = IntentPage(account)
        self._session_page = SessionPage(account)
        account.store.index("metadata.order_id", "payment_intent", "charge", "customer", "subscription")
        index_sessions(account)
        account.deliveries.register(self.name, lambda endpoint, body, now: sign(account, endpoint, body, now))

    def routes(self) -> list[Route]:
        """Return the routes below `/stripe`."""
        forms = ["GET", "POST"]
        return [
            Route("/v1/{path:path}", self._api, methods=_METHODS),
            Route("/v2/{path:path}", refuse_v2, methods=_METHODS),
            Route("/b/{slug}", self._link_page.visit, methods=["GET"]),
            Route("/c/pay/{session}", self._pay_page.pay, methods=forms),
            Route("/c/pay/{session}/authenticate", self._pay_page.authenticate, methods=forms),
            Route("/payment_intents/{intent}", self._intent_page.authenticate, methods=forms),
            Route("/sessions/{session}", self._session_page.session, methods=forms),
            Route("/events/{event}", self._session_page.event),
            ForeignSales(self.foreign_sale, StripeError).route(),
        ]

    async def _api(self, request: Request) -> Response:
        return await self.api(request)

    def tick(self) -> None:
        """Expire the sessions whose time has passed."""
        expire_due_sessions(self._account)

    def dashboard_items(self, limit: int = 20) -> Json:
        """Return the newest sessions, payment links and events for the dashboard."""
        self.tick()
        store = self._account.store
        return {
            "sessions": store.find("checkout.session", limit=limit),
            "stripe_links": store.find("payment_link", limit=limit),
            "events": store.find("event", limit=limit),
        }

    def add_webhook_endpoint(
        self,
        url: str,
        secret: str | None = None,
        enabled_events: Sequence[str] = ("*",),
        api_version: str | None = None,
    ) -> Json:
        """Register a receiver of events without the API.

        Args:
            url: An https URL, or http on this machine.
            secret: The signing secret; `None` creates one.
            enabled_events: Event types, or `"*"` for all.
            api_version: The API version in the events of this endpoint.

        Returns:
            The endpoint, with its `id` and `secret`.

        Raises:
            StripeError: The URL is not accepted, or there are too many endpoints.
        """
        wanted = {"url": url, "secret": secret, "enabled_events": enabled_events, "api_version": api_version}
        return add_endpoint(self._account, wanted)

    def connect(self, webhook_url: str) -> dict[str, str]:
        """Make an engine the only receiver of webhooks; return its settings."""
        endpoint = keep_only_endpoint(self._account.store, "webhook_endpoint", "url", webhook_url)
        secret = endpoint["_secrets"][0] if endpoint else self.add_webhook_endpoint(webhook_url)["secret"]
        return {**self.client_settings(), "STRIPE_WEBHOOK_SECRET": secret}

    def client_settings(self) -> dict[str, str]:
        """Return the key and the base URL that a client needs."""
        return {"STRIPE_SECRET_KEY": self._account.keys.usable(self.name).key, "STRIPE_API_BASE": self._account.url("")}

    def refund(self, order_id: str, amount_minor: int) -> None:
        """Refund a paid order; its id is in the payment intent's metadata."""
        wanted: Json = {"metadata.order_id": order_id, "status": "succeeded"}
        found = self._account.store.find("payment_intent", **wanted)
        if not found:
            raise LookupError(order_id)
        create_refund(self._account, {"payment_intent": found[0]["id"], "amount": amount_minor})

    def foreign_sale(self, reference: str = "", amount_minor: int = DEFAULT_MINOR) -> str:
        """Sell something by a payment link of another program; return the payment intent's id.

        Args:
            reference: The session's `client_reference_id`; empty means none.
            amount_minor: The amount in US cents.

        Raises:
            StripeError: The amount is too low or too high.
        """
        return str(sell_by_link(self._account, amount_minor, reference)["payment_intent"])

    def references(self) -> dict[str, str]:
        """Return the order id of each charge and refund."""
        store = self._account.store
        orders = {one["id"]: one["metadata"].get("order_id", "") for one in store.find("payment_intent")}
        return {one["id"]: orders[one["payment_intent"]] for kind in ("charge", "refund") for one in store.find(kind)}
