"""Payment methods through the API: made from tokens, and kept by customers (Stripe: payment method object)."""

from lightning_cart_sandbox.stripe.account import Account, StripeCall
from lightning_cart_sandbox.stripe.errors import StripeError, invalid, missing
from lightning_cart_sandbox.stripe.events import emit, emit_change, merged_metadata
from lightning_cart_sandbox.stripe.named_cards import TOKEN_PREFIX, find_card
from lightning_cart_sandbox.stripe.saved_methods import KIND, attach, find_method, save_method
from lightning_cart_sandbox.stripe.views import page
from lightning_cart_sandbox.types import Json


def create_method(call: StripeCall) -> Json:
    """Create a payment method from a test token, such as `tok_visa`.

    Raises:
        StripeError: There is no such token.
    """
    token = call.params.get("card", {}).get("token", "")
    card = find_card(token, TOKEN_PREFIX)
    if card is None:
        raise missing("token", token, "card[token]", 400)
    return _change(call.account, save_method(call.account, card), call.params)


def update_method(call: StripeCall) -> Json:
    """Change a payment method's `billing_details` or `metadata`.

    Raises:
        StripeError: There is no such payment method.
    """
    method = call.account.get(KIND, call.identifier, "payment_method")
    return _change(call.account, method, call.params)


def attach_method(call: StripeCall) -> Json:
    """Keep a payment method for a customer.

    Raises:
        StripeError: There is no such payment method or customer, or the method is another customer's.
    """
    account = call.account
    customer = account.current("customer", call.params["customer"], "customer", 400)["id"]
    method = find_method(account, call.identifier, "payment_method", 404)
    if method["customer"] not in {None, customer}:
        raise StripeError("The payment method you provided has already been attached to a customer.")
    return attach(account, method, customer)


def detach_method(call: StripeCall) -> Json:
    """Take a payment method from its customer, who has it as the default no longer.

    Raises:
        StripeError: There is no such payment method, or it has no customer.
    """
    account = call.account
    method = account.get(KIND, call.identifier, "payment_method")
    if method["customer"] is None:
        raise StripeError("The payment method you provided is not attached to a customer so detachment is impossible.")
    customer = account.get("customer", method["customer"])
    settings = customer["invoice_settings"]
    if settings["default_payment_method"] == method["id"]:
        changed = {**customer, "invoice_settings": {**settings, "default_payment_method": None}}
        emit_change(account, "customer.updated", changed, customer)
    method["customer"] = None
    emit(account, "payment_method.detached", account.save_object(method))
    return method


def list_methods(call: StripeCall) -> Json:
    """List the payment methods of a customer, who is named by the path or by a parameter.

    Raises:
        StripeError: There is no such customer, or none is named.
    """
    account, params = call.account, call.params
    customer = call.identifier or params.get("customer")
    if customer is None:
        raise invalid("Missing required param: customer.", "customer", "parameter_missing")
    account.current("customer", customer, "customer", 404 if call.identifier else 400)
    found = account.store.find(KIND, customer=customer)
    found = [one for one in found if one["type"] == params.get("type", one["type"])]
    return page(f"/v1/customers/{customer}/payment_methods" if call.identifier else "/v1/payment_methods", found, params)


def _change(account: Account, method: Json, params: Json) -> Json:
    details = dict(params.get("billing_details", {}))
    address = {name: text or None for name, text in details.pop("address", {}).items()}
    before = method["billing_details"]
    method["billing_details"] = {**before, **details, "address": {**before["address"], **address}}
    method["metadata"] = merged_metadata(method["metadata"], params.get("metadata"))
    return account.save_object(method)
