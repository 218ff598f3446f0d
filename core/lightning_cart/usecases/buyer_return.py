"""Handles a buyer's return from the provider. The browser proves nothing, so the provider is asked for the status."""

import hmac
from typing import NamedTuple

from lightning_cart.domain.catalog import Site, absolute_url
from lightning_cart.domain.order import ORDER_ID, UNPAID_STATUSES, Order
from lightning_cart.errors import ConfigurationError, LightningCartError, NotFound, ProviderError
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.reading import read_checkout, record_reading

PAUSE_SECONDS = 5  # between two readings of one order because of returns
DELIVERY = "delivery"  # the reason on the cancel page: the buyer chose an address that the price is not for
_ELSEWHERE = "the buyer chose a delivery to another place than the price is for: nothing was charged"
OLD_URL_SECONDS = 24 * 3600  # how long orders from before return URLs had a token are let in without one


class ReturnResult(NamedTuple):
    """What to do with a buyer who has returned.

    Args:
        order: The order now.
        redirect_url: The site's success page with the receipt in its fragment; the provider's page if the buyer has to choose
            another way to pay; or the site's cancel page with a reason in its fragment if nothing was captured because of it.
        warning: Why the buyer has to return to the provider, or why the provider could not be asked; or empty.
    """

    order: Order
    redirect_url: str
    warning: str = ""


def return_url(engine: Engine, order: Order) -> str:
    """Return the URL to which the provider sends the buyer of an order back."""
    return f"{engine.public_url}/return/{order.id}" + (f"/{order.return_token}" if order.return_token else "")


def success_url(engine: Engine, order: Order) -> str:
    """Return the site's success page for the buyer of an order, with the receipt in its fragment."""
    page = absolute_url(_site(engine, order).success_page, engine.public_url)
    return f"{page}#order={order.id}&receipt={engine.receipts.issue(order)}"


def order_url(public_url: str, order: Order, page: str) -> str:
    """Return the URL of one of an order's pages at the engine, or "" if the order has none.

    Args:
        public_url: The engine's own URL.
        order: The order.
        page: `page` or `receipt`.
    """
    return f"{public_url}/orders/{order.id}/{page}/{order.page_token}" if order.page_token else ""


def page_url(engine: Engine, order: Order) -> str:
    """Return the URL of the order's page at the engine, or "" if the order has none."""
    return order_url(engine.public_url, order, "page")


def receipt_url(engine: Engine, order: Order) -> str:
    """Return the URL of the order's receipt at the engine, or "" if the order has none."""
    return order_url(engine.public_url, order, "receipt")


def landing_url(engine: Engine, order: Order) -> str:
    """Return where a buyer who has paid is sent: who used a plain form sees the order's page, which needs no JavaScript.

    Raises:
        NotFound: The order's site is no longer in the catalogue.
    """
    return (page_url(engine, order) if order.by_form else "") or success_url(engine, order)


async def _find(engine: Engine, order_id: str, token: str) -> Order:
    order = await engine.orders.find_order(order_id) if ORDER_ID.fullmatch(order_id) else None
    if order is not None and not order.return_token and not token and engine.now() - order.created_at < OLD_URL_SECONDS:
        return order
    if (
        order is None
        or not order.return_token
        or not hmac.compare_digest(order.return_token.encode(), token.encode(errors="replace"))
    ):
        raise NotFound("there is no such order")
    return order


async def take_return(engine: Engine, order_id: str, token: str, *, reads: bool = True) -> ReturnResult:
    """Record what the provider reports of an order, and choose the page to redirect the buyer to.

    Returns read an order at most once in five seconds, and one call reads it at a time. Otherwise, and if the provider cannot
    be asked, the buyer is redirected with what is stored: the page waits until the webhook arrives. A reading because of a
    webhook does not count: it cannot tell the buyer to choose another card.

    Args:
        engine: The configured engine.
        order_id: From the URL.
        token: From the URL, or empty.
        reads: Whether the provider may be asked: a prefetch or a `HEAD` must change nothing.

    Raises:
        NotFound: No order has this id and token, or its site is no longer in the catalogue.
        StorageUnavailable: The database did not answer.
    """
    order = await _find(engine, order_id, token)
    try:
        return await _take(engine, order, reads=reads)
    except LightningCartError as error:
        error.site_id = order.site_id
        raise


def _site(engine: Engine, order: Order) -> Site:
    site = engine.catalog.sites.get(order.site_id)
    if site is None:
        raise NotFound("the site of this order is no longer in the catalogue")
    return site


async def _take(engine: Engine, order: Order, *, reads: bool) -> ReturnResult:
    warning = ""
    if reads and order.session is not None and order.status in UNPAID_STATUSES:
        _, lease = await engine.leases.take(order.id, engine.now(), PAUSE_SECONDS)
        if lease is not None:
            try:
                reading = await read_checkout(engine, lease, capture=True)
                order, _ = await record_reading(engine, lease, reading)
                if reading.approval_url:
                    return ReturnResult(order, reading.approval_url, "the buyer has to choose another way to pay")
                if reading.is_elsewhere:
                    page = absolute_url(_site(engine, order).cancel_page, engine.public_url)
                    return ReturnResult(order, f"{page}#order={order.id}&reason={DELIVERY}", _ELSEWHERE)
            except (ProviderError, ConfigurationError) as error:
                warning = str(error)
    return ReturnResult(order, landing_url(engine, order), warning)
