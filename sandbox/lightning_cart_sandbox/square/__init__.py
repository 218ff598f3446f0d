"""The Square sandbox: API, payment page, webhooks, and buttons that simulate banks.

The rest of the sandbox uses only `Square`.
"""

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lightning_cart_sandbox.foreign_sales import DEFAULT_MINOR, ForeignSales
from lightning_cart_sandbox.provider import keep_only_endpoint
from lightning_cart_sandbox.square.account import LINK, ORDER, PAYMENT, REFUND, SUBSCRIPTION, Account, money
from lightning_cart_sandbox.square.api import Api
from lightning_cart_sandbox.square.errors import SquareError
from lightning_cart_sandbox.square.events import (
    EVENT_TYPES,
    PROVIDER,
    RETRY_SECONDS,
    SALE_EVENT_TYPES,
    add_subscription,
    sign,
    unsigned_headers,
)
from lightning_cart_sandbox.square.link_page import LinkPage
from lightning_cart_sandbox.square.locations import MAIN_LOCATION
from lightning_cart_sandbox.square.panel import Panel
from lightning_cart_sandbox.square.payments import completed_payments, refundable_minor
from lightning_cart_sandbox.square.refunds import create_refund
from lightning_cart_sandbox.square.seller_settings import offer_tips, offers_tips, return_like_live, returns_like_live
from lightning_cart_sandbox.square.till import sell_at_till
from lightning_cart_sandbox.types import Json

__all__ = ["MAIN_LOCATION", "Square"]

