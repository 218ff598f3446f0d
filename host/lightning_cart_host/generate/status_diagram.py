"""Draws the order statuses and their transitions.

`python -m lightning_cart_host.generate.status_diagram` prints the diagram.
"""

from collections.abc import Iterator
from itertools import product

from lightning_cart.domain.order import PAID_STATUSES, OrderStatus
from lightning_cart.domain.payment import PaymentSums, status_from_sums
from lightning_cart.domain.transitions import MONEY_KINDS, TRANSITIONS

_TOTAL = 3  # of an order of which nothing, a part, all, or too much is paid
_AMOUNTS = range(_TOTAL + 2)

type Change = tuple[OrderStatus, OrderStatus, str]


def _orders() -> Iterator[tuple[OrderStatus, PaymentSums]]:
    """Yield each status with all sums that an order of this status can have."""
    for status, paid, refunded in product(OrderStatus, _AMOUNTS, _AMOUNTS):
        sums = PaymentSums(paid, 0, refunded)
        is_possible = refunded <= paid and (paid or status not in PAID_STATUSES)
        if is_possible and status_from_sums(status, _TOTAL, sums) is status:
            yield status, sums


def _changes_of_sums() -> Iterator[Change]:
    """Yield each change of status by a payment, a refund or a failed refund."""
    for before, sums in _orders():
        for paid in range(sums.paid_minor + 1, max(_AMOUNTS) + 1):
            after = status_from_sums(before, _TOTAL, sums._replace(paid_minor=paid))
            how = "again" if before in PAID_STATUSES else "" if after in PAID_STATUSES else "in part"
            yield before, after, f"paid {how}".strip()
        for refunded in range(sums.paid_minor + 1):
            after = status_from_sums(before, _TOTAL, sums._replace(refunded_minor=refunded))
            how = "refunded" if refunded == sums.paid_minor else "refunded in part"
            yield before, after, how if refunded > sums.refunded_minor else "refund failed"


def _changes() -> Iterator[Change]:
    for (before, kind), after in TRANSITIONS.items():
        if kind not in MONEY_KINDS:
            yield before, after, kind
    yield from _changes_of_sums()


def status_diagram() -> str:
    """Return the diagram in Mermaid's syntax."""
    causes: dict[tuple[OrderStatus, OrderStatus], dict[str, None]] = {}
    for before, after, cause in _changes():
        if before is not after:
            causes.setdefault((before, after), {})[str(cause)] = None
    order = list(OrderStatus)
    arrows = sorted(causes, key=lambda arrow: [order.index(status) for status in arrow])
    lines = [f"    {before} --> {after}: {', '.join(causes[before, after])}" for before, after in arrows]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {OrderStatus.OPEN}", *lines])


if __name__ == "__main__":
    print(status_diagram())  # noqa: T201 - this module's output
