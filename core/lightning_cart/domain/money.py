"""Money in integer minor units, with exact decimal strings and the amount formats of providers. No floats."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from lightning_cart.errors import MoneyError

# ISO 4217 as of 2026-01-01, without funds, precious metals and units of account.
_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_TWO_DECIMALS = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE "
    "CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR "
    "KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB "
    "PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY "
    "TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
)
EXPONENTS: Mapping[str, int] = (
    dict.fromkeys(_NO_DECIMALS.split(), 0) | dict.fromkeys(_TWO_DECIMALS.split(), 2) | dict.fromkeys(_THREE_DECIMALS.split(), 3)
)
# What every provider can charge: Stripe takes three-decimal currencies in multiples of ten and no decimals of MGA, PayPal no
# decimals of HUF and TWD. Sources: Stripe docs, Currencies; PayPal docs, Currency codes.
_STEPS: Mapping[str, int] = {"HUF": 100, "MGA": 100, "TWD": 100, "BHD": 10, "JOD": 10, "KWD": 10, "OMR": 10, "TND": 10}
MAX_SAFE_INTEGER = 2**53 - 1  # the largest integer that every runtime and database represents exactly
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_DECIMAL = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]{1,3}))?", re.ASCII)


def step_of(currency: str) -> int:
    """Return the smallest amount of which every provider takes each multiple, in minor units."""
    return _STEPS.get(currency, 1)


def decimal_text(amount: int, exponent: int) -> str:
    """Return minor units as an exact decimal string: `decimal_text(1050, 2) == "10.50"`."""
    digits = str(abs(amount)).rjust(exponent + 1, "0")
    whole, fraction = (digits[:-exponent], digits[-exponent:]) if exponent else (digits, "")
    return f"{'-' if amount < 0 else ''}{whole}{'.' if fraction else ''}{fraction}"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency.

    Args:
        minor: Integer minor units (cents for USD, yen for JPY, thousandths for KWD).
        currency: ISO 4217 code, in upper case.

    Raises:
        MoneyError: The currency is not a current one, or the amount is not an integer.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise MoneyError(f"an amount is an integer of minor units, not {type(self.minor).__name__}")
        if self.currency not in EXPONENTS:
            raise MoneyError(f"{self.currency!r} is not a current ISO 4217 currency code in capitals")

    @classmethod
    def parse(cls, text: str, currency: str) -> "Money":
        """Return the exact amount of a decimal string: `Money.parse("10.50", "USD")`.

        Raises:
            MoneyError: Not a plain decimal number, or more decimals than the currency has.
        """
        exponent = cls(0, currency).exponent
        match = _DECIMAL.fullmatch(text)
        if match is None:
            raise MoneyError(f"{text!r} is not a plain decimal number such as {decimal_text(10 ** (exponent + 1), exponent)}")
        sign, whole, fraction = match[1], match[2], match[3] or ""
        if len(fraction) > exponent:
            raise MoneyError(f"{text!r} has more decimals than the {exponent} that {currency} has")
        return cls(int(f"{sign}{whole}{fraction.ljust(exponent, '0')}"), currency)

    @property
    def exponent(self) -> int:
        """The currency's number of decimals: 0, 2 or 3."""
        return EXPONENTS[self.currency]

    @property
    def decimal(self) -> str:
        """The exact decimal string in major units, such as `"10.50"`; the inverse of `parse`."""
        return decimal_text(self.minor, self.exponent)

    @property
    def display(self) -> str:
        """The amount for people: `"$1,250.00"`, `"¥500"`, `"CHF 3.20"`."""
        whole, dot, fraction = decimal_text(abs(self.minor), self.exponent).partition(".")
        sign = "-" if self.minor < 0 else ""
        symbol = _SYMBOLS.get(self.currency, f"{self.currency} ")
        return f"{sign}{symbol}{int(whole):,}{dot}{fraction}"

    def _require_same_currency(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise MoneyError(f"{self.currency} and {other.currency} cannot be added or compared")
        return other

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._require_same_currency(other).minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._require_same_currency(other).minor, self.currency)

    def __mul__(self, quantity: int) -> "Money":
        if type(quantity) is not int:
            raise MoneyError(f"money is multiplied by whole numbers, not by {type(quantity).__name__}")
        return Money(self.minor * quantity, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._require_same_currency(other).minor

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._require_same_currency(other).minor


def _shifted(amount: int, decimals: int) -> tuple[int, int]:
    """Return an amount with more or fewer decimals, and the remainder that these cannot express."""
    factor: int = 10 ** abs(decimals)
    return (amount * factor, 0) if decimals >= 0 else divmod(amount, factor)


class AmountFormat(NamedTuple):
    """How one provider's integer amounts differ from ISO 4217.

    Args:
        exponents: The provider's number of decimals, by currency.
        multiples: The number of which the provider's integer must be a multiple, by currency.
        refused: Currencies that the provider does not accept.
    """

    exponents: Mapping[str, int] = {}
    multiples: Mapping[str, int] = {}
    refused: frozenset[str] = frozenset()

    def exponent(self, currency: str) -> int:
        """Return the provider's number of decimals for a currency."""
        return self.exponents.get(currency, EXPONENTS[currency])

    def takes_every_amount(self, currency: str) -> bool:
        """Return whether the provider's integers are the ISO minor units of a currency, each of which it can charge."""
        return currency not in self.exponents and currency not in self.multiples and currency not in self.refused

    def to_provider(self, money: Money) -> int:
        """Return the provider's integer for an amount.

        Raises:
            MoneyError: The provider cannot express this amount exactly.
        """
        if money.currency in self.refused:
            raise MoneyError(f"{money.currency} is not accepted by this provider")
        shift = self.exponent(money.currency) - money.exponent
        amount, rest = _shifted(money.minor, shift)
        multiple = self.multiples.get(money.currency, 1)
        if rest or amount % multiple:
            raise MoneyError(
                f"{money.decimal} {money.currency} is not a multiple of the smallest amount of {money.currency} to charge"
            )
        return amount

    def from_provider(self, amount: int, currency: str) -> Money:
        """Return the money of a provider's integer.

        Args:
            amount: The provider's integer.
            currency: The code in upper or lower case.

        Raises:
            MoneyError: An unknown currency, or an amount with more decimals than the currency has.
        """
        code = currency.upper()
        exponent = Money(0, code).exponent
        shift = self.exponent(code) - exponent
        minor, rest = _shifted(amount, -shift)
        if rest:
            raise MoneyError(f"{amount} is not a whole amount of {code}")
        return Money(minor, code)
