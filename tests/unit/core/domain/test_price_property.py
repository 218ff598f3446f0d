"""The price of any cart of any catalogue, and what each way to pay sends of it."""

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given

from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money, step_of
from lightning_cart.domain.price import Quote
from lightning_cart.domain.shares import round_half_up, share_out
from lightning_cart.domain.shipping import delivery_price
from lightning_cart.domain.taxes import UNTAXED, Outside
from lightning_cart.errors import InvalidField
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.sent_lines import sent_lines
from lightning_cart.providers.strategy import PaymentStrategy, check_limits
from support.random_carts import Cart, carts, order_of
from support.sent_parts import WAYS, charged_again, charged_total, sent_parts

if TYPE_CHECKING:
    from lightning_cart.domain.choice import Choice

BY_NAME = {strategy.name: strategy for strategy in STRATEGIES}


@given(carts())
def test_the_parts_of_a_price_add_up_and_none_is_negative(cart: Cart) -> None:
    quote = cart.quote()
    parts = quote.parts
    assert parts.goods.minor == sum(line.unit_price.minor * line.quantity for line in quote.lines)
    assert parts.discount.minor == sum(line.discount_minor for line in quote.lines)
    assert parts.tax.minor == sum(group.tax_minor for group in quote.taxes if not group.included)
    assert parts.total == parts.goods - parts.discount + parts.shipping + parts.tax
    amounts = (parts.goods, parts.discount, parts.shipping, parts.tax, parts.total, quote.renewal, quote.parcel.goods)
    assert min(money.minor for money in amounts) >= 0
    assert min(line.reduced_minor for line in quote.lines) >= 0
    assert min((min(group.net_minor, group.tax_minor) for group in quote.taxes), default=0) >= 0


@given(carts())
def test_a_delivery_costs_what_its_method_says_and_nothing_without_one(cart: Cart) -> None:
    quote = cart.quote()
    delivers = cart.method is not None and any(line.ships for line in quote.lines)
    assert (quote.delivery is not None) == delivers
    wanted = delivery_price(cart.method, quote.parcel) if cart.method and delivers else Money(0, cart.currency)
    assert quote.parts.shipping == wanted


@given(carts())
def test_each_tax_is_rounded_once_from_the_sum_of_its_group(cart: Cart) -> None:
    step = step_of(cart.currency)
    for group in cart.quote().taxes:
        rate = Fraction(group.rate)
        basis, part = (
            (group.net_minor + group.tax_minor, rate / (100 + rate)) if group.included else (group.net_minor, rate / 100)
        )
        assert group.tax_minor == round_half_up(basis * part.numerator, part.denominator, step)
        assert 0 <= group.recurring_tax_minor <= (0 if group.included else group.tax_minor)


@given(carts())
def test_all_that_is_taxed_is_in_one_group(cart: Cart) -> None:
    quote, taxes = cart.quote(), cart.catalog.taxes
    rate = taxes.find(cart.place) if taxes is not None else None
    grouped = sum(group.net_minor + (group.tax_minor if group.included else 0) for group in quote.taxes)
    of_class = list(zip(cart.choices, quote.lines, strict=True))
    untaxed = sum(line.reduced_minor for choice, line in of_class if choice.product.tax == UNTAXED)
    goods = quote.parts.goods.minor - quote.parts.discount.minor
    if rate is None:
        assert quote.taxes == ()
    elif not quote.parts.shipping.minor or rate.shipping == UNTAXED:
        assert grouped == goods - untaxed
    elif not any(choice.product.tax == UNTAXED and line.ships for choice, line in of_class):
        assert grouped == goods - untaxed + quote.parts.shipping.minor
    else:
        assert goods - untaxed <= grouped <= goods - untaxed + quote.parts.shipping.minor


def _eligible(cart: Cart) -> list[int]:
    """Return what each line costs that the code of a cart reduces, and 0 for each other."""
    terms = cart.terms
    of_category = {one.id for one in cart.catalog.products.values() if terms.categories and "odd" in one.categories}
    named = {*terms.products} | of_category if terms.products or terms.categories else {*cart.catalog.products}
    lines = cart.quote(discounts=()).lines
    gives = bool(terms.percent or terms.amounts)
    return [line.total.minor if gives and line.product_id in named and not line.interval else 0 for line in lines]


@given(carts())
def test_a_code_takes_its_discount_off_the_goods_that_it_is_for_rounded_once(cart: Cart) -> None:
    eligible, step = _eligible(cart), step_of(cart.currency)
    share = Fraction(cart.terms.percent or "0") / 100
    wanted = round_half_up(sum(eligible) * share.numerator, share.denominator, step)
    wanted += sum(amount.minor for amount in cart.terms.amounts.values())
    discounts = [line.discount_minor for line in cart.quote().lines]
    assert sum(discounts) == min(wanted, sum(eligible))
    assert all(0 <= off <= most for off, most in zip(discounts, eligible, strict=True))
    fair = [Fraction(sum(discounts) * most, sum(eligible) or 1) for most in eligible]
    assert all(abs(off - exact) < step for off, exact in zip(discounts, fair, strict=True))


