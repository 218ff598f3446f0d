"""Reads what a receipt page, an answer and a message show of an order: its numbered documents with their tax shares."""

from typing import NamedTuple

from lightning_cart.domain.order import Order
from lightning_cart.domain.receipt import SharedDocument, TaxShare, order_shares, share_documents
from lightning_cart.security.receipt import opens_pages
from lightning_cart.storage.documents import needs_numbers, number_documents, read_documents
from lightning_cart.usecases.engine import Engine


class Papers(NamedTuple):
    """An order with its documents.

    Args:
        order: With its buyer. A paid one has the number of its receipt.
        shares: The tax shares of its receipt, which add up to its total.
        documents: Its credit notes and renewals with their tax shares, oldest first.
        paid_at: When its first payment came, in Unix seconds, or None if none did.
    """

    order: Order
    shares: tuple[TaxShare, ...]
    documents: tuple[SharedDocument, ...]
    paid_at: int | None


async def read_papers(engine: Engine, order_id: str, page_token: str | None = None) -> Papers | None:
    """Return an order with its documents, or None if there is no such order, or the token is not its own.

    What has no number yet gets it first. One round trip, and a second one if something was numbered.

    Args:
        engine: The configured engine.
        order_id: The order's id.
        page_token: The secret part of the URL that asks for it, or None if the caller may see it anyway.

    Raises:
        StorageUnavailable: The database did not answer.
    """
    database = engine.ports.database
    found = await read_documents(database, order_id)
    if found is None or (page_token is not None and not opens_pages(found.order, page_token)):
        return None
    order, documents = found.order, found.documents
    if found.misses_renewal or needs_numbers(order, documents):
        order, documents = await number_documents(database, order, engine.now())
    return Papers(order, order_shares(order), share_documents(order, documents, found.lines_of), found.paid_at)
