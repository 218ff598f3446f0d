"""What each document of an order says of tax: its receipt, its credit notes and its renewals.

The shares of a receipt are the order's tax groups and the untaxed rest. A credit note takes from what is left of them, so the
credit notes of an order that was refunded as a whole add up to exactly its receipt, and none says more tax than was paid. Money
that is no price of goods, such as what was paid beyond the total, is untaxed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from lightning_cart.domain.document import Document, Series
from lightning_cart.domain.money import step_of
from lightning_cart.domain.order import Order
from lightning_cart.domain.shares import round_half_up, share_out
from lightning_cart.domain.taxes import Percent

type Pieces = tuple[tuple[int, int], ...]
"""Places of lines from 0, each with a quantity."""


class TaxShare(NamedTuple):
    """The part of an amount that has one tax rate, in minor units of the order's currency. Net and tax add up to it.

    Args:
        rate: The percentage as an exact text, or empty for what is untaxed.
        label: The tax's name for buyers, or empty for what is untaxed.
        included: Whether the prices included the tax.
        net_minor: The amount without tax; below 0 if it is taken back, as the tax.
        tax_minor: The tax.
    """

    rate: str
    label: str
    included: bool
    net_minor: int
    tax_minor: int

    @property
    def gross_minor(self) -> int:
        """Net and tax."""
        return self.net_minor + self.tax_minor


class SharedDocument(NamedTuple):
    """A credit note or the receipt of a renewal, with the shares that add up to its amount."""

    document: Document
    shares: tuple[TaxShare, ...]


type _Amounts = list[tuple[int, int]]  # net and tax of each share


def order_shares(order: Order) -> tuple[TaxShare, ...]:
    """Return the tax shares of an order's receipt, which add up to its total: one for each rate, then the untaxed rest."""
    shares = [TaxShare(group.rate, group.label, group.included, group.net_minor, group.tax_minor) for group in order.taxes]
    return _with_rest(shares, order.total.minor)


def _with_rest(shares: Sequence[TaxShare], total_minor: int) -> tuple[TaxShare, ...]:
    rest = total_minor - sum(share.gross_minor for share in shares)
    return (*shares, TaxShare("", "", False, rest, 0)) if rest else tuple(shares)


def _line_weights(order: Order) -> Iterator[int]:
    """Yield what each line cost its buyer: its total after the discount, with its share of an added tax."""
    added = {group.rate: group for group in order.taxes if not group.included}
    taxes: dict[int, int] = {}
    for rate, group in added.items():
        places = [place for place, line in enumerate(order.lines) if line.tax_rate == rate]
        reduced = [order.lines[place].reduced_minor for place in places]
        delivery = max(group.net_minor - sum(reduced), 0)
        if group.net_minor:
            shares = share_out(group.tax_minor, [*reduced, delivery], step_of(order.total.currency))
            taxes.update(zip(places, shares, strict=False))  # the last one is the delivery's
    for place, line in enumerate(order.lines):
        yield line.reduced_minor + taxes.get(place, 0)


def line_costs(order: Order) -> tuple[int, ...]:
    """Return what each line cost its buyer, in minor units: after the discount, with added tax, without the delivery."""
    return tuple(_line_weights(order))


def cost_of_pieces(order: Order, place: int, before: int, quantity: int) -> int:
    """Return what some pieces of a line cost, in minor units, so that all its pieces add up to the line.

    Args:
        order: The order.
        place: The line's place, from 0.
        before: How many of its pieces were counted before.
        quantity: How many more there are.
    """
    cost, count, step = line_costs(order)[place], order.lines[place].quantity, step_of(order.total.currency)
    if before + quantity == count:
        return cost - _part(cost, before, count, step)
    return _part(cost, before + quantity, count, step) - _part(cost, before, count, step)


def _part(cost: int, quantity: int, count: int, step: int) -> int:
    return min(round_half_up(cost * quantity, count, step), cost)


def _tax_of(share: TaxShare, gross: int, left: tuple[int, int], step: int) -> int:
    """Return the tax in a part of a share, so that neither more tax nor more net is taken than is left."""
    net_left, tax_left = left
    if not share.rate:
        return 0
    tax = Percent.parse(share.rate).share_of(gross, step)
    return max(min(tax, tax_left, gross), gross - net_left)


def _spread(amount: int, weights: Sequence[int], left: Sequence[int], step: int) -> list[int]:
    """Share out an amount that is at most what is left: first by weights, then in proportion of what is left of each."""
    wanted = min(amount, sum(weights))
    taken = [min(part, most) for part, most in zip(share_out(wanted, weights, step), left, strict=True)]
    still = [most - part for most, part in zip(left, taken, strict=True)]
    rest = share_out(amount - sum(taken), still, step)
    return [part + more for part, more in zip(taken, rest, strict=True)]


