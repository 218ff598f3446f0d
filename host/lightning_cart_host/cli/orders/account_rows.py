"""Adds entries up to the rows of `orders export --taxes`: one for each month, kind, site, country, currency and tax rate."""

import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import NamedTuple

from lightning_cart.domain.document import DocumentNumber, Series
from lightning_cart.domain.money import Money
from lightning_cart.storage.accounts import Account
from lightning_cart_host.cli.orders.account_entries import Entry, EntryKind, account_entries, country_of
from lightning_cart_host.cli.orders.export_rows import ExportRow

COLUMNS = (
    *("month", "kind", "site", "country", "currency", "tax_label", "tax_rate"),
    *("net", "net_minor", "tax", "tax_minor", "total", "total_minor", "documents", "numbers"),
)
_TO = "\u2013"  # an en dash
_KINDS = tuple(EntryKind)
_SERIES = tuple(Series)


class Days(NamedTuple):
    """A span of days, each in the time zone of its site.

    Args:
        first: The first day, or None for no beginning.
        last: The last day, or None for no end.
    """

    first: date | None = None
    last: date | None = None

    def has(self, day: date) -> bool:
        """Return whether a day is in the span."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


class _Key(NamedTuple):
    month: str
    kind: int
    site: str
    country: str
    currency: str
    rate: Decimal
    label: str
    rate_text: str


class _Sum:
    """What is added up to one row."""

    def __init__(self) -> None:
        self.net = self.tax = 0
        self.numbers: set[tuple[int, int, int]] = set()  # place of the series, year, number

    def add(self, entry: Entry) -> None:
        self.net += entry.share.net_minor
        self.tax += entry.share.tax_minor
        if entry.number is not None:
            self.numbers.add((_SERIES.index(entry.series), entry.number.year, entry.number.number))


def number_ranges(numbers: Iterable[tuple[int, int, int]]) -> str:
    """Return the numbers of documents as ranges, such as those from 2026-1 to 2026-17 and C2026-3, with an en dash.

    Args:
        numbers: Of each document the place of its series, its year and its number.
    """
    ranges: list[tuple[tuple[int, int, int], tuple[int, int, int]]] = []
    for one in sorted(numbers):
        series, year, number = one
        if ranges and ranges[-1][1] == (series, year, number - 1):
            ranges[-1] = (ranges[-1][0], one)
        else:
            ranges.append((one, one))
    return ", ".join(_number(first) if first == last else f"{_number(first)}{_TO}{_number(last)}" for first, last in ranges)


def _number(number: tuple[int, int, int]) -> str:
    series, year, value = number
    return DocumentNumber(year, value, 0).text(_SERIES[series])


class Accounts:
    """Adds up entries.

    Args:
        days: Which days count.
        zones: The name of the time zone of each site; UTC for others.
    """

    def __init__(self, days: Days, zones: Mapping[str, str]) -> None:
        self._days = days
        self._zones: dict[str, tzinfo] = {site: zoneinfo.ZoneInfo(name) for site, name in zones.items()}
        self._sums: dict[_Key, _Sum] = {}

    def add(self, account: Account) -> None:
        """Add all that an order adds to the accounts in these days."""
        order = account.order
        zone, country = self._zones.get(order.site_id, UTC), country_of(order)
        for entry in account_entries(account):
            day = datetime.fromtimestamp(entry.at, zone).date()
            if self._days.has(day):
                month, kind, share = f"{day:%Y-%m}", _KINDS.index(entry.kind), entry.share
                rate = Decimal(share.rate or -1)
                key = _Key(month, kind, order.site_id, country, order.total.currency, rate, share.label, share.rate)
                self._sums.setdefault(key, _Sum()).add(entry)

    def rows(self) -> Iterator[ExportRow]:
        """Yield the rows, oldest month first."""
        for key, found in sorted(self._sums.items(), key=lambda one: one[0]):
            amounts = {"net": found.net, "tax": found.tax, "total": found.net + found.tax}
            decimals: ExportRow = {}
            for name, minor in amounts.items():
                decimals |= {name: Decimal(Money(minor, key.currency).decimal), f"{name}_minor": minor}
            yield {
                "month": key.month,
                "kind": _KINDS[key.kind].value,
                "site": key.site,
                "country": key.country,
                "currency": key.currency,
                "tax_label": key.label,
                "tax_rate": key.rate_text,
                **decimals,
                "documents": len(found.numbers),
                "numbers": number_ranges(found.numbers),
            }
