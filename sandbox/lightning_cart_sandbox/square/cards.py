"""Test cards and the check of the card form (Square: sandbox test values).

Card numbers are not stored, only the brand, the last four digits, the expiry date and the issuer.
"""

import re
from dataclasses import dataclass, field, replace

from lightning_cart_sandbox.card_form import code_problem, expiry_problem, number_problem, read_expiry, strip_spaces

_TEST_BANK = "Test Bank"

DECLINES = {
    "GENERIC_DECLINE": "Your card was declined.",
    "INVALID_CARD": "Your card was declined. This is a sandbox, but you used a card that is not a test card.",
    "CVV_FAILURE": "Your card's security code is incorrect.",
    "ADDRESS_VERIFICATION_FAILURE": "The postal code does not match your card.",
    "EXPIRATION_FAILURE": "Your card's expiry date is incorrect.",
}
"""The message for the buyer, by Square's error code."""


@dataclass(frozen=True)
class Card:
    """A card as the sandbox stores it.

    Attributes:
        brand: Square's `card_brand`.
        last4: The last four digits.
        issuer: The bank whose account pays.
        decline: A key of `DECLINES`, or "" if the payment succeeds.
        month: The month of the expiry date.
        year: The year of the expiry date, in four digits.
    """

    brand: str
    last4: str
    issuer: str = _TEST_BANK
    decline: str = ""
    month: int = 12
    year: int = 2034

    @property
    def account(self) -> str:
        """The name of the buyer's account in the ledger."""
        return f"{self.issuer} ••{self.last4}"


TEST_CARDS = {
    "4111111111111111": Card("VISA", "1111", "Banco Sabadell"),
    "5105105105105100": Card("MASTERCARD", "5100", "Prueba Savings Bank"),
    "6011000000000004": Card("DISCOVER", "0004"),
    "3569990010095841": Card("JCB", "5841"),
    "340000000000009": Card("AMERICAN_EXPRESS", "0009", "Example Express"),
    "4000000000000002": Card("VISA", "0002", decline="GENERIC_DECLINE"),
}
GIFT_CARD = Card("SQUARE_GIFT_CARD", "6623", "Square gift card")


@dataclass
class CardForm:
    """The result of the check of a card form.

    Attributes:
        card: The card, if there are no errors; it can still be declined.
        errors: The message for the buyer, by field name.
    """

    card: Card | None = None
    errors: dict[str, str] = field(default_factory=dict)


def read_card(number: str, expiry: str, cvc: str, postal_code: str, now: int) -> CardForm:
    """Check a card form.

    Args:
        number: Digits, with or without spaces.
        expiry: `MM/YY`; `01/40` is declined.
        cvc: Three digits, four on American Express; `911` is declined.
        postal_code: Up to ten letters and digits; `99999` is declined.
        now: Unix seconds.
    """
    digits = strip_spaces(number)
    problems = {
        "card_number": number_problem(digits),
        "expiry": expiry_problem(expiry, now),
        "cvc": code_problem(cvc, 4 if re.match("3[47]", digits) else 3),
        "postal_code": _postal_problem(postal_code.strip()),
    }
    form = CardForm(errors={name: problem for name, problem in problems.items() if problem})
    date = read_expiry(expiry)
    if date and not form.errors:
        card = TEST_CARDS.get(digits, Card("OTHER_BRAND", digits[-4:], decline="INVALID_CARD"))
        wrong = {
            "CVV_FAILURE": cvc.strip() == "911",
            "ADDRESS_VERIFICATION_FAILURE": postal_code.strip() == "99999",
            "EXPIRATION_FAILURE": date == (2040, 1),
        }
        decline = card.decline or next((code for code, holds in wrong.items() if holds), "")
        form.card = replace(card, year=date[0], month=date[1], decline=decline)
    return form


def _postal_problem(postal_code: str) -> str:
    if not postal_code:
        return "Enter your postal code."
    return "" if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 -]{1,9}", postal_code) else "Your postal code is invalid."
