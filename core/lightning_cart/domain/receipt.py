"""What each document of an order says of tax: its receipt, its credit notes and its renewals.

The shares of a receipt are the order's tax groups and the untaxed rest. A credit note takes from what is left of them, so the
credit notes of an order that was refunded as a whole add up to exactly its receipt, and none says more tax than was paid. What
was paid beyond the total is untaxed, and is refunded first.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from lightning_cart.domain.document import Document, Series
from lightning_cart.domain.money import step_of
from lightning_cart.domain.order import Order
from lightning_cart.domain.shares import round_half_up, share_out
from lightning_cart.domain.taxes import Percent

type Pieces = tuple[tuple[int, int], ...]  # places of lines from 0, each with a quantity
type _Amount = tuple[int, int]  # net and tax


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
    """A credit note or the receipt of a renewal.

    Args:
        document: The document.
        shares: Its tax shares, which add up to its amount.
        beyond_minor: The part of its untaxed share that refunds what was paid beyond the total, and is no price of goods.
    """

    document: Document
    shares: tuple[TaxShare, ...]
    beyond_minor: int = 0


def _untaxed(minor: int) -> TaxShare:
    return TaxShare("", "", False, minor, 0)


def _with_rest(shares: Sequence[TaxShare], total_minor: int) -> tuple[TaxShare, ...]:
    rest = total_minor - sum(share.gross_minor for share in shares)
    return (*shares, _untaxed(rest)) if rest else tuple(shares)


def _tax_in(rate: str, gross: int, step: int) -> int:
    """Return the tax that an amount of at least 0 includes; 0 if the rate is empty."""
    return min(Percent.parse(rate).share_of(gross, step), gross) if rate else 0


def order_shares(order: Order) -> tuple[TaxShare, ...]:
    """Return the tax shares of an order's receipt, which add up to its total: one for each rate, then the untaxed rest."""
    shares = [TaxShare(group.rate, group.label, group.included, group.net_minor, group.tax_minor) for group in order.taxes]
    return _with_rest(shares, order.total.minor)


def line_costs(order: Order) -> tuple[int, ...]:
    """Return what each line cost its buyer, in minor units: after the discount, with added tax, without the delivery."""
    costs = [line.reduced_minor for line in order.lines]
    for group in order.taxes:
        if group.included:
            continue
        places = [place for place, line in enumerate(order.lines) if line.tax_rate == group.rate]
        reduced = [order.lines[place].reduced_minor for place in places]
        weights = [*reduced, max(group.net_minor - sum(reduced), 0)]  # the last one is the delivery
        taxes = share_out(group.tax_minor, weights, step_of(order.total.currency))
        for place, tax in zip(places, taxes, strict=False):
            costs[place] += tax
    return tuple(costs)


def cost_of_pieces(order: Order, pieces: Pieces, before: Mapping[int, int]) -> tuple[int, ...]:
    """Return what pieces of lines cost their buyer, in minor units. All pieces of a line add up to the line.

    Args:
        order: The order.
        pieces: The pieces. No line has more of them than it has together with those before.
        before: How many pieces of a line were counted before, by its place.
    """
    costs, step = line_costs(order), step_of(order.total.currency)

    def reach(place: int, quantity: int) -> int:
        cost, count = costs[place], order.lines[place].quantity
        return cost if quantity >= count else min(round_half_up(cost * quantity, count, step), cost)

    done = {place: before.get(place, 0) for place, _ in pieces}
    return tuple(reach(place, done[place] + quantity) - reach(place, done[place]) for place, quantity in pieces)


def _spread(amount: int, weights: Sequence[int], left: Sequence[int], step: int) -> list[int]:
    """Share out an amount that is at most what is left: first by weights, then in proportion of what is left of each."""
    wanted = share_out(min(amount, sum(weights)), weights, step)
    taken = [min(part, most) for part, most in zip(wanted, left, strict=True)]
    still = [most - part for most, part in zip(left, taken, strict=True)]
    rest = share_out(amount - sum(taken), still, step)
    return [part + more for part, more in zip(taken, rest, strict=True)]


