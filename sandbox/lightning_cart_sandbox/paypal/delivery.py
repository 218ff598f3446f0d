"""What the buyer chooses about the delivery on the approval page, and what the choice does to the order.

The form's field `address` is the name of an address in the buyer's account, `given` for the one that the order has already, or
`another` for one that the buyer types (see `typed_address`). `option_0` is the position of the delivery option of the first
purchase unit, `option_1` that of the second. A form without them leaves what is preselected. The fee of another option replaces
`amount.breakdown.shipping` and changes the total, so the shop has to read the order again before it captures. PayPal does not
document the amount for a shop that it does not call back.
"""

from collections.abc import Mapping

from lightning_cart_sandbox.paypal import wallet
from lightning_cart_sandbox.paypal.addresses import address_lines
from lightning_cart_sandbox.paypal.delivery_rules import option_minor
from lightning_cart_sandbox.paypal.money import minor, money, shown
from lightning_cart_sandbox.paypal.typed_address import read_typed_address
from lightning_cart_sandbox.types import Json

_GIVEN, _ANOTHER = "given", "another"


def preference(order: Json) -> str:
    """Return the order's preference about its delivery address."""
    return str(order["_context"].get("shipping_preference", "GET_FROM_FILE"))


def list_addresses(order: Json) -> list[Json]:
    """Return the addresses that the buyer can choose, the preselected one first; none if nothing can be chosen."""
    if preference(order) != "GET_FROM_FILE":
        return []
    given, payer_name = _given(order), _payer_name(order)
    addresses = [] if given is None else [{"key": _GIVEN, "name": _recipient(order, given), "address": given["address"]}]
    addresses += [
        {"key": key, "name": payer_name, "address": address}
        for key, address in wallet.ADDRESSES.items()
        if given is None or address != given["address"]
    ]
    return addresses


def can_change(order: Json) -> bool:
    """Return whether the buyer of an approved order can still change its delivery: until the shop captures."""
    return order["status"] == "APPROVED" and preference(order) == "GET_FROM_FILE"


def choose_delivery(order: Json, form: Mapping[str, str]) -> Json:
    """Return an order with the address and the options of a form.

    Raises:
        LookupError: The form names an address or an option that is not offered, or the total would be zero or less.
        TypedFieldsError: The buyer typed an address that is none.
    """
    units = choose_options(order, form)["purchase_units"]
    if preference(order) == "GET_FROM_FILE":
        delivered = _chosen_address(order, form)
        units = [{**unit, "shipping": unit.get("shipping", {}) | delivered} for unit in units]
    elif preference(order) == "SET_PROVIDED_ADDRESS":
        name = {"name": {"full_name": _payer_name(order)}}
        units = [{**unit, "shipping": name | unit["shipping"]} for unit in units]
    return {**order, "purchase_units": units}


def choose_options(order: Json, form: Mapping[str, str]) -> Json:
    """Return an order with the options of a form, and with its address as it is.

    Raises:
        LookupError: The form names an option that is not offered, or the total would be zero or less.
    """
    units = [_with_option(unit, form.get(f"option_{index}", "")) for index, unit in enumerate(order["purchase_units"])]
    return {**order, "purchase_units": units}


def delivery_view(order: Json, chosen: Json, form: Mapping[str, str]) -> Json:
    """Return what the approval page shows about the delivery.

    Args:
        order: The order as it is stored.
        chosen: The order with the form's choices.
        form: The form, or nothing if nothing was chosen yet.
    """
    addresses = list_addresses(order)
    wanted = form.get("address", "") or (addresses[0]["key"] if addresses else "")
    fixed = _given(order) if preference(order) == "SET_PROVIDED_ADDRESS" else None
    is_pickup = fixed is not None and fixed.get("type", "SHIPPING") != "SHIPPING"
    groups = [_options_view(index, unit) for index, unit in enumerate(chosen["purchase_units"]) if _options(unit)]
    return {
        "addresses": [{**one, "lines": address_lines(one["address"]), "selected": one["key"] == wanted} for one in addresses],
        "another": wanted == _ANOTHER,
        "fixed": [] if fixed is None else [_recipient(order, fixed), *address_lines(fixed["address"])],
        "fixed_label": "Pick up at" if is_pickup else "Ship to",
        "groups": groups,
        "can_change_total": any(len(group["options"]) > 1 for group in groups),
    }


def _chosen_address(order: Json, form: Mapping[str, str]) -> Json:
    """Return `name` and `address` of the address that a form chooses, or else of the preselected one."""
    wanted = form.get("address", "") or list_addresses(order)[0]["key"]
    if wanted == _ANOTHER:
        return read_typed_address(form)
    given = _given(order)
    if wanted == _GIVEN and given is not None:
        return {"name": {"full_name": _recipient(order, given)}, "address": given["address"]}
    if wanted not in wallet.ADDRESSES:
        raise LookupError("Choose one of the addresses.")
    return {"name": {"full_name": _payer_name(order)}, "address": wallet.ADDRESSES[wanted]}


def _given(order: Json) -> Json | None:
    """Return the delivery that the shop gave with an address, or `None`. If there are several, all go to the same address."""
    return next((unit["shipping"] for unit in order["purchase_units"] if "address" in unit.get("shipping", {})), None)


def _recipient(order: Json, shipping: Json) -> str:
    return str(shipping.get("name", {}).get("full_name") or _payer_name(order))


def _payer_name(order: Json) -> str:
    return wallet.full_name(wallet.account(order)["name"])


def _options(unit: Json) -> list[Json]:
    options: list[Json] = unit.get("shipping", {}).get("options", [])
    return options


def _options_view(index: int, unit: Json) -> Json:
    currency = unit["amount"]["currency_code"]
    return {
        "field": f"option_{index}",
        "options": [
            {**option, "value": str(position), "cost": shown(money(option_minor(option), currency))}
            for position, option in enumerate(_options(unit))
        ],
    }


def _with_option(unit: Json, wanted: str) -> Json:
    """Return a purchase unit with the option at a position, and the amount that it leads to; "" leaves the unit as it is."""
    options = _options(unit)
    if not wanted or not options:
        return unit
    if wanted not in map(str, range(len(options))):
        raise LookupError("Choose one of the delivery options.")
    if options[int(wanted)]["selected"]:
        return unit
    chosen = [{**option, "selected": str(index) == wanted} for index, option in enumerate(options)]
    amount, currency = unit["amount"], unit["amount"]["currency_code"]
    breakdown = amount.get("breakdown") or {"item_total": money(minor(amount), currency)}
    fee, before = option_minor(options[int(wanted)]), minor(breakdown["shipping"]) if "shipping" in breakdown else 0
    total = minor(amount) - before + fee
    if total <= 0:
        raise LookupError("With this delivery there would be nothing to pay. Choose another one.")
    changed = {**money(total, currency), "breakdown": {**breakdown, "shipping": money(fee, currency)}}
    return {**unit, "amount": changed, "shipping": {**unit["shipping"], "options": chosen}}
