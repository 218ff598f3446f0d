"""Judges every order by the provider's own books, by the outbox, and by what the merchant was told.

It takes plain values and gives plain values, so that a test can show it an order that is wrong.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from lightning_cart.domain.order import OrderStatus, status_from_amounts
from lightning_cart_host.chaos.script import PENDING_ACTS, Act
from lightning_cart_host.chaos.shopper import PurchaseResult

_ENDED = (OrderStatus.EXPIRED, OrderStatus.CANCELLED, OrderStatus.FAILED)
_PAID = "order.paid"


@dataclass(frozen=True, slots=True)
class OrderTotals:
    """How an order stands somewhere, in minor units."""

    status: str
    paid_minor: int
    refunded_minor: int
    needs_review: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is known of all orders, by order id.

    Args:
        orders: How they stand at the engine.
        books: What was paid and given back, as the provider's books say: `paid_minor` and `refunded_minor`.
        effects: The effects in the engine's outbox.
        told: For each order its events, and for each event the ids of the messages that told the merchant of it.
    """

    orders: Mapping[str, OrderTotals]
    books: Mapping[str, Mapping[str, int]]
    effects: Mapping[str, Sequence[str]]
    told: Mapping[str, Mapping[str, set[str]]]


@dataclass(frozen=True, slots=True)
class WrongOrder:
    """One order that is not as it should be, and why."""

    order_id: str
    number: int
    why: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the judge found.

    Args:
        wrong: Every order that is wrong.
        doubled: Effects that the merchant was told of twice, as if they were two.
        orders_minor: Paid less given back, summed over the engine's orders.
        books_minor: The same of the provider's books.
    """

    wrong: Sequence[WrongOrder]
    doubled: int
    orders_minor: int
    books_minor: int

    @property
    def ok(self) -> bool:
        """Whether every order is right, nothing happened twice, and not a cent differs."""
        return not self.wrong and not self.doubled and self.orders_minor == self.books_minor


def _money_faults(order: OrderTotals, paid: int, refunded: int) -> Iterator[str]:
    if (order.paid_minor, order.refunded_minor) != (paid, refunded):
        yield f"it says {order.paid_minor} paid and {order.refunded_minor} given back, the books {paid} and {refunded}"


def _status_faults(order: OrderTotals, paid: int, refunded: int, act: Act | None) -> Iterator[str]:
    right = status_from_amounts(paid, refunded)
    waits = order.status == OrderStatus.PENDING and act in PENDING_ACTS
    if paid and order.status != right:
        yield f"it is {order.status} instead of {right}"
    if not paid and order.status not in _ENDED and not waits:
        yield f"it is {order.status}, and nobody has paid"
    if order.needs_review:
        yield "it waits for a person"


def _message_faults(effects: Sequence[str], messages: Collection[str], paid: int) -> Iterator[str]:
    wanted, made, told = int(bool(paid)), effects.count(_PAID), len(messages)
    if made != wanted:
        yield f"{made} effects {_PAID} instead of {wanted}"
    if told != wanted:
        yield f"the merchant was told of {told} payments instead of {wanted}"


def _order_faults(order_id: str, act: Act | None, evidence: Snapshot) -> str:
    """What is wrong about one order, or nothing."""
    order, books = evidence.orders[order_id], evidence.books.get(order_id, {})
    paid, refunded = books.get("paid_minor", 0), books.get("refunded_minor", 0)
    messages = evidence.told.get(order_id, {}).get(_PAID, set())
    found = chain(
        _money_faults(order, paid, refunded),
        _status_faults(order, paid, refunded, act),
        _message_faults(evidence.effects.get(order_id, ()), messages, paid),
    )
    return "; ".join(found)


def _lost(bought: Sequence[PurchaseResult], evidence: Snapshot) -> Iterator[WrongOrder]:
    """What somebody wanted or paid for, and the engine does not have."""
    for one in bought:
        if not one.order_id:
            yield WrongOrder("", one.script.number, f"it was never taken: {one.trouble}")
        elif one.order_id not in evidence.orders:
            yield WrongOrder(one.order_id, one.script.number, "the engine answered with it and does not have it")
    for order_id in evidence.books.keys() - evidence.orders.keys():
        yield WrongOrder(order_id, 0, "somebody paid for it, and the engine does not have it")


def assess(bought: Sequence[PurchaseResult], evidence: Snapshot) -> Assessment:
    """Judge every order.

    Args:
        bought: What each buyer did.
        evidence: What is known of the orders.
    """
    scripts = {one.order_id: one.script for one in bought}
    wrong = list(_lost(bought, evidence))
    for order_id in evidence.orders:
        script = scripts.get(order_id)
        if why := _order_faults(order_id, script.act if script else None, evidence):
            wrong.append(WrongOrder(order_id, script.number if script else 0, why))
    return Assessment(
        wrong,
        doubled=sum(max(0, len(told.get(_PAID, ())) - 1) for told in evidence.told.values()),
        orders_minor=sum(order.paid_minor - order.refunded_minor for order in evidence.orders.values()),
        books_minor=sum(books["paid_minor"] - books["refunded_minor"] for books in evidence.books.values()),
    )
