"""Exports the accounts of a database: what came and went by month and tax rate, with the numbers of its documents."""

import calendar
import itertools
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import NamedTuple

from lightning_cart.errors import ConfigurationError
from lightning_cart.ports import Database
from lightning_cart.storage.accounts import AccountFilter, read_accounts
from lightning_cart.storage.documents import needs_numbers, number_orders
from lightning_cart_host.adapters.database import is_postgres
from lightning_cart_host.cli.dates import DAY
from lightning_cart_host.cli.orders.account_rows import COLUMNS, Accounts, Days
from lightning_cart_host.cli.orders.export import ExportFormat, open_output, refuse_database
from lightning_cart_host.cli.orders.export_rows import ExportRow
from lightning_cart_host.cli.orders.row_writers import csv_lines, json_lines
from lightning_cart_host.cli.orders.stored import open_one_state, open_orders
from lightning_cart_host.server.catalog_folder import CONFIG, find_config, load_catalog

_MONTH = re.compile(r"(\d{4})-(\d\d)", re.ASCII)
_AT_ONCE = 20  # orders that are numbered in one batch


class WantedAccounts(NamedTuple):
    """What is written of the accounts.

    Args:
        days: Which days count.
        site: The site's id, or empty for all.
        zones: The name of the time zone of each site; UTC for others.
    """

    days: Days = Days()
    site: str = ""
    zones: Mapping[str, str] = {}


def _seconds(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())


def _orders_of(wanted: WantedAccounts) -> AccountFilter:
    """Return a filter that leaves out no order of these days, in whatever time zone."""
    days, orders = wanted.days, AccountFilter(site=wanted.site)
    if days.first is not None:
        orders = orders._replace(since=max(0, _seconds(days.first) - DAY))
    if days.last is not None:
        orders = orders._replace(until=_seconds(days.last) + 2 * DAY)
    return orders


def _read_day(name: str, text: str, *, is_last: bool) -> date | None:
    """Return the day that an option names, which may be the first or the last of a month."""
    if not text:
        return None
    month = _MONTH.fullmatch(text.strip())
    try:
        if month is None:
            return date.fromisoformat(text.strip())
        year, number = int(month[1]), int(month[2])
        return date(year, number, calendar.monthrange(year, number)[1] if is_last else 1)
    except ValueError as error:  # such as a month 13
        raise ConfigurationError(f"{name}: {text!r} is neither a day nor a month: write 2026-11-30 or 2026-11") from error


def read_days(first: str, last: str) -> Days:
    """Return the days from the options `--from` and `--to`, of which both may be empty.

    Raises:
        ConfigurationError: A text is neither a day nor a month, or the last day is before the first.
    """
    days = Days(_read_day("--from", first, is_last=False), _read_day("--to", last, is_last=True))
    if days.first is not None and days.last is not None and days.last < days.first:
        raise ConfigurationError(f"no day is left: --to {last} is before --from {first}")
    return days


def read_zones(config: Path | None) -> dict[str, str]:
    """Return the time zone of each site that names one.

    Args:
        config: The folder of the catalogue, or None for `config` in the working directory. It is needed only if it is named.

    Raises:
        ConfigurationError: A folder was named and has no catalogue, or it cannot be read.
        CatalogError: The catalogue has mistakes.
    """
    if config is None and not (CONFIG / "sites.toml").is_file():
        return {}
    sites = load_catalog(find_config(config)).sites
    return {name: site.timezone for name, site in sites.items() if site.timezone}


async def number_accounts(store: Database, wanted: WantedAccounts, now: int) -> None:
    """Give numbers to what the accounts show and has none yet, in the order of the payments.

    Args:
        store: The database. Raises `StorageUnavailable` if it cannot be written now.
        wanted: What the accounts show.
        now: Unix seconds: the date of what gets its number now.
    """
    found = [
        (account.paid_at, account.order.id)
        async for page in read_accounts(store, _orders_of(wanted))
        for account in page
        if account.order.recurring or needs_numbers(account.order, account.documents)  # a renewal can lack its document
    ]
    for orders in itertools.batched(sorted(found), _AT_ONCE):
        await number_orders(store, [order_id for _, order_id in orders], now)


async def add_accounts_up(snapshot: Database, wanted: WantedAccounts) -> list[ExportRow]:
    """Return the rows of the accounts.

    Args:
        snapshot: One state of the database. Raises `StorageUnavailable` if it cannot be read now.
        wanted: What the accounts show.
    """
    accounts = Accounts(wanted.days, wanted.zones)
    async for page in read_accounts(snapshot, _orders_of(wanted)):
        for account in page:
            accounts.add(account)
    return list(accounts.rows())


async def export_accounts(database: str, wanted: WantedAccounts, form: ExportFormat, file: Path | None, *, now: int) -> int:
    """Write the accounts. What they show has its number first.

    Args:
        database: The SQLite file, or the URL of PostgreSQL.
        wanted: What is written.
        form: How it is written. It has nothing per line.
        file: The file to write, or None for standard output.
        now: Unix seconds: the date of what gets its number now.

    Returns:
        The number of rows.

    Raises:
        ConfigurationError: There is no such database, it is not up to date, or no file can be made there.
        OSError: The output cannot be written.
        StorageUnavailable: The database cannot be read or written now.
    """
    if file is not None and not is_postgres(database):
        refuse_database(file, database)
    async with open_orders(database) as store:
        await number_accounts(store, wanted, now)
    with open_output(file) as out:
        async with open_one_state(database) as snapshot:
            rows = await add_accounts_up(snapshot, wanted)
        out.write(form.head(COLUMNS).encode())
        out.write((json_lines if form.is_json else csv_lines)(rows, COLUMNS).encode("utf-8", "backslashreplace"))
    return len(rows)
