"""Compares every order with the providers' ledger, with the outbox and with the messages that the merchant received.

It works on plain values, so that tests can pass a wrong order.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from lightning_cart_host.chaos.ledger import Key, LedgerDispute, LedgerPayment
from lightning_cart_host.chaos.order_faults import PAID, MoneyOf, OrderCase, find_faults
from lightning_cart_host.chaos.shopper import PurchaseResult
from lightning_cart_host.chaos.state import Snapshot


@dataclass(frozen=True, slots=True)
class WrongOrder:
    """One wrong order, and what is wrong about it. Without an id, it is about no order."""

    order_id: str
    number: int
    why: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """The result of the comparison.

    Args:
        wrong: Every wrong order.
        doubled: Payments with more than one message to the merchant, under different message ids.
        orders_minor: Paid and tips minus refunded, summed over the engine's payments.
        books_minor: The same sum of the provider's ledger.
        tips_minor: The tips alone, in the engine's payments.
        disputes: The number of disputes in the ledger.
        foreign: The number of events of other programs that the engine counted.
        parked: The number of parked events of other programs, before they ended.
    """

    wrong: Sequence[WrongOrder]
    doubled: int
    orders_minor: int
    books_minor: int
    tips_minor: int = 0
    disputes: int = 0
    foreign: int = 0
    parked: int = 0

    @property
    def ok(self) -> bool:
        """Whether every order is right, no payment was reported twice and the sums are equal."""
        return not self.wrong and not self.doubled and self.orders_minor == self.books_minor


def _money_by_order(payments: Mapping[Key, LedgerPayment], disputes: Mapping[Key, LedgerDispute]) -> Mapping[str, MoneyOf]:
    found: dict[str, MoneyOf] = defaultdict(lambda: MoneyOf({}, {}))
    for key, row in payments.items():
        found[row.order_id].payments[key] = row.payment
    for key, dispute in disputes.items():
        found[dispute.order_id].disputes[key] = dispute
    return found


def _missing_orders(purchases: Sequence[PurchaseResult], snapshot: Snapshot) -> Iterator[WrongOrder]:
    """Yield each purchase or payment without an order."""
    for purchase in purchases:
        number = purchase.script.number
        if not purchase.order_id:
            yield WrongOrder("", number, f"it was never created: {purchase.error}")
        elif purchase.order_id not in snapshot.orders:
            yield WrongOrder(purchase.order_id, number, "the engine returned its id and has not stored it")
    for order_id in {one.order_id for one in snapshot.ledger.payments.values()} - snapshot.orders.keys():
        yield WrongOrder(order_id, 0, "it was paid, and the engine has no such order")


def _foreign_faults(snapshot: Snapshot) -> Iterator[WrongOrder]:
    """Yield what is wrong about the events of other programs."""
    rows, truth = snapshot.foreign, snapshot.ledger.foreign
    for provider, name in sorted(rows.named & truth.ids):
        yield WrongOrder("", 0, f"an event about {name}, which another program sold by {provider}, was recorded")
    for event_id, names in rows.parked.items():
        if not names & truth.ids:
            yield WrongOrder("", 0, f"the event {event_id} is parked, and it is about an order of the engine")
    if rows.parked_at_end:
        yield WrongOrder("", 0, f"{rows.parked_at_end} events are parked at the end")
    for provider in sorted({*truth.most, *rows.counted}):
        counted, least, most = rows.counted.get(provider, 0), truth.least.get(provider, 0), truth.most.get(provider, 0)
        if not least <= counted <= most:
            why = f"{counted} events of other programs are counted for {provider} instead of {least} to {most}"
            yield WrongOrder("", 0, why)


def _wrong_orders(purchases: Sequence[PurchaseResult], snapshot: Snapshot) -> Iterator[WrongOrder]:
    """Yield each order that differs from the ledger or from its messages."""
    scripts = {purchase.order_id: purchase.script for purchase in purchases}
    stored = _money_by_order(snapshot.payments, snapshot.disputes)
    ledger = _money_by_order(snapshot.ledger.payments, snapshot.ledger.disputes)
    for order_id, order in snapshot.orders.items():
        script = scripts.get(order_id)
        case = OrderCase(
            order_id,
            order,
            script.act if script else None,
            stored[order_id],
            ledger[order_id],
            snapshot.messages.get(order_id, ()),
            snapshot.received.get(order_id, {}),
        )
        if why := find_faults(case):
            yield WrongOrder(order_id, script.number if script else 0, why)


def _kept(payments: Mapping[Key, LedgerPayment]) -> int:
    return sum(one.payment.amount_minor + one.payment.tip_minor - one.payment.refunded_minor for one in payments.values())


def assess(purchases: Sequence[PurchaseResult], snapshot: Snapshot) -> Assessment:
    """Check every order, and what events of other programs have left.

    Args:
        purchases: The result of each buyer's script.
        snapshot: The state of everything.
    """
    faults = chain(_missing_orders(purchases, snapshot), _wrong_orders(purchases, snapshot), _foreign_faults(snapshot))
    return Assessment(
        list(faults),
        doubled=sum(max(0, len(events.get(PAID, ())) - 1) for events in snapshot.received.values()),
        orders_minor=_kept(snapshot.payments),
        books_minor=_kept(snapshot.ledger.payments),
        tips_minor=sum(one.payment.tip_minor for one in snapshot.payments.values()),
        disputes=len(snapshot.ledger.disputes),
        foreign=sum(snapshot.foreign.counted.values()),
        parked=len(snapshot.foreign.parked),
    )
