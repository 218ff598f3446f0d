"""The payer's approval of an order.

An approval moves no money; it allows the shop to capture. The result of the capture is chosen here and stored with the order.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from lightning_cart_sandbox.paypal import wallet
from lightning_cart_sandbox.paypal.account import Account, payer_id
from lightning_cart_sandbox.paypal.delivery import choose_delivery
from lightning_cart_sandbox.paypal.events import emit
from lightning_cart_sandbox.paypal.orders import order_view
from lightning_cart_sandbox.paypal.typed_account import with_typed_account
from lightning_cart_sandbox.types import Json


def approve(account: Account, order: Json, choice: str, form: Mapping[str, str] | None = None) -> None:
    """Approve an order.

    An order that is approved already gets the delivery of the form, and keeps the result of the capture that was chosen first.
    Its event is sent again if something changed. PayPal does not document this event.

    Args:
        account: The account.
        order: An order that waits for its payer, or that is approved; changed in place.
        choice: The result of the capture: `completed`, `declined` or `pending`.
        form: The approval page's form with the buyer's account and choices about the delivery.

    Raises:
        LookupError: The form chooses what is not offered; the order is unchanged.
        TypedFieldsError: The payer typed an address or an account that is none; the order is unchanged.
    """
    payable = order if order["status"] == "APPROVED" else with_typed_account(order, form or {})
    chosen = choose_delivery(payable, form or {})
    if chosen == order and order["status"] == "APPROVED":
        return
    if order["status"] != "APPROVED":
        chosen |= _approved(account, chosen, choice)
    order.update(chosen, update_time=account.timestamp())
    with account.transaction():
        account.save("order", order)
        emit(
            account,
            "CHECKOUT.ORDER.APPROVED",
            order_view(account, order, full=True),
            "An order has been approved by buyer",
        )


def _approved(account: Account, order: Json, choice: str) -> Json:
    """Return the fields of an order that its approval sets."""
    payer = wallet.account(order)
    payer["payer_id"] = payer_id(payer["email_address"])
    phone = {"phone_number": payer["phone"]["phone_number"]} if "phone" in payer else {}
    source = {
        "email_address": payer["email_address"],
        "account_id": payer["payer_id"],
        "account_status": "VERIFIED",
        "name": payer["name"],
        **phone,
        "address": payer["address"],
    }
    return {
        "status": "APPROVED",
        "payer": payer,
        "payment_source": {"paypal": source},
        "_at": account.now(),
        "_choice": choice,
        "_declined": False,
    }


def reverse_approval(account: Account, order: Json) -> None:
    """Reverse an approval before the capture: the order is no longer available, and an event says so."""
    with account.transaction():
        account.save("order", {**order, "_lapsed": True})
        units = [
            {name: unit[name] for name in ("reference_id", "custom_id", "invoice_id", "amount") if name in unit}
            for unit in order["purchase_units"]
        ]
        resource = {"order_id": order["id"], "purchase_units": units, "payment_source": order["payment_source"]}
        emit(account, "CHECKOUT.PAYMENT-APPROVAL.REVERSED", resource, "A payment has been reversed after approval.")


def return_url(order: Json, *, approved: bool) -> str:
    """Return the shop's URL for the payer, with `token`, and with `PayerID` after an approval; "" if the shop gave none.

    The query of the shop's URL is kept.
    """
    url: str = order["_context"].get("return_url" if approved else "cancel_url", "")
    if not url:
        return ""
    added: dict[str, Any] = {"token": order["id"]} | ({"PayerID": order["payer"]["payer_id"]} if approved else {})
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(added))))
    return urlunsplit(parts._replace(query=query))
