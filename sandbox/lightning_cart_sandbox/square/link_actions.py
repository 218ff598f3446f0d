"""What the seller, buyers and banks can do with a link and its payments, for the page about the link."""

from collections.abc import Callable

from lightning_cart_sandbox.dispute_states import DisputeState, find_decidable, list_actions
from lightning_cart_sandbox.money import display
from lightning_cart_sandbox.square.account import ORDER, Account, money
from lightning_cart_sandbox.square.disputes import (
    REASONS,
    close_dispute,
    disputable_minor,
    list_disputes,
    open_dispute,
    read_state,
)
from lightning_cart_sandbox.square.errors import SquareError
from lightning_cart_sandbox.square.links import delete_link
from lightning_cart_sandbox.square.payments import completed_payments, refundable_minor
from lightning_cart_sandbox.square.refunds import create_refund
from lightning_cart_sandbox.square.seller_settings import offer_tips, offers_tips, return_like_live, returns_like_live
from lightning_cart_sandbox.square.till import take_in_person
from lightning_cart_sandbox.types import Json

_UNAVAILABLE = "That cannot be done now: the link has changed, or the button is unknown."


def _refund(account: Account, payment: Json, form: dict[str, str]) -> None:
    amount = _read_amount(form)
    wanted = money(refundable_minor(payment) if amount is None else amount, payment["total_money"]["currency"])
    create_refund(account, {"payment_id": payment["id"], "amount_money": wanted, "reason": "Refunded in the sandbox"})


def _dispute(account: Account, payment: Json, form: dict[str, str]) -> None:
    open_dispute(account, payment, _read_amount(form), form.get("reason", ""))


def _decide(account: Account, payment: Json, form: dict[str, str], *, won: bool) -> None:
    dispute = find_decidable(list_disputes(account, payment), read_state, form.get("dispute", ""), won=won)
    if dispute is None:
        raise SquareError("BAD_REQUEST", _UNAVAILABLE)
    close_dispute(account, dispute, won=won)


_LINK_ACTIONS: dict[str, tuple[str, Callable[[Account, Json], object]]] = {
    "delete": ("Delete the link", lambda account, link: delete_link(account, link["id"])),
    "return_like_live": (
        "Return like live: append orderId",
        lambda account, _: return_like_live(account, wanted=True),
    ),
    "return_like_sandbox": (
        "Return like Square's sandbox: append nothing",
        lambda account, _: return_like_live(account, wanted=False),
    ),
    "offer_tips": ("Ask for tips unless a link forbids it", lambda account, _: offer_tips(account, wanted=True)),
    "offer_no_tips": ("Ask for tips only if a link allows it", lambda account, _: offer_tips(account, wanted=False)),
}
_PAYMENT_ACTIONS: dict[str, Callable[[Account, Json, dict[str, str]], object]] = {
    "refund": _refund,
    "dispute": _dispute,
    "dispute_won": lambda account, payment, form: _decide(account, payment, form, won=True),
    "dispute_lost": lambda account, payment, form: _decide(account, payment, form, won=False),
}


def act(account: Account, link: Json, form: dict[str, str]) -> None:
    """Run an action of the page.

    Args:
        account: The account.
        link: The link.
        form: `action`, the fields of `take_in_person`, and for an action on a payment optionally `payment`, by default the
            first payment's id.

    Raises:
        SquareError: The action is not possible now, or a field is wrong.
    """
    action = form.get("action", "")
    if action == "take_in_person" and can_take_in_person(account, link):
        take_in_person(account, link, form)
        return
    if action in [name for name, _ in list_link_actions(account, link)]:
        _LINK_ACTIONS[action][1](account, link)
        return
    payments = completed_payments(account, link["order_id"])
    payment = next((one for one in payments if form.get("payment", "") in {"", one["id"]}), None)
    if payment is None or action not in _available(account, payment):
        raise SquareError("BAD_REQUEST", _UNAVAILABLE)
    with account.transaction():
        _PAYMENT_ACTIONS[action](account, payment, form)


def can_take_in_person(account: Account, link: Json) -> bool:
    """Return whether the seller can take the payment of a link's order at the counter now."""
    return bool(account.get(ORDER, link["order_id"])["state"] == "DRAFT")


def list_link_actions(account: Account, link: Json) -> list[tuple[str, str]]:
    """Return the name and label of each action that is possible for the link now."""
    if completed_payments(account, link["order_id"]):
        return []
    like_live, tips = returns_like_live(account), offers_tips(account)
    conditions = {
        "delete": not link["_deleted"],
        "return_like_live": not like_live,
        "return_like_sandbox": like_live,
        "offer_tips": not tips,
        "offer_no_tips": tips,
    }
    return [(name, _LINK_ACTIONS[name][0]) for name, holds in conditions.items() if holds]


def payment_view(account: Account, payment: Json) -> Json:
    """Return a payment with its disputes and possible actions, for the page."""
    available, disputes = _available(account, payment), list_disputes(account, payment)
    return {
        "payment": payment,
        "refundable": refundable_minor(payment) if "refund" in available else 0,
        "disputable": disputable_minor(account, payment),
        "dispute_label": "Dispute again" if disputes else "The buyer's bank disputes it",
        "reasons": REASONS,
        "disputes": [_dispute_view(dispute) for dispute in disputes],
    }


def _dispute_view(dispute: Json) -> Json:
    return {
        "id": dispute["id"],
        "state": dispute["state"].lower(),
        "amount": display(dispute["amount_money"]["amount"], dispute["amount_money"]["currency"]),
        "reason": dispute["reason"],
        "due": dispute["due_at"][:19].replace("T", " "),
        "outcome": "",
        "actions": list_actions(read_state(dispute)),
    }


def _available(account: Account, payment: Json) -> list[str]:
    """Return the actions that are possible for a payment now."""
    states = [read_state(dispute) for dispute in list_disputes(account, payment)]
    conditions = {
        "refund": refundable_minor(payment) > 0 and all(state is DisputeState.WON for state in states),
        "dispute": disputable_minor(account, payment) > 0,
        "dispute_won": any(state is not DisputeState.WON for state in states),
        "dispute_lost": DisputeState.OPEN in states,
    }
    return [name for name, holds in conditions.items() if holds]


def _read_amount(form: dict[str, str]) -> int | None:
    """Return the field `amount_minor`, or `None` if it is empty."""
    amount = form.get("amount_minor", "").strip()
    if not amount:
        return None
    if not (amount.isascii() and amount.isdigit() and len(amount) < 16):
        raise SquareError("BAD_REQUEST", "The amount is a whole number of minor units.")
    return int(amount)
