# ruff: noqa: PLC0415 - the command imports what it needs by itself, so that `--help` is fast
"""The command `orders stats`."""

import asyncio
import time
from typing import TYPE_CHECKING, Annotated

import typer

from lightning_cart_host.cli.dates import DAY, Interval, is_age_in_days, parse_interval, start_of_day
from lightning_cart_host.cli.options import AsJson, Database, choose_database, print_json, read_settings_here
from lightning_cart_host.cli.orders import filters

if TYPE_CHECKING:
    from lightning_cart_host.cli.orders.stats import OrderStats

DEFAULT_DAYS = 30


def choose_span(since: str, until: str, now: int) -> Interval:
    """Return the time span of the options. An age in days begins with a whole UTC day. Without `--since` it is 30 days.

    Args:
        since: The text of `--since`, or empty.
        until: The text of `--until`, or empty.
        now: Unix seconds.

    Raises:
        ConfigurationError: A text is neither a day nor a time, or the span is empty.
    """
    span = parse_interval(since, until, now)
    end = now + 1 if span.until is None else span.until
    start = max(0, end - 1 - DEFAULT_DAYS * DAY) if span.since is None else span.since
    return Interval(start_of_day(start) if not since or is_age_in_days(since) else start, end)


async def add_up_orders(database: str, span: Interval, site: str) -> "tuple[OrderStats, str]":
    """Return what the orders of a time span add up to, as they are at one moment, and if there are none why.

    Args:
        database: The SQLite file, or the URL of PostgreSQL.
        span: When they were created.
        site: Only orders of this site, or empty for all.

    Raises:
        ConfigurationError: There is no such database, or it is not up to date.
        StorageUnavailable: It cannot be read now.
    """
    from lightning_cart.storage.order_search import OrderFilter, OrderSearch
    from lightning_cart_host.cli.orders.listing import explain_none
    from lightning_cart_host.cli.orders.pages import read_pages
    from lightning_cart_host.cli.orders.stats import OrderStats
    from lightning_cart_host.cli.orders.stored import open_one_state

    stats, wanted = OrderStats(span), OrderFilter(since=span.since, until=span.until, site=site)
    async with open_one_state(database) as snapshot:
        async for page in read_pages(snapshot, wanted):
            stats.add(page)
        return stats, "" if stats.orders else await explain_none(OrderSearch(snapshot), wanted)


def orders_stats(
    *,
    since: Annotated[
        str,
        typer.Option(
            help="Only orders created then or later: 2026-11-01, 2026-11-01T10:00, 90d, 12h, yesterday or today, in UTC. "
            "An age in days begins with a whole day.",
            show_default=f"{DEFAULT_DAYS}d",
        ),
    ] = "",
    until: filters.Until = "",
    site: filters.Site = "",
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Add up orders: what was paid, refunded and disputed, per currency, strategy, product and day.

    An order counts for the UTC day in which it was created, with what is known of it now: its refunds count for that day, and a
    part of its total counts as soon as it is paid. Renewals of subscriptions and providers' fees are not in it.
    """
    from lightning_cart_host.cli.orders.stats_report import print_stats, stats_view
    from lightning_cart_host.console import console

    span = choose_span(since, until, int(time.time()))
    stats, why_none = asyncio.run(add_up_orders(choose_database(database, read_settings_here()), span, site))
    if why_none:
        typer.echo(why_none, err=True)
    if as_json:
        print_json(stats_view(stats))
    else:
        print_stats(stats, console())
