"""Lists with pages, and expanded ids (Stripe: pagination, expanding responses)."""

from collections.abc import Sequence
from typing import Any

from lightning_cart_sandbox.provider_account import public
from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.errors import invalid, missing
from lightning_cart_sandbox.stripe.hidden_values import show_discounts, show_hidden
from lightning_cart_sandbox.stripe.objects import new_list
from lightning_cart_sandbox.stripe.versions import as_of
from lightning_cart_sandbox.types import Json

_DEFAULT_PAGE = 10
_MAX_EXPANSION = 4
_RANGES = {
    "gt": lambda at, bound: at > bound,
    "gte": lambda at, bound: at >= bound,
    "lt": lambda at, bound: at < bound,
    "lte": lambda at, bound: at <= bound,
}
_KINDS = {
    "balance_transaction": "balance_transaction",
    "charge": "charge",
    "coupon": "coupon",
    "customer": "customer",
    "default_payment_method": "payment_method",
    "default_price": "price",
    "invoice": "invoice",
    "latest_charge": "charge",
    "latest_invoice": "invoice",
    "payment_intent": "payment_intent",
    "payment_link": "payment_link",
    "payment_method": "payment_method",
    "product": "product",
    "promotion_code": "promotion_code",
    "shipping_rate": "shipping_rate",
    "subscription": "subscription",
}
# What is expanded already, or always empty here.
_OBJECTS = {
    "application",
    "application_fee",
    "default_source",
    "discounts",
    "on_behalf_of",
    "pending_setup_intent",
    "review",
    "schedule",
    "setup_intent",
    "source_transfer",
    "test_clock",
}
# Lists that an object shows only if `expand` names them.
_HIDDEN_LISTS = {"checkout.session": "line_items", "invoice": "payments", "payment_link": "line_items"}


def page(url: str, found: Sequence[Json], params: Json) -> Json:
    """Return one page of a list.

    Args:
        url: The list's path, for its `url` field.
        found: All matching objects, in the list's order.
        params: The parameters `limit`, `starting_after`, `ending_before` and `created`.

    Raises:
        StripeError: A cursor is not in the list.
    """
    found = [item for item in found if _in_range(item.get("created", 0), params.get("created"))]
    limit = params.get("limit", _DEFAULT_PAGE)
    if "ending_before" in params:
        end = _position(found, params["ending_before"], "ending_before")
        start = max(0, end - limit)
        return new_list(url, found[start:end], has_more=start > 0)
    start = _position(found, params["starting_after"], "starting_after") + 1 if "starting_after" in params else 0
    return new_list(url, found[start : start + limit], has_more=start + limit < len(found))


def expanded(account: Account, document: Json, paths: Sequence[str], version: str) -> Json:
    """Return an object with the ids at some paths replaced by their objects.

    Args:
        account: The account.
        document: An object or a list, including private fields.
        paths: Paths such as `payment_intent.latest_charge`, or `data.payment_intent` for a list.
        version: The API version whose shape the objects have.

    Raises:
        StripeError: A path is too long, or cannot be expanded.
    """
    view = as_of(account, public(document), version)
    for path in paths:
        parts = path.split(".")
        if len(parts) - (parts[0] == "data") > _MAX_EXPANSION:
            raise invalid(f"You cannot expand more than {_MAX_EXPANSION} levels of a property.", "expand")
        _expand(account, view, parts, (path, version))
    return view


def _expand(account: Account, here: Json, parts: list[str], asked: tuple[str, str]) -> None:
    name, rest = parts[0], parts[1:]
    kind = str(here.get("object"))  # an event's `data` has an object there
    hidden = _HIDDEN_LISTS.get(kind) == name
    if hidden and name not in here:
        here[name] = hidden_list(account, here, {})
    if kind == "checkout.session" and show_discounts(account, here, ".".join(parts)):
        return
    hidden = hidden or show_hidden(account, here, name, asked[1])
    value: Any = here.get(name)
    if name in _KINDS and isinstance(value, str):
        found = account.store.get(_KINDS[name], value)  # a deleted coupon is gone, though discounts name it
        value = here[name] = as_of(account, public(found), asked[1]) if found else value
    inner = value if isinstance(value, list) else [value]
    is_nested = bool(rest) and name != "metadata" and all(isinstance(one, dict) for one in inner)
    if not (hidden or is_nested or (name in here and (name in _KINDS or name in _OBJECTS))):
        raise invalid(f"This property cannot be expanded ({asked[0]}).", "expand")
    if is_nested:
        for item in inner:
            _expand(account, item, rest, asked)


def hidden_list(account: Account, document: Json, params: Json) -> Json:
    """Return a hidden list of an object, such as a session's line items or an invoice's payments."""
    name = _HIDDEN_LISTS[document["object"]]
    stored = account.get(document["object"], document["id"])
    plural = {"checkout.session": "checkout/sessions", "invoice": "invoices", "payment_link": "payment_links"}[
        document["object"]
    ]
    return page(f"/v1/{plural}/{document['id']}/{name}", stored[f"_{name}"], params)


def _position(found: Sequence[Json], identifier: str, param: str) -> int:
    for index, item in enumerate(found):
        if item["id"] == identifier:
            return index
    raise missing("object", identifier, param, 400)


def _in_range(at: int, bounds: Json | int | None) -> bool:
    if bounds is None:
        return True
    if isinstance(bounds, int):
        return at == bounds
    return all(_RANGES[name](at, bound) for name, bound in bounds.items())
