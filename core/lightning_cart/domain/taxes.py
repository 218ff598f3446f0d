"""Tax rates by country and region, and the tax of a cart: rounded once for each percentage, on the sum after discount.

The tax is rounded half up, whether prices include it or it is added; what is net is the rest. So a cart has the same tax
however it is divided into lines.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from lightning_cart.domain.buyer import Destination
from lightning_cart.domain.shares import round_half_up

STANDARD = "standard"  # the class of a product that names none
UNTAXED = "none"  # the class of what no place taxes, such as a donation: it needs no rate, and no place
LIKE_GOODS = "goods"  # the shipping class that shares the price of the delivery over the classes of the goods


class Outside(StrEnum):
    """What a country without a rate pays."""

    GROSS = "gross"  # the price of the shop's own country
    NET = "net"  # that price without the tax that it includes


class Percent(NamedTuple):
    """An exact percentage.

    Args:
        numerator: The digits of the text without its point: 8875 of `8.875`.
        denominator: 100 and as many zeros as the text has decimals: 100,000.
    """

    numerator: int
    denominator: int

    @classmethod
    def parse(cls, text: str) -> "Percent":
        """Return the percentage of a decimal text without a sign."""
        whole, _, fraction = text.partition(".")
        return cls(int(whole + fraction), 10 ** (2 + len(fraction)))

    def add_to(self, net_minor: int, step: int) -> int:
        """Return the tax on a net amount."""
        return round_half_up(net_minor * self.numerator, self.denominator, step)

    def share_of(self, gross_minor: int, step: int) -> int:
        """Return the tax that a gross amount includes."""
        return round_half_up(gross_minor * self.numerator, self.denominator + self.numerator, step)

    def take_from(self, gross_minor: int, step: int) -> int:
        """Return a gross amount without the tax that it includes."""
        return gross_minor - self.share_of(gross_minor, step)


NO_TAX = Percent(0, 100)


class TaxRate(NamedTuple):
    """The rates of a country or region.

    Args:
        label: The tax's name for buyers, such as `VAT`.
        classes: The percentage of each class as an exact text without needless zeros, such as `8.875`.
        included: Whether prices include the tax; else it is added.
        shipping: The class of the delivery's price, or `goods`.
    """

    label: str
    classes: Mapping[str, str]
    included: bool = True
    shipping: str = LIKE_GOODS

    def percent_of(self, tax_class: str) -> Percent:
        """Return the percentage of a class; 0 of what no place taxes."""
        return Percent.parse(self.classes[tax_class]) if tax_class != UNTAXED else NO_TAX


class Taxes(NamedTuple):
    """The content of `config/taxes.toml`.

    Args:
        rates: By country (`ES`) or region (`US-NY`); a region's goes before its country's.
        outside: What a country without a rate pays.
    """

    rates: Mapping[str, TaxRate]
    outside: Outside = Outside.GROSS

    def find(self, place: Destination) -> TaxRate | None:
        """Return the rates of a place, or None if it has none."""
        return self.rates.get(f"{place.country}-{place.region}") or self.rates.get(place.country)

    def uses_regions(self, country: str) -> bool:
        """Return whether the rate of a place in this country depends on its region."""
        return any(key.startswith(f"{country}-") for key in self.rates)

    @property
    def depend_on_place(self) -> bool:
        """Whether a total depends on the buyer's place. It does not if there is one rate only, which prices include."""
        return len(self.rates) > 1 or self.outside is Outside.NET or any(not rate.included for rate in self.rates.values())

    def find_unpaid(self, home: Destination, place: Destination) -> TaxRate | None:
        """Return the rate whose tax prices include, and which a buyer in a place without a rate does not pay; or None.

        Args:
            home: The shop's own country.
            place: Where the buyer is.
        """
        if self.outside is not Outside.NET or self.find(place) is not None:
            return None
        own = self.find(home)
        return own if own is not None and own.included else None


class TaxGroup(NamedTuple):
    """The tax of everything that has one rate, in minor units of the order's currency.

    Args:
        rate: The percentage as an exact text.
        label: The tax's name for buyers.
        included: Whether the prices include it.
        net_minor: The amount without tax.
        tax_minor: The tax.
        recurring_tax_minor: The part of an added tax that each renewal pays again.
    """

    rate: str
    label: str
    included: bool
    net_minor: int
    tax_minor: int
    recurring_tax_minor: int = 0


class TaxedAmount(NamedTuple):
    """A part of a cart: its tax class, its amount after discount in minor units, and whether each renewal charges it again."""

    tax_class: str
    minor: int
    recurs: bool = False


def group_taxes(rate: TaxRate, amounts: Iterable[TaxedAmount], step: int) -> tuple[TaxGroup, ...]:
    """Return the taxes of a cart, one for each percentage, in the order in which they occur.

    Args:
        rate: The rates of the place.
        amounts: All parts of the cart, each of a class that the place has, or untaxed.
        step: The currency's step: every amount of tax is a multiple.
    """
    sums: dict[str, list[int]] = {}
    for amount in amounts:
        if amount.tax_class == UNTAXED:
            continue
        both = sums.setdefault(rate.classes[amount.tax_class], [0, 0])
        both[amount.recurs] += amount.minor
    return tuple(_group(rate, text, once, again, step) for text, (once, again) in sums.items())


def _group(rate: TaxRate, text: str, once: int, again: int, step: int) -> TaxGroup:
    percent, minor = Percent.parse(text), once + again
    if rate.included:
        tax = percent.share_of(minor, step)
        return TaxGroup(text, rate.label, True, minor - tax, tax)
    return TaxGroup(text, rate.label, False, minor, percent.add_to(minor, step), percent.add_to(again, step))
