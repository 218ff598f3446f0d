"""What `orders show` prints about an order beside the order itself, as the columns and rows of its sections."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from lightning_cart.domain.money import Money
from lightning_cart.ports import SqlValue
from lightning_cart.storage.orders import OrderHistory
from lightning_cart_host.cli.dates import format_utc

type Cells = Sequence[str]


class Section(NamedTuple):
    """A list of rows of one kind.

    Args:
        title: What the rows are.
        columns: Their columns. The first two are enough to tell one from the other.
        read: Returns the cells of each row.
    """

    title: str
    columns: tuple[str, ...]
    read: Callable[[OrderHistory], Iterator[Cells]]


def _time(value: SqlValue) -> str:
    return format_utc(int(value)) if value else ""


def _amount(value: SqlValue, currency: SqlValue) -> str:
    return Money(int(value), str(currency)).display if value is not None else ""


def _payments(history: OrderHistory) -> Iterator[Cells]:
    currency = history.order.total.currency
    for row in history.payments:
        amount = _amount(row["amount_minor"], currency)
        others = (_amount(row[name] or None, currency) for name in ("tip_minor", "refunded_minor"))
        yield _time(row["at"]), str(row["payment_ref"]), str(row["state"]), amount, *others


def _refunds(history: OrderHistory) -> Iterator[Cells]:
    for refund in history.refunds:
        yield _time(refund.created_at), refund.id, refund.status, refund.amount.display, refund.payment_ref, refund.reason


def _documents(history: OrderHistory) -> Iterator[Cells]:
    currency = history.order.total.currency
    for document in history.documents:
        number = document.number.text(document.series) if document.number else "not yet"
        tip = _amount(document.tip_minor or None, currency)
        name = document.series.replace("_", " ")
        yield _time(document.at), number, name, _amount(document.amount_minor, currency), tip, document.ref


def _disputes(history: OrderHistory) -> Iterator[Cells]:
    for row in history.disputes:
        amount = _amount(row["amount_minor"], row["currency"])
        state = str(row["outcome"] or row["state"])
        yield _time(row["at"]), str(row["dispute_id"]), state, amount, str(row["reason"]), _time(row["due_at"])


def _log(history: OrderHistory) -> Iterator[Cells]:
    for row in history.log:
        yield _time(row["at"]), *(str(row[name]) for name in ("action", "who", "reason"))


def _events(history: OrderHistory) -> Iterator[Cells]:
    for row in history.events:
        yield _time(row["received_at"]), *(str(row[name]) for name in ("kind", "verdict", "reason", "type", "event_id"))


def _effects(history: OrderHistory) -> Iterator[Cells]:
    for row in history.effects:
        fields = (str(row[name] or "") for name in ("effect", "state", "attempts", "last_status", "last_error"))
        next_at = row["next_at"] if row["state"] == "waiting" and row["attempts"] else None
        yield _time(row["created_at"]), *fields, _time(next_at)


_MESSAGE_COLUMNS = ("Created", "Message", "Delivery", "Attempts", "Response", "Error", "Next attempt")
SECTIONS = (
    Section("Payments", ("Recorded", "Payment", "State", "Amount", "Tip", "Refunded"), _payments),
    Section("Refunds", ("Created", "Refund", "Status", "Amount", "Payment", "Reason"), _refunds),
    Section("Documents", ("At", "Number", "Document", "Amount", "Tip", "Of"), _documents),
    Section("Disputes", ("Changed", "Dispute", "State", "Amount", "Reason", "Answer by"), _disputes),
    Section("Operators", ("At", "Action", "Who", "Reason"), _log),
    Section("Events", ("Received", "Event", "Verdict", "Reason", "What", "Id"), _events),
    Section("Fulfilment messages", _MESSAGE_COLUMNS, _effects),
)
