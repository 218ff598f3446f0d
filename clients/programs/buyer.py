"""The buyer of a shop: fills in Stripe's payment page, and stays on it."""

import requests

CARD = {
    "card_number": "4242 4242 4242 4242",
    "expiry": "12/49",
    "cvc": "123",
    "name": "Ada Lovelace",
    "email": "ada@example.com",
}


def pay(page: str, card_number: str = CARD["card_number"]) -> None:
    """Pay on a page by card.

    Raises:
        AssertionError: The page did not lead back to the shop.
    """
    form = {**CARD, "card_number": card_number, "action": "pay"}
    if requests.post(page, form, allow_redirects=False, timeout=60).status_code != 303:
        raise AssertionError("the payment page did not lead back to the shop")
