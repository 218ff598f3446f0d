"""Handles a buyer's return from the provider. The browser proves nothing, so the provider is asked for the status."""

from typing import NamedTuple

from lightning_cart.domain.catalog import absolute_url
from lightning_cart.domain.order import ORDER_ID, UNPAID_STATUSES, EventKind, Order
from lightning_cart.errors import InvalidSettings, NotFound, ProviderError
from lightning_cart.usecases.engine import Engine


class ReturnResult(NamedTuple):
    """What to do with a buyer who has returned.

    Args:
        order: The order now.
        redirect_url: The site's success page with the receipt in its fragment, or the provider's page if the buyer has to
            choose another way to pay.
        warning: Why the buyer has to return to the provider, or why the provider could not be asked; or empty.
    """

    order: Order
    redirect_url: str
    warning: str = ""


async def take_return(engine: Engine, order_id: str) -> ReturnResult:
    """Record what the provider reports of an order, and choose the page to redirect the buyer to.

    If the provider cannot be asked, the buyer is still redirected: the page waits until the webhook arrives.

    Args:
        engine: The configured engine.
        order_id: From the URL.

    Raises:
        NotFound: No order has this id, or its site is no longer in the catalogue.
        StorageUnavailable: The database did not answer.
    """
    order = await engine.orders.find_order(order_id) if ORDER_ID.fullmatch(order_id) else None
    if order is None:
        raise NotFound("there is no such order")
    warning = ""
    if order.session is not None and order.status in UNPAID_STATUSES:
        try:
            event = await engine.run(engine.strategy(order.strategy).read_checkout(order))
            if event.approval_url:
                return ReturnResult(order, event.approval_url, "the buyer has to choose another way to pay")
            if event.kind is not EventKind.IGNORED:
                order = (await engine.inbox.record_event(event, engine.now())).order or order
        except (ProviderError, InvalidSettings) as error:
            warning = str(error)
    site = engine.catalog.sites.get(order.site_id)
    if site is None:
        raise NotFound("the site of this order is no longer in the catalogue")
    page = absolute_url(site.success_page, engine.public_url)
    return ReturnResult(order, f"{page}#order={order.id}&receipt={engine.receipts.issue(order)}", warning)