_CARD = {
    "card_number": "4111 1111 1111 1111",
    "expiry": "12/49",
    "cvc": "111",
    "postal_code": "08201",
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    # Read only if the link asks for an address.
    "phone": "+34931234567",
    "ship_name": "Ada Lovelace",
    "ship_line_1": "Carrer de la Rutlla 1",
    "ship_city": "Sabadell",
    "ship_postal_code": "08201",
    "ship_country": "ES",
}
BUYER = {
    "pay": {**_CARD, "action": "pay"},
    "decline": {**_CARD, "card_number": "4000 0000 0000 0002", "action": "pay"},
    "cancel": {"action": "cancel"},
    # The tip is read only if the link or the seller offers tips.
    "tip": {**_CARD, "tip": "2.00", "action": "pay"},
    "split": {**_CARD, "gift_card": "4.00", "action": "pay"},
}
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class Square:
    """Square with one seller's account.

    Args:
        account: The seller's account.
        retry_seconds: Seconds to wait after each failed webhook; `None` means Square's published schedule at 60 times the
            speed.

    Attributes:
        api: The HTTP API.
        location_id: The location in US dollars.
    """

    name = PROVIDER
    buyer_forms: Mapping[str, Mapping[str, str]] = BUYER
    location_id = MAIN_LOCATION

    def __init__(self, account: Account, *, retry_seconds: Sequence[float] | None = None) -> None:
        self.account = account
        self.api = Api(account)
        self._panel = Panel(account)
        self._link_page = LinkPage(account)
        account.store.index("_slug", "_link", "_payment", "reference_id", "order_id", "email_address")
        account.deliveries.register(
            self.name,
            lambda receiver, body, _: sign(account, receiver, body),
            describe=lambda delivery: unsigned_headers(account, delivery),
            retry_seconds=RETRY_SECONDS if retry_seconds is None else retry_seconds,
        )

    def routes(self) -> list[Route]:
        """Return the routes below `/square`."""
        forms = ["GET", "POST"]
        return [
            Route("/v2/{path:path}", self._api, methods=_METHODS),
            Route("/u/{slug}", self._panel.pay, methods=forms),
            Route("/links/{link}", self._link_page.link, methods=forms),
            Route("/events/{event}", self._link_page.event),
            ForeignSales(self.foreign_sale, SquareError).route(),
        ]

    async def _api(self, request: Request) -> Response:
        return await self.api(request)

    def dashboard_items(self, limit: int = 20) -> Json:
        """Return the newest links, each with its order, for the dashboard."""
        links = self.account.store.find(LINK, limit=limit)
        return {"square_links": [{**link, "_order": self.account.get(ORDER, link["order_id"])} for link in links]}

    @property
    def returns_like_live(self) -> bool:
        """Whether the payment page appends `orderId` to `redirect_url`, as production does and Square's sandbox does not."""
        return returns_like_live(self.account)

    @returns_like_live.setter
    def returns_like_live(self, wanted: bool) -> None:
        return_like_live(self.account, wanted=wanted)

    @property
    def offers_tips(self) -> bool:
        """Whether the payment page asks for a tip if the link does not say so. It is off until the seller wants it."""
        return offers_tips(self.account)

    @offers_tips.setter
    def offers_tips(self, wanted: bool) -> None:
        offer_tips(self.account, wanted=wanted)

    def add_webhook_subscription(
        self, url: str, signature_key: str | None = None, event_types: Sequence[str] = EVENT_TYPES
    ) -> Json:
        """Register a receiver of events without the API.

        Args:
            url: An https URL, or http on this machine. It is part of the signature exactly as given.
            signature_key: The signature key; `None` creates one.
            event_types: The event types; by default all that this sandbox sends.

        Returns:
            The subscription, with its `id` and `signature_key`.

        Raises:
            SquareError: The URL is not accepted.
        """
        wanted = {"name": "Sandbox", "event_types": event_types, "notification_url": url}
        return add_subscription(self.account, wanted, signature_key)

    def connect(self, webhook_url: str) -> dict[str, str]:
        """Make an engine the only receiver of webhooks; return its settings."""
        subscription = keep_only_endpoint(self.account.store, SUBSCRIPTION, "notification_url", webhook_url)
        if subscription is None:
            subscription = self.add_webhook_subscription(webhook_url, event_types=SALE_EVENT_TYPES)
        return {
            **self.client_settings(),
            "SQUARE_WEBHOOK_SIGNATURE_KEY": subscription["signature_key"],
            "SQUARE_WEBHOOK_URL": webhook_url,
        }

    def client_settings(self) -> dict[str, str]:
        """Return the token, the location and the base URL that a client needs."""
        return {
            "SQUARE_ACCESS_TOKEN": self.account.keys.usable(self.name).key,
            "SQUARE_LOCATION_ID": self.location_id,
            "SQUARE_API_BASE": self.account.url(""),
        }

    def refund(self, order_id: str, amount_minor: int) -> None:
        """Refund a paid order; its id is the `reference_id` of Square's order.

        If an order has several payments, the first is refunded before the next.
        """
        orders = [one for one in self.account.store.find(ORDER, reference_id=order_id) if not _is_foreign(one)]
        payments = completed_payments(self.account, orders[0]["id"]) if orders else []
        if not payments:
            raise LookupError(order_id)
        with self.account.transaction():
            for payment in payments:
                last = payment is payments[-1]
                part = amount_minor if last else min(amount_minor, refundable_minor(payment))
                if part:
                    amount = money(part, payment["total_money"]["currency"])
                    create_refund(self.account, {"payment_id": payment["id"], "amount_money": amount})
                amount_minor -= part

    def foreign_sale(self, reference: str = "", amount_minor: int = DEFAULT_MINOR) -> str:
        """Sell something at the till, without a payment link; return the payment's id.

        Args:
            reference: The `reference_id` of the sale's order; empty means none.
            amount_minor: The amount in US cents.

        Raises:
            SquareError: The amount is 0 or too high.
        """
        return str(sell_at_till(self.account, amount_minor, reference)["id"])

    def references(self) -> dict[str, str]:
        """Return the order id of each payment and refund; it is empty for a sale of another program."""
        store = self.account.store
        orders = {one["id"]: "" if _is_foreign(one) else one.get("reference_id") or "" for one in store.find(ORDER)}
        payments = {one["id"]: orders[one["order_id"]] for one in store.find(PAYMENT)}
        return payments | {one["id"]: payments[one["payment_id"]] for one in store.find(REFUND)}


def _is_foreign(order: Json) -> bool:
    """Return whether an order is a sale of another program."""
    return bool(order.get("_foreign"))
