"""Sales of another program on the same account, through the API as that program calls it."""

from lightning_cart_sandbox.paypal.account import Account
from lightning_cart_sandbox.paypal.approval import approve
from lightning_cart_sandbox.paypal.call import PayPalCall
from lightning_cart_sandbox.paypal.captures import capture_order
from lightning_cart_sandbox.paypal.certificates import Certificates
from lightning_cart_sandbox.paypal.money import money
from lightning_cart_sandbox.paypal.orders import create_order
from lightning_cart_sandbox.paypal.parameters import ORDER_CREATE
from lightning_cart_sandbox.paypal.schema import read
from lightning_cart_sandbox.types import Json


def sell_through_api(account: Account, certificates: Certificates, amount_minor: int, reference: str) -> Json:
    """Create, approve and capture an order; return the capture.

    Args:
        account: The account.
        certificates: What webhooks are signed with.
        amount_minor: The amount in US cents, at least 1.
        reference: The order's `custom_id`; empty means none.

    Raises:
        PayPalError: The amount or the reference is not accepted.
    """
    unit = {"amount": money(amount_minor, "USD"), **({"custom_id": reference} if reference else {})}
    params = read(ORDER_CREATE, {"intent": "CAPTURE", "purchase_units": [unit]})
    with account.transaction():
        order = create_order(PayPalCall(account, "", params, "", certificates))
        order["_foreign"] = True
        approve(account, order, "completed")
        capture_order(PayPalCall(account, order["id"], {}, "", certificates))
    return account.find("capture", _order=order["id"])[0]
