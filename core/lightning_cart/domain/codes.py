"""Discount codes: what one gives, for which goods, and why it does not hold for a cart."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from lightning_cart.domain.catalog import NO_PRICES, Product
from lightning_cart.domain.choice import Choice
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money, step_of
from lightning_cart.domain.price import Goods
from lightning_cart.domain.shares import share_out
from lightning_cart.domain.taxes import Percent
from lightning_cart.domain.typed import trim

_CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,39}", re.ASCII)


class CodeFault(StrEnum):
    """Why a code does not hold."""

    UNKNOWN = "unknown"
    OVER = "over"
    NOT_YET = "not_yet"
    USED_UP = "used_up"
    USED_BEFORE = "used_before"  # by this buyer, and it is for once
    OTHER_GOODS = "other_goods"
    RECURRING = "recurring"  # all that it would reduce is charged repeatedly
    BELOW_SUM = "below_sum"
    CURRENCY = "currency"  # it has no amount in the cart's currency


class CodeTerms(NamedTuple):
    """What a code gives, and for what.

    Args:
        percent: What is taken off the goods, as an exact percentage such as `12.5`, or empty.
        amounts: What is taken off the goods, by currency code; empty if it is a percentage or nothing.
        products: The ids of the products that it is for.
        categories: The categories that it is for. With neither it is for all products.
        least: From which sum of these products, before the discount and without what recurs, by currency code.
        free_delivery: Whether it makes the delivery of the whole order free.
        free: Whether an order may come to nothing by it.
    """

    percent: str = ""
    amounts: Mapping[str, Money] = NO_PRICES
    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    least: Mapping[str, Money] = NO_PRICES
    free_delivery: bool = False
    free: bool = False

    @property
    def reduces_goods(self) -> bool:
        """Whether it takes something off the goods. Else it can only make the delivery free."""
        return bool(self.percent or self.amounts)

    def names(self, product: Product) -> bool:
        """Return whether it is for a product: if it names neither products nor categories, it is for every one."""
        if not (self.products or self.categories):
            return True
        return product.id in self.products or any(name in self.categories for name in product.categories)


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
    plain = "".join(trim(text).split()).upper()
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
    if code.once and used_before:
        return CodeFault.USED_BEFORE
    if code.most_uses is not None and code.uses >= code.most_uses:
        return CodeFault.USED_UP
    return _find_fault_of_goods(code.terms, choices, goods)


def _find_fault_of_goods(terms: CodeTerms, choices: Sequence[Choice], goods: Goods) -> str:
    currency, lines = goods.parcel.goods.currency, list(zip(choices, goods.lines, strict=True))
    if not any(_is_for(terms, *line) for line in lines):
        return CodeFault.OTHER_GOODS
    gives = any(_reduces(terms, *line) for line in lines) if terms.reduces_goods else frees_delivery(terms, goods)
    if not gives:
        return CodeFault.RECURRING
    if any(sums and currency not in sums for sums in (terms.amounts, terms.least)):
        return CodeFault.CURRENCY
    if terms.least and eligible_sum(terms, choices, goods) < terms.least[currency]:
        return CodeFault.BELOW_SUM
    return ""


def _is_for(terms: CodeTerms, choice: Choice, line: LineItem) -> bool:
    """Return whether a code is for the product of a line. One that only frees the delivery is for what is delivered."""
    return (terms.reduces_goods or line.ships) and terms.names(choice.product)


def _reduces(terms: CodeTerms, choice: Choice, line: LineItem) -> bool:
    """Return whether a code is for a line that does not recur: each renewal would be reduced as well."""
    return line.interval is None and _is_for(terms, choice, line)


def frees_delivery(terms: CodeTerms, goods: Goods) -> bool:
    """Return whether a code makes the delivery of a cart free. One that recurs would be free with each renewal."""
    delivered = [line for line in goods.lines if line.ships]
    return terms.free_delivery and bool(delivered) and not any(line.interval for line in delivered)


def _weights(terms: CodeTerms, choices: Sequence[Choice], goods: Goods) -> list[int]:
    lines = zip(choices, goods.lines, strict=True)
    return [line.total.minor if _reduces(terms, choice, line) else 0 for choice, line in lines]


def eligible_sum(terms: CodeTerms, choices: Sequence[Choice], goods: Goods) -> Money:
    """Return the sum of the goods that a code is for, before any discount, without what recurs."""
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
