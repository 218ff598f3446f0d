# ruff: noqa: PLC0415 - each command imports what it needs by itself, so that `--help` is fast
"""The commands that read the orders: `orders list`, `orders show` and `orders replay`."""

import asyncio
from typing import Annotated

import typer

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.cli.options import AsJson, Database, choose_database, print_json, read_settings_here


def orders_list(
    *,
    status: Annotated[str, typer.Option(help="Only orders with this status, such as paid.")] = "",
    review: Annotated[bool, typer.Option("--review", help="Only orders that need review, whatever their status.")] = False,
    limit: Annotated[int, typer.Option(help="Maximum number of orders.", min=1)] = 50,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """List the newest orders. Those that need review are marked with the reason, and those that are disputed."""
    from lightning_cart.domain.order import OrderStatus
    from lightning_cart.web.operator_views import operator_view
    from lightning_cart_host.cli.stored_orders import read_orders
    from lightning_cart_host.cli.tables import print_orders

    if status and status not in set(OrderStatus):
        raise ConfigurationError(f"there is no status {status}: use {', '.join(OrderStatus)}")
    if status and review:
        raise ConfigurationError("--review lists orders of every status: leave out --status, or --review")
    chosen = choose_database(database, read_settings_here())
    found = asyncio.run(read_orders(chosen, status, limit, to_review=review))
    if as_json:
        for order in found:
            print_json(operator_view(order))
    else:
        print_orders(found)


def orders_show(order_id: str, database: Database = None, as_json: AsJson = False) -> None:
    """Show one order: its payments, refunds, disputes, events and messages, what operators did, and why it needs review."""
    from lightning_cart.web.operator_views import history_view
    from lightning_cart_host.cli.history_table import print_history
    from lightning_cart_host.cli.stored_orders import read_history

    history = asyncio.run(read_history(choose_database(database, read_settings_here()), order_id))
    if as_json:
        print_json(history_view(history))
    else:
        print_history(history)


def orders_replay(
    order_id: str,
    effect: Annotated[str, typer.Option(help="Only this message, such as order.paid.", show_default="all")] = "",
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Send an order's fulfilment webhooks again: those that were delivered, have failed or had no receiver.

    The running engine sends them within seconds, with the same webhook-id.
    """
    from lightning_cart_host.cli.stored_orders import replay_effects

    for name in asyncio.run(replay_effects(choose_database(database, read_settings_here()), order_id, effect)):
        if as_json:
            print_json({"order_id": order_id, "effect": name, "state": "waiting"})
        else:
            typer.echo(f"{order_id}: {name} will be sent again")
