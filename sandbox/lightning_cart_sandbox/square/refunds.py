"""Money that goes back: refunds and disputes (Square: Refunds API, Disputes API)."""

from lightning_cart_sandbox.square.account import DISPUTE, ORDER, PAYMENT, REFUND, Account, money, public
from lightning_cart_sandbox.square.errors import SquareError
from lightning_cart_sandbox.square.events import emit
from lightning_cart_sandbox.square.ledger_entries import book_reinstated, book_return
from lightning_cart_sandbox.square.locations import check_currency
from lightning_cart_sandbox.square.payments import change_payment
from lightning_cart_sandbox.types import Json

_EVIDENCE_SECONDS = 14 * 24 * 3600
_REFUND_ERROR = "REFUND_ERROR"


def create_refund(account: Account, params: Json) -> Json:
    """Give money back; the answer is `PENDING`, and the refund completes right after, which the events say.

    Args:
        account: Whose it is.
        params: `payment_id` and `amount_money`; perhaps `reason` and `payment_version_token`.

    Raises:
        SquareError: There is no such payment, it cannot be refunded, or not so much is left.
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
        book_return(account, refund, payment["_buyer_account"], "Refund")
        emit(account, "refund.updated", "refund", account.save(REFUND, refund))
        refunded = _refunded(payment) + params["amount_money"]["amount"]
        ids = [*payment.get("refund_ids", []), refund["id"]]
        currency = params["amount_money"]["currency"]
        change_payment(account, payment, refunded_money=money(refunded, currency), refund_ids=ids)
    return {"refund": pending}


def left_to_refund(payment: Json) -> int:
    """Return how much of a payment is left to be given back, in minor units."""
    total: int = payment["total_money"]["amount"]
    return total - _refunded(payment)


def _refunded(payment: Json) -> int:
    return int((payment.get("refunded_money") or {}).get("amount", 0))


def _check_refund(account: Account, payment: Json, params: Json) -> None:
    wanted, left = params["amount_money"], left_to_refund(payment)
    check_currency(wanted, payment["total_money"]["currency"], "amount_money")
    if wanted["amount"] < 1:
        raise SquareError("VALUE_TOO_LOW", "Field must be greater than or equal to 1", "amount_money.amount")
    if params.get("payment_version_token", payment["version_token"]) != payment["version_token"]:
        raise SquareError("CONFLICT", "The payment has changed since this version.", "payment_version_token", status=409)
    if payment["status"] != "COMPLETED" or left == 0:
        raise SquareError("PAYMENT_NOT_REFUNDABLE", "The payment is not refundable.", category=_REFUND_ERROR)
    dispute = find_dispute(account, payment)
    if dispute and dispute["state"] != "WON":
        detail = "The payment is disputed and cannot be refunded."
        raise SquareError("PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE", detail, category=_REFUND_ERROR)
    if wanted["amount"] > left:
        detail = f"The requested refund amount exceeds the amount available to refund ({left})."
        raise SquareError("REFUND_AMOUNT_INVALID", detail, "amount_money.amount", category=_REFUND_ERROR)


def _refund_order(account: Account, payment: Json, amount: Json) -> str:
    """Make the order that every refund has of its own; return its id. It is not the order that was paid."""
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


def find_dispute(account: Account, payment: Json) -> Json | None:
    """Return a payment's dispute, or `None`."""
    found = account.store.find(DISPUTE, _payment=payment["id"])
    return found[0] if found else None


def open_dispute(account: Account, payment: Json) -> Json:
    """Let the buyer's bank take back what is left of a payment; return the dispute.

    Raises:
        SquareError: Nothing is left, or it is disputed already.
    """
    if left_to_refund(payment) == 0 or find_dispute(account, payment):
        raise SquareError("BAD_REQUEST", "This payment cannot be disputed.")
    with account.transaction():
        now, identifier = account.instant(), account.fresh("dts")
        dispute = {
            "id": identifier,
            "dispute_id": identifier,
            "amount_money": money(left_to_refund(payment), payment["total_money"]["currency"]),
            "reason": "NO_KNOWLEDGE",
            "state": "EVIDENCE_REQUIRED",
            "due_at": account.instant(_EVIDENCE_SECONDS),
            "disputed_payment": {"payment_id": payment["id"]},
            "card_brand": payment["card_details"]["card"]["card_brand"],
            "created_at": now,
            "updated_at": now,
            "reported_at": now,
            "version": 1,
            "location_id": payment["location_id"],
            "_payment": payment["id"],
        }
        book_return(account, dispute, payment["_buyer_account"], "Dispute")
        emit(account, "dispute.created", "dispute", account.save(DISPUTE, dispute))
    return dispute


def close_dispute(account: Account, dispute: Json, *, won: bool) -> None:
    """Decide a dispute; a won one brings the money back."""
    with account.transaction():
        if won:
            payment = account.get(PAYMENT, dispute["_payment"])
            book_reinstated(account, dispute, payment["_buyer_account"])
        state = "WON" if won else "LOST"
        dispute.update(state=state, version=dispute["version"] + 1, updated_at=account.instant())
        emit(account, "dispute.state.updated", "dispute", account.save(DISPUTE, dispute))
