# ruff: noqa: PLC0415 - what a command needs is loaded by it alone, so that `--help` answers at once
"""The commands that act on one order, or tell its story: `orders explain`, `orders refund` and `orders cancel`."""

import asyncio
from typing import Annotated

import typer

from lightning_cart_host.cli.data_commands import orders
from lightning_cart_host.cli.options import AsJson, Config, Database, choose_database, print_json, read_settings_here


@orders.command("explain")
def orders_explain(order_id: str, database: Database = None, as_json: AsJson = False) -> None:
    """Tell an order's whole story: what came, what was decided and why, and what followed."""
    from dataclasses import asdict

    from lightning_cart.usecases.explain import order_timeline
    from lightning_cart_host.cli.order_views import format_utc, read_history

    for step in order_timeline(asyncio.run(read_history(choose_database(database, read_settings_here()), order_id))):
        if as_json:
            print_json(asdict(step))
            continue
        decided = " ".join(word for word in (f"[{step.before}]" if step.before else "", step.verdict) if word)
        typer.echo(f"{format_utc(step.at)}  {step.what:<6}  {step.name}{f'  {decided}' if decided else ''}")
        typer.echo(f"{'':27}  {step.why}")


@orders.command("refund")
def orders_refund(
    order_id: str,
    *,
    amount: Annotated[str, typer.Option(help="How much, such as 3.00.", show_default="all that is left")] = "",
    key: Annotated[str, typer.Option(help="To continue a refund that was not answered: the key it was begun with.")] = "",
    reason: Annotated[str, typer.Option(help="A word for the records.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: Config = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Give money of a paid order back. What the provider does not answer is continued by the same --key."""
    from lightning_cart.errors import ProviderUnavailable, TemporarilyUnavailable
    from lightning_cart_host.adapters.ids import new_id
    from lightning_cart_host.cli.operator import refund
    from lightning_cart_host.server.assembly import find_config

    env, key = read_settings_here(), key or new_id()
    if not yes:
        typer.confirm(f"Give {amount or 'all that is left'} of {order_id} back?", abort=True, err=True)
    try:
        made = asyncio.run(
            refund(
                env,
                find_config(config),
                choose_database(database, env),
                order_id=order_id,
                amount=amount,
                key=key,
                reason=reason,
            )
        )
    except (ProviderUnavailable, TemporarilyUnavailable):
        typer.echo(f"not answered: run it again with --key {key}, which never gives back twice", err=True)
        raise
    if as_json:
        print_json(made)
    else:
        typer.echo(f"{made['refund_id']}: {made['amount']} {made['status']}; the order is {made['order_status']}")


@orders.command("cancel")
def orders_cancel(order_id: str, config: Config = None, database: Database = None, as_json: AsJson = False) -> None:
    """Give an order up that nobody has paid: its checkout is closed at the provider."""
    from lightning_cart_host.cli.operator import cancel
    from lightning_cart_host.server.assembly import find_config

    env = read_settings_here()
    given_up = asyncio.run(cancel(env, find_config(config), choose_database(database, env), order_id))
    if as_json:
        print_json(given_up)
    else:
        typer.echo(f"{given_up['order_id']}: {given_up['status']}")
