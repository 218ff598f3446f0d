"""The strategy `stripe_checkout`: a hosted Checkout Session. Source: Stripe API reference, Checkout Sessions."""

from typing import ClassVar

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
from lightning_cart.providers.stripe.events import session_event
from lightning_cart.providers.stripe.line_items import OFF, OTHER_TOTAL, address_parameters, common_parameters
from lightning_cart.providers.stripe.shipping import shipping_address, shipping_option
from lightning_cart.providers.untrusted_json import get, get_id, get_integer, get_text, parse_money
from lightning_cart.urls import is_https_or_loopback

# Stripe allows 30 minutes to 24 hours from its own clock. It is counted from the order, so that a repeat sends the same value.
CHECKOUT_SECONDS = 23 * 3600


def session_parameters(order: Order, success_url: str, cancel_url: str) -> Json:
    """Return the parameters that create a session. They depend on the stored order alone."""
    address, recurs = order.buyer.address, order.recurring
    # A payment can have an address that the cart has already; a subscription cannot, so that page asks for it.
    is_known = order.asks_address and not recurs and address is not None and address.is_whole
    parameters = {
        "mode": "subscription" if recurs else "payment",
        "client_reference_id": order.id,
        "success_url": success_url,
        "cancel_url": cancel_url,
        "expires_at": order.created_at + CHECKOUT_SECONDS,
        "adaptive_pricing": OFF,
        **common_parameters(order, StripeCheckout.limits, shipping_address(address) if address and is_known else None),
    }
    if not is_known:
        parameters |= address_parameters(order)
    if order.delivery is not None and not recurs:  # the page of a subscription has no options: there it is a line
        parameters["shipping_options"] = [shipping_option(order.delivery, order.parts.shipping)]
    if order.customer_email:
        parameters["customer_email"] = order.customer_email
    return parameters


def _is_total(response: Json, order: Order) -> bool:
    """Return whether a session charges the order's total. It may or may not count the only delivery option already."""
    option = order.parts.shipping if order.delivery is not None and not order.recurring else Money(0, order.total.currency)
    total, currency = get(response, "amount_total"), get(response, "currency")
    charged = parse_money(AMOUNTS, total, currency)
    shipping = parse_money(AMOUNTS, get(response, "total_details", "amount_shipping") or 0, currency)
    return (
        charged is not None
        and shipping in (option, Money(0, order.total.currency))
        and (charged - shipping == order.total - option)
    )


def _parse_session(response: Json, order: Order) -> CheckoutSession:
    session_id, url, expires_at = get_id(response, "id"), get_text(response, "url"), get_integer(response, "expires_at")
    if not session_id or not is_https_or_loopback(url) or expires_at is None:
        raise ProviderRefused(NAME, "returned a session without an id, a URL or an expiry time")
    if not _is_total(response, order):
        raise ProviderRefused(NAME, OTHER_TOTAL)
    return CheckoutSession(session_id, url, expires_at)


class StripeCheckout(StripeStrategy):
    """The strategy `stripe_checkout`."""

    name: ClassVar[str] = "stripe_checkout"
    label: ClassVar[str] = "Pay by card"
    limits: ClassVar[Limits] = Limits(
        amounts=AMOUNTS,
        maximum=MAXIMUM,
        minimum=MINIMUM,
        lines=100,
        recurring_lines=20,
        mixed_intervals=True,
        lifetime=CHECKOUT_SECONDS,
        delivery_line=False,  # a shipping option
        tax_line=True,
        discount_line=True,
        refused_countries=REFUSED_COUNTRIES,
    )

    def create_checkout(self, order: Order, success_url: str, cancel_url: str) -> Flow[CheckoutSession]:
        """Create a session: `POST /v1/checkout/sessions`, safe to repeat for 24 hours."""
        parameters = session_parameters(order, success_url, cancel_url)
        response = yield from call(self.config, "POST", "/v1/checkout/sessions", parameters, f"chk-{order.id}-1")
        return _parse_session(response, order)

    def read_checkout(self, order: Order, *, capture: bool) -> Flow[CheckoutReading]:  # noqa: ARG002
        """Read the session: `GET /v1/checkout/sessions/{id}`; of a paid order also the charge, for its refunds."""
        response = yield from call(self.config, "GET", self._path(order), {})
        return (yield from self.reading(order, [session_event(response, order)]))

    def expire_checkout(self, order: Order) -> Flow[CheckoutReading]:
        """Expire the session: `POST /v1/checkout/sessions/{id}/expire`. If Stripe refuses, it was paid, so read it."""
        try:
            response = yield from call(self.config, "POST", f"{self._path(order)}/expire", {}, f"exp-{order.id}-1")
        except ProviderRefused:
            response = yield from call(self.config, "GET", self._path(order), {})
        return (yield from self.reading(order, [session_event(response, order)]))

    def _path(self, order: Order) -> str:
        return f"/v1/checkout/sessions/{order.session.id if order.session else ''}"
