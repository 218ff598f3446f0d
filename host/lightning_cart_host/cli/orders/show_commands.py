# ruff: noqa: PLC0415 - each command imports what it needs by itself, so that `--help` is fast
"""The commands `orders show` and `orders replay`."""

import asyncio
from typing import Annotated

import typer

from lightning_cart_host.cli.options import AsJson, Database, OrderId, choose_database, print_json, read_settings_here


def orders_show(order_id: OrderId, database: Database = None, as_json: AsJson = False) -> None:
    """Show one order: its payments, refunds, disputes, events and messages, what operators did, and why it needs review."""
    from lightning_cart.web.operator_views import history_view
    from lightning_cart_host.cli.orders.history_table import print_history
    from lightning_cart_host.cli.orders.stored import read_history

    history = asyncio.run(read_history(choose_database(database, read_settings_here()), order_id))
    if as_json:
        print_json(history_view(history))
    else:
        print_history(history)


def orders_replay(
    order_id: OrderId,
    effect: Annotated[str, typer.Option(help="Only this message, such as order.paid.", show_default="all")] = "",
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Send an order's fulfilment webhooks again: those that were delivered, have failed or had no receiver.

    The running engine sends them within seconds, with the same webhook-id.
    """
    from lightning_cart_host.cli.orders.stored import replay_effects

    found, names = asyncio.run(replay_effects(choose_database(database, read_settings_here()), order_id, effect))
    for name in names:
        if as_json:
            print_json({"order_id": found, "effect": name, "state": "waiting"})
        else:
            typer.echo(f"{found}: {name} will be sent again")
