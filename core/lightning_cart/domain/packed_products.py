"""Products as the Worker has them: one JSON text for each, which becomes a product when it is first asked for.

A start then costs almost the same for ten products and for five thousand.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lightning_cart.domain.catalog import Input, Interval, OpenAmount, Product, UnitPrice, Variant
from lightning_cart.domain.money import Money


def _prices(packed: Mapping[str, int]) -> dict[str, Money]:
    return {code: Money(minor, code) for code, minor in packed.items()}


def _amounts(packed: Mapping[str, list[int]]) -> dict[str, OpenAmount]:
    return {code: OpenAmount(*(Money(minor, code) for minor in bounds)) for code, bounds in packed.items()}


def _variants(packed: list[dict[str, Any]]) -> tuple[Variant, ...]:
    return tuple(Variant(**_unpacked(fields)) for fields in packed)


def _inputs(packed: list[dict[str, Any]]) -> tuple[Input, ...]:
    return tuple(Input(**_unpacked(fields)) for fields in packed)


# How to read the fields that are no texts, numbers or tables of texts in JSON.
_READERS: Mapping[str, Callable[[Any], object]] = {
    "prices": _prices,
    "surcharge": _prices,
    "amount": _amounts,
    "variants": _variants,
    "inputs": _inputs,
    "interval": Interval,
    "unit_price": lambda packed: UnitPrice(*packed),
    "sites": tuple,
    "categories": tuple,
}


def _unpacked(fields: dict[str, Any]) -> dict[str, Any]:
    for name in fields.keys() & _READERS.keys():
        fields[name] = _READERS[name](fields[name])
    return fields


class PackedProducts(Mapping[str, Product]):
    """Products by their ids, in the order of the file.

    Args:
        ids: The ids, with a line feed between them.
        texts: For each id the JSON text that `pack_product` made, with a line feed between them.
    """

    def __init__(self, ids: str, texts: str) -> None:
        self._texts = dict(zip(ids.split("\n"), texts.split("\n"), strict=True))
        self._products: dict[str, Product] = {}

    def __getitem__(self, product_id: str) -> Product:
        product = self._products.get(product_id)
        if product is None:
            product = Product(product_id, **_unpacked(json.loads(self._texts[product_id])))
            self._products[product_id] = product
        return product

    def __contains__(self, product_id: object) -> bool:
        return product_id in self._texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)
