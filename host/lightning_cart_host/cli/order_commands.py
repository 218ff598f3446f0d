# ruff: noqa: PLC0415 - each command imports what it needs by itself, so that `--help` is fast
"""The commands for one order: `orders explain`, `refund`, `cancel`, `accept` and `close`."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.cli.options import AsJson, Config, Database, choose_database, print_json, read_settings_here

if TYPE_CHECKING:
    from pathlib import Path

    from lightning_cart_host.cli.operator import Change

_ENTRY_NAMES = {"made": "created", "effect": "message", "told": "delivery"}  # the words of the JSON, for people

Reason = Annotated[str, typer.Option(help="A reason to record.")]


def orders_explain(order_id: str, database: Database = None, as_json: AsJson = False) -> None:
    """Show an order's history: what was received, what was decided and why, and what followed."""
    from dataclasses import asdict

    from lightning_cart.usecases.explain import order_timeline
    from lightning_cart_host.cli.stored_orders import format_utc, read_history

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
    reason: Reason = "",
    yes: Annotated[bool, typer.Option("--yes", help="Skip the confirmation.")] = False,
    config: Config = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Refund what was paid of an order, also if it needs review.

    If the provider does not answer, repeat the command with the same --key.
    """
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


def orders_cancel(
    order_id: str, reason: Reason = "", config: Config = None, database: Database = None, as_json: AsJson = False
) -> None:
    """Cancel an unpaid order, and expire its checkout at the provider."""
    from lightning_cart.usecases.cancel import cancel_order

    _change(cancel_order, order_id, reason, config, database, as_json=as_json)


def orders_accept(
    order_id: str,
    reason: Annotated[str, typer.Option(help="Why it is accepted: it is kept in the order's history.")],
    config: Config = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Accept an order that needs review as it is.

    If any money came for it, it counts as paid, whatever the amount, and its site is told so.
    """
    from lightning_cart.usecases.review import accept_order

    if not reason.strip():
        raise ConfigurationError("--reason is empty: say why the order is accepted, it is kept in the order's history")
    _change(accept_order, order_id, reason, config, database, as_json=as_json)


def orders_close(
    order_id: str, reason: Reason = "", config: Config = None, database: Database = None, as_json: AsJson = False
) -> None:
    """Close an order of which no money is kept, and its checkout at the provider first.

    If money is kept, refund it first: `lightning-cart orders refund`.
    """
    from lightning_cart.usecases.review import close_order

    _change(close_order, order_id, reason, config, database, as_json=as_json)


def _change(
    change: "Change", order_id: str, reason: str, config: "Path | None", database: str | None, *, as_json: bool
) -> None:
    """Change an order, and print its status afterwards."""
    from lightning_cart.errors import ProviderUnavailable, TemporarilyUnavailable
    from lightning_cart_host.cli.operator import change_order
    from lightning_cart_host.server.assembly import find_config

    env = read_settings_here()
    try:
        changed = asyncio.run(
            change_order(env, find_config(config), choose_database(database, env), change, order_id=order_id, reason=reason)
        )
    except (ProviderUnavailable, TemporarilyUnavailable):
        typer.echo("no answer: run it again; an order ends only once", err=True)
        raise
    if as_json:
        print_json(changed)
    else:
        typer.echo(f"{changed['order_id']}: {changed['status']}{' (needs review)' if changed['needs_review'] else ''}")
