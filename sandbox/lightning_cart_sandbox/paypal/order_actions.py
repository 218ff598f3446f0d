"""What the merchant, buyers, banks and PayPal can do with an order and its captures, for the page about the order."""

from collections.abc import Callable

from lightning_cart_sandbox.dispute_states import DisputeState, find_decidable, list_actions
from lightning_cart_sandbox.paypal.account import Account
from lightning_cart_sandbox.paypal.approval import reverse_approval
from lightning_cart_sandbox.paypal.captures import complete_pending
from lightning_cart_sandbox.paypal.disputes import (
    REASONS,
    disputable_minor,
    list_disputes,
    open_dispute,
    read_state,
    resolve_dispute,
)
from lightning_cart_sandbox.paypal.errors import refusal
from lightning_cart_sandbox.paypal.money import minor, money, money_problem, shown
from lightning_cart_sandbox.paypal.orders import has_lapsed
from lightning_cart_sandbox.paypal.parameters import REFUND_CREATE
from lightning_cart_sandbox.paypal.refunds import refund_capture, refunded_minor
from lightning_cart_sandbox.paypal.schema import read
from lightning_cart_sandbox.types import Json

type Action = Callable[[Account, Json, Json, dict[str, str]], object]
"""Takes the account, the order, the capture and the posted form."""

UNAVAILABLE = "That cannot be done now: the order has changed, or the button is unknown."


def _refund(account: Account, capture: Json, form: dict[str, str]) -> None:
    refund_capture(account, capture["id"], _read_amount(capture, form))


def _dispute(account: Account, order: Json, capture: Json, form: dict[str, str], *, inquiry: bool = False) -> None:
    amount = _read_amount(capture, form).get("amount")
    if amount and (issue := money_problem(amount)):
        raise refusal(issue, "/dispute_amount", amount["value"])
    open_dispute(account, order, capture, minor(amount) if amount else None, form.get("reason", ""), inquiry=inquiry)


def _resolve(account: Account, capture: Json, form: dict[str, str], outcome: str) -> None:
    won = outcome == "RESOLVED_SELLER_FAVOUR"
    dispute = find_decidable(list_disputes(account, capture), read_state, form.get("dispute", ""), won=won)
    if dispute is None:
        raise LookupError(UNAVAILABLE)
    resolve_dispute(account, capture, dispute, outcome)


_ACTIONS: dict[str, Action] = {
    "settle": lambda account, _, capture, __: complete_pending(account, capture, paid=True),
    "deny": lambda account, _, capture, __: complete_pending(account, capture, paid=False),
    "refund": lambda account, _, capture, form: _refund(account, capture, form),
    "dispute": _dispute,
    "inquiry": lambda account, order, capture, form: _dispute(account, order, capture, form, inquiry=True),
    "dispute_won": lambda account, _, capture, form: _resolve(account, capture, form, "RESOLVED_SELLER_FAVOUR"),
    "dispute_lost": lambda account, _, capture, form: _resolve(account, capture, form, "RESOLVED_BUYER_FAVOUR"),
    "dispute_cancelled": lambda account, _, capture, form: _resolve(account, capture, form, "CANCELED_BY_BUYER"),
}
_LABELS = {"settle": "The pending payment arrives", "deny": "The pending payment is denied"}


def act(account: Account, order: Json, form: dict[str, str]) -> None:
    """Run an action of the page.

    Args:
        account: The account.
        order: The order.
        form: `action`, and for an action on a capture optionally `capture`, by default the first capture's id.

    Raises:
        LookupError: The action is not possible now.
        PayPalError: A field is wrong.
    """
    action = form.get("action", "")
    if action in [name for name, _ in list_order_actions(account, order)]:
        reverse_approval(account, order)
        return
    captures = account.find("capture", _order=order["id"])[::-1]
    capture = next((one for one in captures if form.get("capture", "") in {"", one["id"]}), None)
    if capture is None or action not in _available(account, capture):
        raise LookupError(UNAVAILABLE)
    with account.transaction():
        _ACTIONS[action](account, order, capture, form)


def list_order_actions(account: Account, order: Json) -> list[tuple[str, str]]:
    """Return the name and label of each action that is possible for an order without a capture now."""
    approved = order["status"] == "APPROVED" and not has_lapsed(account, order)
    return [("reverse_approval", "The approval is reversed")] if approved else []


def capture_view(account: Account, capture: Json) -> Json:
    """Return a capture with its disputes and possible actions, for the page."""
    available, disputes = _available(account, capture), list_disputes(account, capture)
    left = money(max(0, minor(capture["amount"]) - refunded_minor(account, capture)), capture["amount"]["currency_code"])
    again = "Dispute again" if disputes else "The buyer disputes"
    dispute_buttons = [("dispute", again), ("inquiry", "The buyer asks first (inquiry)")]
    return {
        "capture": capture,
        "shown": shown(capture["amount"]),
        "left": left["value"],
        "refundable": "refund" in available,
        "dispute_buttons": dispute_buttons if "dispute" in available else [],
        "reasons": REASONS,
        "disputes": [_dispute_view(dispute) for dispute in disputes],
        "actions": [(name, _LABELS[name]) for name in available if name in _LABELS],
    }


def _dispute_view(dispute: Json) -> Json:
    state = read_state(dispute)
    cancel = [("dispute_cancelled", "The buyer cancels it")] if state is DisputeState.OPEN else []
    return {
        "id": dispute["id"],
        "state": dispute["status"].lower(),
        "amount": shown(dispute["dispute_amount"]),
        "reason": dispute["reason"],
        "due": dispute["seller_response_due_date"][:19].replace("T", " "),
        "outcome": dispute.get("dispute_outcome", {}).get("outcome_code", ""),
        "actions": [*list_actions(state), *cancel],
    }


def _available(account: Account, capture: Json) -> list[str]:
    """Return the actions that are possible for a capture now."""
    if capture["status"] == "PENDING":
        return ["settle", "deny"]
    states = [read_state(dispute) for dispute in list_disputes(account, capture)]
    is_open, disputable = DisputeState.OPEN in states, disputable_minor(account, capture) > 0
    refundable = capture["status"] in {"COMPLETED", "PARTIALLY_REFUNDED"} and not capture["_charged_back"]
    conditions = {
        "refund": refundable and not is_open,
        "dispute": disputable,
        "inquiry": disputable,
        "dispute_won": is_open or DisputeState.LOST in states,
        "dispute_lost": is_open,
        "dispute_cancelled": is_open,
    }
    return [name for name, holds in conditions.items() if holds]


def _read_amount(capture: Json, form: dict[str, str]) -> Json:
    """Return the checked field `amount`, a decimal string, as PayPal's parameters; it is missing if the field is empty."""
    value = form.get("amount", "").strip()
    params = {"amount": {"currency_code": capture["amount"]["currency_code"], "value": value}} if value else {}
    checked: Json = read(REFUND_CREATE, params)
    return checked
