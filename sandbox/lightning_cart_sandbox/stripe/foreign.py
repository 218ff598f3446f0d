"""Sales of another program on the same account, by a payment link that is its own."""

from lightning_cart_sandbox.stripe.account import Account, StripeCall
from lightning_cart_sandbox.stripe.cards import TEST_CARDS
from lightning_cart_sandbox.stripe.checkout import pay_by_card
from lightning_cart_sandbox.stripe.errors import StripeError
from lightning_cart_sandbox.stripe.payment_links import create_link, visit_link
from lightning_cart_sandbox.types import Json

_CARD = TEST_CARDS["5555555555554444"]
_BUYER = {"email": "grace@example.com", "name": "Grace Hopper"}


def sell_by_link(account: Account, amount_minor: int, reference: str) -> Json:
    """Create a payment link without metadata and pay it; return the session.

    Args:
        account: The account.
        amount_minor: The amount in US cents.
        reference: The session's `client_reference_id`. An empty or invalid one is ignored, as on the real page.

    Raises:
        StripeError: The amount is too low or too high.
    """
    if amount_minor < 1:
        raise StripeError("The amount is a whole number of minor units.")
    price = {"currency": "usd", "unit_amount": amount_minor, "product_data": {"name": "Another program's sale"}}
    params = {"line_items": [{"quantity": 1, "price_data": price}]}
    with account.transaction():
        link = create_link(StripeCall(account, "", params))
        session = visit_link(account, link, {"client_reference_id": reference})
        pay_by_card(account, session, _CARD, _BUYER)
    return session
