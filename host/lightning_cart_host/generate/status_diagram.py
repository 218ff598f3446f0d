"""Draws the order statuses and their transitions.

`python -m lightning_cart_host.generate.status_diagram` prints the diagram.
"""

from collections.abc import Iterator

from lightning_cart.domain.order import EventKind, OrderStatus
from lightning_cart.domain.transitions import TRANSITIONS


def _changes() -> Iterator[tuple[OrderStatus, OrderStatus, str]]:
    """Yield each change of status with its cause. Refunds lead to one of two statuses, by the amount refunded."""
    part, whole = OrderStatus.PARTIALLY_REFUNDED, OrderStatus.REFUNDED
    for (before, kind), after in TRANSITIONS.items():
        if kind is EventKind.REFUNDED and before is not part:
            yield before, part, f"{kind} in part"
        yield before, after, kind
    for before, after in ((part, OrderStatus.PAID), (whole, part), (whole, OrderStatus.PAID)):
        yield before, after, EventKind.REFUND_FAILED


def status_diagram() -> str:
    """Return the diagram in Mermaid's syntax."""
    lines = [f"    {before} --> {after}: {cause.replace('_', ' ')}" for before, after, cause in _changes()]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {OrderStatus.OPEN}", *lines])


if __name__ == "__main__":
    print(status_diagram())  # noqa: T201 - this module's output
