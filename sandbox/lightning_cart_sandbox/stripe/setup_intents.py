"""Setup intents: cards that customers keep for later payments (Stripe: setup intent object)."""

from lightning_cart_sandbox.provider_account import public
from lightning_cart_sandbox.stripe.account import Account, StripeCall
from lightning_cart_sandbox.stripe.cards import decline_error
from lightning_cart_sandbox.stripe.errors import StripeError, card_error, invalid
from lightning_cart_sandbox.stripe.events import emit, merged_metadata
from lightning_cart_sandbox.stripe.method_types import intent_methods
from lightning_cart_sandbox.stripe.objects import new_object
from lightning_cart_sandbox.stripe.saved_methods import attach, card_of, usable_method
from lightning_cart_sandbox.types import Json

KIND = "setup_intent"
_OPEN = ("requires_payment_method", "requires_confirmation")


def create_setup(call: StripeCall) -> Json | StripeError:
    """Create a setup intent, and confirm it if `confirm` is true.

    Returns:
        The setup intent, or the error of a declined card.

    Raises:
        StripeError: The parameters break a rule.
    """
    account, params = call.account, call.params
    if "return_url" in params and not params.get("confirm"):
        raise invalid(
            "The parameter `return_url` cannot be passed when creating a SetupIntent unless `confirm` is set to true.",
            "return_url",
        )
    identifier = account.new_id("seti")
    setup = new_object(
        KIND,
        id=identifier,
        client_secret=account.new_id(f"{identifier}_secret"),
        created=account.now(),
        usage=params.get("usage", "off_session"),
        **intent_methods(params),
    )
    _change(account, setup, params)
    emit(account, "setup_intent.created", account.save_object(setup))
    return _confirm(account, setup) if params.get("confirm") else setup


def update_setup(call: StripeCall) -> Json:
    """Change a setup intent that has not ended.

    Raises:
        StripeError: It has ended, or the parameters break a rule.
    """
    account = call.account
    setup = _open_setup(account, call.identifier, "update")
    _change(account, setup, call.params)
    return account.save_object(setup)


def confirm_setup(call: StripeCall) -> Json | StripeError:
    """Keep the card for the customer.

    Returns:
        The setup intent, or the error of a declined card.

    Raises:
        StripeError: It has ended, or has no payment method.
    """
    account = call.account
    setup = _open_setup(account, call.identifier, "confirm")
    _change(account, setup, call.params)
    return _confirm(account, account.save_object(setup))


def cancel_setup(call: StripeCall) -> Json:
    """Cancel a setup intent.

    Raises:
        StripeError: It has ended.
    """
    account = call.account
    setup = _open_setup(account, call.identifier, "cancel")
    setup.update(status="canceled", cancellation_reason=call.params.get("cancellation_reason"))
    emit(account, "setup_intent.canceled", account.save_object(setup))
    return setup


def _open_setup(account: Account, identifier: str, action: str) -> Json:
    setup = account.get(KIND, identifier, "intent")
    if setup["status"] not in _OPEN:
        raise _unexpected(setup, f"You cannot {action} this SetupIntent because it has a status of {setup['status']}.")
    return setup


def _change(account: Account, setup: Json, params: Json) -> None:
    if "customer" in params:
        setup["customer"] = account.current("customer", params["customer"], "customer", 400)["id"]
    setup["description"] = params.get("description", setup["description"])
    setup["metadata"] = merged_metadata(setup["metadata"], params.get("metadata"))
    if "payment_method" in params:
        method = usable_method(account, params["payment_method"], setup["customer"])
        setup.update(payment_method=method["id"], status="requires_confirmation")


def _confirm(account: Account, setup: Json) -> Json | StripeError:
    if setup["payment_method"] is None:
        raise _unexpected(setup, "You cannot confirm this SetupIntent because it's missing a payment method.")
    method = account.get("payment_method", setup["payment_method"])
    card = card_of(method)
    if card.challenge:
        raise invalid("A bank's question at a setup is not imitated by this sandbox.", "payment_method", "sandbox_not_imitated")
    if card.decline:
        return _declined(account, setup, method, card.decline)
    if setup["customer"]:
        attach(account, method, setup["customer"])
    setup.update(status="succeeded", last_setup_error=None)
    emit(account, "setup_intent.succeeded", account.save_object(setup))
    return setup


def _declined(account: Account, setup: Json, method: Json, decline: str) -> StripeError:
    error = decline_error(decline, public(method))
    setup.update(status="requires_payment_method", payment_method=None, last_setup_error=error)
    emit(account, "setup_intent.setup_failed", account.save_object(setup))
    return card_error(error, setup_intent=public(setup))


def _unexpected(setup: Json, message: str) -> StripeError:
    return StripeError(message, code="setup_intent_unexpected_state", details={"setup_intent": public(setup)})
