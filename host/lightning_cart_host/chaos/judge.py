"""Judges every order by the provider's own books, by the outbox, and by what the merchant was told.

It takes plain values and gives plain values, so that a test can show it an order that is wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lightning_cart.order import SETTLED, OrderStatus, status_of_sums
from lightning_cart_host.chaos.script import PENDING, Act
from lightning_cart_host.chaos.shopper import Bought

_ENDED = (OrderStatus.EXPIRED, OrderStatus.CANCELLED, OrderStatus.FAILED)
_PAID = "order.paid"


@dataclass(frozen=True, slots=True)
class Standing:
    """How an order stands somewhere, in minor units."""

    status: str
    paid_minor: int
    refunded_minor: int
    needs_review: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of all orders, by order id.

    Args:
        orders: how they stand at the engine.
        books: what was paid and given back, as the provider's books say: `paid_minor` and `refunded_minor`.
        effects: the effects in the engine's outbox.
        told: for each order its events, and for each event the ids of the messages that told the merchant of it.
    """

    orders: Mapping[str, Standing]
    books: Mapping[str, Mapping[str, int]]
    effects: Mapping[str, Sequence[str]]
    told: Mapping[str, Mapping[str, set[str]]]


@dataclass(frozen=True, slots=True)
class Wrong:
    """One order that is not as it should be, and why."""

    order_id: str
    number: int
    why: str


@dataclass(slots=True)
class Verdict:
    """What the judge found.

    Args:
        wrong: every order that is wrong.
        doubled: effects that the merchant was told of twice, as if they were two.
        orders_minor: paid less given back, summed over the engine's orders.
        books_minor: the same of the provider's books.
    """

    wrong: list[Wrong] = field(default_factory=list)
    doubled: int = 0
    orders_minor: int = 0
    books_minor: int = 0

    @property
    def ok(self) -> bool:
        """Whether every order is right, nothing happened twice, and not a cent differs."""
        return not self.wrong and not self.doubled and self.orders_minor == self.books_minor


def _expected(paid: int, refunded: int) -> str:
    return status_of_sums(paid, refunded) if paid else ""


def _complaints(order_id: str, act: Act | None, evidence: Evidence) -> list[str]:
    order = evidence.orders[order_id]
    books = evidence.books.get(order_id, {"paid_minor": 0, "refunded_minor": 0})
    paid, refunded = books["paid_minor"], books["refunded_minor"]
    found = []
    if (order.paid_minor, order.refunded_minor) != (paid, refunded):
        found.append(f"it says {order.paid_minor} paid and {order.refunded_minor} given back, the books {paid} and {refunded}")
    if paid and order.status != _expected(paid, refunded):
        found.append(f"it is {order.status} instead of {_expected(paid, refunded)}")
    waits = order.status == OrderStatus.PENDING and act in PENDING
    if not paid and order.status not in _ENDED and not waits:
        found.append(f"it is {order.status}, and nobody has paid")
    if order.needs_review:
        found.append("it waits for a person")
    effects = evidence.effects.get(order_id, ()).count(_PAID) if order_id in evidence.effects else 0
    if effects != bool(paid):
        found.append(f"{effects} effects {_PAID} instead of {int(bool(paid))}")
    told = len(evidence.told.get(order_id, {}).get(_PAID, ()))
    if told != bool(paid):
        found.append(f"the merchant was told of {told} payments instead of {int(bool(paid))}")
    return found


def judge(bought: Sequence[Bought], evidence: Evidence) -> Verdict:
    """Judge every order.

    Args:
        bought: what each buyer did.
        evidence: what is known of the orders.
    """
    verdict = Verdict()
    acts = {one.order_id: one.script for one in bought if one.order_id}
    for one in bought:
        if not one.order_id:
            verdict.wrong.append(Wrong("", one.script.number, f"it was never taken: {one.trouble}"))
        elif one.order_id not in evidence.orders:
            verdict.wrong.append(Wrong(one.order_id, one.script.number, "the engine answered with it and does not have it"))
    for order_id in evidence.orders:
        script = acts.get(order_id)
        if why := "; ".join(_complaints(order_id, script.act if script else None, evidence)):
            verdict.wrong.append(Wrong(order_id, script.number if script else 0, why))
    for order_id in evidence.books.keys() - evidence.orders.keys():
        verdict.wrong.append(Wrong(order_id, 0, "somebody paid for it, and the engine does not have it"))
    verdict.doubled = sum(
        max(0, len(names) - 1) for told in evidence.told.values() for event, names in told.items() if event == _PAID
    )
    verdict.orders_minor = sum(order.paid_minor - order.refunded_minor for order in evidence.orders.values())
    verdict.books_minor = sum(books["paid_minor"] - books["refunded_minor"] for books in evidence.books.values())
    return verdict


def settled_of(evidence: Evidence) -> int:
    """How many orders were paid."""
    return sum(order.status in SETTLED for order in evidence.orders.values())
