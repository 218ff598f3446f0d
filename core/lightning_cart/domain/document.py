"""The numbered documents of an order: its receipt, the credit notes of its refunds, and the receipts of its renewals."""

from enum import StrEnum
from typing import NamedTuple


class Series(StrEnum):
    """A series of numbers. Each site has its own, and it begins again with each year."""

    RECEIPT = "receipt"
    CREDIT_NOTE = "credit_note"
    RENEWAL = "renewal"


_MARKS = {Series.RECEIPT: "", Series.CREDIT_NOTE: "C", Series.RENEWAL: "R"}


class DocumentNumber(NamedTuple):
    """The number of a document, given once and without a gap.

    Args:
        year: The year of the number in UTC.
        number: 1 is the first of the site, series and year.
        at: When it was given, which is the document's date, in Unix seconds.
    """

    year: int
    number: int
    at: int

    def text(self, series: Series) -> str:
        """Return the number as people read it: `2026-17`, of a credit note `C2026-3`, of a renewal `R2026-5`."""
        return f"{_MARKS[series]}{self.year}-{self.number}"


class Document(NamedTuple):
    """A credit note, or the receipt of a renewal.

    Args:
        series: Which of both it is.
        place: 1 is the first of its order and series.
        amount_minor: What was refunded or charged, in minor units of the order's currency. It is below 0 in a credit note that
            takes back another one, because the refund failed after it had succeeded.
        ref: Of a credit note the id of the refund, if it was requested here; of a renewal what the provider calls it; or empty.
        at: When it was refunded or charged, in Unix seconds.
        number: Its number, or None as long as nobody has seen it.
        tip_minor: What was refunded of the tip, beside the amount.
        paid_minor: What had been paid of the order when the document got its number, or None if it has none: a refund is
            of what was paid beyond the total first, and of the goods then.
    """

    series: Series
    place: int
    amount_minor: int
    ref: str
    at: int
    number: DocumentNumber | None = None
    tip_minor: int = 0
    paid_minor: int | None = None
