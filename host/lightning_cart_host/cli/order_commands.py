# ruff: noqa: PLC0415 - each command imports what it needs by itself, so that `--help` is fast
"""The commands for one order: `orders explain`, `orders refund` and `orders cancel`."""

import asyncio
from typing import Annotated

import typer

from lightning_cart_host.cli.options import AsJson, Config, Database, choose_database, print_json, read_settings_here

_ENTRY_NAMES = {"made": "created", "effect": "message", "told": "delivery"}  # the words of the JSON, for people


def orders_explain(order_id: str, database: Database = None, as_json: AsJson = False) -> None:
    """Show an order's history: what was received, what was decided and why, and what followed."""
    from dataclasses import asdict

    from lightning_cart.usecases.explain import order_timeline
    from lightning_cart_host.cli.order_views import format_utc, read_history

    history = asyncio.run(read_history(choose_database(database, read_settings_here()), order_id))
    for entry in order_timeline(history):
        if as_json:
            print_json(asdict(entry))
            continue
        decision = " ".join(word for word in (f"[{entry.before}]" if entry.before else "", entry.verdict) if word)
        what = _ENTRY_NAMES.get(entry.what, entry.what)
        typer.echo(f"{format_utc(entry.at)}  {what:<8}  {entry.name}{f'  {decision}' if decision else ''}")
        typer.echo(f"{'':29}  {entry.why}")


def orders_refund(
    order_id: str,
    *,
    amount: Annotated[str, typer.Option(help="The amount to refund, such as 3.00.", show_default="all that is left")] = "",
    key: Annotated[
        str, typer.Option(help="Idempotency key; repeat it to continue a refund that got no answer.", show_default="a new one")
    ] = "",
    reason: Annotated[str, typer.Option(help="A reason to record.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Skip the confirmation.")] = False,
    config: Config = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Refund a paid order. If the provider does not answer, repeat the command with the same --key."""
    from lightning_cart.errors import ProviderUnavailable, TemporarilyUnavailable
    from lightning_cart_host.adapters.ids import new_id
    from lightning_cart_host.cli.operator import refund
    from lightning_cart_host.server.assembly import find_config

    env, key = read_settings_here(), key or new_id()
    if not yes:
        typer.confirm(f"Refund {amount or 'all that is left'} of {order_id}?", abort=True, err=True)
    try:
        refunded = asyncio.run(
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
        typer.echo(f"no answer: run it again with --key {key}; the money is refunded only once", err=True)
        raise
    if as_json:
        print_json(refunded)
    else:
        typer.echo(
            f"{refunded['refund_id']}: {refunded['amount']} {refunded['status']}; the order is {refunded['order_status']}"
        )


def orders_cancel(order_id: str, config: Config = None, database: Database = None, as_json: AsJson = False) -> None:
    """Cancel an unpaid order, and expire its checkout at the provider."""
    from lightning_cart_host.cli.operator import cancel
    from lightning_cart_host.server.assembly import find_config

    env = read_settings_here()
    cancelled = asyncio.run(cancel(env, find_config(config), choose_database(database, env), order_id))
    if as_json:
        print_json(cancelled)
    else:
        typer.echo(f"{cancelled['order_id']}: {cancelled['status']}")
