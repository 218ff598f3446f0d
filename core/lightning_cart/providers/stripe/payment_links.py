"""The strategy `stripe_links`: a link that opens a Checkout Session at each visit. Source: Stripe API reference, Payment Links.

A link is created for one order and can be completed once. It does not expire, so expiring an order deactivates its link. An
expired session does not expire the order, because a later visit can still pay it.
"""

from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import urlencode

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, Order
from lightning_cart.errors import ProviderRefused
from lightning_cart.flow import Flow
from lightning_cart.http import Json
from lightning_cart.providers.strategy import CheckoutReading, Limits
from lightning_cart.providers.stripe.amounts import AMOUNTS, MAXIMUM, MINIMUM, REFUSED_COUNTRIES
from lightning_cart.providers.stripe.api import call
from lightning_cart.providers.stripe.base import StripeStrategy
from lightning_cart.providers.stripe.config import NAME
from lightning_cart.providers.stripe.events import closed_link_event, link_events
from lightning_cart.providers.stripe.line_items import OTHER_TOTAL, address_parameters, common_parameters
from lightning_cart.providers.untrusted_json import get, get_id, get_list, get_text, parse_money
from lightning_cart.urls import is_https_or_loopback

INACTIVE_MESSAGE = "This order is paid or no longer open. Please go back to the shop to order again."
PAGE_SIZE = 100  # sessions or lines of one link in a response, Stripe's maximum


def link_parameters(order: Order, success_url: str) -> Json:
    """Return the parameters that create a link. They depend on the stored order alone."""
    return {
        "after_completion": {"type": "redirect", "redirect": {"url": success_url}},
        "restrictions": {"completed_sessions": {"limit": 1}},
        "inactive_message": INACTIVE_MESSAGE,
        **common_parameters(order, StripeLinks.limits),
        **address_parameters(order),
        "expand": ["line_items"],
    }


def _parse_session(response: Json, order: Order) -> CheckoutSession:
    link_id, url = get_id(response, "id"), get_text(response, "url")
    if not link_id or not is_https_or_loopback(url):
        raise ProviderRefused(NAME, "returned a link without an id or a URL")
    return CheckoutSession(link_id, _add_query(url, {"client_reference_id": order.id}), None)


def _add_query(url: str, query: Mapping[str, str]) -> str:
    """Add what a link takes in its URL only. Source: Stripe docs, Payment Links, URL parameters."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"


def _is_total(lines: object, order: Order) -> bool:
    """Return whether the lines of a link, which has no total of its own, add up to the order's total."""
    total = Money(0, order.total.currency)
    for line in get_list(lines, "data"):
        amount = parse_money(AMOUNTS, get(line, "amount_total"), get(line, "currency"))
        if amount is None or amount.currency != total.currency:
            return False
        total += amount
    return total == order.total


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
        delivery_line=True,
        tax_line=True,
        discount_line=True,
        refused_countries=REFUSED_COUNTRIES,
    )

    def create_checkout(self, order: Order, success_url: str, cancel_url: str) -> Flow[CheckoutSession]:  # noqa: ARG002
        """Create a link: `POST /v1/payment_links`, safe to repeat for 24 hours. Its page has no cancel link."""
        response = yield from call(
            self.config, "POST", "/v1/payment_links", link_parameters(order, success_url), f"lnk-{order.id}-1"
        )
        session, lines = _parse_session(response, order), get(response, "line_items")
        if get(lines, "has_more") is True:  # an expanded list has ten lines
            path = f"/v1/payment_links/{session.id}/line_items"
            lines = yield from call(self.config, "GET", path, {"limit": PAGE_SIZE})
        if not _is_total(lines, order):
            raise ProviderRefused(NAME, OTHER_TOTAL)
        return session

    def buyer_url(self, order: Order, session: CheckoutSession) -> str:
        """Return the link's URL with the buyer's e-mail address. One stored by an older release has it already."""
        if not order.customer_email or "prefilled_email=" in session.url:
            return session.url
        return _add_query(session.url, {"prefilled_email": order.customer_email})

    def _sessions(self, order: Order, status: str) -> Flow[list[object]]:
        parameters = {"payment_link": order.session.id if order.session else "", "status": status, "limit": PAGE_SIZE}
        response = yield from call(self.config, "GET", "/v1/checkout/sessions", parameters)
        return get_list(response, "data")

    def read_checkout(self, order: Order, *, capture: bool) -> Flow[CheckoutReading]:  # noqa: ARG002
        """Read the link's completed sessions: `GET /v1/checkout/sessions?payment_link=…`."""
        sessions = yield from self._sessions(order, "complete")
        return (yield from self.reading(order, link_events(sessions, order)))

    def expire_checkout(self, order: Order) -> Flow[CheckoutReading]:
        """Deactivate the link, expire its open sessions, and read whether one was completed meanwhile."""
        link_id = order.session.id if order.session else ""
        yield from call(self.config, "POST", f"/v1/payment_links/{link_id}", {"active": "false"}, f"exp-{order.id}-1")
        for session in (yield from self._sessions(order, "open")):
            path = f"/v1/checkout/sessions/{get_id(session, 'id')}/expire"
            try:
                yield from call(self.config, "POST", path, {}, f"exp-{get_id(session, 'id')}-1")
            except ProviderRefused:
                continue  # it was completed just now, and is read below
        sessions = yield from self._sessions(order, "complete")
        return (yield from self.reading(order, link_events(sessions, order) or [closed_link_event(order)]))
