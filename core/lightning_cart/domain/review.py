"""Why an order needs a person: the reasons, as they are stored and shown."""

from enum import StrEnum


class ReviewReason(StrEnum):
    """Why an event does not fit its order."""

    AMOUNT = "amount"  # more or less than the order's total was paid
    CURRENCY = "currency"
    ANOTHER_CHECKOUT = "another_checkout"  # it names this order, and was paid at a checkout that the engine did not open for it
    ANOTHER_ACCOUNT = "another_account"
    ANOTHER_MODE = "another_mode"  # test or live, unlike the API key
    SECOND_PAYMENT = "second_payment"  # the order was paid already
    SAME_ID_OTHER_CONTENT = "same_id_other_content"  # an earlier event has the same id
    DELIVERY = "delivery"  # the provider delivers to another place than the price is for
    RENEWAL_AMOUNT = "renewal_amount"


# These end by themselves, once what was paid and not refunded is the order's total or nothing.
SETTLED_BY_MONEY = (ReviewReason.AMOUNT, ReviewReason.SECOND_PAYMENT)
# These end once all that was paid is refunded.
SETTLED_BY_REFUND = (*SETTLED_BY_MONEY, ReviewReason.DELIVERY)
# The payment is the order's all the same, so it is stored and can be refunded.
OF_THIS_ORDER = (*SETTLED_BY_REFUND, ReviewReason.CURRENCY)
# The money is in another currency, or was never this order's, so it can only be refunded at the provider.
MONEY_ELSEWHERE = (
    ReviewReason.CURRENCY,
    ReviewReason.ANOTHER_CHECKOUT,
    ReviewReason.ANOTHER_ACCOUNT,
    ReviewReason.ANOTHER_MODE,
)
REVIEW_TEXTS = {
    ReviewReason.AMOUNT: "another amount was paid than the order's total",
    ReviewReason.CURRENCY: "it was paid in another currency than the order's",
    ReviewReason.ANOTHER_CHECKOUT: "it was paid at a checkout that was not opened for this order",
    ReviewReason.ANOTHER_ACCOUNT: "it was paid to another account",
    ReviewReason.ANOTHER_MODE: "it is of test mode and the API key of live mode, or the other way round",
    ReviewReason.SECOND_PAYMENT: "the order was paid a second time",
    ReviewReason.SAME_ID_OTHER_CONTENT: "an earlier event has the same id and other content",
    ReviewReason.DELIVERY: "the goods go to another place than the one that the price is for",
    ReviewReason.RENEWAL_AMOUNT: "a subscription was renewed with another amount than the order's",
}


def explain_review(reason: str) -> str:
    """Return a sentence about why an order needs review, or an empty string."""
    return REVIEW_TEXTS[ReviewReason(reason)] if reason in set(ReviewReason) else ""
