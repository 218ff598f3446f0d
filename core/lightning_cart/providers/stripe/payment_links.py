"""Stripe Payment Links: an address that opens a Checkout Session at each visit. Source: Stripe API reference, Payment Links.

A link is made for one order and may be completed once. It never ends by itself, so we deactivate it; and that one visit's
session ends says nothing of the order, which the next visit may still pay.
"""

from typing import ClassVar
from urllib.parse import urlencode

from lightning_cart.domain.order import CheckoutSession, EventKind, Order, PaymentEvent
from lightning_cart.errors import ProviderRefused
from lightning_cart.flow import Flow
from lightning_cart.http import Json
from lightning_cart.providers.strategy import Limits
from lightning_cart.providers.stripe.amounts import AMOUNTS, MAXIMUM, MINIMUM
from lightning_cart.providers.stripe.api import call
from lightning_cart.providers.stripe.base import StripeStrategy
from lightning_cart.providers.stripe.config import NAME
from lightning_cart.providers.stripe.events import link_event
from lightning_cart.providers.stripe.line_items import common_parameters
from lightning_cart.providers.untrusted_json import get_id, get_list, get_text
from lightning_cart.urls import is_https_or_loopback

INACTIVE_MESSAGE = "This order is paid or no longer open. Please go back to the shop to order again."
PAGE_SIZE = 100  # sessions asked for at once, the most that Stripe lists: visits of one order's link


def link_parameters(order: Order, success_url: str) -> Json:
    """What to create a link with: a function of the stored order alone."""
    return {
        "after_completion": {"type": "redirect", "redirect": {"url": success_url}},
        "restrictions": {"completed_sessions": {"limit": 1}},
        "inactive_message": INACTIVE_MESSAGE,
        **common_parameters(order),
    }


def _parse_session(answer: Json, order: Order) -> CheckoutSession:
    link_id, url = get_id(answer, "id"), get_text(answer, "url")
    if not link_id or not is_https_or_loopback(url):
        raise ProviderRefused(NAME, "answered a link without an id or an address")
    # A link takes neither as a parameter of its creation. Source: Stripe docs, Payment Links, URL parameters.
    own = {"client_reference_id": order.id} | ({"prefilled_email": order.customer_email} if order.customer_email else {})
    return CheckoutSession(link_id, f"{url}{'&' if '?' in url else '?'}{urlencode(own)}", None)


class StripeLinks(StripeStrategy):
    """The strategy `stripe_links`."""

    name: ClassVar[str] = "stripe_links"
    label: ClassVar[str] = "Pay by card (link)"
    limits: ClassVar[Limits] = Limits(
        amounts=AMOUNTS,
        maximum=MAXIMUM,
        minimum=MINIMUM,
        lines=20,
        recurring_lines=20,
        mixed_intervals=True,
        has_cancel_page=False,
    )

    def create_checkout(self, order: Order, success_url: str, cancel_url: str) -> Flow[CheckoutSession]:  # noqa: ARG002
        """`POST /v1/payment_links`, safe to repeat for a day. A link's page has no way back: `cancel_url` is not used."""
        answer = yield from call(
            self.config, "POST", "/v1/payment_links", link_parameters(order, success_url), f"lnk-{order.id}-1"
        )
        return _parse_session(answer, order)

    def _sessions(self, order: Order, status: str) -> Flow[list[object]]:
        parameters = {"payment_link": order.session.id if order.session else "", "status": status, "limit": PAGE_SIZE}
        answer = yield from call(self.config, "GET", "/v1/checkout/sessions", parameters)
        return get_list(answer, "data")

    def read_checkout(self, order: Order) -> Flow[PaymentEvent]:
        """`GET /v1/checkout/sessions?payment_link=…`: the session that was completed, if one was."""
        sessions = yield from self._sessions(order, "complete")
        return link_event(sessions, order)

    def expire_checkout(self, order: Order) -> Flow[PaymentEvent]:
        """Deactivate the link, end the visits that are open, and see whether one was completed meanwhile."""
        link_id = order.session.id if order.session else ""
        yield from call(self.config, "POST", f"/v1/payment_links/{link_id}", {"active": "false"}, f"exp-{order.id}-1")
        for session in (yield from self._sessions(order, "open")):
            path = f"/v1/checkout/sessions/{get_id(session, 'id')}/expire"
            try:
                yield from call(self.config, "POST", path, {}, f"exp-{get_id(session, 'id')}-1")
            except ProviderRefused:
                continue  # completed in this very moment: it is among those read next
        sessions = yield from self._sessions(order, "complete")
        return link_event(sessions, order, otherwise=EventKind.EXPIRED)
