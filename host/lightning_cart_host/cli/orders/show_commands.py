# ruff: noqa: PLC0415 - each command imports what it needs by itself, so that `--help` is fast
"""The commands `orders show`, `explain` and `replay`, which need no engine."""

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from lightning_cart_host.cli.options import AsJson, Database, OrderId, choose_database, print_json, read_settings_here

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lightning_cart.domain.order import Order
    from lightning_cart.errors import ConfigurationError


def orders_show(order_id: OrderId, database: Database = None, as_json: AsJson = False) -> None:
    """Show one order: its buyer, payments, refunds, disputes, events and messages, what operators did, and any review.

    With PUBLIC_URL it shows the URLs of the order's page and receipt. Who has them can open them: give them to nobody else than
    the buyer.
    """
    from lightning_cart.web.operator_views import history_view
    from lightning_cart_host.cli.orders.history_table import print_history
    from lightning_cart_host.cli.orders.stored import read_history
    from lightning_cart_host.server.catalog_folder import known_public_url

    env = read_settings_here()
    history, public_url = asyncio.run(read_history(choose_database(database, env), order_id)), known_public_url(env)
    if as_json:
        print_json(history_view(history, public_url))
    else:
        print_history(history, public_url=public_url)


def orders_explain(order_id: OrderId, database: Database = None, as_json: AsJson = False) -> None:
    """Show an order's history and why, then what it waits for: what is missing, since when, and what comes next."""
    import time
    from dataclasses import asdict

    from lightning_cart.usecases.explain import order_timeline
    from lightning_cart.usecases.next_steps import next_steps
    from lightning_cart_host.cli.orders.explain_lines import explain_lines
    from lightning_cart_host.cli.orders.stored import read_open_order
    from lightning_cart_host.console import console

    env = read_settings_here()
    history, work = asyncio.run(read_open_order(choose_database(database, env), order_id))
    steps = next_steps(history, work, int(time.time()), _strategy_problem(history.order, env))
    if as_json:
        for entry in order_timeline(history):
            print_json(asdict(entry))
        for step in steps:
            print_json(step.view)
        return
    for line in explain_lines(history, steps, console().width if sys.stdout.isatty() else None):
        typer.echo(line)


def _strategy_problem(order: "Order", env: "Mapping[str, str]") -> "ConfigurationError | None":
    """Return why the engine cannot use an order's strategy with these settings, or None."""
    from lightning_cart.errors import InvalidSettings, UnknownStrategy
    from lightning_cart_host.server.strategies import installed_strategies

    if order.is_free:
        return None
    found = [strategy for strategy in installed_strategies() if strategy.name == order.strategy]
    if not found:
        return UnknownStrategy(order.strategy)
    try:
        found[0].from_env(env)
    except InvalidSettings as problem:
        return problem
    return None


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
