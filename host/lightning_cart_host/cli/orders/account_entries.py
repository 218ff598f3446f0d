"""What an order adds to the accounts: its sale, refunds, renewals and tips by tax rate, and money that is neither."""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from lightning_cart.domain.document import DocumentNumber, Series
from lightning_cart.domain.order import PAID_STATUSES, Order
from lightning_cart.domain.receipt import TaxShare, order_shares, share_documents
from lightning_cart.storage.accounts import Account


class EntryKind(StrEnum):
    """The kinds of entries, in the order in which they are written."""

    SALE = "sale"
    REFUND = "refund"
    RENEWAL = "renewal"
    TIP = "tip"
    OTHER = "other"  # paid beyond or below the total, or for an order that is not paid as a whole


class Entry(NamedTuple):
    """One amount of the accounts, in minor units of the order's currency.

    Args:
        at: When it came or went, in Unix seconds.
        kind: What it is.
        share: The amount by its tax; what was refunded is below 0.
        series: The series of the document's number.
        number: The number of its document, or None if it has none.
    """

    at: int
    kind: EntryKind
    share: TaxShare
    series: Series = Series.RECEIPT
    number: DocumentNumber | None = None


def _untaxed(minor: int) -> TaxShare:
    return TaxShare("", "", False, minor, 0)


def country_of(order: Order) -> str:
    """Return the country that an order is taxed in, as far as it is known: two letters, or empty."""
    address = order.buyer.delivery or order.buyer.billing
    return order.place.country or (address.country if address else "")


def _paid(account: Account) -> Iterator[Entry]:
    """Yield the sale, what was paid beyond or below it, and tips."""
    order, number = account.order, account.order.number
    is_sale = order.status in PAID_STATUSES or (order.is_free and number is not None)  # a cancelled one keeps its number
    total = order.total.minor if is_sale else 0
    if is_sale:
        for share in order_shares(order) or (_untaxed(0),):  # a free order has a receipt, too
            yield Entry(account.paid_at, EntryKind.SALE, share, number=number)
    filled = 0
    for part in account.paid:
        price = min(part.amount_minor, total - filled)
        filled += price
        yield Entry(part.at, EntryKind.OTHER, _untaxed(part.amount_minor - price), number=number)
        yield Entry(part.at, EntryKind.TIP, _untaxed(part.tip_minor), number=number)
    yield Entry(account.paid_at, EntryKind.OTHER, _untaxed(filled - total), number=number)


def _later(account: Account) -> Iterator[Entry]:
    """Yield refunds and renewals."""
    order, is_paid = account.order, account.order.status in PAID_STATUSES
    for document, shares, beyond in share_documents(order, account.documents, account.lines_of):
        at, series, number = document.at, document.series, document.number
        if series is Series.RENEWAL:
            for share in shares:
                yield Entry(at, EntryKind.RENEWAL, share, series, number)
            continue
        for share in shares if is_paid else ():
            net = share.net_minor - (0 if share.rate else beyond)
            yield Entry(at, EntryKind.REFUND, share._replace(net_minor=-net, tax_minor=-share.tax_minor), series, number)
        other = beyond if is_paid else document.amount_minor
        yield Entry(at, EntryKind.OTHER, _untaxed(-other), series, number)
        yield Entry(at, EntryKind.TIP, _untaxed(-document.tip_minor), series, number)


def account_entries(account: Account) -> Iterator[Entry]:
    """Yield what an order adds to the accounts. The sum is what was paid and charged of it, with tips, less what was refunded.

    Args:
        account: The order with its payments and documents.
    """
    for entry in (*_paid(account), *_later(account)):
        if entry.share.gross_minor or entry.kind is EntryKind.SALE:
            yield entry
