"""Which lines of an order a refund is for, and what they cost: no piece is refunded twice."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from lightning_cart.domain.order import Order
from lightning_cart.domain.receipt import Pieces, cost_of_pieces
from lightning_cart.domain.refund import LineWish, Refund, RefundStatus, RefundWish
from lightning_cart.errors import InvalidField


class PricedLines(NamedTuple):
    """What a refund of lines refunds.

    Args:
        amount_minor: In minor units.
        known: How many refunds of lines there were when it was priced. With another number nothing is refunded.
    """

    amount_minor: int
    known: int


def line_names(order: Order) -> tuple[str, ...]:
    """Return the shortest name of each line that no other line has: `tshirt`, `tshirt/l-blue`, or `line#3` for the third."""
    ids = [line.product_id for line in order.lines]
    variants = [(line.product_id, line.variant_id) for line in order.lines]
    return tuple(
        line.product_id
        if ids.count(line.product_id) == 1
        else f"{line.product_id}/{line.variant_id}"
        if line.variant_id and variants.count((line.product_id, line.variant_id)) == 1
        else f"line#{place + 1}"
        for place, line in enumerate(order.lines)
    )


def name_pieces(order: Order, pieces: Pieces) -> tuple[str, ...]:
    """Return pieces of lines as an operator names them, such as `tshirt:2`."""
    names = line_names(order)
    return tuple(f"{names[place]}:{quantity}" for place, quantity in pieces)


def _is_of(refund: Refund) -> bool:
    return bool(refund.pieces) and refund.status is not RefundStatus.FAILED


def refunded_pieces(refunds: Iterable[Refund]) -> dict[int, int]:
    """Return how many pieces of each line were refunded or are being refunded, by the line's place from 0."""
    # A refund of several payments has a row for each, of which all name its lines.
    pieces_of = {refund.id.partition("-")[0]: refund.pieces for refund in refunds if _is_of(refund)}
    done: dict[int, int] = {}
    for pieces in pieces_of.values():
        for place, quantity in pieces:
            done[place] = done.get(place, 0) + quantity
    return done


def _say_lines(order: Order, left: Sequence[int]) -> str:
    lines = zip(line_names(order), order.lines, left, strict=True)
    return ", ".join(f"{name} ({count} of {line.title})" for name, line, count in lines)


def _find(order: Order, wish: LineWish, at: str) -> int:
    """Return the place of the line that is meant."""
    variant = f"/{wish.variant_id}" if wish.variant_id else ""
    name = f"{wish.product_id}{variant}" if wish.place is None else f"line#{wish.place + 1}"
    found = [
        place
        for place, line in enumerate(order.lines)
        if place == wish.place
        or (wish.place is None and line.product_id == wish.product_id and wish.variant_id in {"", line.variant_id})
    ]
    if len(found) == 1:
        return found[0]
    reason = f"{name} is no line of the order" if not found else f"{name} is in {len(found)} lines of the order"
    raise InvalidField(at, f"{reason}: choose from {_say_lines(order, [line.quantity for line in order.lines])}")


def find_lines(order: Order, wish: RefundWish) -> RefundWish:
    """Return a refund with the places of its lines.

    Args:
        order: The order.
        wish: A refund, which may have no lines.

    Raises:
        InvalidField: A line is not in the order, or what names it fits several.
    """
    wanted: dict[int, int] = {}
    for number, line in enumerate(wish.lines):
        place = _find(order, line, f"lines[{number}]")
        wanted[place] = wanted.get(place, 0) + line.quantity
    return wish._replace(pieces=tuple(sorted(wanted.items())))


def price_lines(order: Order, wish: RefundWish, refunds: Sequence[Refund]) -> PricedLines:
    """Return what a refund of lines refunds.

    Args:
        order: The order.
        wish: The refund with the places of its lines. Without an amount it refunds what they cost: after the discount, with
            their share of an added tax, without the delivery.
        refunds: All refunds of the order that were requested here.

    Raises:
        InvalidField: A line has fewer pieces left to refund, or all of them cost nothing.
    """
    done = refunded_pieces(refunds)
    left = [line.quantity - done.get(place, 0) for place, line in enumerate(order.lines)]
    for place, quantity in wish.pieces:
        if quantity > left[place]:
            name = f"{quantity} of {line_names(order)[place]}"
            raise InvalidField("lines", f"{name} are more than can be refunded: {_say_lines(order, left)} are left")
    amount = wish.amount_minor
    if amount is None:
        amount = sum(cost_of_pieces(order, wish.pieces, done))
    if not amount:
        raise InvalidField("lines", "cost nothing, so there is nothing to refund")
    return PricedLines(amount, sum(map(_is_of, refunds)))
