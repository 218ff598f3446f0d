"""The discount code of a cart: what is stored of it, and in which words it does not hold."""

from typing import NamedTuple

from lightning_cart.domain.choice import Choice
from lightning_cart.domain.codes import Code, CodeFault, CodeTerms, eligible_sum, find_fault, line_discounts, read_code
from lightning_cart.domain.price import Goods
from lightning_cart.domain.typed import is_left_out
from lightning_cart.errors import InvalidField

_NO_EMAIL = InvalidField(
    "customer_email",
    "is missing: the code is for one use of each buyer",
    "E-mail: please fill it in, because each customer can use this code once.",
)
# For a developer, and for a buyer.
_FAULTS: dict[str, tuple[str, str]] = {
    CodeFault.UNKNOWN: ("is no code of this engine", "There is no code {code}. Please check how it is written."),
    CodeFault.OVER: ("holds no more", "The code {code} is over."),
    CodeFault.NOT_YET: ("does not hold yet", "The code {code} does not hold yet."),
    CodeFault.USED_UP: ("was used as often as it can be", "The code {code} is used up."),
    CodeFault.USED_BEFORE: (
        "was used by this buyer, and is for one use of each",
        "You have used the code {code} before, and each customer can use it once.",
    ),
    CodeFault.OTHER_GOODS: ("is for other goods", "The code {code} is for other products than those in your cart."),
    CodeFault.RECURRING: ("does not reduce what recurs", "The code {code} does not reduce a subscription."),
    CodeFault.BELOW_SUM: (
        "is for goods of at least {least}",
        "The code {code} is for products of {least} or more, and yours come to {sum}.",
    ),
    CodeFault.CURRENCY: ("has no amount in {currency}", "The code {code} does not hold for prices in {currency}."),
}


class FoundCode(NamedTuple):
    """A cart's code as it was found.

    Args:
        text: As it is stored, in capitals; or empty if it cannot be one.
        code: The code, or None if there is none of this name.
        used_before: Whether the buyer of the cart has used it.
    """

    text: str
    code: Code | None = None
    used_before: bool = False


class CodeOutcome(NamedTuple):
    """What a code does to a cart.

    Args:
        text: As it is stored, in capitals; or what the buyer wrote, if it cannot be one.
        fault: Why it does not hold, one of `CodeFault`, or empty if it does.
        refusal: The error of a checkout with a code that does not hold, or None.
        discounts: What it takes off each line, in minor units; empty if it does not hold.
        free_delivery: Whether it makes the delivery free.
        free: Whether the order may come to nothing by it.
        missing: What a checkout with it still needs.
    """

    text: str
    fault: str = ""
    refusal: InvalidField | None = None
    discounts: tuple[int, ...] = ()
    free_delivery: bool = False
    free: bool = False
    missing: tuple[InvalidField, ...] = ()


def code_of_cart(value: object) -> str | None:
    """Return the code of a cart as it is stored, "" if it cannot be one, or None if the cart has none.

    Args:
        value: The cart's `code`, of any type; None and "" count as left out.
    """
    if is_left_out(value):
        return None
    return read_code(value) if isinstance(value, str) else ""


def apply_code(found: FoundCode, choices: tuple[Choice, ...], goods: Goods, email: str, now: int) -> CodeOutcome:
    """Return what a code does to a cart.

    Args:
        found: The code as it was found.
        choices: What the buyer chose.
        goods: The priced goods before any discount.
        email: The buyer's e-mail address, or empty.
        now: Unix seconds.
    """
    code = found.code
    fault = find_fault(code, choices, goods, now, used_before=found.used_before)
    if fault or code is None:
        return CodeOutcome(found.text, fault, _refusal(fault, found.text, code, choices, goods))
    return CodeOutcome(
        found.text,
        discounts=tuple(line_discounts(code.terms, choices, goods)),
        free_delivery=code.terms.free_delivery,
        free=code.terms.free,
        missing=(_NO_EMAIL,) if code.once and not email else (),
    )


def _refusal(fault: str, text: str, code: Code | None, choices: tuple[Choice, ...], goods: Goods) -> InvalidField:
    currency, terms = goods.parcel.goods.currency, code.terms if code is not None else CodeTerms()
    least = terms.least[currency].display if currency in terms.least else ""
    shown = eligible_sum(terms, choices, goods).display
    reason, for_buyer = (words.format(code=text, least=least, sum=shown, currency=currency) for words in _FAULTS[fault])
    if not text:
        for_buyer = "This is no code of this shop. Please check how it is written."
    return InvalidField("code", reason, for_buyer)
