"""What the request that opens a checkout says of a total: lines and fields, in the provider's own numbers."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.errors import ProviderRefused
from lightning_cart.flow import drive
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.paypal import amounts as paypal_amounts
from lightning_cart.providers.strategy import PaymentStrategy
from support.app import ENV, Provider, answer, run
from support.paypal import PAYPAL_ENV, token
from support.square import SQUARE_ENV

# Strategies whose request is read here. Others are tested by the lines that they get, and by their limits.
WAYS = {one.name: one for one in STRATEGIES if one.provider_name() in {"stripe", "paypal", "square"}}
type Number = int | str  # PayPal's are decimal strings


class SentLine(NamedTuple):
    """A line of a request."""

    name: str
    amount: Number
    quantity: int
    interval: str = ""


class SentParts(NamedTuple):
    """What a request says of a total. What is no field of the request is None."""

    lines: tuple[SentLine, ...]
    shipping: Number | None = None
    tax: Number | None = None
    discount: Number | None = None
    total: Number | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as the vectors have it: without what is not sent."""
        lines = [{key: value for key, value in line._asdict().items() if value != ""} for line in self.lines]
        fields = {key: value for key, value in self._asdict().items() if key != "lines" and value is not None}
        return {"lines": lines, **fields}


def request_body(order: Order, strategy: type[PaymentStrategy]) -> bytes:
    """Return the body of the request that opens a checkout of an order."""
    # Whatever has to be known first is answered; the last request is the one that carries the amounts.
    first = {"paypal": [token()], "square": [answer({"location": {"currency": order.total.currency}})]}
    provider = Provider([*first.get(strategy.name, []), answer({}, 400)])
    flow = strategy.from_env(ENV | PAYPAL_ENV | SQUARE_ENV).create_checkout(order, "https://a.example", "https://b.example")
    try:
        run(drive(flow, provider))
    except ProviderRefused:
        return provider.requests[-1].body
    raise AssertionError("a checkout was opened although the provider refused it")


def sent_parts(order: Order, strategy: type[PaymentStrategy]) -> SentParts:
    """Return what the request that opens a checkout of an order says of its total."""
    body = request_body(order, strategy)
    if strategy.provider_name() == "stripe":
        return _stripe_parts({key: values[0] for key, values in parse_qs(body.decode(), strict_parsing=True).items()})
    document: dict[str, Any] = json.loads(body)
    return _paypal_parts(document["purchase_units"][0]) if strategy.name == "paypal" else _square_parts(document["order"])


def _stripe_parts(form: Mapping[str, str]) -> SentParts:
    assert not [key for key in form if "discount" in key or "coupon" in key or "tax_rate" in key]
    count = 1 + max(int(key.split("[")[1].rstrip("]")) for key in form if key.startswith("line_items["))
    prices = [(form[f"line_items[{index}][quantity]"], f"line_items[{index}][price_data]") for index in range(count)]
    lines = [
        SentLine(
            form[f"{price}[product_data][name]"],
            int(form[f"{price}[unit_amount]"]),
            int(quantity),
            form.get(f"{price}[recurring][interval]", ""),
        )
        for quantity, price in prices
    ]
    shipping = form.get("shipping_options[0][shipping_rate_data][fixed_amount][amount]")
    assert not any(key.startswith("shipping_options[1]") for key in form)
    return SentParts(tuple(lines), None if shipping is None else int(shipping))


def _paypal_parts(unit: Mapping[str, Any]) -> SentParts:
    breakdown = dict(unit["amount"]["breakdown"])
    lines = tuple(SentLine(item["name"], item["unit_amount"]["value"], int(item["quantity"])) for item in unit["items"])
    item_total = paypal_amounts.read_amount(breakdown.pop("item_total"))
    assert item_total is not None
    sums = [_paypal_money(line.amount, item_total.currency) * line.quantity for line in lines]
    assert sum(money.minor for money in sums) == item_total.minor  # else PayPal says ITEM_TOTAL_MISMATCH
    fields = {key: breakdown.pop(key)["value"] for key in ("shipping", "tax_total", "discount") if key in breakdown}
    assert not breakdown
    return SentParts(lines, fields.get("shipping"), fields.get("tax_total"), fields.get("discount"), unit["amount"]["value"])


def _paypal_money(value: Number, currency: str) -> Money:
    money = paypal_amounts.read_amount({"value": value, "currency_code": currency})
    assert money is not None
    return money


def _square_parts(order: Mapping[str, Any]) -> SentParts:
    assert not order.keys() & {"taxes", "service_charges"}
    items = order["line_items"]
    lines = tuple(SentLine(item["name"], item["base_price_money"]["amount"], int(item["quantity"])) for item in items)
    discounts = order.get("discounts", [])
    assert [one["type"] for one in discounts] == ["FIXED_AMOUNT"] * len(discounts)
    assert len(discounts) <= 1
    return SentParts(lines, discount=discounts[0]["amount_money"]["amount"] if discounts else None)


def _money(value: Number, currency: str, strategy: type[PaymentStrategy]) -> Money:
    if isinstance(value, str):
        return _paypal_money(value, currency)
    return strategy.limits.amounts.from_provider(value, currency)


def charged_total(sent: SentParts, currency: str, strategy: type[PaymentStrategy]) -> Money:
    """Return what a provider charges for a request: lines, delivery and tax, less the discount."""
    total = Money(0, currency)
    for line in sent.lines:
        total += _money(line.amount, currency, strategy) * line.quantity
    for value in (sent.shipping, sent.tax):
        total += _money(value or 0, currency, strategy) if not isinstance(value, str) else _paypal_money(value, currency)
    if sent.discount is not None:
        total -= _money(sent.discount, currency, strategy)
    return total


def charged_again(sent: SentParts, currency: str, strategy: type[PaymentStrategy]) -> int:
    """Return what each renewal charges, in ISO minor units."""
    again = [line for line in sent.lines if line.interval]
    return sum(_money(line.amount, currency, strategy).minor * line.quantity for line in again)
