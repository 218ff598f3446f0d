"""Customers (Stripe: customer object)."""

from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.events import emit, merged_metadata
from lightning_cart_sandbox.stripe.objects import new_object, new_part
from lightning_cart_sandbox.types import Json

KIND = "customer"
_VALUES = (
    "business_name",
    "description",
    "email",
    "individual_name",
    "invoice_prefix",
    "name",
    "phone",
    "preferred_locales",
    "tax_exempt",
)


def new_customer(account: Account, params: Json) -> Json:
    """Create a customer from checked parameters, and send the event.

    Args:
        account: The account.
        params: The parameters of `POST /v1/customers`, of which each can be missing.
    """
    customer = new_object(KIND, id=account.new_id("cus"), created=account.now())
    change_customer(customer, params)
    account.save_object(customer)
    emit(account, "customer.created", customer)
    return customer


def customer_of(account: Account, buyer: Json) -> str:
    """Create the customer of a payment page; return the id.

    Args:
        account: The account.
        buyer: What the buyer typed: `email` and `name`, and perhaps `phone`, `address` and `shipping`.
    """
    known = {name: buyer[name] for name in ("address", "email", "name", "phone", "shipping") if buyer.get(name)}
    if "shipping" in known:
        known["shipping"] = {**known["shipping"], "phone": buyer.get("phone")}
    return str(new_customer(account, known)["id"])


def change_customer(customer: Json, params: Json) -> None:
    """Set the fields of a customer that checked parameters name; an empty value unsets one. The customer is not saved."""
    for name in _VALUES:
        if name in params:
            customer[name] = params[name] or None
    if "address" in params:
        customer["address"] = _address(params["address"])
    if "shipping" in params:
        shipping = params["shipping"] or None
        customer["shipping"] = shipping and {
            "address": _address(shipping["address"]),
            "name": shipping["name"],
            "phone": shipping.get("phone") or None,
        }
    customer["tax_exempt"] = customer["tax_exempt"] or "none"
    customer["metadata"] = merged_metadata(customer["metadata"], params.get("metadata"))


def _address(params: Json | str) -> Json | None:
    return new_part("address", **{name: text or None for name, text in params.items()}) if isinstance(params, dict) else None
