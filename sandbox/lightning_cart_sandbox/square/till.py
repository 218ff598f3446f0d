"""Sales at the till of the seller's shop, which no payment link asked for."""

from lightning_cart_sandbox.square.account import PAYMENT, Account, money
from lightning_cart_sandbox.square.cards import TEST_CARDS
from lightning_cart_sandbox.square.events import emit
from lightning_cart_sandbox.square.locations import MAIN_LOCATION
from lightning_cart_sandbox.square.new_payment import Share, new_payment
from lightning_cart_sandbox.square.orders import new_order
from lightning_cart_sandbox.square.payments import complete_payment
from lightning_cart_sandbox.types import Json

_CARD = TEST_CARDS["5105105105105100"]


def sell_at_till(account: Account, amount_minor: int, reference: str) -> Json:
    """Sell something at the till for cash register software; return the payment.

    Args:
        account: The account.
        amount_minor: The amount in US cents, at least 1.
        reference: The order's `reference_id`; empty means none.

    Raises:
        SquareError: The amount is 0 or too high.
    """
    line = {"name": "Till sale", "quantity": "1", "base_price_money": money(amount_minor, "USD")}
    wanted: Json = {
        "location_id": MAIN_LOCATION,
        "line_items": [line],
        "source": {"name": "Square Point of Sale"},
        **({"reference_id": reference} if reference else {}),
    }
    with account.transaction():
        order = new_order(account, wanted, {}, "order", state="OPEN", _foreign=True)
        payment = new_payment(
            account, order, Share(_CARD, amount_minor), application_details={"square_product": "SQUARE_POS"}, _link=None
        )
        payment["card_details"]["entry_method"] = "EMV"
        emit(account, "payment.created", "payment", account.save(PAYMENT, payment))
        complete_payment(account, payment, order, state="COMPLETED", closed_at=account.instant())
    return payment
