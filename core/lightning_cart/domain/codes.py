"""Discount codes: what one gives, for which goods, and why it does not hold for a cart."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from lightning_cart.domain.catalog import NO_PRICES
from lightning_cart.domain.choice import Choice
from lightning_cart.domain.money import Money, step_of
from lightning_cart.domain.price import Goods
from lightning_cart.domain.shares import share_out
from lightning_cart.domain.taxes import Percent

_CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,39}", re.ASCII)


class CodeFault(StrEnum):
    """Why a code does not hold."""

    UNKNOWN = "unknown"
    OVER = "over"
    NOT_YET = "not_yet"
    USED_UP = "used_up"
    USED_BEFORE = "used_before"  # by this buyer, and it is for once
    OTHER_GOODS = "other_goods"
    RECURRING = "recurring"  # everything that it would reduce is charged repeatedly
    BELOW_SUM = "below_sum"
    CURRENCY = "currency"  # it has no amount in the cart's currency


class CodeTerms(NamedTuple):
    """What a code gives, and for what.

    Args:
        percent: What is taken off the goods, as an exact percentage such as `12.5`, or empty.
        amounts: What is taken off the goods, by currency code; empty if it is a percentage or nothing.
        products: The ids of the products that it reduces.
        categories: The categories that it reduces. With neither it reduces everything.
        least: The least sum of the goods that it reduces, before it does, by currency code.
        free_delivery: Whether the delivery costs nothing.
        free: Whether an order may come to nothing by it.
    """

    percent: str = ""
    amounts: Mapping[str, Money] = NO_PRICES
    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    least: Mapping[str, Money] = NO_PRICES
    free_delivery: bool = False
    free: bool = False

    def is_for(self, choice: Choice) -> bool:
        """Return whether the code is for the product of a line. One that only frees the delivery is for what is delivered."""
        product = choice.product
        if not (self.percent or self.amounts or product.ships):
            return False
        if not (self.products or self.categories):
            return True
        return product.id in self.products or any(name in self.categories for name in product.categories)

    def reduces(self, choice: Choice) -> bool:
        """Return whether the code reduces a line. One that recurs never is, because each renewal would be reduced as well."""
        return self.is_for(choice) and choice.product.interval is None


class Code(NamedTuple):
    """A code as it is stored.

    Args:
        code: In capitals.
        revision: Grows with each change by an operator.
        terms: What it gives, and for what.
        most_uses: How often it can be used, or None for no limit.
        uses: How often it was used, open checkouts counted.
        once: Whether each buyer can use it once.
        from_at: From when it holds, in Unix seconds, or None.
        until_at: From when it holds no more, in Unix seconds, or None.
    """

    code: str
    revision: int
    terms: CodeTerms
    most_uses: int | None = None
    uses: int = 0
    once: bool = False
    from_at: int | None = None
    until_at: int | None = None


def read_code(text: str) -> str:
    """Return a code as it is stored, in capitals and without blanks; or empty if it cannot be one."""
    plain = "".join(text.split()).upper()
    return plain if _CODE.fullmatch(plain) else ""


def buyer_mark(code: str, email: str) -> str:
    """Return what a use of a code for once keeps of its buyer: the SHA-256 of the code and the e-mail address, in hex."""
    return hashlib.sha256(f"{code} {email.lower()}".encode()).hexdigest()


def find_fault(code: Code | None, choices: Sequence[Choice], goods: Goods, now: int, *, used_before: bool = False) -> str:
    """Return why a code does not hold for a cart, one of `CodeFault`, or empty if it does.

    Args:
        code: The code, or None if there is none of this name.
        choices: What the buyer chose.
        goods: The priced goods before any discount, with a line for each choice.
        now: Unix seconds.
        used_before: Whether the buyer has used it.
    """
    if code is None:
        return CodeFault.UNKNOWN
    if code.until_at is not None and code.until_at <= now:
        return CodeFault.OVER
    if code.from_at is not None and code.from_at > now:
        return CodeFault.NOT_YET
    if code.most_uses is not None and code.uses >= code.most_uses:
        return CodeFault.USED_UP
    if code.once and used_before:
        return CodeFault.USED_BEFORE
    return _find_fault_of_goods(code.terms, choices, goods)


def _find_fault_of_goods(terms: CodeTerms, choices: Sequence[Choice], goods: Goods) -> str:
    currency = goods.parcel.goods.currency
    if not any(map(terms.reduces, choices)):
        return CodeFault.RECURRING if any(map(terms.is_for, choices)) else CodeFault.OTHER_GOODS
    if any(sums and currency not in sums for sums in (terms.amounts, terms.least)):
        return CodeFault.CURRENCY
    if terms.least and eligible_sum(terms, choices, goods) < terms.least[currency]:
        return CodeFault.BELOW_SUM
    return ""


def _weights(terms: CodeTerms, choices: Sequence[Choice], goods: Goods) -> list[int]:
    lines = zip(choices, goods.lines, strict=True)
    return [line.total.minor if terms.reduces(choice) else 0 for choice, line in lines]


def eligible_sum(terms: CodeTerms, choices: Sequence[Choice], goods: Goods) -> Money:
    """Return the sum of the goods that a code reduces, before any discount."""
    return Money(sum(_weights(terms, choices, goods)), goods.parcel.goods.currency)


def line_discounts(terms: CodeTerms, choices: Sequence[Choice], goods: Goods) -> list[int]:
    """Return what a code takes off each line, in minor units: shares of one discount on the sum of the goods that it reduces.

    Args:
        terms: What the code gives. It holds for the cart.
        choices: What the buyer chose.
        goods: The priced goods before any discount, with a line for each choice.
    """
    currency, weights = goods.parcel.goods.currency, _weights(terms, choices, goods)
    eligible, step = sum(weights), step_of(currency)
    if terms.percent:
        discount = Percent.parse(terms.percent).add_to(eligible, step)
    else:
        discount = terms.amounts[currency].minor if terms.amounts else 0
    return share_out(min(discount, eligible), weights, step)