class _Ledger:
    """What is left of an order's shares while its credit notes are read, oldest first."""

    def __init__(self, order: Order, lines_of: Mapping[str, Pieces]) -> None:
        self.order, self.lines_of, self.step = order, lines_of, step_of(order.total.currency)
        self.shares = order_shares(order)
        if not self.shares or self.shares[-1].rate:  # what is refunded beyond the goods is untaxed
            self.shares = (*self.shares, TaxShare("", "", False, 0, 0))
        self.left: _Amounts = [(share.net_minor, share.tax_minor) for share in self.shares]
        self.taken: list[tuple[str, _Amounts]] = []
        self.pieces = [0] * len(order.lines)

    def _weights(self, ref: str) -> list[int]:
        """Return what the lines that a refund is for cost, for each share."""
        rates = [share.rate for share in self.shares]
        weights = [0] * len(rates)
        for place, quantity in self.lines_of.get(ref, ()):
            rate = self.order.lines[place].tax_rate
            share = rates.index(rate) if rate in rates else -1
            before = min(self.pieces[place], self.order.lines[place].quantity - quantity)
            weights[share] += cost_of_pieces(self.order, place, before, quantity)
        return weights

    def take(self, note: Document) -> _Amounts:
        """Return what a credit note takes of each share."""
        gross_left = [net + tax for net, tax in self.left]
        beyond = max(note.amount_minor - sum(gross_left), 0)
        parts = _spread(note.amount_minor - beyond, self._weights(note.ref), gross_left, self.step)
        amounts = []
        for share, part, left in zip(self.shares, parts, self.left, strict=True):
            tax = _tax_of(share, part, left, self.step)
            amounts.append((part - tax, tax))
        self.left = [(net - a, tax - b) for (net, tax), (a, b) in zip(self.left, amounts, strict=True)]
        amounts[-1] = (amounts[-1][0] + beyond, 0)
        self.taken.append((note.ref, list(amounts)))
        return amounts

    def give_back(self, note: Document) -> _Amounts:
        """Return what a credit note that takes back others gives back of each share, as negative amounts."""
        return [(0, 0)] * (len(self.shares) - 1) + [(note.amount_minor, 0)]


def share_documents(order: Order, documents: Iterable[Document], lines_of: Mapping[str, Pieces]) -> tuple[SharedDocument, ...]:
    """Return the later documents of an order with their tax shares.

    Args:
        order: The order.
        documents: Its credit notes and renewals, those of each series in the order of their places.
        lines_of: The lines that a refund is for, by the refund's id.
    """
    ledger = _Ledger(order, lines_of)
    return tuple(SharedDocument(document, _shares_of(order, ledger, document)) for document in documents)


def _shares_of(order: Order, ledger: _Ledger, document: Document) -> tuple[TaxShare, ...]:
    if document.series is Series.RENEWAL:
        return renewal_shares(order, document.amount_minor)
    amounts = ledger.take(document) if document.amount_minor >= 0 else ledger.give_back(document)
    both = zip(ledger.shares, amounts, strict=True)
    return tuple(share._replace(net_minor=net, tax_minor=tax) for share, (net, tax) in both if net or tax)


def renewal_shares(order: Order, amount_minor: int) -> tuple[TaxShare, ...]:
    """Return the tax shares of what a renewal charged.

    Args:
        order: The order of the subscription.
        amount_minor: What was charged, in minor units. If it is not what the order says, the order's shares are scaled.
    """
    step = step_of(order.total.currency)
    shares = _with_rest(list(_recurring(order, step)), order.renewal_minor)
    weights = [share.gross_minor for share in shares]
    if not sum(weights):
        return (TaxShare("", "", False, amount_minor, 0),)
    if sum(weights) == amount_minor:
        return shares
    scaled = []
    for share, gross in zip(shares, share_out(amount_minor, weights, step), strict=True):
        tax = min(Percent.parse(share.rate).share_of(gross, step), gross) if share.rate else 0
        scaled.append(share._replace(net_minor=gross - tax, tax_minor=tax))
    return tuple(scaled)


def _recurring(order: Order, step: int) -> Iterator[TaxShare]:
    """Yield what each renewal charges of each rate."""
    for group in order.taxes:
        lines = [line for line in order.lines if line.tax_rate == group.rate]
        minor = group.net_minor + (group.tax_minor if group.included else 0)
        delivery = minor - sum(line.reduced_minor for line in lines)
        minor = sum(line.reduced_minor for line in lines if line.interval)
        minor += delivery if order.delivery is not None and order.delivery.recurs else 0
        if not minor:
            continue
        if group.included:
            tax = Percent.parse(group.rate).share_of(minor, step)
            yield TaxShare(group.rate, group.label, True, minor - tax, tax)
        else:
            yield TaxShare(group.rate, group.label, False, minor, group.recurring_tax_minor)
