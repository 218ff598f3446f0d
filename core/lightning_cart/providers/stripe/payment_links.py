"""Stripe Payment Links: an address that opens a Checkout Session at each visit. Source: Stripe API reference, Payment Links.

A link is made for one order and may be completed once. It never ends by itself, so we deactivate it; and that one visit's
session ends says nothing of the order, which the next visit may still pay.
"""

from typing import ClassVar
from urllib.parse import urlencode

from lightning_cart.domain.order import CheckoutSession, EventKind, Order, WebhookEvent
from lightning_cart.errors import ProviderRefused
from lightning_cart.flow import Flow
from lightning_cart.http import Json
from lightning_cart.providers.strategy import Limits
from lightning_cart.providers.stripe.amounts import MAXIMUM, MINIMUM, WIRE
from lightning_cart.providers.stripe.api import call
from lightning_cart.providers.stripe.base import StripeAccount
from lightning_cart.providers.stripe.config import NAME
from lightning_cart.providers.stripe.events import event_of_link
from lightning_cart.providers.stripe.line_items import common_parameters
from lightning_cart.providers.untrusted_json import id_at, items_at, text_at
from lightning_cart.urls import is_web_address

INACTIVE = "This order is paid or no longer open. Please go back to the shop to order again."
LISTED = 100  # sessions asked for at once, the most that Stripe lists: visits of one order's link


def link_parameters(order: Order, success_url: str) -> Json:
    """What to create a link with: a function of the stored order alone."""
    return {
        "after_completion": {"type": "redirect", "redirect": {"url": success_url}},
        "restrictions": {"completed_sessions": {"limit": 1}},
        "inactive_message": INACTIVE,
        **common_parameters(order),
    }


def _session_of(answer: Json, order: Order) -> CheckoutSession:
    link_id, url = id_at(answer, "id"), text_at(answer, "url")
    if not link_id or not is_web_address(url):
        raise ProviderRefused(NAME, "answered a link without an id or an address")
    # A link takes neither as a parameter of its creation. Source: Stripe docs, Payment Links, URL parameters.
    own = {"client_reference_id": order.id} | ({"prefilled_email": order.customer_email} if order.customer_email else {})
    return CheckoutSession(link_id, f"{url}{'&' if '?' in url else '?'}{urlencode(own)}", None)


class StripeLinks(StripeAccount):
    """The strategy `stripe_links`."""

    name: ClassVar[str] = "stripe_links"
    label: ClassVar[str] = "Pay by card (link)"
    limits: ClassVar[Limits] = Limits(
        wire=WIRE, maximum=MAXIMUM, minimum=MINIMUM, lines=20, recurring_lines=20, mixed=True, cancels=False
    )

    def create_checkout(self, order: Order, success_url: str, cancel_url: str) -> Flow[CheckoutSession]:  # noqa: ARG002
        """`POST /v1/payment_links`, safe to repeat for a day. A link's page has no way back: `cancel_url` is not used."""
        answer = yield from call(
            self.config, "POST", "/v1/payment_links", link_parameters(order, success_url), f"lnk-{order.id}-1"
        )
        return _session_of(answer, order)

    def _sessions(self, order: Order, status: str) -> Flow[list[object]]:
        parameters = {"payment_link": order.session.id if order.session else "", "status": status, "limit": LISTED}
        answer = yield from call(self.config, "GET", "/v1/checkout/sessions", parameters)
        return items_at(answer, "data")

    def read_checkout(self, order: Order) -> Flow[WebhookEvent]:
        """`GET /v1/checkout/sessions?payment_link=…`: the session that was completed, if one was."""
        sessions = yield from self._sessions(order, "complete")
        return event_of_link(sessions, order)

    def expire_checkout(self, order: Order) -> Flow[WebhookEvent]:
        """Deactivate the link, end the visits that are open, and see whether one was completed meanwhile."""
        link_id = order.session.id if order.session else ""
        yield from call(self.config, "POST", f"/v1/payment_links/{link_id}", {"active": "false"}, f"exp-{order.id}-1")
        for session in (yield from self._sessions(order, "open")):
            path = f"/v1/checkout/sessions/{id_at(session, 'id')}/expire"
            try:
                yield from call(self.config, "POST", path, {}, f"exp-{id_at(session, 'id')}-1")
            except ProviderRefused:
                continue  # completed in this very moment: it is among those read next
        sessions = yield from self._sessions(order, "complete")
        return event_of_link(sessions, order, otherwise=EventKind.EXPIRED)
