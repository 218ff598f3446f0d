"""Reads a code from what an operator typed: the options of `codes add`, or a row of a file of `codes import`."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from lightning_cart.domain.catalog import Catalog
from lightning_cart.domain.codes import Code
from lightning_cart.errors import ConfigurationError, InvalidField
from lightning_cart.usecases.cart_keys import is_shown
from lightning_cart.usecases.code_wish import CodeWish, read_wish
from lightning_cart_host.cli.dates import parse_end, parse_moment

# The options, which are also the columns of a file, of the fields that have another name.
_OPTIONS = {"amounts": "amount", "products": "product", "categories": "category"}
_AMOUNT = re.compile(r"(-?[0-9][0-9.,]*)\s*([A-Za-z]{3})|([A-Za-z]{3})\s*(-?[0-9][0-9.,]*)", re.ASCII)


class CodeTexts(NamedTuple):
    """A code as it was typed.

    Args:
        code: The code.
        percent: A percentage, or empty.
        amount: Amounts such as `5.00EUR`.
        free_delivery: Whether the delivery is free.
        product: Ids of products.
        category: Names of categories.
        least: Amounts such as `20.00EUR`.
        begins: The first day or moment, or empty.
        until: The last day, or the moment of the end; or empty.
        most_uses: A limit, or None.
        once: Whether each buyer can use it once.
        free: Whether an order may come to nothing by it.
    """

    code: str
    percent: str = ""
    amount: Sequence[str] = ()
    free_delivery: bool = False
    product: Sequence[str] = ()
    category: Sequence[str] = ()
    least: Sequence[str] = ()
    begins: str = ""
    until: str = ""
    most_uses: int | None = None
    once: bool = False
    free: bool = False


class Mistake(NamedTuple):
    """A mistake in a code.

    Args:
        option: The option or column, such as `percent`; with the currency of an amount behind it.
        reason: What is wrong, and what to write.
    """

    option: str
    reason: str


def _named(field: InvalidField) -> Mistake:
    name, _, currency = field.field.partition(".")
    option = _OPTIONS.get(name, name.replace("_", "-"))
    return Mistake(f"{option} {currency}".rstrip(), field.reason)


def _read_sums(option: str, texts: Sequence[str], mistakes: list[Mistake]) -> dict[str, str]:
    """Return decimal strings by currency."""
    sums: dict[str, str] = {}
    for text in texts:
        found = _AMOUNT.fullmatch(text.strip())
        currency = ((found[2] or found[3]) if found else "").upper()
        if found is None:
            shown = f"{text.strip()} " if is_shown(text) else ""
            mistakes.append(Mistake(option, f"{shown}must be an amount with its currency, such as 5.00EUR"))
        elif currency in sums:
            mistakes.append(Mistake(option, f"{currency} is there twice: write one amount of each currency"))
        else:
            sums[currency] = found[1] or found[4]
    return sums


def _read_time(option: str, text: str, now: int, parse: Callable[[str, int], int], mistakes: list[Mistake]) -> int | None:
    if not text.strip():
        return None
    try:
        return parse(text, now)
    except ConfigurationError as error:
        mistakes.append(Mistake(option, str(error)))
        return None


def read_code_texts(texts: CodeTexts, catalog: Catalog, now: int) -> tuple[Code, list[Mistake]]:
    """Return the code that was typed, and every mistake in it: it is whole only if there is none.

    Args:
        texts: What was typed.
        catalog: The products that it can be for.
        now: Unix seconds.
    """
    mistakes: list[Mistake] = []
    wish = CodeWish(
        code=texts.code,
        percent=texts.percent,
        amounts=_read_sums("amount", texts.amount, mistakes),
        free_delivery=texts.free_delivery,
        products=tuple(one.strip() for one in texts.product),
        categories=tuple(one.strip() for one in texts.category),
        least=_read_sums("least", texts.least, mistakes),
        from_at=_read_time("from", texts.begins, now, parse_moment, mistakes),
        until_at=_read_time("until", texts.until, now, parse_end, mistakes),
        most_uses=texts.most_uses,
        once=texts.once,
        free=texts.free,
    )
    code, found = read_wish(wish, catalog, now)
    unread = {mistake.option for mistake in mistakes}
    # An amount that could not be read is missing, which is no second mistake.
    also = [one for one in map(_named, found) if one.option != "percent" or "amount" not in unread or texts.percent]
    return code, [*mistakes, *also]
