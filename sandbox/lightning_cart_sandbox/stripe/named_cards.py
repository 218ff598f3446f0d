"""The cards that have a name in test mode, such as `pm_card_visa` and `tok_visa` (Stripe: testing)."""

from lightning_cart_sandbox.stripe.cards import TEST_CARDS, Card

_NUMBERS = {
    "visa": "4242424242424242",
    "mastercard": "5555555555554444",
    "amex": "378282246310005",
    "bypassPending": "4000000000000077",
    "createDispute": "4000000000000259",
    "chargeCustomerFail": "4000000000000341",
    "chargeDeclined": "4000000000000002",
    "visa_chargeDeclined": "4000000000000002",
    "chargeDeclinedInsufficientFunds": "4000000000009995",
    "visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "visa_chargeDeclinedLostCard": "4000000000009987",
    "visa_chargeDeclinedStolenCard": "4000000000009979",
    "chargeDeclinedExpiredCard": "4000000000000069",
    "chargeDeclinedIncorrectCvc": "4000000000000127",
    "chargeDeclinedProcessingError": "4000000000000119",
    "visa_chargeDeclinedVelocityLimitExceeded": "4000000000006975",
    "authenticationRequired": "4000002760003184",
    "authenticationRequiredOnSetup": "4000002500003155",
    "threeDSecure2Required": "4000000000003220",
    "threeDSecureRequiredChargeDeclined": "4000008400001629",
    "authenticationRequiredChargeDeclinedInsufficientFunds": "4000008260003178",
}
_CARDS = {name: TEST_CARDS[number] for name, number in _NUMBERS.items()} | {
    "discover": Card("discover", "9424"),
    "diners": Card("diners", "0004"),
    "jcb": Card("jcb", "0505"),
    "mastercard_debit": Card("mastercard", "8210"),
    "mastercard_prepaid": Card("mastercard", "5100"),
    "unionpay": Card("unionpay", "0005"),
    "visa_debit": Card("visa", "5556"),
    "us": Card("visa", "4242"),
}
METHOD_PREFIX, TOKEN_PREFIX = "pm_card_", "tok_"


def find_card(identifier: str, prefix: str) -> Card | None:
    """Return the card of a test payment method or a test token, or `None` if it has no such name.

    Args:
        identifier: The whole name, such as `pm_card_visa`.
        prefix: `METHOD_PREFIX` or `TOKEN_PREFIX`.
    """
    return _CARDS.get(identifier.removeprefix(prefix)) if identifier.startswith(prefix) else None
