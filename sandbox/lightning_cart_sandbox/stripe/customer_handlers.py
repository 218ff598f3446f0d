"""Customers through the API (Stripe: customer object)."""

from lightning_cart_sandbox.stripe.account import Account, StripeCall
from lightning_cart_sandbox.stripe.customers import KIND, change_customer, new_customer
from lightning_cart_sandbox.stripe.errors import invalid
from lightning_cart_sandbox.stripe.events import emit, emit_change
from lightning_cart_sandbox.stripe.saved_methods import attach, usable_method
from lightning_cart_sandbox.stripe.subscriptions import cancel_subscription
from lightning_cart_sandbox.stripe.views import page
from lightning_cart_sandbox.types import Json

_DEFAULT = "default_payment_method"


def create_customer(call: StripeCall) -> Json:
    """Create a customer, and attach the payment method that the parameters name.

    Raises:
        StripeError: There is no such payment method, or the default one is not the customer's.
    """
    account, params = call.account, call.params
    customer, named = new_customer(account, params), params.get("payment_method")
    if named:
        method = attach(account, usable_method(account, named), customer["id"])
        if params.get("invoice_settings", {}).get(_DEFAULT) == named:
            # The name of a test payment method stands for the new one.
            params = {**params, "invoice_settings": {_DEFAULT: method["id"]}}
    _set_default_method(account, customer, params)
    return account.save_object(customer)


def update_customer(call: StripeCall) -> Json:
    """Change a customer; an empty value unsets a field.

    Raises:
        StripeError: There is no such customer, or the default payment method is not the customer's.
    """
    account, params = call.account, call.params
    customer = account.current("customer", call.identifier)
    before = dict(customer)
    change_customer(customer, params)
    _set_default_method(account, customer, params)
    return emit_change(account, "customer.updated", customer, before)


def delete_customer(call: StripeCall) -> Json:
    """Delete a customer, which cancels the customer's subscriptions; a later `GET` says so.

    Raises:
        StripeError: There is no such customer.
    """
    account = call.account
    customer = account.current("customer", call.identifier)
    for subscription in account.store.find("subscription", customer=customer["id"]):
        if subscription["status"] != "canceled":
            cancel_subscription(account, subscription["id"])
    for method in account.store.find("payment_method", customer=customer["id"]):
        account.save_object({**method, "customer": None})
    emit(account, "customer.deleted", customer)
    return account.save_object({"id": customer["id"], "object": KIND, "deleted": True})


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
    customer = call.account.current("customer", call.identifier)
    return page(f"/v1/customers/{customer['id']}/sources", [], call.params)


def _set_default_method(account: Account, customer: Json, params: Json) -> None:
    settings = params.get("invoice_settings", {})
    if _DEFAULT not in settings:
        return
    identifier = settings[_DEFAULT] or None
    if identifier and (account.store.get("payment_method", identifier) or {}).get("customer") != customer["id"]:
        raise invalid(
            f"The customer does not have a payment method with the ID {identifier}. The payment method must be attached to the "
            "customer.",
            f"invoice_settings[{_DEFAULT}]",
            "resource_missing",
        )
    customer["invoice_settings"] = {**customer["invoice_settings"], _DEFAULT: identifier}
