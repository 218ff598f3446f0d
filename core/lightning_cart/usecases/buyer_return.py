"""The buyer comes back from the provider. The browser proves nothing: the provider is asked, and settled as a webhook is."""

from lightning_cart.domain.catalog import absolute_url
from lightning_cart.domain.order import ORDER_ID, UNPAID_STATUSES, EventKind, Order
from lightning_cart.errors import InvalidSettings, NotFound, ProviderError
from lightning_cart.usecases.engine import Engine


async def take_return(engine: Engine, order_id: str) -> tuple[Order, str, str]:
    """Settle what the provider says of an order, and find the page that the buyer goes on to.

    A provider that cannot be asked does not stop the buyer: the webhook will settle the order, and the page waits for it.

    Args:
        engine: What to work with.
        order_id: From the address.

    Returns:
        The order as it stands now; the address of the site's success page with the receipt in its fragment, or of the
        provider's page where the buyer has to go there once more; and a word on why the buyer has to, or why the provider
        could not be asked, or an empty text.

    Raises:
        NotFound: No such order, or its site is no longer in the catalogue.
        StorageUnavailable: The database did not answer.
    """
    order = await engine.store.find_order(order_id) if ORDER_ID.fullmatch(order_id) else None
    if order is None:
        raise NotFound("there is no such order")
    trouble = ""
    if order.session is not None and order.status in UNPAID_STATUSES:
        try:
            event = await engine.run(engine.strategy(order.strategy).read_checkout(order))
            if event.approval_url:
                return order, event.approval_url, "the buyer has to choose another way to pay"
            if event.kind is not EventKind.IGNORED:
                order = (await engine.store.record_event(event, engine.now())).order or order
        except (ProviderError, InvalidSettings) as error:
            trouble = str(error)
    site = engine.catalog.sites.get(order.site_id)
    if site is None:
        raise NotFound("the site of this order is not served here any more")
    page = absolute_url(site.success_page, engine.public_url)
    return order, f"{page}#order={order.id}&receipt={engine.receipts.issue(order)}", trouble
