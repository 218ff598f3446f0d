"""Reads a code as an operator writes it, and names every mistake in it with what to write instead.

The Worker imports this module only for operators.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from lightning_cart.domain.catalog import NO_METADATA, Catalog
from lightning_cart.domain.codes import Code, CodeTerms, read_code
from lightning_cart.domain.money import EXPONENTS, MAX_SAFE_INTEGER, Money, step_of
from lightning_cart.errors import InvalidField, MoneyError
from lightning_cart.spelling import did_you_mean
from lightning_cart.usecases.cart_keys import is_shown, name_choices, path_to

MAX_USES = 1_000_000_000
MAX_NAMES = 100  # products or categories of one code
_MAX_DECIMALS = 4  # of a percentage, as of tax rates
_PERCENT = re.compile(r"0*([0-9]+)(?:\.([0-9]+))?", re.ASCII)
_ALL = "100"  # percent


class CodeWish(NamedTuple):
    """A code as an operator writes it. Only its types are checked.

    Args:
        code: The code, in any case.
        percent: A percentage such as `12.5` or `10 %`, or empty.
        amounts: Decimal strings by currency code.
        free_delivery: Whether it makes the delivery free.
        products: Ids of products.
        categories: Names of categories.
        least: Decimal strings by currency code.
        from_at: From when it holds, in Unix seconds, or None.
        until_at: From when it holds no more, in Unix seconds, or None.
        most_uses: How often it can be used, or None.
        once: Whether each buyer can use it once.
        free: Whether an order may come to nothing by it.
    """

    code: str
    percent: str = ""
    amounts: Mapping[str, str] = NO_METADATA
    free_delivery: bool = False
    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    least: Mapping[str, str] = NO_METADATA
    from_at: int | None = None
    until_at: int | None = None
    most_uses: int | None = None
    once: bool = False
    free: bool = False


class _Mistakes(list[InvalidField]):
    def add(self, field: str, reason: str) -> None:
        self.append(InvalidField(field, reason))


def _read_name(text: str, mistakes: _Mistakes) -> str:
    code = read_code(text)
    if not code:
        plain = re.sub(r"[^A-Z0-9_-]", "", text.upper()).lstrip("_-")[:40]
        advice = f"write {plain}" if plain else "such as SPRING-10"
        what = "must have 1 to 40 letters A to Z, digits, - and _, and begin with a letter or digit"
        mistakes.add("code", f"{what}: {advice}")
    return code


def _read_percent(text: str, mistakes: _Mistakes) -> str:
    """Return a percentage as an exact text without needless zeros, or "" if there is none or it has a fault."""
    plain = text.strip().removesuffix("%").strip()
    if not plain:
        return ""
    found = _PERCENT.fullmatch(plain)
    if found is None:
        meant = plain.replace(",", ".")
        advice = f"write {meant}" if _PERCENT.fullmatch(meant) and is_shown(meant) else "such as 10 or 12.5"
        mistakes.add("percent", f"must be a percentage as a decimal number: {advice}")
        return ""
    whole, decimals = found[1], (found[2] or "").rstrip("0")
    exact = f"{whole}.{decimals}" if decimals else whole
    if exact == "0":
        mistakes.add("percent", "must be above 0: write what is taken off, such as 10")
    elif len(whole) > len(_ALL) or int(whole) > int(_ALL) or (whole == _ALL and decimals):
        mistakes.add("percent", f"must be at most 100: write {_ALL} to take everything off")
    elif len(decimals) > _MAX_DECIMALS:
        kept = f"{whole}.{decimals[:_MAX_DECIMALS]}"
        mistakes.add("percent", f"has {len(decimals)} decimals, of which {_MAX_DECIMALS} can be kept: write {kept}")
    else:
        return exact
    return ""


def _amount_fault(text: str, currency: str) -> str:
    """Return what is wrong with an amount of a currency that exists, or ""."""
    example = Money(5 * 10 ** EXPONENTS[currency], currency).decimal
    try:
        minor = Money.parse(text.strip(), currency).minor
    except MoneyError:
        meant = text.strip().replace(",", ".")
        try:
            advice = f"write {Money.parse(meant, currency).decimal}"
        except MoneyError:
            advice = f"such as {example}"
        return f"must be a decimal number with at most {EXPONENTS[currency]} decimals: {advice}"
    if minor <= 0:
        return f"must be above 0: such as {example}"
    if minor > MAX_SAFE_INTEGER:
        return "is larger than any order: write fewer digits"
    step = step_of(currency)
    if minor % step:
        nearest = Money(max(minor - minor % step, step), currency).decimal
        return f"must be a multiple of {Money(step, currency).decimal}, which every way to pay can charge: write {nearest}"
    return ""


def _read_amounts(field: str, given: Mapping[str, str], mistakes: _Mistakes) -> dict[str, Money]:
    amounts = {}
    for currency, text in given.items():
        if currency not in EXPONENTS:
            hint = did_you_mean(currency, EXPONENTS, "write an ISO 4217 code such as EUR")
            mistakes.add(path_to(field, currency), f"is not a current currency code in capitals: {hint}")
        elif reason := _amount_fault(text, currency):
            mistakes.add(f"{field}.{currency}", reason)
        else:
            amounts[currency] = Money.parse(text.strip(), currency)
    return amounts


def _read_names(
    field: str, what: str, given: Iterable[str], known: Mapping[str, object], mistakes: _Mistakes
) -> tuple[str, ...]:
    """Return names of the catalogue, each once."""
    names = tuple(dict.fromkeys(given))
    if len(names) > MAX_NAMES:
        mistakes.add(field, f"has {len(names)} names, and {MAX_NAMES} are possible: use a category")
        return ()
    for name in names:
        if name not in known:
            there_are = f"there are {name_choices(list(known), 'and')}" if known else "there are none"
            hint = did_you_mean(name, known, there_are)
            mistakes.add(field, f"{name if is_shown(name) else 'one name'} is no {what} of the catalogue: {hint}")
    return names


def _check_kind(wish: CodeWish, mistakes: _Mistakes) -> None:
    has_percent = bool(wish.percent.strip(" %"))
    if has_percent and wish.amounts:
        mistakes.add("amounts", "cannot be there with a percentage: leave one of them out")
    if not (has_percent or wish.amounts or wish.free_delivery):
        mistakes.add("percent", "is missing: write a percentage such as 10, or an amount, or free delivery")


def _check_times(wish: CodeWish, now: int, mistakes: _Mistakes) -> None:
    if wish.until_at is not None and wish.until_at <= now:
        mistakes.add("until", "is in the past, so the code would never hold: write a later time, or leave it out")
    elif wish.from_at is not None and wish.until_at is not None and wish.from_at >= wish.until_at:
        mistakes.add("from", "is not before its end: write an earlier time, or a later until")


def _check_least(terms: CodeTerms, mistakes: _Mistakes) -> None:
    """Check that a code with amounts and least sums has both in the same currencies: else it holds in fewer than it seems."""
    if not (terms.amounts and terms.least):
        return
    for currency in (code for code in terms.amounts if code not in terms.least):
        smallest = Money(step_of(currency), currency).decimal
        mistakes.add("least", f"has no sum in {currency}, in which the code has an amount: add {smallest} or more")
    for currency in (code for code in terms.least if code not in terms.amounts):
        mistakes.add(f"least.{currency}", f"is of no use, because the code has no amount in {currency}: leave it out")


def _check_reach(terms: CodeTerms, catalog: Catalog, mistakes: _Mistakes) -> None:
    """Check that the code can hold for any product, in each of its currencies."""
    chosen = [product for product in catalog.products.values() if terms.names(product)]
    field = "products" if terms.products else "categories" if terms.categories else "code"
    once = [product for product in chosen if product.interval is None]
    if not once:
        mistakes.add(field, "all recur, and a code never reduces what recurs: name other products")
        return
    if not (terms.reduces_goods or any(product.ships for product in once)):
        mistakes.add(field, "are never delivered, so that free delivery takes nothing off: name other products")
    currencies = list(dict.fromkeys(code for product in once for code in product.currencies))
    for name, sums in (("amounts", terms.amounts), ("least", terms.least)):
        for currency in (code for code in sums if code not in currencies):
            there_are = name_choices(currencies, "and")
            mistakes.add(f"{name}.{currency}", f"is a currency in which no such product has a price: they have {there_are}")


def _can_be_all(terms: CodeTerms, catalog: Catalog) -> bool:
    """Return whether an order can come to nothing by the code: of goods that cost nothing, the delivery is all."""
    if terms.percent == _ALL or terms.amounts:
        return True
    products = catalog.products.values()
    return terms.free_delivery and any(not amount.least.minor for one in products for amount in one.amount.values())


def read_wish(wish: CodeWish, catalog: Catalog, now: int) -> tuple[Code, list[InvalidField]]:
    """Return the code that an operator means, and every mistake in it: it is whole only if there is none.

    Args:
        wish: The code as it was written.
        catalog: The products that it can be for.
        now: Unix seconds.
    """
    mistakes = _Mistakes()
    name = _read_name(wish.code, mistakes)
    _check_kind(wish, mistakes)
    categories = dict.fromkeys(one for product in catalog.products.values() for one in product.categories)
    terms = CodeTerms(
        percent=_read_percent(wish.percent, mistakes),
        amounts=_read_amounts("amounts", wish.amounts, mistakes),
        products=_read_names("products", "product", wish.products, catalog.products, mistakes),
        categories=_read_names("categories", "category", wish.categories, categories, mistakes),
        least=_read_amounts("least", wish.least, mistakes),
        free_delivery=wish.free_delivery,
        free=wish.free,
    )
    _check_times(wish, now, mistakes)
    if wish.most_uses is not None and not 1 <= wish.most_uses <= MAX_USES:
        mistakes.add("most_uses", f"must be 1 to {MAX_USES:,}: write 1 for a code that can be used once, or leave it out")
    if not mistakes:
        _check_least(terms, mistakes)
        _check_reach(terms, catalog, mistakes)
    if not mistakes and terms.free and not _can_be_all(terms, catalog):
        mistakes.add("free", "is only for a code of 100 percent or of an amount: no other takes everything off")
    code = Code(name, 0, terms, wish.most_uses, 0, wish.once, wish.from_at, wish.until_at)
    return code, list(mistakes)
