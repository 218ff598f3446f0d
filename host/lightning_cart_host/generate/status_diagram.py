"""Draws which status follows which, from `TRANSITIONS`; `python -m lightning_cart_host.generate.status_diagram` prints it."""

from collections.abc import Iterator

from lightning_cart.domain.order import TRANSITIONS, EventKind, OrderStatus


def _changes() -> Iterator[tuple[OrderStatus, OrderStatus, str]]:
    """From which status to which, and by what. How much was given back decides between the last two."""
    part, whole = OrderStatus.PARTIALLY_REFUNDED, OrderStatus.REFUNDED
    for (before, kind), after in TRANSITIONS.items():
        if kind is EventKind.REFUNDED and before is not part:
            yield before, part, f"{kind} in part"
        yield before, after, kind
    for before, after in ((part, OrderStatus.PAID), (whole, part), (whole, OrderStatus.PAID)):
        yield before, after, EventKind.REFUND_FAILED


def status_diagram() -> str:
    """The diagram in Mermaid's words."""
    lines = [f"    {before} --> {after}: {cause.replace('_', ' ')}" for before, after, cause in _changes()]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {OrderStatus.OPEN}", *lines])


if __name__ == "__main__":
    print(status_diagram())  # noqa: T201 - what it is there for
