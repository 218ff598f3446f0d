# ruff: noqa: PLC0415 - each command imports what it needs by itself, so that `--help` is fast
"""The commands that change one order: `orders refund`, `cancel`, `accept` and `close`."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.cli.exit_codes import FAILED
from lightning_cart_host.cli.options import AsJson, Config, Database, OrderId, choose_database, print_json, read_settings_here

if TYPE_CHECKING:
    from pathlib import Path

    from lightning_cart_host.cli.orders.operator import Change, Installation

Reason = Annotated[str, typer.Option(help="A reason to record.", show_default="none")]
Yes = Annotated[bool, typer.Option("--yes", help="Skip the confirmation.")]


def orders_refund(
    order_id: OrderId,
    *,
    amount: Annotated[
        str | None,
        typer.Option(help="The amount to refund, such as 3.00.", show_default="all that is left, or the lines"),
    ] = None,
    line: Annotated[
        list[str] | None,
        typer.Option(
            help="Pieces of a line to refund, such as tshirt:2, or tshirt/l-blue:2 if the product is in several lines, or "
            "line#3:2 for the third line. It may be given several times.",
            metavar="ID:PIECES",
            show_default="no line in particular",
        ),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(help="Idempotency key; repeat it to continue a refund that got no answer.", show_default="a new one"),
    ] = None,
    reason: Reason = "",
    yes: Yes = False,
    config: Config = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Refund what was paid of an order, also if it needs review. It looks first, and asks before money moves.

    With --line it refunds what these pieces cost the buyer: after the discount, with their share of an added tax, without the
    delivery. With --amount, too, it refunds that amount, and the lines decide only which tax the credit note takes back.

    If the provider does not answer, repeat the command with the same --key.
    """
    from lightning_cart.domain.refund import RefundStatus
    from lightning_cart.errors import ProviderUnavailable, TemporarilyUnavailable
    from lightning_cart_host.adapters.ids import new_id
    from lightning_cart_host.cli.confirmation import confirm
    from lightning_cart_host.cli.orders.operator import RefundOptions, look_at_refund, refund
    from lightning_cart_host.cli.orders.questions import refund_question, stays
    from lightning_cart_host.cli.orders.refund_lines import parse_line

    for name, value in (("--amount", amount), ("--key", key)):
        if value is not None and not value.strip():  # a script's variable without a value must not refund everything
            raise ConfigurationError(f"{name} is empty: enter a value, or leave {name} out")
    lines = tuple(map(parse_line, line or ()))
    place, key = _installation(config, database), key or new_id()
    seen = asyncio.run(look_at_refund(place, RefundOptions(order_id, amount, key, reason, lines)))
    if not yes and not confirm(refund_question(seen)):
        typer.echo("nothing was refunded", err=True)
        raise typer.Exit(FAILED)
    options = RefundOptions(seen.order.id, amount, key, reason, lines)
    try:
        refunded, left = asyncio.run(refund(place, options, None if yes else seen.amount))
    except (ProviderUnavailable, TemporarilyUnavailable, KeyboardInterrupt):
        typer.echo(f"no answer: run it again with --key {key}; the money is refunded only once", err=True)
        raise
    if as_json:
        print_json({**refunded, "refundable_minor": left.minor})
    else:
        typer.echo("{refund_id}: {amount} {status}; the order is {order_status}".format_map(refunded))
        typer.echo(stays(left))
    if refunded["status"] == RefundStatus.FAILED:
        raise typer.Exit(FAILED)


def orders_cancel(
    order_id: OrderId,
    *,
    reason: Reason = "",
    yes: Yes = False,
    config: Config = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Cancel an unpaid order, and expire its checkout at the provider.

    On a terminal it asks first if the checkout can still be paid.
    """
    from lightning_cart.usecases.cancel import cancel_order

    _end(cancel_order, "Cancel", order_id, reason, _installation(config, database), yes=yes, as_json=as_json)


def orders_accept(
    order_id: OrderId,
    reason: Annotated[str, typer.Option(help="Why it is accepted: it is kept in the order's history.")],
    config: Config = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Accept an order that needs review as it is.

    If any money came for it, it counts as paid, whatever the amount, and its site is told so.
    """
    from lightning_cart.usecases.review import accept_order
    from lightning_cart_host.cli.orders.operator import find_order

    if not reason.strip():
        raise ConfigurationError("--reason is empty: say why the order is accepted, it is kept in the order's history")
    place = _installation(config, database)
    found = asyncio.run(find_order(place, order_id))
    _change(accept_order, found.id, reason, place, as_json=as_json)


def orders_close(
    order_id: OrderId,
    *,
    reason: Reason = "",
    yes: Yes = False,
    config: Config = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Close an order of which no money is kept, and its checkout at the provider first.

    If money is kept, refund it first: `lightning-cart orders refund`. On a terminal it asks first if the checkout can still be
    paid.
    """
    from lightning_cart.usecases.review import close_order

    _end(close_order, "Close", order_id, reason, _installation(config, database), yes=yes, as_json=as_json)


def _installation(config: "Path | None", database: str | None) -> "Installation":
    from lightning_cart_host.cli.orders.operator import Installation
    from lightning_cart_host.server.catalog_folder import find_config

    env = read_settings_here()
    return Installation(env, find_config(config), choose_database(database, env))


def _end(change: "Change", action: str, order_id: str, reason: str, place: "Installation", *, yes: bool, as_json: bool) -> None:
    """End an order. Only a person is asked: no money moves, and scripts have always run these commands without --yes."""
    from lightning_cart_host.cli.confirmation import confirm, is_interactive
    from lightning_cart_host.cli.orders.operator import find_order
    from lightning_cart_host.cli.orders.questions import ending_question

    found = asyncio.run(find_order(place, order_id))
    question = ending_question(found, action)
    if question and not yes and is_interactive() and not confirm(question):
        typer.echo("nothing was changed", err=True)
        raise typer.Exit(FAILED)
    _change(change, found.id, reason, place, as_json=as_json)


def _change(change: "Change", order_id: str, reason: str, place: "Installation", *, as_json: bool) -> None:
    """Change an order, and print its status afterwards and what it means."""
    from lightning_cart.errors import ProviderUnavailable, TemporarilyUnavailable
    from lightning_cart_host.cli.orders.operator import change_order
    from lightning_cart_host.cli.orders.questions import ended_sentence

    try:
        changed, kept = asyncio.run(change_order(place, change, order_id, reason))
    except (ProviderUnavailable, TemporarilyUnavailable):
        typer.echo("no answer: run it again; an order ends only once", err=True)
        raise
    if as_json:
        print_json({"order_id": changed.id, "status": changed.status, "needs_review": changed.needs_review})
        return
    typer.echo(f"{changed.id}: {changed.status}{' (needs review)' if changed.needs_review else ''}")
    typer.echo(ended_sentence(changed, kept))
