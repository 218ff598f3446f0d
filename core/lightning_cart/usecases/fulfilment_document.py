"""Finds the numbered document that a fulfilment message is about, and has numbers given before the message is sent.

A receiver sees the numbers, so they have to be there first. One that was given never changes, so a repeated attempt says the
same.
"""

from collections.abc import Sequence

from lightning_cart.domain.document import Series
from lightning_cart.domain.order import PAID_STATUSES
from lightning_cart.domain.receipt import SharedDocument
from lightning_cart.storage.documents import number_documents
from lightning_cart.storage.outbox import OutboxMessage
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.fulfilment_message import split_event
from lightning_cart.usecases.receipts import read_papers

_REFUNDED, _REFUND_FAILED, _RENEWED = "order.refunded", "order.refund_failed", "order.renewed"


async def complete_message(engine: Engine, message: OutboxMessage) -> tuple[OutboxMessage, SharedDocument | None]:
    """Return a message with the number of its order's receipt, and the document that it is about, if there is one.

    No round trip for most messages, one if the receipt of a paid order has no number yet. Messages of refunds and renewals take
    one or two.

    Args:
        engine: The configured engine.
        message: The claimed message.

    Raises:
        StorageUnavailable: The database did not answer.
    """
    order, (event, subject, _) = message.order, split_event(message.event)
    if message.snapshot["status"] not in PAID_STATUSES:
        return message, None
    if event in {_REFUNDED, _REFUND_FAILED, _RENEWED} and (papers := await read_papers(engine, order.id)):
        if event == _RENEWED:
            found = _find_renewals(papers.documents, subject)
        else:
            found = _find_credit_notes(papers.documents, message.snapshot["refunded_minor"], takes_back=event == _REFUND_FAILED)
        # Two can fit if messages of both would have the same name. Then the first one was told.
        first = min(found, key=lambda shared: shared.document.at != message.created_at, default=None)
        return message._replace(order=papers.order), first
    if order.number is None and order.status in PAID_STATUSES:
        order, _ = await number_documents(engine.ports.database, order, engine.now())
    return message._replace(order=order), None


def _find_renewals(documents: Sequence[SharedDocument], invoice_id: str) -> list[SharedDocument]:
    """Return the renewals of an invoice; all of them if their provider names no invoices."""
    renewals = (shared for shared in documents if shared.document.series is Series.RENEWAL)
    return [shared for shared in renewals if invoice_id in {"", shared.document.ref}]


def _find_credit_notes(documents: Sequence[SharedDocument], refunded_minor: int, *, takes_back: bool) -> list[SharedDocument]:
    """Return the credit notes that made this the refunded sum, or those that took back others and left it."""
    total, found = 0, list[SharedDocument]()
    for shared in documents:
        note = shared.document
        if note.series is Series.CREDIT_NOTE:
            total += note.amount_minor
            if note.amount_minor and (note.amount_minor < 0) == takes_back and total == refunded_minor:
                found.append(shared)
    return found
