"""Stripe's test payment methods, such as `pm_card_visa`, and the methods that customers keep (Stripe: testing)."""

from functools import partial

from lightning_cart_sandbox.stripe.account import Account, StripeCall
from lightning_cart_sandbox.stripe.cards import TEST_CARDS, Card
from lightning_cart_sandbox.stripe.errors import StripeError, invalid, missing
from lightning_cart_sandbox.stripe.events import emit
from lightning_cart_sandbox.stripe.saved_methods import save_method
from lightning_cart_sandbox.stripe.views import page
from lightning_cart_sandbox.types import Json

KIND = "payment_method"
_visa = partial(Card, "visa")
_NUMBERS = {
    "visa": "4242424242424242",
    "mastercard": "5555555555554444",
    "amex": "378282246310005",
    "bypassPending": "4000000000000077",
    "createDispute": "4000000000000259",
    "chargeCustomerFail": "4000000000000341",
    "chargeDeclined": "4000000000000002",
    "visa_chargeDeclined": "4000000000000002",
    "chargeDeclinedInsufficientFunds": "4000000000009995",
    "visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "visa_chargeDeclinedLostCard": "4000000000009987",
    "visa_chargeDeclinedStolenCard": "4000000000009979",
    "chargeDeclinedExpiredCard": "4000000000000069",
    "chargeDeclinedIncorrectCvc": "4000000000000127",
    "chargeDeclinedProcessingError": "4000000000000119",
    "visa_chargeDeclinedVelocityLimitExceeded": "4000000000006975",
    "authenticationRequired": "4000002760003184",
    "authenticationRequiredOnSetup": "4000002500003155",
    "threeDSecure2Required": "4000000000003220",
    "threeDSecureRequiredChargeDeclined": "4000008400001629",
    "authenticationRequiredChargeDeclinedInsufficientFunds": "4000008260003178",
}
_TEST_METHODS = {name: TEST_CARDS[number] for name, number in _NUMBERS.items()} | {
    "discover": Card("discover", "9424"),
    "diners": Card("diners", "0004"),
    "jcb": Card("jcb", "0505"),
    "mastercard_debit": Card("mastercard", "8210"),
    "mastercard_prepaid": Card("mastercard", "5100"),
    "unionpay": Card("unionpay", "0005"),
    "visa_debit": _visa("5556"),
    "us": _visa("4242"),
}
"""The card of each test payment method, by what follows `pm_card_` and, in tokens, `tok_`."""


def usable_method(account: Account, identifier: str, param: str, customer: str | None = None) -> Json:
    """Return a payment method to pay with. A test payment method becomes a new one, as at Stripe.

    Args:
        account: The account.
        identifier: The id of a payment method, or the name of a test payment method.
        param: The parameter that names it, for the error.
        customer: The id of the customer who pays, if any.

    Raises:
        StripeError: There is no such payment method, or it is another customer's.
    """
    card = _TEST_METHODS.get(identifier.removeprefix("pm_card_")) if identifier.startswith("pm_card_") else None
    if card:
        return save_method(account, card)
    method = account.store.get(KIND, identifier)
    if method is None:
        raise missing("PaymentMethod", identifier, param, 400)
    if method["customer"] not in {None, customer}:
        raise invalid(
            f"The PaymentMethod provided ({identifier}) belongs to the Customer {method['customer']}. Please include the "
            "Customer in the `customer` parameter on the PaymentIntent.",
            param,
        )
    return method


def card_of(method: Json) -> Card:
    """Return the card of a payment method."""
    return Card(**method["_card"])


def attach(account: Account, method: Json, customer: str) -> Json:
    """Keep a payment method for a customer, and send the event."""
    if method["customer"] == customer:
        return method
    method["customer"] = customer
    emit(account, "payment_method.attached", account.save_object(method))
    return method


def create_method(call: StripeCall) -> Json:
    """Create a payment method from a test token, such as `tok_visa`.

    Raises:
        StripeError: The type is not `card`, or there is no such token.
    """
    account, token = call.account, call.params.get("card", {}).get("token", "")
    card = _TEST_METHODS.get(token.removeprefix("tok_")) if token.startswith("tok_") else None
    if card is None:
        raise missing("token", token, "card[token]", 400)
    return _changed(account, save_method(account, card), call.params)


def update_method(call: StripeCall) -> Json:
    """Change a payment method's `billing_details` or `metadata`."""
    method = call.account.get(KIND, call.identifier, "payment_method")
    return _changed(call.account, method, call.params)


def attach_method(call: StripeCall) -> Json:
    """Keep a payment method for a customer.

    Raises:
        StripeError: There is no such customer, or the method is another customer's.
    """
    account, customer = call.account, call.params["customer"]
    if (account.store.get("customer", customer) or {"deleted": True}).get("deleted"):
        raise missing("customer", customer, "customer", 400)
    method = usable_method(account, call.identifier, "payment_method")
    if method["customer"] not in {None, customer}:
        raise StripeError("The payment method you provided has already been attached to a customer.")
    return attach(account, method, customer)


def detach_method(call: StripeCall) -> Json:
    """Take a payment method from its customer.

    Raises:
        StripeError: It has no customer.
    """
    account = call.account
    method = account.get(KIND, call.identifier, "payment_method")
    if method["customer"] is None:
        raise StripeError("The payment method you provided is not attached to a customer so detachment is impossible.")
    method["customer"] = None
    emit(account, "payment_method.detached", account.save_object(method))
    return method


def list_methods(call: StripeCall) -> Json:
    """List the payment methods of a customer, who is named by the path or by a parameter."""
    account, params = call.account, call.params
    customer = call.identifier or params.get("customer")
    if customer is None:
        raise invalid("Missing required param: customer.", "customer", "parameter_missing")
    if account.store.get("customer", customer) is None:
        raise missing("customer", customer, "customer", 404 if call.identifier else 400)
    found = account.store.find(KIND, customer=customer)
    found = [one for one in found if one["type"] == params.get("type", one["type"])]
    return page(f"/v1/customers/{customer}/payment_methods" if call.identifier else "/v1/payment_methods", found, params)


def _changed(account: Account, method: Json, params: Json) -> Json:
    details = params.get("billing_details", {})
    if details:
        address = method["billing_details"]["address"] | details.get("address", {})
        method["billing_details"] = method["billing_details"] | details | {"address": address}
    method["metadata"] = {**method["metadata"], **params.get("metadata", {})}
    return account.save_object(method)
