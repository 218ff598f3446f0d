"""The terminal that commands print to, and the colours of order statuses."""

from rich.console import Console
from rich.text import Text

from lightning_cart.domain.order import OrderStatus

_COLOURS = {OrderStatus.PAID: "green", OrderStatus.FAILED: "red", OrderStatus.OPEN: "yellow", OrderStatus.PENDING: "yellow"}
_WIDE = 140  # characters, if the output is not a terminal


def console(*, wide: bool = False, stderr: bool = False) -> Console:
    """Return a console on standard output.

    Args:
        wide: Whether lines may be longer than the terminal is wide, up to 140 characters.
        stderr: Whether it is on standard error instead.
    """
    terminal = Console(highlight=False, stderr=stderr)
    fits = terminal.is_terminal and (terminal.width >= _WIDE or not wide)
    return terminal if fits else Console(highlight=False, stderr=stderr, width=_WIDE)


def coloured(status: str) -> Text:
    """Return an order's status in its colour."""
    return Text(status, style=_COLOURS.get(OrderStatus(status), "cyan"))
