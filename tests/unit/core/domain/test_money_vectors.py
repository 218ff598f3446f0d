"""Amounts in each provider's requests: the vectors of `vectors/money.json`, and random amounts.

Providers with vectors are tested by their requests. Any other strategy is tested by its limits here, and with its provider
sandbox by the conformance suite.
"""

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import EXPONENTS, MAX_SAFE_INTEGER, AmountFormat, Money
from lightning_cart.domain.order import Order
from lightning_cart.errors import InvalidField, ProviderRefused
from lightning_cart.flow import drive
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.paypal import amounts as paypal_amounts
from lightning_cart.providers.strategy import PaymentStrategy, check_limits
from lightning_cart.providers.untrusted_json import parse_money
from support import ROOT
from support.app import ENV, Provider, answer, run
from support.builders import make_order
from support.paypal import PAYPAL_ENV, token
from support.square import SQUARE_ENV

VECTORS = json.loads((ROOT / "tests" / "vectors" / "money.json").read_text())
BY_NAME = {strategy.name: strategy for strategy in STRATEGIES}
WRITTEN = {name: strategy for name, strategy in BY_NAME.items() if strategy.provider_name() in VECTORS[0]}


def order_for(money: Money, strategy: type[PaymentStrategy]) -> Order:
    lines = (LineItem("x", "X", money, 1),)
    return make_order(lines=lines, strategy=strategy.name, provider=strategy.provider_name())


def sent_amount(money: Money, strategy: type[PaymentStrategy]) -> int | str:
    """Return the amount in the request that opens a checkout."""
    order = order_for(money, strategy)
    check_limits(order, strategy.limits)
    # Whatever has to be known first is answered; the last request is the one that carries the amount.
    first = {"paypal": [token()], "square": [answer({"location": {"currency": money.currency}})]}
    provider = Provider([*first.get(strategy.name, []), answer({}, 400)])
    flow = strategy.from_env(ENV | PAYPAL_ENV | SQUARE_ENV).create_checkout(order, "https://a.example", "https://b.example")
    with pytest.raises(ProviderRefused):
        run(drive(flow, provider))
    body = provider.requests[-1].body
    if strategy.provider_name() == "stripe":
        return int(dict(parse_qsl(body.decode()))["line_items[0][price_data][unit_amount]"])
    document: Any = json.loads(body)
    if strategy.name == "paypal":
        unit = document["purchase_units"][0]
        assert unit["amount"]["value"] == unit["amount"]["breakdown"]["item_total"]["value"]
        value = unit["items"][0]["unit_amount"]["value"]
    else:
        value = document["order"]["line_items"][0]["base_price_money"]["amount"]
    assert isinstance(value, str | int)
    return value


def test_each_vector_tells_of_every_provider_that_has_vectors() -> None:
    known = {"currency", "minor", *(strategy.provider_name() for strategy in WRITTEN.values())}
    assert [vector for vector in VECTORS if vector.keys() != known] == []


@pytest.mark.parametrize("strategy", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['minor']} {vector['currency']}")
def test_an_amount_is_on_the_wire_as_the_provider_writes_it_or_refused(
    vector: dict[str, Any], strategy: type[PaymentStrategy]
) -> None:
    money, wanted = Money(vector["minor"], vector["currency"]), vector[strategy.provider_name()]
    if wanted == "refused":
        with pytest.raises(InvalidField):
            sent_amount(money, strategy)
    else:
        assert sent_amount(money, strategy) == wanted


@pytest.mark.parametrize("strategy", BY_NAME.values(), ids=BY_NAME)
@given(st.integers(1, 2**54), st.sampled_from(sorted(EXPONENTS)))
def test_any_amount_is_refused_or_comes_back_from_the_wire_the_same(
    strategy: type[PaymentStrategy], minor: int, currency: str
) -> None:
    money = Money(minor, currency)
    try:
        check_limits(order_for(money, strategy), strategy.limits)
    except InvalidField:
        return
    if strategy.name == "paypal":
        assert paypal_amounts.read_amount(paypal_amounts.amount(money)) == money
    else:
        assert parse_money(strategy.limits.amounts, strategy.limits.amounts.to_provider(money), currency) == money


def test_what_is_read_from_the_wire_is_kept_exactly_or_is_no_amount() -> None:
    whole = AmountFormat({"HUF": 0})
    assert parse_money(whole, MAX_SAFE_INTEGER // 100, "HUF") == Money(MAX_SAFE_INTEGER // 100 * 100, "HUF")
    assert parse_money(whole, MAX_SAFE_INTEGER // 100 + 1, "HUF") is None


@pytest.mark.parametrize("strategy", BY_NAME.values(), ids=BY_NAME)
@pytest.mark.parametrize("currency", sorted(EXPONENTS))
def test_the_least_and_the_most_are_taken_and_the_next_ones_are_not(strategy: type[PaymentStrategy], currency: str) -> None:
    limits = strategy.limits
    if not limits.accepts_currency(currency):
        return
    step = 10 ** max(0, Money(0, currency).exponent - limits.amounts.exponent(currency))
    most = limits.max_total(currency)
    assert most.minor <= MAX_SAFE_INTEGER
    check_limits(order_for(most, strategy), limits)
    with pytest.raises(InvalidField):
        check_limits(order_for(most + Money(step, currency) * limits.amounts.multiples.get(currency, 1), strategy), limits)
    with pytest.raises(InvalidField):
        check_limits(order_for(limits.min_total(currency) - Money(1, currency), strategy), limits)
