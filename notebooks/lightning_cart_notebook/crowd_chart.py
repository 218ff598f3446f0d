"""Draws how many orders stand where, one bar for each moment, so that one can watch them converge."""

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

from lightning_cart.domain.order import Order, OrderStatus
from lightning_cart_notebook.view import BLUE, GREEN, ORANGE, RED, View, headline

_NAMES, _WIDE, _ROW = 230, 480, 34  # pixels: of the names, of a bar, of a row
_S = OrderStatus
_COLOURS: Mapping[OrderStatus, str] = {_S.OPEN: "#8a8a8a", _S.PENDING: ORANGE, _S.PAID: GREEN, _S.REFUNDED: BLUE}


def crowd_view(moments: Mapping[str, Sequence[Order]]) -> View:
    """Several moments, each with every order as it stood.

    Args:
        moments: What happened before, in words, to the orders after it.
    """
    height, bars, lines = _ROW * len(moments) + 6, [], []
    for row, (words, orders) in enumerate(moments.items()):
        counts, x, y = Counter(order.status for order in orders), _NAMES, row * _ROW
        found = [(status, counts[status]) for status in OrderStatus if counts[status]]
        bars.append(f'<text x="0" y="{y + 20}">{escape(words)}</text>')
        for status, count in found:
            width = _WIDE * count // len(orders)
            bars.append(
                f'<rect x="{x}" y="{y + 3}" width="{width - 2}" height="26" rx="3" fill="{_COLOURS.get(status, RED)}"/>'
            )
            label = f"{count} {status}"
            bars.append(f'<text x="{x + width // 2}" y="{y + 20}" text-anchor="middle" style="fill:#fff">{label}</text>')
            x += width
        lines.append(f"  {words}: {', '.join(f'{count} {status}' for status, count in found)}")
    title = "How the orders stand"
    picture = f'<svg viewBox="0 0 {_NAMES + _WIDE} {height}" width="{_NAMES + _WIDE}" font-size="12">{"".join(bars)}</svg>'
    return View(f"{headline(title)}{picture}", "\n".join([title, *lines]))
