"""API versions: which ones are accepted, and how older ones differ (Stripe: API changelog).

Every version is served as `API_VERSION`, except for the differences that break clients: names of parameters and values, and the
fields that left sessions, invoices, subscriptions, charges and payment intents in 2025-03-31.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date

from lightning_cart_sandbox.provider_account import public
from lightning_cart_sandbox.schema import Fields, FieldType, ListOf, OneOf, Text
from lightning_cart_sandbox.stripe.account import API_VERSION, Account
from lightning_cart_sandbox.stripe.errors import invalid
from lightning_cart_sandbox.stripe.method_types import METHODS
from lightning_cart_sandbox.types import Json

_LISTS, BASIL, CLOVER, DAHLIA, ENDIVE = "2022-11-15", "2025-03-31", "2025-09-30", "2026-03-25", API_VERSION[:10]
_VERSION = re.compile(r"(\d{4}-\d{2}-\d{2})(\.[a-z_]+)?(;\s?[a-z0-9_]+=v\d+)*", re.ASCII)

_PAGES = {"hosted": "hosted_page", "embedded": "embedded_page", "custom": "elements"}
"""The name of each kind of page from 2026-03-25 on, by its older name."""
_OLD_MODE = OneOf(("hosted",), unsupported=("embedded", "custom"))
_TYPES: dict[str, FieldType] = {"payment_method_types": ListOf(OneOf(METHODS), len(METHODS))}
# The first version without a difference, the operation, and the parameters that older versions have.
_OLD_PARAMETERS: tuple[tuple[str, str, Mapping[str, FieldType]], ...] = (
    (ENDIVE, "checkout/sessions", _TYPES),
    (ENDIVE, "payment_intents", _TYPES),
    (ENDIVE, "payment_intents/*", _TYPES),
    (ENDIVE, "payment_intents/*/confirm", _TYPES),
    (ENDIVE, "setup_intents", _TYPES),
    (ENDIVE, "setup_intents/*", _TYPES),
    (DAHLIA, "checkout/sessions", {"ui_mode": _OLD_MODE}),
    (CLOVER, "promotion_codes", {"coupon": Text(5000)}),
)


def read_version(version: str) -> str:
    """Return a version, or raise a `ValueError` if it is not a date, with or without a name and previews."""
    matched = _VERSION.fullmatch(version)
    try:
        date.fromisoformat(matched[1] if matched else "")
    except ValueError as error:
        raise ValueError(f"{version[:40]} is not a version of Stripe's API, such as 2024-06-20") from error
    return version


def is_version(text: str) -> bool:
    """Return whether a text is a version."""
    try:
        read_version(text)
    except ValueError:
        return False
    return True


def check_version(version: str) -> None:
    """Raise the `StripeError` for a version that is not a date, with or without a name and previews."""
    if not is_version(version):
        raise invalid(f"Invalid Stripe API version: {version[:40]}")


def version_headers(version: str) -> dict[str, str]:
    """Return the response headers that name the version of a request, and the one that was served if it is another."""
    note = {} if version == API_VERSION else {"sandbox-note": f"served as {API_VERSION}"}
    return {"stripe-version": version, **note}


def fields_of(path: str, fields: Fields, version: str) -> Fields:
    """Return what an operation accepts in a version.

    Args:
        path: The operation's path, in which `*` is an id.
        fields: What it accepts in `API_VERSION`.
        version: The version of the request.
    """
    older: dict[str, FieldType] = {}
    for before, where, members in _OLD_PARAMETERS:
        if version[:10] < before and where == path:
            older.update(members)
    if not older:
        return fields
    required = tuple("coupon" if name == "promotion" and "coupon" in older else name for name in fields.required)
    return Fields({**fields.members, **older}, required)


def upgraded(path: str, params: Json) -> Json:
    """Return the checked parameters of an operation with the names and values of `API_VERSION`."""
    if path == "checkout/sessions" and "ui_mode" in params:
        return {**params, "ui_mode": _PAGES.get(params["ui_mode"], params["ui_mode"])}
    if path == "promotion_codes" and "promotion" not in params and "coupon" in params:
        return {**params, "promotion": {"coupon": params["coupon"], "type": "coupon"}}
    return params


def as_of(account: Account, document: Json, version: str) -> Json:
    """Return an object, or a list, in the shape that it has in a version, with everything in it.

    Args:
        account: The account, to look up what an older version shows in another object.
        document: The object in the shape of `API_VERSION`, without private fields.
        version: The version.
    """
    if version[:10] >= _LAST_CHANGE or document.get("object") == "event":  # an event keeps the version that it was created in
        return document
    shown: Json = {
        name: value if name == "metadata" else _as_of(account, value, version)  # metadata is the shop's, whatever its names
        for name, value in document.items()
    }
    for kind, before, change in _CHANGES:
        if shown.get("object") == kind and version[:10] < before:
            change(account, shown)
    return shown


def _as_of(account: Account, value: object, version: str) -> object:
    if isinstance(value, dict):
        return as_of(account, value, version)
    return [_as_of(account, one, version) for one in value] if isinstance(value, list) else value


def _old_session(account: Account, session: Json) -> None:
    del account
    session["shipping_details"] = (session["collected_information"] or {}).get("shipping_details")


def _old_page(account: Account, session: Json) -> None:
    del account
    session["ui_mode"] = {new: old for old, new in _PAGES.items()}.get(session["ui_mode"], session["ui_mode"])


def _old_invoice(account: Account, invoice: Json) -> None:
    payments = (account.store.get("invoice", invoice["id"]) or {}).get("_payments", [])
    intent = account.store.get("payment_intent", payments[0]["payment"]["payment_intent"]) if payments else None
    details = (invoice.pop("parent") or {}).get("subscription_details") or {}
    for name in ("amount_overpaid", "confirmation_secret", "payments", "total_taxes"):
        invoice.pop(name, None)
    invoice.update(
        application_fee_amount=None,
        charge=intent and intent["latest_charge"],
        discount=None,
        paid=invoice["status"] == "paid",
        paid_out_of_band=False,
        payment_intent=intent and intent["id"],
        quote=None,
        subscription=details.get("subscription"),
        subscription_details={"metadata": details.get("metadata")},
        tax=None,
        total_tax_amounts=[],
        transfer_data=None,
    )


def _old_line(account: Account, line: Json) -> None:
    price = ((line.pop("pricing", None) or {}).get("price_details") or {}).get("price")
    parent = (line.pop("parent", None) or {}).get("subscription_item_details") or {}
    line.pop("taxes", None)
    line.update(
        plan=None,
        price=account.store.get("price", price) if isinstance(price, str) else price,
        proration=False,
        proration_details={"credited_items": None},
        subscription_item=parent.get("subscription_item"),
        tax_amounts=[],
        tax_rates=[],
        type="subscription" if line.get("subscription") else "invoiceitem",
    )


def _old_subscription(account: Account, subscription: Json) -> None:
    del account
    item = subscription["items"]["data"][0]
    subscription.update({name: item[name] for name in ("current_period_start", "current_period_end")}, discount=None)


def _add_invoice(account: Account, payment: Json) -> None:
    intent = payment["id"] if payment["object"] == "payment_intent" else payment["payment_intent"]
    payment["invoice"] = (account.store.get("payment_intent", intent or "") or {}).get("_invoice")


def _add_charges(account: Account, intent: Json) -> None:
    _add_list(account, intent, "charges", {"payment_intent": intent["id"]})


def _add_refunds(account: Account, charge: Json) -> None:
    _add_list(account, charge, "refunds", {"charge": charge["id"]})


def _add_list(account: Account, owner: Json, name: str, wanted: Json) -> None:
    """Add a list that older versions have in an object, with everything in it in the shape of these versions."""
    found = [as_of(account, public(one), "") for one in account.store.find(name.removesuffix("s"), **wanted)]
    url = f"/v1/{name}?{'&'.join(f'{key}={value}' for key, value in wanted.items())}"
    owner[name] = {"object": "list", "data": found, "has_more": False, "total_count": len(found), "url": url}


def _old_coupon(account: Account, promotion: Json) -> None:
    coupon = promotion.pop("promotion")["coupon"]
    promotion["coupon"] = public(account.get("coupon", coupon)) if isinstance(coupon, str) else coupon


# The kind of object, the first version without the older shape, and what turns the newer shape into it.
_CHANGES: tuple[tuple[str, str, Callable[[Account, Json], None]], ...] = (
    ("checkout.session", BASIL, _old_session),
    ("checkout.session", DAHLIA, _old_page),
    ("invoice", BASIL, _old_invoice),
    ("line_item", BASIL, _old_line),
    ("subscription", BASIL, _old_subscription),
    ("charge", BASIL, _add_invoice),
    ("payment_intent", BASIL, _add_invoice),
    ("charge", _LISTS, _add_refunds),
    ("payment_intent", _LISTS, _add_charges),
    ("promotion_code", CLOVER, _old_coupon),
)
_LAST_CHANGE = max(before for _, before, _ in _CHANGES)
