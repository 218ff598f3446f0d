"""The tax shares of an order's documents add up, whatever is refunded and in whatever steps."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.catalog import Interval
from lightning_cart.domain.document import Document, DocumentNumber, Series
from lightning_cart.domain.line_item import LineItem, sum_lines
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.parts import Parts
from lightning_cart.domain.receipt import (
    Pieces,
    TaxShare,
    cost_of_pieces,
    line_costs,
    order_shares,
    renewal_shares,
    share_documents,
)
from lightning_cart.domain.taxes import TaxGroup
from lightning_cart.providers.stripe.checkout import StripeCheckout
from support.builders import NOW, make_order
from support.full_orders import POST, make_full_order, make_recurring_order
from support.random_carts import carts, order_of

ORDERS = carts().map(lambda cart: order_of(cart.quote(), StripeCheckout))
MUG = LineItem("mug", "Mug", Money(1210, "EUR"), 2, tax_rate="21")
BOOK = LineItem("book", "Book", Money(1040, "EUR"), 1, tax_rate="4")
GIFT = LineItem("gift", "Gift card", Money(2000, "EUR"), 1)
TAXES = (TaxGroup("21", "IVA", True, 2000, 420), TaxGroup("4", "IVA", True, 1000, 40))


def _order(**changes: Any) -> Order:
    """Return an order of 54.60 euros: mugs of 24.20 at 21 %, a book of 10.40 at 4 %, a gift card of 20.00 without tax."""
    return make_order(**{"lines": (MUG, BOOK, GIFT), "taxes": TAXES, "paid_minor": 5460} | changes)


def _note(amount_minor: int, place: int = 1, ref: str = "", **changes: Any) -> Document:
    return Document(Series.CREDIT_NOTE, place, amount_minor, ref, NOW, **changes)


def _shares(order: Order, notes: Sequence[Document], lines_of: Mapping[str, Pieces] | None = None) -> list[list[list[Any]]]:
    found = share_documents(order, notes, lines_of or {})
    return [[[share.rate, share.net_minor, share.tax_minor] for share in one.shares] for one in found]


type History = tuple[Order, list[Document], dict[str, Pieces]]


def _sums(shares: Sequence[TaxShare]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for share in shares:
        sums[f"{share.rate} net"] += share.net_minor
        sums[f"{share.rate} tax"] += share.tax_minor
    return Counter({name: sum_ for name, sum_ in sums.items() if sum_})


def test_a_receipt_has_a_share_for_each_rate_and_one_for_what_is_untaxed() -> None:
    assert order_shares(_order()) == (
        TaxShare("21", "IVA", True, 2000, 420),
        TaxShare("4", "IVA", True, 1000, 40),
        TaxShare("", "", False, 2000, 0),
    )
    assert [share.gross_minor for share in order_shares(_order())] == [2420, 1040, 2000]


def test_an_order_without_tax_has_one_share_and_a_free_one_has_none() -> None:
    assert order_shares(make_order()) == (TaxShare("", "", False, 1000, 0),)
    free = LineItem("sample", "Sample", Money(0, "EUR"), 1)
    assert order_shares(make_order(lines=(free,))) == ()
    assert _shares(make_order(lines=(free,)), [_note(0), _note(300, 2), _note(-300, 3)]) == [
        [],
        [["", 300, 0]],
        [["", -300, 0]],
    ]


@given(ORDERS)
def test_the_shares_of_any_order_add_up_to_its_total(order: Order) -> None:
    shares = order_shares(order)
    assert sum(share.gross_minor for share in shares) == order.total.minor
    assert min((min(share.net_minor, share.tax_minor) for share in shares), default=0) >= 0


def test_a_part_is_taken_in_proportion_of_what_is_left() -> None:
    assert _shares(_order(), [_note(546), _note(4914, 2)]) == [
        [["21", 200, 42], ["4", 100, 4], ["", 200, 0]],
        [["21", 1800, 378], ["4", 900, 36], ["", 1800, 0]],
    ]


def test_a_refund_of_lines_takes_of_their_rates() -> None:
    lines: dict[str, Pieces] = {"rfd_1": ((0, 1),), "rfd_2": ((0, 1), (2, 1)), "rfd_3": ((1, 1),)}
    notes = [_note(1210, 1, "rfd_1"), _note(3210, 2, "rfd_2"), _note(1040, 3, "rfd_3")]
    assert _shares(_order(), notes, lines) == [
        [["21", 1000, 210]],
        [["21", 1000, 210], ["", 2000, 0]],
        [["4", 1000, 40]],
    ]


def test_more_than_its_lines_cost_is_taken_in_proportion_of_the_rest_and_less_in_proportion_of_the_lines() -> None:
    lines: dict[str, Pieces] = {"rfd_1": ((1, 1),), "rfd_2": ((0, 2), (2, 1))}
    assert _shares(_order(), [_note(1040 + 442, 1, "rfd_1")], lines) == [[["21", 200, 42], ["4", 1000, 40], ["", 200, 0]]]
    assert _shares(_order(), [_note(442, 1, "rfd_2")], lines) == [[["21", 200, 42], ["", 200, 0]]]


def test_lines_that_are_credited_already_take_no_more_than_is_left() -> None:
    lines: dict[str, Pieces] = {"rfd_1": ((1, 1),), "rfd_2": ((1, 1),)}
    first, second = _shares(_order(), [_note(1000, 1, "rfd_1"), _note(100, 2, "rfd_2")], lines)
    assert first == [["4", 962, 38]]
    assert second == [["21", 45, 9], ["4", 1, 0], ["", 45, 0]]


def test_the_parts_of_a_refund_of_several_payments_count_their_pieces_once() -> None:
    mug = MUG._replace(unit_price=Money(500, "EUR"), discount_minor=1)
    order = make_order(lines=(mug,), taxes=(TaxGroup("21", "IVA", True, 826, 173),))
    lines: dict[str, Pieces] = {"rfd_1": ((0, 1),), "rfd_1-2": ((0, 1),), "rfd_2": ((0, 1),)}
    notes = [_note(300, 1, "rfd_1"), _note(200, 2, "rfd_1-2"), _note(499, 3, "rfd_2")]
    assert _shares(order, notes, lines) == [[["21", 248, 52]], [["21", 165, 35]], [["21", 413, 86]]]


def test_an_untaxed_line_of_an_order_that_has_only_taxes_takes_in_proportion() -> None:
    lines = (MUG, GIFT._replace(discount_minor=2000))
    order = make_order(lines=lines, taxes=TAXES[:1], parts=Parts.of(sum_lines(lines), 2000))
    assert _shares(order, [_note(121, 1, "rfd_1")], {"rfd_1": ((1, 1),)}) == [[["21", 100, 21]]]


def test_what_was_paid_beyond_the_total_is_given_back_first_and_is_untaxed() -> None:
    twice = _order(paid_minor=2 * 5460)
    assert _shares(twice, [_note(5460, 1), _note(5460, 2)]) == [
        [["", 5460, 0]],
        [["21", 2000, 420], ["4", 1000, 40], ["", 2000, 0]],
    ]
    more = _order(paid_minor=5500)
    assert _shares(more, [_note(40), _note(242, 2, "rfd_1")], {"rfd_1": ((0, 2),)}) == [[["", 40, 0]], [["21", 200, 42]]]


def test_a_document_with_a_number_stays_as_it_was_when_more_is_paid_later() -> None:
    number = DocumentNumber(2026, 1, NOW)
    seen = _note(546, number=number, paid_minor=5460)
    before = _shares(_order(), [seen])
    assert _shares(_order(paid_minor=2 * 5460), [seen, _note(5460, 2)]) == [*before, [["", 5460, 0]]]


def test_a_later_document_of_an_engine_whose_clock_is_behind_changes_no_earlier_one() -> None:
    first, second = _note(546), _note(4914, 2)._replace(at=NOW - 5)
    assert _shares(_order(), [second, first]) == _shares(_order(), [first, second])[::-1]


def test_lines_that_are_named_are_the_goods_also_where_too_much_was_paid() -> None:
    more = _order(paid_minor=6000)
    assert _shares(more, [_note(1040, 1, "rfd_1")], {"rfd_1": ((1, 1),)}) == [[["4", 1000, 40]]]
    everything: Pieces = ((0, 2), (1, 1), (2, 1))
    assert _shares(more, [_note(6000, 1, "rfd_1")], {"rfd_1": everything}) == [
        [["21", 2000, 420], ["4", 1000, 40], ["", 2540, 0]]
    ]


def test_a_refund_that_failed_afterwards_gives_back_what_it_took() -> None:
    lines: dict[str, Pieces] = {"rfd_1": ((0, 1),), "rfd_2": ((1, 1),)}
    notes = [_note(1210, 1, "rfd_1"), _note(1040, 2, "rfd_2"), _note(-1210, 3, "rfd_1"), _note(4420, 4)]
    assert _shares(_order(), notes, lines)[2:] == [[["21", -1000, -210]], [["21", 2000, 420], ["", 2000, 0]]]


def test_a_refund_that_failed_and_is_not_known_gives_back_what_the_latest_took() -> None:
    lines: dict[str, Pieces] = {"rfd_1": ((0, 1),), "rfd_2": ((1, 1),)}
    notes = [_note(1210, 1, "rfd_1"), _note(1040, 2, "rfd_2"), _note(-1040 - 605, 3)]
    assert _shares(_order(), notes, lines)[2] == [["21", -500, -105], ["4", -1000, -40]]


def test_a_renewal_says_the_tax_of_what_recurs() -> None:
    tea = LineItem("tea", "Tea", Money(121, "EUR"), 10, interval=Interval.MONTH, tax_rate="21")
    order = make_order(lines=(tea, BOOK), taxes=(TaxGroup("21", "IVA", True, 1000, 210), TAXES[1]), renewal_minor=1210)
    renewal = Document(Series.RENEWAL, 1, 1210, "in_2", NOW)
    assert _shares(order, [renewal, renewal._replace(amount_minor=605)]) == [[["21", 1000, 210]], [["21", 500, 105]]]
    assert renewal_shares(order, 0) == ()


def test_a_renewal_of_an_added_tax_and_a_delivery_says_what_each_renewal_pays() -> None:
    tax = TaxGroup("8.875", "Sales tax", False, 8790, 780, recurring_tax_minor=203)
    order = make_recurring_order(taxes=(tax,), renewal_minor=1800 + 490 + 203)
    order = order._replace(lines=tuple(line._replace(tax_rate="8.875") for line in order.lines))
    assert renewal_shares(order, 2493) == (TaxShare("8.875", "Sales tax", False, 2290, 203),)
    once = order._replace(delivery=POST, taxes=(tax._replace(recurring_tax_minor=160),), renewal_minor=1960)
    assert renewal_shares(once, 1960) == (TaxShare("8.875", "Sales tax", False, 1800, 160),)


def test_a_renewal_of_an_order_from_before_renewals_were_priced_is_untaxed() -> None:
    assert renewal_shares(_order(), 900) == (TaxShare("", "", False, 900, 0),)


def test_a_line_costs_its_share_of_an_added_tax_but_no_delivery() -> None:
    order = make_full_order()
    taxed = tuple(line._replace(tax_rate="8.875") for line in order.lines)
    assert line_costs(order._replace(lines=taxed)) == (6500 + 577, 1500 + 133)
    assert line_costs(_order()) == (2420, 1040, 2000)


def test_the_pieces_of_a_line_add_up_to_it() -> None:
    shirt = LineItem("shirt", "Shirt", Money(1000, "EUR"), 3, discount_minor=1)
    order = make_order(lines=(shirt,), parts=Parts.of(Money(3000, "EUR"), 1))
    assert [cost_of_pieces(order, ((0, 1),), {0: before}) for before in range(3)] == [(1000,), (999,), (1000,)]


@given(ORDERS, st.data())
def test_any_pieces_add_up_to_their_lines(order: Order, data: st.DataObject) -> None:
    before: dict[int, int] = {}
    paid = [0] * len(order.lines)
    for place, line in enumerate(order.lines):
        while left := line.quantity - before.get(place, 0):
            quantity = data.draw(st.integers(1, left))
            (cost,) = cost_of_pieces(order, ((place, quantity),), before)
            assert cost >= 0
            before[place] = before.get(place, 0) + quantity
            paid[place] += cost
    assert tuple(paid) == line_costs(order)


@st.composite
def _histories(draw: st.DrawFn) -> History:
    """Draw an order that was refunded in any steps, of which some failed afterwards."""
    order = draw(ORDERS)
    order = order._replace(paid_minor=order.total.minor + draw(st.sampled_from([0, 0, 1, 250, order.total.minor])))
    notes: list[Document] = []
    lines_of: dict[str, Pieces] = {}
    refunded = 0
    for place in range(1, draw(st.integers(1, 6)) + 1):
        fails = bool(refunded) and draw(st.integers(0, 3)) == 0
        most = refunded if fails else order.paid_minor - refunded
        amount = most if draw(st.booleans()) else draw(st.integers(0, most))
        ref = draw(st.sampled_from(["", f"rfd_{place}", *(note.ref for note in notes)]))
        if ref == f"rfd_{place}" and draw(st.booleans()):
            where = draw(st.integers(0, len(order.lines) - 1))
            left = order.lines[where].quantity - sum(n for pieces in lines_of.values() for p, n in pieces if p == where)
            lines_of |= {ref: ((where, draw(st.integers(1, left))),)} if left else {}
        notes.append(_note(-amount if fails else amount, place, ref))
        refunded += notes[-1].amount_minor
    return order, notes, lines_of


@given(_histories())
def test_credit_notes_add_up_and_never_take_more_than_there_is(
    history: tuple[Order, list[Document], dict[str, Pieces]],
) -> None:
    order, notes, lines_of = history
    whole = _sums(order_shares(order))
    taken: Counter[str] = Counter()
    for one in share_documents(order, notes, lines_of):
        assert sum(share.gross_minor for share in one.shares) == one.document.amount_minor
        assert len({share.rate for share in one.shares}) == len(one.shares)
        untaxed = sum(share.net_minor for share in one.shares if not share.rate)
        assert abs(one.beyond_minor) <= abs(untaxed)
        taken.update(_sums(one.shares))
        taxed = [name for name in {*whole, *taken} if name != " net"]
        assert all(0 <= taken[name] <= whole[name] for name in taxed)
    if sum(note.amount_minor for note in notes) == order.paid_minor:
        rest = order.paid_minor - order.total.minor
        assert Counter({k: v for k, v in taken.items() if v}) == _sums([*order_shares(order), TaxShare("", "", False, rest, 0)])
    if sum(note.amount_minor for note in notes) == 0:
        assert not any(taken.values())


@given(ORDERS, st.integers(0, 10**6))
def test_the_shares_of_any_renewal_add_up(order: Order, amount: int) -> None:
    for minor in (amount, order.renewal_minor):
        shares = renewal_shares(order, minor)
        assert sum(share.gross_minor for share in shares) == minor
        assert min((min(share.net_minor, share.tax_minor) for share in shares), default=0) >= 0


def test_a_document_says_its_number_as_people_read_it() -> None:
    number = DocumentNumber(2026, 17, NOW)
    assert [number.text(series) for series in Series] == ["2026-17", "C2026-17", "R2026-17"]
    assert sum_lines((MUG, BOOK, GIFT)).minor == _order().total.minor
