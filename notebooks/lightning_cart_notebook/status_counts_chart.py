"""Draws the number of orders per status, one bar for each moment."""

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

from lightning_cart.domain.order import Order, OrderStatus
from lightning_cart_notebook.view import BLUE, GREEN, ORANGE, RED, View, headline

_LABEL_WIDTH, _BAR_WIDTH, _ROW_HEIGHT = 230, 480, 34  # pixels
_S = OrderStatus
_COLOURS: Mapping[OrderStatus, str] = {_S.OPEN: "#8a8a8a", _S.PENDING: ORANGE, _S.PAID: GREEN, _S.REFUNDED: BLUE}


def status_counts_view(moments: Mapping[str, Sequence[Order]]) -> View:
    """Draw the orders of several moments by status.

    Args:
        moments: All orders after each event; the key describes the event.
    """
    height, bars, lines = _ROW_HEIGHT * len(moments) + 6, [], []
    for row, (label, orders) in enumerate(moments.items()):
        counts, x, y = Counter(order.status for order in orders), _LABEL_WIDTH, row * _ROW_HEIGHT
        counted = [(status, counts[status]) for status in OrderStatus if counts[status]]
        bars.append(f'<text x="0" y="{y + 20}">{escape(label)}</text>')
        for status, count in counted:
            width = _BAR_WIDTH * count // len(orders)
            bars.append(
                f'<rect x="{x}" y="{y + 3}" width="{width - 2}" height="26" rx="3" fill="{_COLOURS.get(status, RED)}"/>'
            )
            caption = f"{count} {status}"
            bars.append(f'<text x="{x + width // 2}" y="{y + 20}" text-anchor="middle" style="fill:#fff">{caption}</text>')
            x += width
        lines.append(f"  {label}: {', '.join(f'{count} {status}' for status, count in counted)}")
    title = "Orders by status"
    width = _LABEL_WIDTH + _BAR_WIDTH
    picture = f'<svg viewBox="0 0 {width} {height}" width="{width}" font-size="12">{"".join(bars)}</svg>'
    return View(f"{headline(title)}{picture}", "\n".join([title, *lines]))
