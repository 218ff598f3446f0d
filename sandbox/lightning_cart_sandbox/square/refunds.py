"""Refunds (Square: Refunds API)."""

from lightning_cart_sandbox.dispute_states import DisputeState
from lightning_cart_sandbox.square.account import ORDER, PAYMENT, REFUND, Account, money, public
from lightning_cart_sandbox.square.disputes import list_disputes, read_state
from lightning_cart_sandbox.square.errors import SquareError
from lightning_cart_sandbox.square.events import emit
from lightning_cart_sandbox.square.ledger_entries import book_refund
from lightning_cart_sandbox.square.locations import check_currency
from lightning_cart_sandbox.square.payments import change_payment, refundable_minor, refunded_minor
from lightning_cart_sandbox.types import Json

_REFUND_ERROR = "REFUND_ERROR"


def create_refund(account: Account, params: Json) -> Json:
    """Refund a payment. The response is `PENDING`; the refund completes at once, and the events say so.

    Args:
        account: The account.
        params: `payment_id` and `amount_money`; optionally `reason` and `payment_version_token`.

    Raises:
        SquareError: There is no such payment, it cannot be refunded, or the amount is more than the rest.
    """
    payment = account.get(PAYMENT, params["payment_id"], "payment_id")
    _check_refund(account, payment, params)
    with account.transaction():
        now = account.instant()
        refund = {
            "id": f"{payment['id']}_{account.fresh('ref')}",
            "status": "PENDING",
            "destination_type": "CARD",
            "amount_money": params["amount_money"],
            "payment_id": payment["id"],
            "order_id": _refund_order(account, payment, params["amount_money"]),
            "location_id": payment["location_id"],
            "reason": params.get("reason"),
            "created_at": now,
            "updated_at": now,
        }
        pending = public(refund)
        emit(account, "refund.created", "refund", refund)
        refund["status"] = "COMPLETED"
        book_refund(account, refund, payment["_buyer_account"])
        emit(account, "refund.updated", "refund", account.save(REFUND, refund))
        refunded = refunded_minor(payment) + params["amount_money"]["amount"]
        ids = [*payment.get("refund_ids", []), refund["id"]]
        currency = params["amount_money"]["currency"]
        change_payment(account, payment, refunded_money=money(refunded, currency), refund_ids=ids)
    return {"refund": pending}


def _check_refund(account: Account, payment: Json, params: Json) -> None:
    wanted, left = params["amount_money"], refundable_minor(payment)
    check_currency(wanted, payment["total_money"]["currency"], "amount_money")
    if wanted["amount"] < 1:
        raise SquareError("VALUE_TOO_LOW", "Field must be greater than or equal to 1", "amount_money.amount")
    if params.get("payment_version_token", payment["version_token"]) != payment["version_token"]:
        raise SquareError("CONFLICT", "The payment has changed since this version.", "payment_version_token", status=409)
    if payment["status"] != "COMPLETED" or left == 0:
        raise SquareError("PAYMENT_NOT_REFUNDABLE", "The payment is not refundable.", category=_REFUND_ERROR)
    if any(read_state(dispute) is not DisputeState.WON for dispute in list_disputes(account, payment)):
        detail = "The payment is disputed and cannot be refunded."
        raise SquareError("PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE", detail, category=_REFUND_ERROR)
    if wanted["amount"] > left:
        detail = f"The requested refund amount exceeds the amount available to refund ({left})."
        raise SquareError("REFUND_AMOUNT_INVALID", detail, "amount_money.amount", category=_REFUND_ERROR)


def _refund_order(account: Account, payment: Json, amount: Json) -> str:
    """Create the order that each refund has beside the order that was paid; return its id."""
    now = account.instant()
    order = {
        "id": account.fresh("order"),
        "location_id": payment["location_id"],
        "source": {"name": "Sandbox Application"},
        "returns": [{"uid": account.fresh("return"), "source_order_id": payment["order_id"]}],
        "return_amounts": {"total_money": amount},
        "created_at": now,
        "updated_at": now,
        "closed_at": now,
        "state": "COMPLETED",
        "version": 1,
        "total_money": money(0, amount["currency"]),
    }
    return str(account.save(ORDER, order)["id"])
