"""Says in words what a code gives, for which goods and until when."""

from collections.abc import Mapping, Sequence

from lightning_cart.domain.codes import Code, CodeTerms
from lightning_cart.domain.money import Money
from lightning_cart_host.cli.dates import DAY, format_utc
from lightning_cart_host.output import plural

_MAX_NAMES = 6  # of a sentence


def _and(names: Sequence[str], word: str = "and") -> str:
    if len(names) > _MAX_NAMES:
        names = [*names[: _MAX_NAMES - 1], f"{len(names) - _MAX_NAMES + 1} more"]
    return f"{', '.join(names[:-1])} {word} {names[-1]}" if len(names) > 1 else "".join(names)


def say_sums(sums: Mapping[str, Money]) -> str:
    """Return amounts of which one holds, such as `€5.00 or $6.00`."""
    return _and([amount.display for amount in sums.values()], "or")


def say_time(seconds: int, *, is_end: bool = False) -> str:
    """Return a time in UTC, shorter if it is the beginning or the end of a day.

    Args:
        seconds: Unix seconds.
        is_end: Whether it is the first second that does not count any more.
    """
    if seconds % DAY == 0:
        return format_utc(seconds - is_end)[:10]
    return f"{format_utc(seconds).removesuffix(':00')} UTC"


def say_discount(terms: CodeTerms) -> str:
    """Return what a code takes off the goods, or an empty text."""
    return f"{terms.percent} %" if terms.percent else say_sums(terms.amounts)


def say_goods(terms: CodeTerms, word: str = "and") -> str:
    """Return what a code is for, or an empty text for everything.

    Args:
        terms: What it gives.
        word: What is between the last two names.
    """
    groups = [f"the category {name}" for name in terms.categories]
    if len(terms.categories) > 1:
        groups = [f"the categories {_and(terms.categories, word)}"]
    return _and([*terms.products, *groups], word)


def _say_gift(terms: CodeTerms) -> str:
    discount, goods = say_discount(terms), say_goods(terms) or "everything"
    if not discount:
        condition = f" of an order with {say_goods(terms, 'or')}" if terms.products or terms.categories else ""
        return f"makes the delivery{condition} free"
    return f"takes {discount} off {goods}{' and makes the delivery free' if terms.free_delivery else ''}"


def say_code(code: Code) -> str:
    """Return a code as one sentence, whose days are in UTC.

    Such as `SPRING takes 10 % off tshirt and mug, until 2026-12-31, 100 uses, once per buyer.`
    """
    terms = code.terms
    parts = {
        f"for goods of {say_sums(terms.least)} or more": bool(terms.least),
        f"from {say_time(code.from_at or 0)}": code.from_at is not None,
        f"until {say_time(code.until_at or 0, is_end=True)}": code.until_at is not None,
        f"{code.most_uses} {plural('use', code.most_uses or 0)}": code.most_uses is not None,
        "once per buyer": code.once,
        "also if nothing is left to pay": terms.free,
    }
    return f"{', '.join([f'{code.code} {_say_gift(terms)}', *(part for part, is_so in parts.items() if is_so)])}."