@given(carts())
def test_a_code_reduces_no_renewal_and_frees_only_a_delivery_that_does_not_recur(cart: Cart) -> None:
    reduced, full = cart.quote(), cart.quote(discounts=(), free_delivery=False)
    delivered = [line for line in full.lines if line.ships]
    assert cart.free_delivery is (cart.terms.free_delivery and bool(delivered) and not any(map(_recurs, delivered)))
    assert not (cart.free_delivery and reduced.parts.shipping.minor)
    assert reduced.renewal >= full.renewal  # more if the goods are no longer enough for a free delivery that recurs
    assert [line for line in reduced.lines if _recurs(line)] == [line for line in full.lines if _recurs(line)]


def _recurs(line: LineItem) -> bool:
    return line.interval is not None


def _in_single_pieces(cart: Cart) -> Cart:
    """Return a cart with a line for each piece, with the same discount in all."""
    choices: list[Choice] = []
    discounts: list[int] = []
    for choice, discount in zip(cart.choices, cart.discounts or [0] * len(cart.choices), strict=True):
        choices += [choice._replace(quantity=1)] * choice.quantity
        discounts += share_out(discount, [1] * choice.quantity)
    return cart._replace(choices=choices, discounts=discounts)


@given(carts())
def test_a_line_of_five_costs_what_five_lines_of_one_cost(cart: Cart) -> None:
    whole, pieces = cart.quote(), _in_single_pieces(cart).quote()
    assert pieces._replace(lines=()) == whole._replace(lines=())


@given(carts())
def test_the_same_cart_has_the_same_quote(cart: Cart) -> None:
    assert cart.quote() == cart.quote()


@given(carts())
def test_tax_that_prices_include_changes_no_total(cart: Cart) -> None:
    taxes = cart.catalog.taxes
    assume(taxes is not None)
    if taxes is not None:
        included = {place: rate._replace(included=True) for place, rate in taxes.rates.items()}
        with_tax = cart.catalog._replace(taxes=taxes._replace(rates=included, outside=Outside.GROSS))
        without = cart.catalog._replace(taxes=None)
        # Discounts were shared out over other prices if the cart was to be net.
        quote = cart.quote(catalog=with_tax, discounts=())
        assert quote.parts == cart.quote(catalog=without, discounts=()).parts


@given(carts())
def test_a_buyer_who_is_spared_the_tax_pays_no_more_for_any_line(cart: Cart) -> None:
    catalog = cart.catalog._replace(taxes=cart.catalog.taxes and cart.catalog.taxes._replace(outside=Outside.GROSS))
    gross = cart.quote(catalog=catalog, discounts=()).lines
    assert [line for line, full in zip(cart.quote().lines, gross, strict=True) if full.unit_price < line.unit_price] == []


@given(carts())
def test_a_renewal_charges_what_recurs_and_never_more_than_the_order(cart: Cart) -> None:
    quote = cart.quote()
    again = sum(line.total.minor for line in quote.lines if line.interval)
    again += quote.parts.shipping.minor if quote.delivery is not None and quote.delivery.recurs else 0
    again += sum(group.recurring_tax_minor for group in quote.taxes)
    assert quote.renewal.minor == again <= quote.parts.total.minor
    if all(line.interval for line in quote.lines):
        assert quote.renewal == quote.parts.total
    if not any(line.interval for line in quote.lines):
        assert quote.renewal.minor == 0


def _refusal(quote: Quote, strategy: type[PaymentStrategy]) -> InvalidField | None:
    try:
        check_limits(order_of(quote, strategy), strategy.limits)
    except InvalidField as refusal:
        return refusal
    return None


@pytest.mark.parametrize("strategy", BY_NAME.values(), ids=BY_NAME)
@given(cart=carts())
def test_what_a_strategy_gets_as_lines_and_in_fields_of_its_own_is_the_total(
    strategy: type[PaymentStrategy], cart: Cart
) -> None:
    order, limits = order_of(cart.quote(), strategy), strategy.limits
    lines = sent_lines(order, limits)
    parts = order.parts
    own_fields = [
        part.minor
        for is_line, part in ((limits.delivery_line, parts.shipping), (limits.tax_line, parts.tax))
        if not (is_line or order.recurring)
    ]
    reduction = 0 if limits.discount_line else parts.discount.minor
    assert sum(line.unit_price.minor * line.quantity for line in lines) + sum(own_fields) - reduction == parts.total.minor
    assert sum(line.unit_price.minor * line.quantity for line in lines if line.interval) == order.renewal_minor


@pytest.mark.parametrize("strategy", WAYS.values(), ids=WAYS)
@given(cart=carts())
def test_every_way_to_pay_charges_the_same_total_or_refuses_the_cart(strategy: type[PaymentStrategy], cart: Cart) -> None:
    quote = cart.quote()
    if _refusal(quote, strategy) is not None:
        return
    sent = sent_parts(order_of(quote, strategy), strategy)
    assert charged_total(sent, cart.currency, strategy) == quote.parts.total
    assert charged_again(sent, cart.currency, strategy) == quote.renewal.minor


@given(carts(currencies=["EUR", "USD", "GBP"]))
def test_what_every_provider_sells_once_can_be_charged_in_all_ways(cart: Cart) -> None:
    once = [choice._replace(product=choice.product._replace(interval=None)) for choice in cart.choices]
    quote = cart.quote(choices=once)
    assume(50 <= quote.parts.total.minor <= 99_999_999)
    refusals = {name: _refusal(quote, strategy) for name, strategy in WAYS.items()}
    assert {name: refusal.reason for name, refusal in refusals.items() if refusal} == {}
