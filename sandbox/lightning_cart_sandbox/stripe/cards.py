"""Test cards and the check of the card form (Stripe: testing).

Card numbers are not stored, only the brand, the last four digits and the issuer.
"""

import re
from dataclasses import dataclass, field
from functools import partial

from lightning_cart_sandbox.card_form import code_problem, expiry_problem, number_problem, strip_spaces
from lightning_cart_sandbox.types import Json

_SABADELL = "Banco Sabadell"
_TEST_BANK = "Test Bank"

DECLINES = {
    "generic_decline": ("card_declined", "Your card was declined."),
    "insufficient_funds": ("card_declined", "Your card has insufficient funds."),
    "lost_card": ("card_declined", "Your card was declined."),
    "stolen_card": ("card_declined", "Your card was declined."),
    "expired_card": ("expired_card", "Your card has expired."),
    "incorrect_cvc": ("incorrect_cvc", "Your card's security code is incorrect."),
    "authentication_required": ("authentication_required", "Your card was declined. This transaction requires authentication."),
    "processing_error": ("processing_error", "An error occurred while processing your card. Try again in a little bit."),
    "card_velocity_exceeded": ("card_declined", "Your card was declined for making repeated attempts too frequently."),
    "test_mode_live_card": (
        "card_declined",
        "Your card was declined. This is a sandbox, but you used a card that is not a test card.",
    ),
}
"""Stripe's error code and the message for the buyer, by decline code."""

AUTHENTICATION_FAILED = (
    "payment_intent_authentication_failure",
    "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
)


def decline_error(decline: str, method: Json) -> Json:
    """Return the error of a declined card, as its payment or setup intent keeps it.

    Args:
        decline: A key of `DECLINES`, or `"authentication_failed"`.
        method: The payment method, as the API shows it.
    """
    code, message = DECLINES.get(decline, AUTHENTICATION_FAILED)
    return {
        "code": code,
        "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}",
        "message": message,
        "payment_method": method,
        "type": "card_error",
        **({"decline_code": decline} if code in {"authentication_required", "card_declined"} else {}),
    }


@dataclass(frozen=True)
class Card:
    """A card as the sandbox stores it.

    Attributes:
        brand: Such as `"visa"`.
        last4: The last four digits.
        issuer: The bank whose account pays.
        decline: A decline code, or "" if the payment succeeds.
        challenge: Whether the bank asks the buyer to confirm first (3-D Secure).
        disputed: Whether the buyer disputes the payment at once.
        renewal_decline: The decline code of a subscription's later charges.
    """

    brand: str
    last4: str
    issuer: str = _TEST_BANK
    decline: str = ""
    challenge: bool = False
    disputed: bool = False
    renewal_decline: str = ""

    @property
    def account(self) -> str:
        """The name of the buyer's account in the ledger."""
        return f"{self.issuer} ••{self.last4}"


_visa = partial(Card, "visa")

TEST_CARDS = {
    "4242424242424242": _visa("4242", issuer=_SABADELL),
    "5555555555554444": Card("mastercard", "4444", "Prueba Savings Bank"),
    "378282246310005": Card("amex", "0005", "Example Express"),
    "4000000000000077": _visa("0077"),
    "4000000000000002": _visa("0002", decline="generic_decline"),
    "4000000000009995": _visa("9995", decline="insufficient_funds"),
    "4000000000009987": _visa("9987", decline="lost_card"),
    "4000000000009979": _visa("9979", decline="stolen_card"),
    "4000000000000069": _visa("0069", decline="expired_card"),
    "4000000000000127": _visa("0127", decline="incorrect_cvc"),
    "4000000000000119": _visa("0119", decline="processing_error"),
    "4000000000006975": _visa("6975", decline="card_velocity_exceeded"),
    "4000002500003155": _visa("3155", challenge=True),
    "4000002760003184": _visa("3184", challenge=True),
    "4000000000003220": _visa("3220", challenge=True),
    "4000008400001629": _visa("1629", challenge=True, decline="generic_decline"),
    "4000008260003178": _visa("3178", challenge=True, decline="insufficient_funds"),
    "4000000000000259": _visa("0259", disputed=True),
    "4000000000000341": _visa("0341", renewal_decline="generic_decline"),
}
_BRANDS = (("amex", r"3[47]"), ("mastercard", r"5[1-5]|2[2-7]"), ("visa", r"4"), ("discover", r"6"))


@dataclass
class CardForm:
    """The result of the check of a card form.

    Attributes:
        card: The card, if there are no errors.
        errors: The message for the buyer, by field name.
    """

    card: Card | None = None
    errors: dict[str, str] = field(default_factory=dict)


def read_card(number: str, expiry: str, cvc: str, now: int) -> CardForm:
    """Check a card form.

    Args:
        number: Digits, with or without spaces.
        expiry: `MM/YY`.
        cvc: Three digits, four on American Express.
        now: Unix seconds.
    """
    digits = strip_spaces(number)
    problems = {
        "card_number": number_problem(digits),
        "expiry": expiry_problem(expiry, now),
        "cvc": code_problem(cvc, 4 if _brand(digits) == "amex" else 3),
    }
    form = CardForm(errors={name: problem for name, problem in problems.items() if problem})
    if not form.errors:
        unknown = Card(_brand(digits), digits[-4:], decline="test_mode_live_card")
        form.card = TEST_CARDS.get(digits, unknown)
    return form


def _brand(digits: str) -> str:
    return next((brand for brand, start in _BRANDS if re.match(start, digits)), "unknown")
