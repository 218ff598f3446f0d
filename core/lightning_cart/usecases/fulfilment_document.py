"""Finds the numbered document that a fulfilment message is about, and has numbers given before the message is sent.

A receiver sees the numbers, so they have to be there first. One that was given never changes, so a repeated attempt says the
same.
"""

from collections.abc import Iterator, Sequence

from lightning_cart.domain.document import Series
from lightning_cart.domain.order import PAID_STATUSES
from lightning_cart.domain.receipt import SharedDocument
from lightning_cart.storage.documents import number_documents
from lightning_cart.storage.outbox import OutboxMessage
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.fulfilment_message import split_event
from lightning_cart.usecases.receipts import read_papers


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
    if event in _FINDERS and (papers := await read_papers(engine, order.id)):
        message = message._replace(order=papers.order)
        return message, _FINDERS[event](papers.documents, message, subject)
    if order.number is None and order.status in PAID_STATUSES:
        order, _ = await number_documents(engine.ports.database, order, engine.now())
    return message._replace(order=order), None


def _is_of_its_time(message: OutboxMessage, shared: SharedDocument) -> bool:
    """Return whether the batch that made the message made the document."""
    return shared.document.at == message.created_at


def _find_renewal(documents: Sequence[SharedDocument], message: OutboxMessage, subject: str) -> SharedDocument | None:
    """Return the renewal of the message's invoice; if its provider names no invoices, that of its time, else the first."""
    renewals = [shared for shared in documents if shared.document.series is Series.RENEWAL]
    named = [shared for shared in renewals if subject in {"", shared.document.ref}]
    return next((shared for shared in named if _is_of_its_time(message, shared)), named[0] if named else None)


def _credit_notes(documents: Sequence[SharedDocument], refunded_minor: int) -> Iterator[SharedDocument]:
    """Yield the credit notes that made this the refunded sum."""
    total = 0
    for shared in documents:
        if shared.document.series is Series.CREDIT_NOTE:
            total += shared.document.amount_minor
            if shared.document.amount_minor and total == refunded_minor:
                yield shared


def _find_refund(documents: Sequence[SharedDocument], message: OutboxMessage, _: str) -> SharedDocument | None:
    """Return the first credit note of the refunded sum in the message: the same sum is told once."""
    notes = _credit_notes(documents, message.snapshot["refunded_minor"])
    return next((shared for shared in notes if shared.document.amount_minor > 0), None)


def _find_failed_refund(documents: Sequence[SharedDocument], message: OutboxMessage, _: str) -> SharedDocument | None:
    """Return the credit note that takes back another one. A refund that failed before it counted has none."""
    notes = _credit_notes(documents, message.snapshot["refunded_minor"])
    return next((one for one in notes if one.document.amount_minor < 0 and _is_of_its_time(message, one)), None)


_FINDERS = {"order.refunded": _find_refund, "order.refund_failed": _find_failed_refund, "order.renewed": _find_renewal}
