"""Payments that the seller takes in person: sales that no payment link asked for, and payments of a link's order."""

from lightning_cart_sandbox.money import parse_decimal
from lightning_cart_sandbox.square.account import ORDER, PAYMENT, Account, money
from lightning_cart_sandbox.square.cards import GIFT_CARD, TEST_CARDS
from lightning_cart_sandbox.square.errors import SquareError
from lightning_cart_sandbox.square.events import emit
from lightning_cart_sandbox.square.locations import MAIN_LOCATION
from lightning_cart_sandbox.square.new_payment import Share, new_payment
from lightning_cart_sandbox.square.orders import MAXIMUM, new_order
from lightning_cart_sandbox.square.payments import complete_payment
from lightning_cart_sandbox.types import Json

_CARD, _BUYERS_CARD = TEST_CARDS["5105105105105100"], TEST_CARDS["4111111111111111"]


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
        payment = _read_card(account, order, Share(_CARD, amount_minor), None)
        complete_payment(account, payment, order, state="COMPLETED", closed_at=account.instant())
    return payment


def take_in_person(account: Account, link: Json, form: dict[str, str]) -> None:
    """Take the payment of a link's order in person: the seller opens the order at the counter, and the buyer's card pays it.

    The buyer can add a tip, whatever the link says about its page. Nobody types an e-mail address or a delivery address.

    Args:
        account: The account.
        link: A link whose order is not paid.
        form: `tip` and `gift_card`, the part that a gift card pays: decimals such as `2.00`; empty means none.

    Raises:
        SquareError: An amount is none, or the gift card leaves nothing to the card.
    """
    order = account.get(ORDER, link["order_id"])
    total, currency = order["total_money"]["amount"], order["total_money"]["currency"]
    tip, gift = (parse_decimal(form.get(name, "").strip() or "0", currency) for name in ("tip", "gift_card"))
    if tip is None or tip > MAXIMUM:
        raise SquareError("BAD_REQUEST", "Enter the tip as an amount, such as 2.00.")
    if gift is None or gift >= total:
        raise SquareError("BAD_REQUEST", "Enter a part of the total for the gift card. The card has to pay the rest.")
    shares = [*([Share(GIFT_CARD, gift)] if gift else []), Share(_BUYERS_CARD, total - gift, tip)]
    with account.transaction():
        for payment in [_read_card(account, order, share, link) for share in shares]:
            complete_payment(account, payment, order)


def _read_card(account: Account, order: Json, share: Share, link: Json | None) -> Json:
    """Return the approved payment of a card that the buyer holds to the seller's reader."""
    payment = new_payment(
        account,
        order,
        share,
        application_details={"square_product": "SQUARE_POS"},
        note=link and link["payment_note"],
        _link=link and link["id"],
    )
    payment["card_details"]["entry_method"] = "EMV"
    emit(account, "payment.created", "payment", account.save(PAYMENT, payment))
    return payment
