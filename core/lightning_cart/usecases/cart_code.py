"""The discount code of a cart: what is stored of it, and in which words it does not hold."""

from typing import NamedTuple

from lightning_cart.domain.choice import Choice
from lightning_cart.domain.codes import (
    Code,
    CodeFault,
    CodeTerms,
    eligible_sum,
    find_fault,
    frees_delivery,
    line_discounts,
    read_code,
)
from lightning_cart.domain.price import Goods
from lightning_cart.domain.typed import is_left_out
from lightning_cart.errors import InvalidField

_NO_EMAIL = InvalidField(
    "customer_email",
    "is missing: each buyer can use this code once",
    "E-mail: please fill it in, because each customer can use this code once.",
)
_NO_CODE = "This is no code of this shop. Please check how it is written."
# For a developer, and for a buyer.
_FAULTS: dict[str, tuple[str, str]] = {
    CodeFault.UNKNOWN: ("is no code of this engine", "This shop has no code {code}. Please check how it is written."),
    CodeFault.OVER: ("has ended", "The code {code} has ended."),
    CodeFault.NOT_YET: ("does not hold yet", "The code {code} does not hold yet."),
    CodeFault.USED_UP: ("was used as often as it can be, open checkouts counted", "The code {code} is used up."),
    CodeFault.USED_BEFORE: (
        "can be used once by each buyer, and an order with this customer_email has it",
        "You have an order with the code {code} already, and each customer can use it once.",
    ),
    CodeFault.OTHER_GOODS: ("is for other goods", "The code {code} is for other products than those in your cart."),
    CodeFault.RECURRING: (
        "is for goods of this cart that recur, and neither their price nor their delivery is reduced",
        "The code {code} does not reduce a subscription.",
    ),
    CodeFault.BELOW_SUM: (
        "is for {least} or more of the goods that it reduces, and these are {sum}",
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
        text: As it is stored, in capitals; or empty if it cannot be one.
        fault: Why it does not hold, one of `CodeFault`, or empty if it does.
        refusal: The error of a checkout with a code that does not hold, or None.
        discounts: What it takes off each line, in minor units; empty if it does not hold.
        free_delivery: Whether it makes the delivery of this cart free.
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


def read_cart_code(value: object) -> str | None:
    """Return the code of a cart as it is stored, "" if it cannot be one, or None if the cart has none.

    Args:
        value: The cart's `code`, of any type; None and "" count as left out.

    Raises:
        InvalidField: It is no text.
    """
    if is_left_out(value):
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # such as 2027 from a script
    if not isinstance(value, str):
        raise InvalidField("code", "must be a string such as SPRING: a cart has one code", _NO_CODE)
    return read_code(value)


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
        free_delivery=frees_delivery(code.terms, goods),
        free=code.terms.free,
        missing=(_NO_EMAIL,) if code.once and not email else (),
    )


def _refusal(fault: str, text: str, code: Code | None, choices: tuple[Choice, ...], goods: Goods) -> InvalidField:
    currency, terms = goods.parcel.goods.currency, code.terms if code is not None else CodeTerms()
    least = terms.least[currency].display if currency in terms.least else ""
    shown = eligible_sum(terms, choices, goods).display
    reason, for_buyer = (words.format(code=text, least=least, sum=shown, currency=currency) for words in _FAULTS[fault])
    return InvalidField("code", reason, for_buyer if text else _NO_CODE)
