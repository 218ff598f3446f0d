"""Orders, which expire after six hours (PayPal: Orders v2).

An unapproved order expires six hours after its creation. An approved one expires six hours after its approval, so it has to be
captured before. A completed one does not expire. The response for an expired order is 404, and there is no event.
"""

from lightning_cart_sandbox.paypal.account import Account
from lightning_cart_sandbox.paypal.call import PayPalCall
from lightning_cart_sandbox.paypal.errors import not_found, problem, refusal, refused
from lightning_cart_sandbox.paypal.money import normal
from lightning_cart_sandbox.paypal.rules import check_units
from lightning_cart_sandbox.paypal.text import cut_utf16
from lightning_cart_sandbox.provider_account import public
from lightning_cart_sandbox.types import Json

VALID_SECONDS = 6 * 3600
_MAX_DESCRIPTION = 127
_MINIMAL, _MINIMAL_UNIT = ("id", "status", "payment_source", "payer", "links"), ("reference_id", "shipping", "payments")


def create_order(call: PayPalCall) -> Json:
    """Create an order that waits for its payer.

    Raises:
        PayPalError: The body breaks a rule, or names the payment's source without a request id.
    """
    account, params = call.account, call.params
    if "payment_source" in params and not call.request_id:
        raise refusal("PAYPAL_REQUEST_ID_REQUIRED")
    context = _context(params)
    check_units(params["purchase_units"], context.get("shipping_preference", ""))
    wallet = params.get("payment_source", {}).get("paypal")
    shown = {name: wallet[name] for name in ("email_address", "name") if name in wallet} if wallet is not None else None
    order = {
        "id": account.identifier("order"),
        "intent": params["intent"],
        "status": "CREATED" if wallet is None else "PAYER_ACTION_REQUIRED",
        **({} if wallet is None else {"payment_source": {"paypal": shown}}),
        **({"payer": params["payer"]} if "payer" in params else {}),
        "purchase_units": [normal_unit(unit) for unit in params["purchase_units"]],
        "create_time": account.timestamp(),
        "_by_source": wallet is not None,
        "_at": account.now(),
        "_created": account.now(),
        "_context": context,
        "_choice": "",
        "_declined": False,
        "_lapsed": False,
    }
    return account.save("order", order)


def current_order(account: Account, identifier: str) -> Json:
    """Return an order that has not expired.

    Raises:
        PayPalError: 404, if the order does not exist or has expired.
    """
    order = account.get("order", identifier)
    if has_lapsed(account, order):
        raise not_found("order_id", identifier)
    return order


def has_lapsed(account: Account, order: Json) -> bool:
    """Return whether an order has expired or its approval was reversed, so that the API no longer returns it."""
    return bool(order["_lapsed"]) or (order["status"] != "COMPLETED" and order["_at"] + VALID_SECONDS <= account.now())


def waits_for_payer(order: Json) -> bool:
    """Return whether the payer still has to approve."""
    return order["status"] in {"CREATED", "PAYER_ACTION_REQUIRED"}


def by_echeck(order: Json) -> bool:
    """Return whether a pending payment is an eCheck. If the shop wants immediate payment, it is a review by PayPal instead."""
    return bool(order["_context"].get("payment_method_preference") != "IMMEDIATE_PAYMENT_REQUIRED")


def payer_link(account: Account, order: Json, rel: str) -> Json:
    """Return a link to the approval page."""
    return account.link(f"/checkoutnow?token={order['id']}", rel)


def order_view(account: Account, order: Json, /, *, full: bool) -> Json:
    """Return an order as a response shows it.

    Args:
        account: The account.
        order: The stored order.
        full: Whether all fields are returned (`Prefer: return=representation`), or only what the shop has not sent.
    """
    units = [
        {**unit, "payee": account.payee, **_payments(account, order, unit["reference_id"])} for unit in order["purchase_units"]
    ]
    if trackers := [public(one) for one in account.find("tracker", _order=order["id"])[::-1]]:
        units[0]["shipping"] = units[0].get("shipping", {}) | {"trackers": trackers}
    view = {**public(order), "purchase_units": units, "links": _links(account, order)}
    return view if full else _minimal(view)


def normal_unit(unit: Json) -> Json:
    """Return a purchase unit as the real API does: with a reference id, all decimals, and a shortened description."""
    amount = unit["amount"]
    shown = {"reference_id": "default", **unit, "amount": normal(amount)}
    if "breakdown" in amount:
        shown["amount"]["breakdown"] = {name: normal(part) for name, part in amount["breakdown"].items()}
    if "description" in unit:
        shown["description"] = cut_utf16(unit["description"], _MAX_DESCRIPTION)
    if "items" in unit:
        shown["items"] = [
            {**item, **{name: normal(item[name]) for name in ("unit_amount", "tax") if name in item}} for item in unit["items"]
        ]
    if "options" in unit.get("shipping", {}):
        options = [
            {**option, **({"amount": normal(option["amount"])} if "amount" in option else {})}
            for option in unit["shipping"]["options"]
        ]
        shown["shipping"] = {**unit["shipping"], "options": options}
    return shown


def _context(params: Json) -> Json:
    """Return the experience context: from the payment source, or from the deprecated `application_context`."""
    source = params.get("payment_source", {}).get("paypal", {}).get("experience_context")
    if source is not None and "application_context" in params:
        raise refusal("SANDBOX_NOT_IMITATED", "/application_context")  # PayPal does not document which one wins
    pointer = "/application_context" if source is None else "/payment_source/paypal/experience_context"
    context: Json = _application_context(params) if source is None else source
    if ("return_url" in context) != ("cancel_url" in context):
        missing = "cancel_url" if "return_url" in context else "return_url"
        raise refused([problem("MISSING_REQUIRED_PARAMETER", f"{pointer}/{missing}")])
    return context


def _application_context(params: Json) -> Json:
    """Return the deprecated context with the newer name of the payment preference."""
    context = dict(params.get("application_context", {}))
    preferred = context.pop("payment_method", {}).get("payee_preferred")
    return context | ({"payment_method_preference": preferred} if preferred else {})


def _minimal(view: Json) -> Json:
    """Return the minimal response. PayPal documents `id`, `status` and `links`; it also names the payer and the payments."""
    shown = {name: view[name] for name in _MINIMAL if name in view}
    units = [{name: unit[name] for name in _MINIMAL_UNIT if name in unit} for unit in view["purchase_units"]]
    return shown | ({"purchase_units": units} if any("payments" in unit for unit in units) else {})


def _payments(account: Account, order: Json, reference_id: str) -> Json:
    captures = account.find("capture", _order=order["id"], _reference_id=reference_id)[::-1]
    refunds = [one for capture in captures for one in account.find("refund", _capture=capture["id"])[::-1]]
    if not captures:
        return {}
    found = {"captures": [_without_order(one) for one in captures], "refunds": [public(one) for one in refunds]}
    return {"payments": {name: payments for name, payments in found.items() if payments}}


def _without_order(capture: Json) -> Json:
    """Return a capture as its order shows it: without what the order already says."""
    return {name: value for name, value in public(capture).items() if name not in {"payee", "supplementary_data"}}


def _links(account: Account, order: Json) -> list[Json]:
    path = f"/v2/checkout/orders/{order['id']}"
    links = [account.link(path, "self")]
    if waits_for_payer(order):
        links.append(payer_link(account, order, "payer-action" if order["_by_source"] else "approve"))
    if order["status"] in {"CREATED", "APPROVED"}:
        links += [account.link(path, "update", "PATCH"), account.link(f"{path}/capture", "capture", "POST")]
    return links
