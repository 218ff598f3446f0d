"""Payments and tenders as Square creates them (Square: Payment object, Tender object)."""

from typing import NamedTuple

from lightning_cart_sandbox.square.account import Account, money
from lightning_cart_sandbox.square.cards import GIFT_CARD, Card
from lightning_cart_sandbox.types import Json

_RISKS = {2222: "MODERATE", 3333: "HIGH"}
_CANCEL_SECONDS = 168 * 3600


class Share(NamedTuple):
    """What one card pays of an order.

    Attributes:
        card: The card.
        amount_minor: The amount in minor units, without the tip.
        tip_minor: The tip in minor units.
    """

    card: Card
    amount_minor: int
    tip_minor: int = 0


def new_payment(account: Account, order: Json, share: Share, **fields: object) -> Json:
    """Return an approved payment.

    Args:
        account: The account.
        order: The order that it pays.
        share: What it pays of the order.
        **fields: Fields that depend on where the buyer pays.
    """
    now, card = account.instant(), share.card
    currency, total = order["total_money"]["currency"], share.amount_minor + share.tip_minor
    payment: Json = {
        "id": account.fresh("pay"),
        "created_at": now,
        "updated_at": now,
        "amount_money": money(share.amount_minor, currency),
        "tip_money": money(share.tip_minor, currency) if share.tip_minor else None,
        "total_money": money(total, currency),
        "approved_money": money(total, currency),
        "status": "APPROVED",
        "delay_duration": "PT168H",
        "delay_action": "CANCEL",
        "delayed_until": account.instant(_CANCEL_SECONDS),
        "source_type": "CARD",
        "card_details": {
            "status": "AUTHORIZED",
            "card": {
                "card_brand": card.brand,
                "last_4": card.last4,
                "exp_month": card.month,
                "exp_year": card.year,
                **({} if card == GIFT_CARD else {"card_type": "CREDIT"}),
            },
            "entry_method": "KEYED",
            "cvv_status": "CVV_REJECTED" if card.decline == "CVV_FAILURE" else "CVV_ACCEPTED",
            "avs_status": "AVS_REJECTED" if card.decline == "ADDRESS_VERIFICATION_FAILURE" else "AVS_ACCEPTED",
            "statement_description": "SQ *SANDBOX SHOP",
            "card_payment_timeline": {"authorized_at": now},
        },
        "location_id": order["location_id"],
        "order_id": order["id"],
        "risk_evaluation": {"created_at": now, "risk_level": _RISKS.get(total, "NORMAL")},
        "application_details": {"square_product": "ECOMMERCE_API"},
        "version_token": account.fresh("vt"),
        "_buyer_account": card.account,
    }
    return payment | fields


def new_tender(payment: Json, created_at: str) -> Json:
    """Return the tender of a completed payment. Its `amount_money` includes the tip, unlike that of the payment."""
    card = payment["card_details"]["card"]
    tip = {"tip_money": payment["tip_money"]} if payment["tip_money"] else {}
    return {
        "id": payment["id"],
        "location_id": payment["location_id"],
        "transaction_id": payment["order_id"],
        "created_at": created_at,
        "amount_money": payment["total_money"],
        **tip,
        **({"customer_id": payment["customer_id"]} if payment.get("customer_id") else {}),
        "type": "SQUARE_GIFT_CARD" if card["card_brand"] == GIFT_CARD.brand else "CARD",
        "card_details": {"status": "CAPTURED", "card": card, "entry_method": payment["card_details"]["entry_method"]},
        "payment_id": payment["id"],
    }
