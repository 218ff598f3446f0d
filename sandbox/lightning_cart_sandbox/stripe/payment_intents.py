"""Payment intents that a shop creates and confirms through the API (Stripe: payment intent object)."""

from lightning_cart_sandbox.money import display
from lightning_cart_sandbox.stripe.account import Account, StripeCall
from lightning_cart_sandbox.stripe.captures import capture, release
from lightning_cart_sandbox.stripe.confirmation import confirm
from lightning_cart_sandbox.stripe.errors import StripeError, invalid
from lightning_cart_sandbox.stripe.events import emit, merged_metadata
from lightning_cart_sandbox.stripe.intent_parameters import CONFIRMING
from lightning_cart_sandbox.stripe.intent_states import require_own, require_status, unexpected_state
from lightning_cart_sandbox.stripe.method_types import intent_methods
from lightning_cart_sandbox.stripe.money import MINIMUM, check_currency, check_unit
from lightning_cart_sandbox.stripe.payments import complete_shipping, new_intent
from lightning_cart_sandbox.stripe.saved_methods import usable_method
from lightning_cart_sandbox.types import Json

KIND = "payment_intent"
_UNPAID = ("requires_payment_method", "requires_confirmation", "requires_action")
_CANCELABLE = ("requires_payment_method", "requires_capture", "requires_confirmation", "requires_action", "processing")
_VALUES = ("capture_method", "statement_descriptor", "statement_descriptor_suffix", "transfer_group")
_UNSETTABLE = ("description", "receipt_email", "setup_future_usage")


def create_intent(call: StripeCall) -> Json | StripeError:
    """Create a payment intent, and confirm it if `confirm` is true.

    Returns:
        The payment intent, or the error of a declined payment.

    Raises:
        StripeError: The parameters break a rule.
    """
    account, params = call.account, call.params
    _check(account, params)
    for name in CONFIRMING:
        if name in params and not params.get("confirm"):
            raise invalid(
                f"The parameter `{name}` cannot be passed when creating a PaymentIntent unless `confirm` is set to true.", name
            )
    check_amount(params["amount"], params["currency"])
    if "automatic_payment_methods" in params and "payment_method_types" in params:
        raise invalid(
            "You may only specify one of these parameters: automatic_payment_methods, payment_method_types.",
            "payment_method_types",
        )
    intent = new_intent(account, amount=params["amount"], currency=params["currency"], data={})
    intent.update(intent_methods(params), confirmation_method=params.get("confirmation_method", "automatic"))
    _change(account, intent, params)
    emit(account, "payment_intent.created", account.save_object(intent))
    return confirm(account, intent, params) if params.get("confirm") else intent


def update_intent(call: StripeCall) -> Json:
    """Change a payment intent; its amount, currency and payment method only until it is paid.

    Raises:
        StripeError: The parameters break a rule, or the status does not allow the change.
    """
    account, params = call.account, call.params
    intent = account.get(KIND, call.identifier, "intent")
    _check(account, params)
    for name in ("amount", "currency", "payment_method", "capture_method", "customer"):
        if name not in params:
            continue
        require_own(intent, "update")
        if intent["status"] not in _UNPAID:
            raise unexpected_state(
                intent,
                f"This PaymentIntent's {name} could not be updated because it has a status of {intent['status']}. You may only "
                f"update the {name} of a PaymentIntent with one of the following statuses: {', '.join(_UNPAID)}.",
            )
    amount, currency = params.get("amount", intent["amount"]), params.get("currency", intent["currency"])
    check_amount(amount, currency)
    intent.update(amount=amount, currency=currency)
    _change(account, intent, params)
    return account.save_object(intent)


def confirm_intent(call: StripeCall) -> Json | StripeError:
    """Try to pay a payment intent.

    Returns:
        The payment intent, or the error of a declined payment.

    Raises:
        StripeError: It has no payment method, its status does not allow it, or it belongs to a session or an invoice.
    """
    account, params = call.account, call.params
    intent = account.get(KIND, call.identifier, "intent")
    if intent["status"] == "succeeded":
        raise unexpected_state(
            intent,
            "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.",
        )
    require_status(intent, "confirm", "confirmed", _UNPAID)
    require_own(intent, "confirm")
    _change(account, intent, params)
    return confirm(account, account.save_object(intent), params)


def capture_intent(call: StripeCall) -> Json:
    """Take what a payment intent holds.

    Raises:
        StripeError: It holds nothing, or less.
    """
    return capture(call.account, call.account.get(KIND, call.identifier, "intent"), call.params)


def cancel_intent(call: StripeCall) -> Json:
    """Cancel a payment intent; what it holds is released.

    Raises:
        StripeError: It is paid or canceled already, or it belongs to a session or an invoice and holds nothing.
    """
    account = call.account
    intent = account.get(KIND, call.identifier, "intent")
    require_status(intent, "cancel", "canceled", _CANCELABLE)
    if intent["status"] != "requires_capture":
        require_own(intent, "cancel")
    release(account, intent)
    reason = call.params.get("cancellation_reason")
    intent.update(
        status="canceled", canceled_at=account.now(), cancellation_reason=reason, amount_capturable=0, next_action=None
    )
    emit(account, "payment_intent.canceled", account.save_object(intent))
    return intent


def check_amount(amount: int, currency: str) -> None:
    """Raise unless an amount in minor units can be charged."""
    check_currency(currency, "currency")
    check_unit(amount, currency, "amount")
    minimum = MINIMUM.get(currency, 1)
    if amount < minimum:
        raise invalid(f"Amount must be at least {display(minimum, currency)}.", "amount", "amount_too_small")


def _check(account: Account, params: Json) -> None:
    if "customer" in params:
        account.current("customer", params["customer"], "customer", 400)


def _change(account: Account, intent: Json, params: Json) -> None:
    intent |= {name: params[name] for name in _VALUES if name in params}
    intent |= {name: params[name] or None for name in _UNSETTABLE if name in params}
    if "shipping" in params:
        intent["shipping"] = complete_shipping(params["shipping"]) if params["shipping"] else None
    intent["customer"] = params.get("customer", intent["customer"])
    intent["metadata"] = merged_metadata(intent["metadata"], params.get("metadata"))
    if "payment_method" in params:
        named = params["payment_method"]
        method = named and usable_method(account, named, intent["customer"])["id"]
        status = "requires_confirmation" if method else "requires_payment_method"
        intent.update(payment_method=method or None, status=status, next_action=None)
