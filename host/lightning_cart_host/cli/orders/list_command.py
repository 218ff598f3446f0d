# ruff: noqa: PLC0415 - each command imports what it needs by itself, so that `--help` is fast
"""The commands `orders list` and `orders find`."""

import asyncio
import time
from typing import Annotated

import typer

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.cli.dates import parse_moment
from lightning_cart_host.cli.exit_codes import FAILED
from lightning_cart_host.cli.options import AsJson, Database, choose_database, print_json, read_settings_here
from lightning_cart_host.cli.orders import filters

_DOMAIN_DAYS = 90  # how far a search for the domain of e-mail addresses looks back without --since


def orders_list(
    *,
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
    limit: Annotated[int, typer.Option(help="Maximum number of orders.", min=1, metavar="NUMBER")] = 50,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """List the newest orders, and what was paid and refunded of them. Filters combine, and times are UTC.

    Orders that need review are marked with the reason, and those that were disputed. With no other filter than --over or
    --under, the largest totals come first.
    """
    from lightning_cart.web.operator_views import operator_view
    from lightning_cart_host.cli.orders.listing import list_orders
    from lightning_cart_host.cli.orders.table import print_orders

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
    orders, notes = asyncio.run(list_orders(choose_database(database, read_settings_here()), wanted, limit))
    if orders and not as_json:
        print_orders(orders, notes)
        return
    for order in orders:
        print_json(operator_view(order))
    for note in notes:
        typer.echo(note, err=as_json)


def orders_find(
    text: Annotated[
        str,
        typer.Argument(
            help="The beginning of an order's id, an e-mail address or its domain such as @example.com, a total such as 12.50, "
            "or the provider's id of a checkout, payment, refund, dispute, subscription, invoice or event.",
            metavar="TEXT",
            show_default=False,
        ),
    ],
    *,
    since: Annotated[
        str,
        typer.Option(
            help="From when on orders are searched for a domain, such as 2026-11-01 or 365d, in UTC.",
            show_default=f"{_DOMAIN_DAYS}d",
        ),
    ] = "",
    limit: Annotated[int, typer.Option(help="Maximum number of orders.", min=1, metavar="NUMBER")] = 20,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Find orders by a text that names them, and say what matched. A single order is shown like `orders show` shows it.

    Exit code 1 if there is none.
    """
    from lightning_cart.web.operator_views import operator_view
    from lightning_cart_host.cli.orders.history_table import print_history
    from lightning_cart_host.cli.orders.listing import find_orders
    from lightning_cart_host.cli.orders.table import print_orders
    from lightning_cart_host.server.catalog_folder import known_public_url

    if not text.strip():
        raise ConfigurationError("TEXT is empty: write a part of what you know, such as an e-mail address")
    start = parse_moment(since or f"{_DOMAIN_DAYS}d", int(time.time()))
    env = read_settings_here()
    chosen = choose_database(database, env)
    found, history = asyncio.run(find_orders(chosen, text.strip(), limit + 1, start))
    if not found:
        typer.echo(f"no order matches {text.strip()}: lightning-cart orders list --text searches names and metadata", err=True)
        raise typer.Exit(FAILED)
    if as_json:
        for one in found[:limit]:
            print_json({**operator_view(one.order), "matched": one.matched})
    elif history:
        typer.echo(f"matched by its {found[0].matched}")
        print_history(history, public_url=known_public_url(env))
    else:
        kinds = " or ".join(dict.fromkeys(one.matched for one in found))
        more = [f"More orders match: --limit {limit * 2} shows more."] if len(found) > limit else []
        print_orders([one.order for one in found[:limit]], [f"Matched by their {kinds}.", *more])
