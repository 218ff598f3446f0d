"""Line items that name a price or a product of the account, in the form of those with inline data."""

from collections.abc import Sequence

from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.prices import usable_price
from lightning_cart_sandbox.types import Json


def with_prices(account: Account, params: Json) -> Json:
    """Return the parameters of a session or a link, with the data of each price and product that they name.

    An item gets `_price`, the price that exists already, or `_product`, the id of the product.

    Raises:
        StripeError: There is no such price or product, or the price is not active.
    """
    items = params.get("line_items", [])
    return {**params, "line_items": _with_data(account, items)} if items else params


def _with_data(account: Account, items: Sequence[Json]) -> list[Json]:
    found = []
    for index, item in enumerate(items):
        name, data = f"line_items[{index}]", item.get("price_data")
        if data is None and "price" in item:
            price = usable_price(account, item["price"], f"{name}[price]")
            found.append(_named(account, item, price))
        elif data and "product" in data and "product_data" not in data:
            product = account.current("product", data["product"], f"{name}[price_data][product]", 400)
            shown = {key: value for key, value in data.items() if key != "product"} | {"product_data": _shown(product)}
            found.append({**item, "price_data": shown, "_product": product["id"]})
        else:
            found.append(item)
    return found


def _named(account: Account, item: Json, price: Json) -> Json:
    product = account.current("product", price["product"], "line_items", 400)
    data = {name: price[name] for name in ("currency", "unit_amount", "recurring") if price[name] is not None}
    rest = {name: value for name, value in item.items() if name != "price"}
    return {**rest, "price_data": {**data, "product_data": _shown(product)}, "_price": price}


def _shown(product: Json) -> Json:
    return {name: product[name] for name in ("description", "images", "name") if product[name]}
