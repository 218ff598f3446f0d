"""The terminal that commands print to, and the colours of order statuses."""

from rich.console import Console
from rich.text import Text

from lightning_cart.domain.order import OrderStatus

_COLOURS = {OrderStatus.PAID: "green", OrderStatus.FAILED: "red", OrderStatus.OPEN: "yellow", OrderStatus.PENDING: "yellow"}
_PIPE_WIDTH = 140  # characters, if the output is not a terminal


def console() -> Console:
    """Return a console on standard output."""
    terminal = Console(highlight=False)
    return terminal if terminal.is_terminal else Console(highlight=False, width=_PIPE_WIDTH)


def coloured(status: str) -> Text:
    """Return an order's status in its colour."""
    return Text(status, style=_COLOURS.get(OrderStatus(status), "cyan"))
