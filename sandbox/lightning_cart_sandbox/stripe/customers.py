"""Customers (Stripe: customer object)."""

from lightning_cart_sandbox.provider_account import public
from lightning_cart_sandbox.stripe.account import Account, StripeCall
from lightning_cart_sandbox.stripe.card_methods import attach, usable_method
from lightning_cart_sandbox.stripe.errors import missing
from lightning_cart_sandbox.stripe.events import emit, merged_metadata
from lightning_cart_sandbox.stripe.objects import new_object, new_part
from lightning_cart_sandbox.stripe.views import page
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
    _change(customer, params)
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


def create_customer(call: StripeCall) -> Json:
    """Create a customer, and attach the payment method that the parameters name.

    Raises:
        StripeError: There is no such payment method.
    """
    account, params = call.account, call.params
    customer = new_customer(account, {name: value for name, value in params.items() if name != "invoice_settings"})
    if "payment_method" in params:
        attach(account, usable_method(account, params["payment_method"], "payment_method"), customer["id"])
    return _change_settings(account, customer, params)


def current_customer(account: Account, identifier: str, param: str = "id", status: int = 404) -> Json:
    """Return a customer that was not deleted.

    Args:
        account: The account.
        identifier: The customer's id.
        param: The parameter that names it, for the error.
        status: The HTTP status of the error.

    Raises:
        StripeError: There is no such customer, or it was deleted.
    """
    customer = account.store.get(KIND, identifier)
    if customer is None or customer.get("deleted"):
        raise missing(KIND, identifier, param, status)
    return customer


def update_customer(call: StripeCall) -> Json:
    """Change a customer; an empty value unsets a field.

    Raises:
        StripeError: There is no such customer, or no such payment method.
    """
    account, params = call.account, call.params
    customer = current_customer(account, call.identifier)
    before = dict(customer)
    _change(customer, params)
    _change_settings(account, customer, params)
    previous = {name: before.get(name) for name, value in customer.items() if before.get(name) != value}
    if previous:
        emit(account, "customer.updated", account.save_object(customer), previous)
    return customer


def delete_customer(call: StripeCall) -> Json:
    """Delete a customer; a later `GET` says so."""
    account = call.account
    customer = current_customer(account, call.identifier)
    deleted = {"id": customer["id"], "object": KIND, "deleted": True}
    account.save_object(deleted)
    for method in account.store.find("payment_method", customer=customer["id"]):
        account.save_object({**method, "customer": None})
    emit(account, "customer.deleted", customer)
    return deleted


def list_customers(call: StripeCall) -> Json:
    """List customers that were not deleted."""
    wanted = {"email": call.params["email"]} if "email" in call.params else {}
    found = [one for one in call.account.store.find(KIND, **wanted) if not one.get("deleted")]
    return page("/v1/customers", found, call.params)


def list_sources(call: StripeCall) -> Json:
    """List the cards and bank accounts that are no payment methods: none.

    Raises:
        StripeError: There is no such customer.
    """
    customer = current_customer(call.account, call.identifier)
    return page(f"/v1/customers/{customer['id']}/sources", [], call.params)


def _change(customer: Json, params: Json) -> None:
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


def _change_settings(account: Account, customer: Json, params: Json) -> Json:
    settings = params.get("invoice_settings", {})
    if "default_payment_method" in settings:
        identifier = settings["default_payment_method"] or None
        if identifier:
            usable_method(account, identifier, "invoice_settings[default_payment_method]", customer["id"])
        customer["invoice_settings"] = {**customer["invoice_settings"], "default_payment_method": identifier}
        account.save_object(customer)
    return public(customer)


def _address(params: Json | str) -> Json | None:
    return new_part("address", **{name: text or None for name, text in params.items()}) if isinstance(params, dict) else None
