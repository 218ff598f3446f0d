# ruff: noqa: PLC0415 - the command imports what it needs by itself, so that `--help` is fast
"""The command `orders export`."""

import asyncio
import time
from pathlib import Path
from typing import Annotated

import typer

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.cli.options import Config, Database, choose_database, read_settings_here
from lightning_cart_host.cli.orders import filters
from lightning_cart_host.output import plural


def orders_export(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="The file to write, of mode 600; replaced only once it is whole. - is standard output.", metavar="FILE"
        ),
    ] = None,
    *,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write CSV. This is what is written without --json.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON object per line.")] = False,
    lines: Annotated[bool, typer.Option("--lines", help="Write one row for each line of an order.")] = False,
    taxes: Annotated[
        bool,
        typer.Option(
            "--taxes",
            help="Write the accounts instead: one row for each month, kind, site, country, currency and tax rate, with the "
            "numbers of the receipts. What has no number yet gets one.",
        ),
    ] = False,
    first: Annotated[
        str,
        typer.Option(
            "--from",
            help="With --taxes, only what came or went on this day or later, such as 2026-11-01, or 2026-11 for its first day.",
        ),
    ] = "",
    last: Annotated[
        str, typer.Option("--to", help="With --taxes, only until this day, which is included; 2026-11 is its last day.")
    ] = "",
    excel: Annotated[
        bool, typer.Option("--excel", help="Begin the CSV with a byte order mark, by which Excel knows that it is UTF-8.")
    ] = False,
    status: filters.Status = "",
    review: filters.Review = False,
    disputed: filters.Disputed = False,
    since: filters.Since = "",
    until: filters.Until = "",
    today: filters.Today = False,
    email: filters.Email = "",
    site: filters.Site = "",
    product: filters.ProductOption = "",
    over: filters.Over = "",
    under: filters.Under = "",
    text: filters.ContainedText = "",
    config: Config = None,
    database: Database = None,
) -> None:
    """Write orders as CSV or JSON, newest first, to a file or to standard output.

    Amounts are decimal numbers in major units; the columns that end in `_minor` have the same in whole minor units. Times are
    UTC. In CSV, what a spreadsheet would take for a formula has an apostrophe before it: =, +, - or @ at the beginning of a
    text, or in it after a semicolon, a tab or a line break. Providers' fees are not stored, so they are not here.

    With --taxes, days and months are those of the site's `timezone`, which is read from the catalogue.
    """
    from lightning_cart_host.cli.orders.export import ExportFormat, export_orders

    if as_csv and as_json:
        raise ConfigurationError("--csv and --json exclude each other: leave out one of them")
    if as_json and excel:
        raise ConfigurationError("--excel is for CSV: leave it out, JSON is always UTF-8")
    file = None if file == Path("-") else file
    if not taxes and (first or last or config):
        raise ConfigurationError("--from, --to and --config are for --taxes: add it, or use --since and --until for orders")
    if taxes:
        others = (status, review, disputed, since, until, today, email, product, over, under, text, lines)
        if any(others):
            raise ConfigurationError("--taxes takes only --from, --to and --site beside the file and its form")
        from lightning_cart_host.cli.orders.account_export import WantedAccounts, export_accounts, read_days, read_zones

        accounts = WantedAccounts(read_days(first, last), site, read_zones(config))
        form, chosen = ExportFormat(as_json, byte_order_mark=excel), choose_database(database, read_settings_here())
        count = asyncio.run(export_accounts(chosen, accounts, form, file, now=int(time.time())))
        _say_what_was_written(file, count, "row", "" if count else "nothing came or went in these days")
        return
    wanted = filters.make_filter(
        int(time.time()),
        status=status,
        review=review,
        disputed=disputed,
        since=since,
        until=until,
        today=today,
        email=email,
        site=site,
        product=product,
        over=over,
        under=under,
        text=text,
    )
    form = ExportFormat(is_json=as_json, per_line=lines, byte_order_mark=excel)
    chosen = choose_database(database, read_settings_here())
    count, why_none = asyncio.run(export_orders(chosen, wanted, form, file))
    _say_what_was_written(file, count, "order", why_none)


def _say_what_was_written(file: Path | None, count: int, name: str, why_none: str) -> None:
    if file is not None:
        typer.echo(f"{file}: {count} {plural(name, count)}", err=True)
    if why_none:
        typer.echo(why_none, err=True)
