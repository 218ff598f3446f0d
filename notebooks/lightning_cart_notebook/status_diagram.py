"""Draws the engine's status transitions and marks those that one order has made."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from lightning_cart.domain.order import OrderStatus
from lightning_cart.domain.transitions import TRANSITIONS
from lightning_cart_notebook.view import BLUE, GREEN, ORANGE, RED

_S = OrderStatus
# Column and row of each status. Paid orders are above, unpaid ends below.
POSITIONS: Mapping[OrderStatus, tuple[int, int]] = {
    _S.OPEN: (0, 0),
    _S.PENDING: (1, 0),
    _S.PAID: (2, 0),
    _S.PARTIALLY_REFUNDED: (3, 0),
    _S.REFUNDED: (4, 0),
    _S.FAILED: (0, 1),
    _S.EXPIRED: (1, 1),
    _S.CANCELLED: (2, 1),
}
_COLOURS = {_S.PAID: GREEN, _S.FAILED: RED, _S.EXPIRED: RED, _S.CANCELLED: RED, _S.PENDING: ORANGE, _S.OPEN: ORANGE}
_BOX_WIDTH, _COLUMN_WIDTH, _BOX_HEIGHT, _TOP, _ROW_HEIGHT = 128, 168, 30, 44, 84  # pixels


def edges() -> list[tuple[OrderStatus, OrderStatus]]:
    """Return every transition once.

    The engine's table says `refunded` for any refund. A partial refund leads to `partially_refunded` first.
    """
    part = (_S.PAID, _S.PARTIALLY_REFUNDED)
    return list(dict.fromkeys([*((before, after) for (before, _), after in TRANSITIONS.items()), part]))


def _centre(status: OrderStatus) -> tuple[int, int]:
    column, row = POSITIONS[status]
    return column * _COLUMN_WIDTH + _BOX_WIDTH // 2 + 2, _TOP + row * _ROW_HEIGHT


def _line(before: OrderStatus, after: OrderStatus, *, gone: bool) -> str:
    (x1, y1), (x2, y2) = _centre(before), _centre(after)
    half = _BOX_HEIGHT // 2
    if y1 == y2 and abs(x2 - x1) == _COLUMN_WIDTH:
        path, tip = f"M{x1 + _BOX_WIDTH // 2} {y1}H{x2 - _BOX_WIDTH // 2 - 6}", f"M{x2 - _BOX_WIDTH // 2} {y2}l-8 -4v8z"
    elif y1 == y2:  # above the boxes between
        top = y1 - half
        path = f"M{x1 + 30} {top}C{x1 + 50} {top - 32} {x2 - 50} {top - 32} {x2 - 30} {top - 6}"
        tip = f"M{x2 - 28} {top}l-8 -6l9 -3z"
    else:
        # Down on the left of a box and up on its right, so that lines in both directions do not overlap.
        down = 1 if y2 > y1 else -1
        x1, x2 = x1 - 16 * down, x2 - 16 * down
        end = y2 - (half + 7) * down
        path, tip = f"M{x1} {y1 + half * down}L{x2} {end}", f"M{x2} {y2 - half * down}l-4 {-8 * down}h8z"
    colour, strength, width = (BLUE, "1", "2.5") if gone else ("currentColor", ".28", "1")
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-opacity="{strength}" stroke-width="{width}"/>'
        f'<path d="{tip}" fill="{colour}" fill-opacity="{strength}"/>'
    )


def _box(status: OrderStatus, *, here: bool, passed: bool) -> str:
    x, y = _centre(status)
    colour = _COLOURS.get(status, BLUE) if here else BLUE if passed else "currentColor"
    strength = "1" if here or passed else ".35"
    fill = f'fill="{colour}" fill-opacity="{".22" if here else "0"}"'
    weight = ' font-weight="700"' if here else ""
    return (
        f'<rect x="{x - _BOX_WIDTH // 2}" y="{y - _BOX_HEIGHT // 2}" width="{_BOX_WIDTH}" height="{_BOX_HEIGHT}" rx="6" {fill} '
        f'stroke="{colour}" stroke-opacity="{strength}" stroke-width="{2 if here or passed else 1}"/>'
        f'<text x="{x}" y="{y + 4}" text-anchor="middle"{weight}>{status}</text>'
    )


def draw_status(path: Sequence[OrderStatus]) -> str:
    """Draw the transitions of an order as SVG.

    Args:
        path: The statuses that the order has had, in their order; the last one is its current status.
    """
    gone = set(pairwise(path))
    width, height = 4 * _COLUMN_WIDTH + _BOX_WIDTH + 4, _TOP + _ROW_HEIGHT + _BOX_HEIGHT // 2 + 4
    lines = [_line(*edge, gone=edge in gone) for edge in sorted(edges(), key=lambda edge: edge in gone)]
    boxes = [_box(status, here=status == path[-1], passed=status in path) for status in POSITIONS]
    label = f"status: {' → '.join(path)}"
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" font-size="12" role="img" aria-label="{label}">'
        f"{''.join([*lines, *boxes])}</svg>"
    )
