"""Compares every order with the provider's ledger, with the outbox and with the messages that the merchant received.

It works on plain values, so that tests can pass a wrong order.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from lightning_cart.domain.order import OrderStatus
from lightning_cart.domain.transitions import status_from_amounts
from lightning_cart_host.chaos.scripts import PENDING_ACTS, Act
from lightning_cart_host.chaos.shopper import PurchaseResult

_ENDED = (OrderStatus.EXPIRED, OrderStatus.CANCELLED, OrderStatus.FAILED)
_PAID = "order.paid"


@dataclass(frozen=True, slots=True)
class OrderTotals:
    """The status and amounts of one order, in minor units."""

    status: str
    paid_minor: int
    refunded_minor: int
    needs_review: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of all orders, by order id.

    Args:
        orders: The engine's orders.
        ledger: The provider's totals of each order: `paid_minor` and `refunded_minor`.
        messages: The events of the messages in the engine's outbox.
        received: The ids of the messages that the merchant received, by order and event.
    """

    orders: Mapping[str, OrderTotals]
    ledger: Mapping[str, Mapping[str, int]]
    messages: Mapping[str, Sequence[str]]
    received: Mapping[str, Mapping[str, set[str]]]


@dataclass(frozen=True, slots=True)
class WrongOrder:
    """One wrong order, and what is wrong about it."""

    order_id: str
    number: int
    why: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """The result of the comparison.

    Args:
        wrong: Every wrong order.
        doubled: Payments with more than one message to the merchant, under different message ids.
        orders_minor: Paid minus refunded, summed over the engine's orders.
        books_minor: Paid minus refunded, summed over the provider's ledger.
    """

    wrong: Sequence[WrongOrder]
    doubled: int
    orders_minor: int
    books_minor: int

    @property
    def ok(self) -> bool:
        """Whether every order is right, no payment was reported twice and the sums are equal."""
        return not self.wrong and not self.doubled and self.orders_minor == self.books_minor


def _money_faults(order: OrderTotals, paid: int, refunded: int) -> Iterator[str]:
    if (order.paid_minor, order.refunded_minor) != (paid, refunded):
        yield f"it has {order.paid_minor} paid and {order.refunded_minor} refunded, the ledger {paid} and {refunded}"


def _status_faults(order: OrderTotals, paid: int, refunded: int, act: Act | None) -> Iterator[str]:
    expected = status_from_amounts(paid, refunded)
    may_wait = order.status == OrderStatus.PENDING and act in PENDING_ACTS
    if paid and order.status != expected:
        yield f"it is {order.status} instead of {expected}"
    if not paid and order.status not in _ENDED and not may_wait:
        yield f"it is {order.status} without a payment"
    if order.needs_review:
        yield "it needs a manual review"


def _message_faults(messages: Sequence[str], received: Collection[str], paid: int) -> Iterator[str]:
    expected, queued = int(bool(paid)), messages.count(_PAID)
    if queued != expected:
        yield f"{queued} messages {_PAID} instead of {expected}"
    if len(received) != expected:
        yield f"the merchant was told of {len(received)} payments instead of {expected}"


def _order_faults(order_id: str, act: Act | None, snapshot: Snapshot) -> str:
    """Return what is wrong about one order, or an empty string."""
    order, totals = snapshot.orders[order_id], snapshot.ledger.get(order_id, {})
    paid, refunded = totals.get("paid_minor", 0), totals.get("refunded_minor", 0)
    received = snapshot.received.get(order_id, {}).get(_PAID, set())
    faults = chain(
        _money_faults(order, paid, refunded),
        _status_faults(order, paid, refunded, act),
        _message_faults(snapshot.messages.get(order_id, ()), received, paid),
    )
    return "; ".join(faults)


def _missing_orders(purchases: Sequence[PurchaseResult], snapshot: Snapshot) -> Iterator[WrongOrder]:
    """Yield each purchase or payment without an order."""
    for purchase in purchases:
        number = purchase.script.number
        if not purchase.order_id:
            yield WrongOrder("", number, f"it was never created: {purchase.error}")
        elif purchase.order_id not in snapshot.orders:
            yield WrongOrder(purchase.order_id, number, "the engine returned its id and has not stored it")
    for order_id in snapshot.ledger.keys() - snapshot.orders.keys():
        yield WrongOrder(order_id, 0, "it was paid, and the engine has no such order")


def assess(purchases: Sequence[PurchaseResult], snapshot: Snapshot) -> Assessment:
    """Check every order.

    Args:
        purchases: The result of each buyer's script.
        snapshot: The state of all orders.
    """
    scripts = {purchase.order_id: purchase.script for purchase in purchases}
    wrong = list(_missing_orders(purchases, snapshot))
    for order_id in snapshot.orders:
        script = scripts.get(order_id)
        if why := _order_faults(order_id, script.act if script else None, snapshot):
            wrong.append(WrongOrder(order_id, script.number if script else 0, why))
    return Assessment(
        wrong,
        doubled=sum(max(0, len(events.get(_PAID, ())) - 1) for events in snapshot.received.values()),
        orders_minor=sum(order.paid_minor - order.refunded_minor for order in snapshot.orders.values()),
        books_minor=sum(totals["paid_minor"] - totals["refunded_minor"] for totals in snapshot.ledger.values()),
    )
