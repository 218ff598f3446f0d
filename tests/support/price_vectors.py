"""The vectors of prices: their catalogues are those of a shop's files, their carts those of `POST /checkout`.

`PYTHONPATH=tests .venv/bin/python -m support.price_vectors` writes into the file what is expected of each of its carts, after a
cart was added or a rule was changed. The difference is what the change does to prices: read it.
"""

import json
from collections.abc import Mapping
from typing import Any

from lightning_cart.domain.catalog import Catalog
from lightning_cart.domain.catalog_files import parse_catalog
from lightning_cart.domain.codes import Code, CodeTerms
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.errors import InvalidField
from lightning_cart.providers.strategy import PaymentStrategy, check_limits
from lightning_cart.usecases.cart import PricedCart, price_cart
from lightning_cart.usecases.cart_code import FoundCode, read_cart_code
from lightning_cart.usecases.cart_request import CartRequest
from support import ROOT
from support.builders import NOW, ORDER_ID
from support.sent_parts import WAYS, sent_parts

type Vector = dict[str, Any]

_WIDTH = 128
CODE = "SPRING"  # the name of every vector's code
FILE = ROOT / "tests" / "vectors" / "prices.json"
_SITE = {
    "name": "Shop",
    "success_page": "/thanks.html",
    "cancel_page": "/cart.html",
    "default_strategy": "stripe_checkout",
    "strategies": list(WAYS),
}


def _toml_value(value: object) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{json.dumps(key)} = {_toml_value(item)}' for key, item in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(_toml_value(item) for item in value)}]"
    return json.dumps(value, ensure_ascii=False)


def _toml(document: Mapping[str, Any]) -> str:
    """Return a catalogue file with this content."""
    alone = [f"{key} = {_toml_value(value)}\n" for key, value in document.items() if not isinstance(value, Mapping)]
    tables = [
        f"[{kind}.{json.dumps(name)}]\n"
        + "".join(f"{json.dumps(key)} = {_toml_value(value)}\n" for key, value in table.items())
        for kind, named in document.items()
        if isinstance(named, Mapping)
        for name, table in named.items()
    ]
    return "".join(alone + tables)


def read_vector_catalog(catalog: Mapping[str, Any]) -> Catalog:
    """Return the catalogue of a vector: `products`, and if it has them `site`, `shipping` and `taxes`."""
    files = {name: _toml(catalog[name]) for name in ("shipping", "taxes") if name in catalog}
    site = {"sites": {"shop": _SITE | catalog.get("site", {})}}
    return parse_catalog(_toml({"products": catalog["products"]}), _toml(site), list(WAYS), **files)


def _code(code: Mapping[str, Any]) -> Code:
    """Return the code of a vector, whose amounts are decimal texts."""
    sums = {
        name: {currency: Money.parse(text, currency) for currency, text in code[name].items()}
        for name in ("amounts", "least")
        if name in code
    }
    lists = {name: tuple(code[name]) for name in ("products", "categories") if name in code}
    return Code(CODE, 1, CodeTerms(**{**code, **sums, **lists}))


def _price(vector: Mapping[str, Any]) -> PricedCart:
    """Price a vector's cart, which is complete."""
    request = CartRequest(**vector["cart"])
    found = FoundCode(read_cart_code(request.code) or "", _code(vector["code"])) if "code" in vector else None
    priced = price_cart(request, read_vector_catalog(vector["catalog"]), WAYS, "https://pay.shop.example", NOW, found=found)
    assert priced.missing == (), (vector["name"], priced.missing)
    assert found is None or found.text == CODE, vector["name"]
    return priced


def _line(line: LineItem) -> Vector:
    own = {"id": line.product_id, "variant": line.variant_id, "title": line.title, "interval": line.interval}
    numbers = {"quantity": line.quantity, "unit_minor": line.unit_price.minor, "discount_minor": line.discount_minor}
    return {key: str(value) for key, value in own.items() if value} | numbers


def _sent(order: Order, strategy: type[PaymentStrategy]) -> Vector:
    """Return what a way to pay sends of an order, or which field of the cart it refuses and why."""
    own = order._replace(strategy=strategy.name, provider=strategy.provider_name())
    try:
        check_limits(own, strategy.limits)
    except InvalidField as refusal:
        return {"refused": {"field": refusal.field, "reason": refusal.reason}}
    return sent_parts(own, strategy).as_json()


def expected(vector: Mapping[str, Any]) -> Vector:
    """Return the price of a vector's cart, and what each way to pay sends of it."""
    priced = _price(vector)
    order = priced.order._replace(id=ORDER_ID)
    parts, delivery, code, refusal = order.parts, order.delivery, priced.code, priced.refusal
    verdict: Vector = {"free": True} if priced.is_free else {}
    if refusal is not None:
        verdict = {"refused": {"field": refusal.field, "reason": refusal.reason}}
    chosen = {"method": delivery.method_id, "pick_up": delivery.pick_up, "recurs": delivery.recurs} if delivery else None
    return {
        **verdict,
        **({"fault": code.fault} if code is not None and code.fault else {}),
        "currency": order.total.currency,
        "lines": [_line(line) for line in order.lines],
        "goods_minor": parts.goods.minor,
        "discount_minor": parts.discount.minor,
        "delivery": chosen,
        "shipping_minor": parts.shipping.minor,
        "taxes": [group._asdict() for group in order.taxes],
        "tax_minor": parts.tax.minor,
        "total_minor": parts.total.minor,
        "renewal_minor": order.renewal_minor,
        "sent": {name: _sent(order, strategy) for name, strategy in WAYS.items()},
    }


def read_vectors() -> list[Vector]:
    """Return all vectors of the file."""
    vectors: list[Vector] = json.loads(FILE.read_text(encoding="utf-8"))
    return vectors


def as_text(value: object, indent: int = 0) -> str:
    """Return a value as the file has it: on one line if it fits, else with a line for each of its parts."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(line) + indent <= _WIDTH:
        return line
    pairs = value.items() if isinstance(value, dict) else ((None, item) for item in value)
    parts = [f"{'' if key is None else f'{json.dumps(key)}: '}{as_text(item, indent + 1)}" for key, item in pairs]
    inside = f",\n{' ' * (indent + 1)}".join(parts)
    start, end = "{}" if isinstance(value, dict) else "[]"
    return f"{start}\n{' ' * (indent + 1)}{inside}\n{' ' * indent}{end}"


if __name__ == "__main__":
    FILE.write_text(as_text([vector | {"expected": expected(vector)} for vector in read_vectors()]) + "\n", encoding="utf-8")
