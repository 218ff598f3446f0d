"""The lines of an order, before Square computes their amounts (Square: Orders API)."""

from lightning_cart_sandbox.square.account import Account
from lightning_cart_sandbox.square.errors import SquareError, missing
from lightning_cart_sandbox.square.locations import check_currency
from lightning_cart_sandbox.types import Json


def new_line(account: Account, item: Json, currency: str, field: str) -> Json:
    """Return a line of a new order.

    Args:
        account: The account.
        item: The checked fields of the line.
        currency: The location's currency.
        field: The path of the line in the request, for errors.

    Raises:
        SquareError: The name or the price is missing, or a value is wrong.
    """
    if "name" not in item:
        raise missing(f"{field}.name")
    if "base_price_money" not in item:
        raise missing(f"{field}.base_price_money")
    check_currency(item["base_price_money"], currency, f"{field}.base_price_money")
    if int(item["quantity"]) < 1:
        raise SquareError("INVALID_VALUE", "The quantity must be greater than zero.", f"{field}.quantity")
    line = {"uid": account.fresh("line"), "item_type": "ITEM", **item}
    if item.get("modifiers"):
        line["modifiers"] = [
            _modifier(account, one, currency, f"{field}.modifiers[{n}]") for n, one in enumerate(item["modifiers"])
        ]
    return line


def _modifier(account: Account, item: Json, currency: str, field: str) -> Json:
    check_currency(item["base_price_money"], currency, f"{field}.base_price_money")
    return {"uid": account.fresh("modifier"), "quantity": "1", **item}
