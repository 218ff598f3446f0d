"""What a buyer is told about a problem: what happened, whether money was taken, and what to do next."""

from typing import NamedTuple

from lightning_cart import errors
from lightning_cart.http import HttpRequest

_TELL = "Please tell the shop."
_RETRY = "Please try again in a minute."
_NOTHING = "Nothing was charged."
_IF_PAID = "If you have paid, nothing is lost: please do not pay a second time."
_CONFIRMATION = "The payment provider's e-mail is your confirmation."
_ORDER_AGAIN = "Please order again from the shop's page."
_PAID = frozenset({"pending", "paid", "partially_refunded"})


class Words(NamedTuple):
    """Sentences for a buyer.

    Args:
        headline: What happened, or what to correct.
        rest: Whether money was taken, and what to do next; may be empty.
    """

    headline: str
    rest: str = ""

    @property
    def text(self) -> str:
        """All sentences as one text."""
        return f"{self.headline} {self.rest}".rstrip()


# What happened at `POST /checkout` or on a page of the shop, and what to do next. No checkout takes money by itself.
_BEFORE_PAYING = {
    "malformed-request": ("The shop's page sent an order that cannot be read.", _TELL),
    "unsupported-content": ("The shop's page sent an order that cannot be read.", _TELL),
    "body-too-large": ("This order is too long.", "Please shorten what you have written, or tell the shop."),
    "method-not-allowed": ("This page cannot be opened by itself.", "Please start from the shop's own page."),
    "too-many-requests": ("Too many orders were started from your internet connection.", "Please try again in {wait}."),
    "too-many-codes": (
        "Too many codes that do not exist were tried from your internet connection.",
        "You can order without a code, or try a code again in {wait}.",
    ),
    "too-many-free-orders": (
        "You, or somebody at your internet connection, have had as many free orders as this shop gives at once.",
        "You can order again for free in {wait}.",
    ),
    "idempotency-conflict": ("This order was sent twice, with different contents.", "Please press the pay button again."),
    "provider-timeout": ("The payment provider did not answer in time.", _RETRY),
    "provider-unavailable": ("The payment provider cannot be reached.", _RETRY),
    "provider-refused": (
        "The payment provider did not accept this order.",
        "Please choose another way to pay, or tell the shop.",
    ),
    "not-configured": ("This way to pay does not work at the moment.", "Please choose another way to pay, or tell the shop."),
    "unknown-strategy": ("This way to pay is no longer offered.", "Please choose another way to pay, or tell the shop."),
    "come-again": ("The shop cannot take orders at this moment.", _RETRY),
    "internal-error": (
        "Something went wrong in the shop.",
        "Please try again in a minute. If it happens again, tell the shop.",
    ),
}
_MINUTE, _HOUR = 60, 3600  # seconds
_NO_PAGE = Words("There is no page at this address.", "Please start from the shop's own page.")
_NO_ORDER = Words("This link does not open an order.", f"It may be incomplete or too old. {_IF_PAID} {_CONFIRMATION}")
_NOT_NOW = Words("The shop cannot look up your order at this moment.", f"{_IF_PAID} Please open this page again in a minute.")
_CART_FAULT = "This cart cannot be bought as it is. Please tell the shop."


def _wait(seconds: int) -> str:
    """Return how long to wait, never less, in a unit that people count in."""
    for unit, name in ((_HOUR, "hours"), (_MINUTE, "minutes")):
        if seconds > 2 * unit:
            return f"{-(-seconds // unit)} {name}"
    return f"{seconds} seconds"


def _checkout_ended(status: str) -> Words:
    if status == "refunded":
        return Words("You have ordered this already, and your payment was refunded.", _ORDER_AGAIN)
    if status in _PAID:
        return Words("You have ordered this already, and your payment has arrived or is on its way.", _CONFIRMATION)
    charged = "" if status == "open" else f"{_NOTHING} "  # of an open order it is not known yet
    return Words("The payment page of this order is closed.", f"{charged}{_ORDER_AGAIN}")


def is_for_buyer(request: HttpRequest) -> bool:
    """Return whether the route is one that the pages of a shop or buyers themselves open."""
    return request.path in ("/checkout", "/quote", "/products", "/strategies") or is_after_paying(request)


def is_after_paying(request: HttpRequest) -> bool:
    """Return whether the request may come from a buyer who has paid."""
    return request.path.startswith(("/return/", "/orders/"))


def buyer_words(error: errors.LightningCartError, slug: str, request: HttpRequest) -> Words:
    """Return what to tell a buyer about an error.

    Args:
        error: The error.
        slug: The last segment of its problem type.
        request: The request that raised it.
    """
    if isinstance(error, errors.InvalidField):
        return Words(error.for_buyer or _CART_FAULT)
    if isinstance(error, errors.CheckoutEnded):
        return _checkout_ended(error.status)
    if is_after_paying(request):
        return _NO_ORDER if slug in ("not-found", "receipt-needed") else _NOT_NOW
    if slug not in _BEFORE_PAYING:
        return _NO_PAGE
    happened, next_step = _BEFORE_PAYING[slug]
    if isinstance(error, errors.TooManyRequests):
        next_step = next_step.format(wait=_wait(error.retry_after))
    return Words(happened, f"{_NOTHING} {next_step}")
