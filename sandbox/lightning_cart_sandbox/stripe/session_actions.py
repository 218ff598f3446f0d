"""What the merchant, buyers, banks and time can do with a session, for the page about it."""

from collections.abc import Callable

from lightning_cart_sandbox.dispute_states import DisputeState, find_decidable, list_actions
from lightning_cart_sandbox.money import display
from lightning_cart_sandbox.pages import format_utc
from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.checkout import settle_bank_debit
from lightning_cart_sandbox.stripe.disputes import (
    REASONS,
    close_dispute,
    disputable_minor,
    list_disputes,
    open_dispute,
    read_state,
)
from lightning_cart_sandbox.stripe.errors import StripeError
from lightning_cart_sandbox.stripe.refunds import create_refund
from lightning_cart_sandbox.stripe.sessions import expire_session
from lightning_cart_sandbox.stripe.subscriptions import cancel_subscription, renew
from lightning_cart_sandbox.types import Json

type Action = Callable[[Account, Json, Json, dict[str, str]], object]
"""Takes the account, the session, the objects that belong to it, from `find_related`, and the posted form."""

_UNAVAILABLE = "That cannot be done now: the session has changed, or the button is unknown."


def _refund(account: Account, found: Json, form: dict[str, str]) -> None:
    amount = _read_amount(form)
    params: Json = {"charge": found["charge"]["id"], "reason": "requested_by_customer"}
    create_refund(account, params if amount is None else {**params, "amount": amount})


def _dispute(account: Account, found: Json, form: dict[str, str]) -> None:
    open_dispute(account, found["charge"], _read_amount(form), form.get("reason", ""))


def _decide(account: Account, found: Json, form: dict[str, str], *, won: bool) -> None:
    dispute = find_decidable(found["disputes"], read_state, form.get("dispute", ""), won=won)
    if dispute is None:
        raise StripeError(_UNAVAILABLE)
    close_dispute(account, dispute, won=won)


_ACTIONS: dict[str, Action] = {
    "expire": lambda account, session, *_: expire_session(account, session["id"]),
    "async_success": lambda account, session, *_: settle_bank_debit(account, session, succeeded=True),
    "async_failure": lambda account, session, *_: settle_bank_debit(account, session, succeeded=False),
    "refund": lambda account, _, found, form: _refund(account, found, form),
    "renew": lambda account, _, found, __: renew(account, found["subscription"], succeed=True),
    "fail_renewal": lambda account, _, found, __: renew(account, found["subscription"], succeed=False),
    "cancel_subscription": lambda account, _, found, __: cancel_subscription(account, found["subscription"]["id"]),
    "dispute": lambda account, _, found, form: _dispute(account, found, form),
    "dispute_won": lambda account, _, found, form: _decide(account, found, form, won=True),
    "dispute_lost": lambda account, _, found, form: _decide(account, found, form, won=False),
}
_LABELS = {
    "expire": "Expire now",
    "async_success": "The bank debit succeeds",
    "async_failure": "The bank debit fails",
    "renew": "A period passes: renew",
    "fail_renewal": "A period passes: renewal fails",
    "cancel_subscription": "Cancel the subscription",
}


def find_related(account: Account, session: Json) -> Json:
    """Return the intent, charge and subscription of a session, each `None` if it does not exist, and the disputes."""

    def get(kind: str, identifier: str | None) -> Json | None:
        return account.store.get(kind, identifier or "")

    intent = get("payment_intent", session["_payment_intent"])
    charge = get("charge", (intent or {}).get("latest_charge"))
    return {
        "payment_intent": intent,
        "charge": charge,
        "disputes": list_disputes(account, charge) if charge else [],
        "subscription": get("subscription", session["subscription"]),
    }


def act(account: Account, session: Json, found: Json, form: dict[str, str]) -> None:
    """Run an action of the page.

    Args:
        account: The account.
        session: The session.
        found: The objects that belong to it, from `find_related`.
        form: `action`, and the action's own fields.

    Raises:
        StripeError: The action is not possible now, or a field is wrong.
    """
    action = form.get("action", "")
    if action not in _available(account, session, found):
        raise StripeError(_UNAVAILABLE)
    with account.transaction():
        _ACTIONS[action](account, session, found, form)


def view_actions(account: Account, session: Json, found: Json) -> Json:
    """Return the template values of the actions that are possible now, and of the disputes."""
    available, charge = _available(account, session, found), found["charge"]
    return {
        "actions": [(name, _LABELS[name]) for name in available if name in _LABELS],
        "refundable": charge["amount"] - charge["amount_refunded"] if "refund" in available else 0,
        "disputable": disputable_minor(account, charge) if charge else 0,
        "dispute_label": "Dispute again" if found["disputes"] else "The buyer's bank disputes it",
        "reasons": REASONS,
        "disputes": [_dispute_view(dispute) for dispute in found["disputes"]],
    }


def _dispute_view(dispute: Json) -> Json:
    return {
        "id": dispute["id"],
        "state": dispute["status"],
        "amount": display(dispute["amount"], dispute["currency"]),
        "reason": dispute["reason"],
        "due": format_utc(dispute["evidence_details"]["due_by"]),
        "outcome": "",
        "actions": list_actions(read_state(dispute)),
    }


def _available(account: Account, session: Json, found: Json) -> list[str]:
    """Return the actions that are possible now."""
    intent, charge, subscription = (found[name] for name in ("payment_intent", "charge", "subscription"))
    states = [read_state(dispute) for dispute in found["disputes"]]
    conditions = {
        "expire": session["status"] == "open",
        "async_success": session["status"] == "complete" and intent and intent["status"] == "processing",
        "async_failure": session["status"] == "complete" and intent and intent["status"] == "processing",
        "refund": charge and charge["captured"] and not charge["refunded"] and not charge["disputed"],
        "renew": subscription and subscription["status"] != "canceled",
        "fail_renewal": subscription and subscription["status"] != "canceled",
        "cancel_subscription": subscription and subscription["status"] != "canceled",
        "dispute": charge and disputable_minor(account, charge) > 0,
        "dispute_won": any(state is not DisputeState.WON for state in states),
        "dispute_lost": DisputeState.OPEN in states,
    }
    return [name for name, holds in conditions.items() if holds]


def _read_amount(form: dict[str, str]) -> int | None:
    """Return the field `amount_minor`, or `None` if it is empty."""
    amount = form.get("amount_minor", "").strip()
    if not amount:
        return None
    if not (amount.isascii() and amount.isdigit() and int(amount) > 0):
        raise StripeError("The amount is a whole number of minor units.")
    return int(amount)