class _Left:
    """What is left of an order's shares while its credit notes are read, oldest first. The last share is of no goods."""

    def __init__(self, order: Order, lines_of: Mapping[str, Pieces]) -> None:
        self._order, self._lines_of, self._step = order, lines_of, step_of(order.total.currency)
        self.shares = order_shares(order)
        self._left: list[_Amount] = [(share.net_minor, share.tax_minor) for share in self.shares]
        self._beyond = 0  # what was refunded of what was paid beyond the total
        self._notes: list[tuple[str, list[_Amount]]] = []  # what each credit note took and still has
        self._pieces: dict[int, int] = {}
        self._counted: set[str] = set()

    def _weights(self, ref: str) -> list[int]:
        """Return what the lines that a refund is for cost, for each share of the goods."""
        index = {share.rate: place for place, share in enumerate(self.shares)}
        weights, pieces = [0] * len(self.shares), self._lines_of.get(ref, ())
        name = ref.partition("-")[0]  # a refund of several payments has several parts
        before = {} if name in self._counted else self._pieces
        for (place, quantity), cost in zip(pieces, cost_of_pieces(self._order, pieces, before), strict=True):
            rate = self._order.lines[place].tax_rate
            if rate in index:
                weights[index[rate]] += cost
            if name not in self._counted:
                self._pieces[place] = self._pieces.get(place, 0) + quantity
        self._counted.add(name)
        return weights

    def _split(self, parts: Sequence[int], most: Sequence[_Amount]) -> list[_Amount]:
        """Return net and tax of a part of each share, so that neither is more than there is."""
        amounts = []
        for share, part, (net, tax) in zip(self.shares, parts, most, strict=True):
            taken = max(min(_tax_in(share.rate, part, self._step), tax), part - net)
            amounts.append((part - taken, taken))
        return amounts

    def take(self, note: Document) -> list[_Amount]:
        """Return what a credit note takes of each share."""
        gross_left = [net + tax for net, tax in self._left]
        weights = self._weights(note.ref)
        paid = self._order.paid_minor if note.paid_minor is None else note.paid_minor
        pool = 0 if sum(weights) else max(paid - self._order.total.minor - self._beyond, 0)
        goods = min(max(note.amount_minor - pool, 0), sum(gross_left))
        parts = _spread(goods, weights, gross_left, self._step) if goods else [0] * len(gross_left)
        amounts = self._split(parts, self._left)
        self._add(amounts, -1)
        self._beyond += note.amount_minor - goods
        amounts.append((note.amount_minor - goods, 0))
        self._notes.append((note.ref, list(amounts)))
        return amounts

    def _add(self, amounts: Iterable[_Amount], sign: int) -> None:
        both = zip(self._left, amounts, strict=False)
        self._left = [(net + sign * more_net, tax + sign * more_tax) for (net, tax), (more_net, more_tax) in both]

    def release(self, note: Document) -> list[_Amount]:
        """Return what a refund that failed releases: of its own credit note first, then of the latest."""
        wanted, given = -note.amount_minor, [(0, 0)] * (len(self.shares) + 1)
        latest = list(reversed(self._notes))
        for _, kept in sorted(latest, key=lambda one: not note.ref or one[0] != note.ref):
            part = self._part(kept, min(wanted, sum(net + tax for net, tax in kept)))
            kept[:] = [(net - a, tax - b) for (net, tax), (a, b) in zip(kept, part, strict=True)]
            given = [(net + a, tax + b) for (net, tax), (a, b) in zip(given, part, strict=True)]
            wanted -= sum(net + tax for net, tax in part)
        given[-1] = (given[-1][0] + wanted, 0)
        self._add(given, 1)
        self._beyond -= given[-1][0]
        return [(-net, -tax) for net, tax in given]

    def _part(self, kept: Sequence[_Amount], amount: int) -> list[_Amount]:
        """Return a part of what a credit note has, in proportion."""
        if not amount:
            return [(0, 0)] * len(kept)
        *parts, beyond = share_out(amount, [net + tax for net, tax in kept], self._step)
        return [*self._split(parts, kept[:-1]), (beyond, 0)]


def _share_note(left: _Left, note: Document) -> SharedDocument:
    amounts = left.take(note) if note.amount_minor >= 0 else left.release(note)
    shares = [
        share._replace(net_minor=net, tax_minor=tax)
        for share, (net, tax) in zip(left.shares, amounts, strict=False)
        if share.rate and (net or tax)
    ]
    return SharedDocument(note, _with_rest(shares, note.amount_minor), amounts[-1][0])


def _recurring(order: Order, step: int) -> Iterator[TaxShare]:
    """Yield what each renewal charges of each rate."""
    delivery_recurs = order.delivery is not None and order.delivery.recurs
    for group in order.taxes:
        lines = [line for line in order.lines if line.tax_rate == group.rate]
        delivery = group.net_minor + group.tax_minor * group.included - sum(line.reduced_minor for line in lines)
        minor = sum(line.reduced_minor for line in lines if line.interval) + delivery * delivery_recurs
        tax = _tax_in(group.rate, minor, step) if group.included else group.recurring_tax_minor
        if minor:
            yield TaxShare(group.rate, group.label, group.included, minor - tax * group.included, tax)


def renewal_shares(order: Order, amount_minor: int) -> tuple[TaxShare, ...]:
    """Return the tax shares of what a renewal charged, which add up to it.

    Args:
        order: The order of the subscription.
        amount_minor: What was charged, in minor units. The shares are scaled if it is not what the order says.
    """
    step = step_of(order.total.currency)
    shares = _with_rest(list(_recurring(order, step)), order.renewal_minor)
    if order.renewal_minor == amount_minor:
        return shares
    if not order.renewal_minor:
        return (_untaxed(amount_minor),)
    grosses = share_out(amount_minor, [share.gross_minor for share in shares], step)
    taxes = [_tax_in(share.rate, gross, step) for share, gross in zip(shares, grosses, strict=True)]
    return tuple(
        share._replace(net_minor=gross - tax, tax_minor=tax)
        for share, gross, tax in zip(shares, grosses, taxes, strict=True)
        if gross
    )


def share_documents(order: Order, documents: Sequence[Document], lines_of: Mapping[str, Pieces]) -> tuple[SharedDocument, ...]:
    """Return the later documents of an order with their tax shares.

    Args:
        order: The order.
        documents: All its credit notes and renewals, in any order, in which they are returned.
        lines_of: The lines that a refund is for, by the refund's id.
    """
    left = _Left(order, lines_of)
    # By their places, not by their times: the clocks of engines differ, and an earlier document must not change.
    shared = {
        document: SharedDocument(document, renewal_shares(order, document.amount_minor))
        if document.series is Series.RENEWAL
        else _share_note(left, document)
        for document in sorted(documents, key=lambda one: one.place)
    }
    return tuple(map(shared.__getitem__, documents))
