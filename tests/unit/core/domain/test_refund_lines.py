"""A refund of lines: which lines are meant, what their pieces cost, and that none is refunded twice."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.line_item import LineItem, sum_lines
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.parts import Parts
from lightning_cart.domain.receipt import Pieces, line_costs
from lightning_cart.domain.refund import LineWish, Refund, RefundStatus, RefundWish
from lightning_cart.domain.refund_lines import find_lines, line_names, name_pieces, price_lines, refunded_pieces
from lightning_cart.errors import InvalidField
from support.builders import NOW, ORDER_ID, make_order
from support.full_orders import BOOK, SHIRT, make_full_order

OTHER_SHIRT = SHIRT._replace(variant_id="s-red", options={"size": "S", "colour": "red"}, quantity=1, discount_minor=0)
RING = LineItem("ring", "Ring", Money(9000, "USD"), 1)
ORDER = make_full_order(lines=(SHIRT, OTHER_SHIRT, BOOK, RING, RING), taxes=())
SAMPLE = LineItem("sample", "Sample", Money(0, "USD"), 1)


def _wish(*lines: LineWish, amount: int | None = None) -> RefundWish:
    return RefundWish(ORDER_ID, amount, "", "key", lines=lines)


def _refund(number: int, pieces: Pieces, status: RefundStatus = RefundStatus.SUCCEEDED, part: str = "") -> Refund:
    refund_id = f"rfd_{number:026d}{part}"
    return Refund(refund_id, ORDER_ID, Money(1, "USD"), "", status, "", False, "", NOW, NOW, pieces=pieces)


def _price(order: Order, *lines: LineWish, refunds: tuple[Refund, ...] = (), amount: int | None = None) -> int:
    return price_lines(order, find_lines(order, _wish(*lines, amount=amount)), refunds).amount_minor


def test_each_line_has_the_shortest_name_that_no_other_has() -> None:
    assert line_names(ORDER) == ("tshirt/l-blue", "tshirt/s-red", "book", "line#4", "line#5")
    assert line_names(make_full_order()) == ("tshirt", "book")
    assert name_pieces(ORDER, ((0, 2), (4, 1))) == ("tshirt/l-blue:2", "line#5:1")


@pytest.mark.parametrize(
    ("line", "place"),
    [
        (LineWish(1, "book"), 2),
        (LineWish(1, "tshirt", "l-blue"), 0),
        (LineWish(1, "tshirt", "s-red"), 1),
        (LineWish(1, place=4), 4),
    ],
)
def test_a_line_is_found_by_its_name(line: LineWish, place: int) -> None:
    assert find_lines(ORDER, _wish(line)).pieces == ((place, 1),)


def test_the_same_line_by_several_names_is_one() -> None:
    lines = (LineWish(1, place=2), LineWish(1, "tshirt", "l-blue"), LineWish(2, place=0))
    assert find_lines(ORDER, _wish(*lines)).pieces == ((0, 3), (2, 1))
    assert find_lines(ORDER, _wish()).pieces == ()


ALL = (
    "choose from tshirt/l-blue (3 of T-shirt (L, blue)), tshirt/s-red (1 of T-shirt (S, red)), book (1 of Book), "
    "line#4 (1 of Ring), line#5 (1 of Ring)"
)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (LineWish(1, "mug"), "mug is no line of the order"),
        (LineWish(1, "book", "l-blue"), "book/l-blue is no line of the order"),
        (LineWish(1, "tshirt"), "tshirt is in 2 lines of the order"),
        (LineWish(1, "ring"), "ring is in 2 lines of the order"),
        (LineWish(1, place=5), "line#6 is no line of the order"),
    ],
)
def test_a_line_that_is_not_clear_names_the_lines_of_the_order(line: LineWish, sentence: str) -> None:
    with pytest.raises(InvalidField) as raised:
        find_lines(ORDER, _wish(LineWish(1, "book"), line))
    assert (raised.value.field, raised.value.reason) == ("lines[1]", f"{sentence}: {ALL}")


def test_lines_cost_what_their_buyer_paid_for_them() -> None:
    assert _price(ORDER, LineWish(1, "tshirt", "l-blue")) == 2167  # 75.00 less 10.00 for three
    assert _price(ORDER, LineWish(3, "tshirt", "l-blue"), LineWish(1, "book")) == 6500 + 1500
    taxed = make_full_order(lines=tuple(line._replace(tax_rate="8.875") for line in (SHIRT, BOOK)))
    assert _price(taxed, LineWish(1, "book")) == 1633


def test_an_amount_is_taken_as_it_is() -> None:
    assert _price(ORDER, LineWish(1, "book"), amount=7) == 7


def test_pieces_that_were_refunded_are_not_left() -> None:
    refunds = (
        _refund(1, ((0, 1), (2, 1))),
        _refund(2, ((0, 1),), RefundStatus.REQUESTED),
        _refund(2, ((0, 1),), RefundStatus.PENDING, part="-2"),
        _refund(3, ((0, 1),), RefundStatus.FAILED),
        _refund(4, ()),
    )
    assert refunded_pieces(refunds) == {0: 2, 2: 1}
    assert _price(ORDER, LineWish(1, "tshirt", "l-blue"), refunds=refunds) == 6500 - 4333
    assert price_lines(ORDER, find_lines(ORDER, _wish(LineWish(1, place=3))), refunds).known == 3
    with pytest.raises(
        InvalidField, match=r"lines: 2 of tshirt/l-blue are more than can be refunded: .*1 of T-shirt \(L, blue"
    ):
        _price(ORDER, LineWish(2, "tshirt", "l-blue"), refunds=refunds)
    with pytest.raises(InvalidField, match="1 of book are more than can be refunded"):
        _price(ORDER, LineWish(1, "book"), refunds=refunds, amount=5)


def test_what_cost_nothing_is_not_refunded() -> None:
    order = make_order(lines=(SAMPLE, RING), parts=Parts.of(sum_lines((SAMPLE, RING))))
    with pytest.raises(InvalidField, match="lines: cost nothing, so there is nothing to refund"):
        _price(order, LineWish(1, "sample"))


def test_the_digest_of_a_refund_covers_its_lines_and_is_as_before_without_any() -> None:
    one, same, other = (
        find_lines(ORDER, _wish(line)) for line in (LineWish(1, "book"), LineWish(1, place=2), LineWish(1, place=3))
    )
    assert one.digest == same.digest != other.digest
    assert len({wish.digest for wish in (one, _wish(), one._replace(amount_minor=5), one._replace(reason="torn"))}) == 4
    assert RefundWish(ORDER_ID, 300, "torn", "k").digest == "d24f8933212c5d77eedeb90bd7790f9894f22ffe4ec5abf62bfdbec24c3ae148"


@given(st.data())
def test_all_pieces_in_any_steps_cost_what_the_lines_cost(data: Any) -> None:
    refunds: tuple[Refund, ...] = ()
    paid = 0
    left = [line.quantity for line in ORDER.lines]
    while any(left):
        place = data.draw(st.sampled_from([place for place, count in enumerate(left) if count]))
        quantity = data.draw(st.integers(1, left[place]))
        paid += _price(ORDER, LineWish(quantity, place=place), refunds=refunds)
        refunds += (_refund(len(refunds), ((place, quantity),)),)
        left[place] -= quantity
    assert paid == sum(line_costs(ORDER))
