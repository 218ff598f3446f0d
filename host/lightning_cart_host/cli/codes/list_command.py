# ruff: noqa: PLC0415 - the command imports what it needs by itself, so that `--help` is fast
"""The command `codes list`."""

import asyncio
from typing import Annotated

import typer

from lightning_cart_host.cli.options import AsJson, Database, choose_database, print_json, read_settings_here


def codes_list(
    *,
    every: Annotated[bool, typer.Option("--all", help="Also those that are over or used up.")] = False,
    limit: Annotated[int, typer.Option(help="Maximum number of codes.", min=1, metavar="NUMBER")] = 100,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """List the discount codes by name: what each gives and for what, how often it was used, and whether it holds.

    Uses count orders that are not paid yet, of which it says how many. Times are in UTC.
    """
    from lightning_cart.usecases.codes import code_view
    from lightning_cart_host.cli.codes.stored import list_codes
    from lightning_cart_host.cli.codes.table import print_codes

    found = asyncio.run(list_codes(choose_database(database, read_settings_here()), limit, every=every))
    if as_json:
        for one in found.codes:
            print_json(code_view(one, found.now))
    elif found.codes:
        print_codes(found.codes, found.now)
    else:
        typer.echo("there are no codes" if every else "no code holds now or later: --all lists those that are over or used up")
    if found.has_more:
        typer.echo(f"There are more codes: --limit {limit * 2} shows more.", err=as_json)
