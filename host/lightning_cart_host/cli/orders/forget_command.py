# ruff: noqa: PLC0415 - the command imports what it needs by itself, so that `--help` is fast
"""The command `orders forget`."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from lightning_cart_host.cli.exit_codes import FAILED
from lightning_cart_host.cli.options import AsJson, Config, Database, choose_database, print_json, read_settings_here
from lightning_cart_host.cli.orders.change_commands import Reason, Yes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lightning_cart.domain.order import Order


def orders_forget(
    who: Annotated[
        str,
        typer.Argument(
            help="An order's id or its beginning, or an e-mail address for all its orders, in the cart or at the provider.",
            metavar="ID|EMAIL",
            show_default=False,
        ),
    ],
    *,
    reason: Reason = "",
    yes: Yes = False,
    config: Config = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Delete what is stored about a buyer: addresses, name, phone, VAT id, texts, note and metadata. It cannot be undone.

    The order stays, with its money and its documents. An order that is open or pending is not changed: cancel it first. Exit
    code 1 if there is one.
    """
    from lightning_cart_host.cli.confirmation import confirm
    from lightning_cart_host.cli.orders.forget import forget, orders_to_forget
    from lightning_cart_host.cli.orders.operator import Installation
    from lightning_cart_host.server.catalog_folder import find_config

    env = read_settings_here()
    place = Installation(env, find_config(config), choose_database(database, env))
    orders = asyncio.run(orders_to_forget(place, who.strip()))
    question = _question(orders)
    if question and not yes and not confirm(question):
        typer.echo("nothing was changed", err=True)
        raise typer.Exit(FAILED)
    result = asyncio.run(forget(place, orders, reason))
    for order_id in result.forgotten:
        if as_json:
            print_json({"order_id": order_id, "forgotten": True})
        else:
            typer.echo(f"{order_id}: the buyer is forgotten")
    for order_id, why in result.kept.items():
        if as_json:
            print_json({"order_id": order_id, "forgotten": False, "reason": why})
        else:
            typer.echo(f"{order_id}: not forgotten: {why}", err=True)
    if result.kept:
        raise typer.Exit(FAILED)


def _question(orders: "Sequence[Order]") -> str:
    """Return the question before buyers are forgotten, or "" if none of the orders is over."""
    from lightning_cart.domain.order import UNPAID_STATUSES

    over = [order for order in orders if order.status not in UNPAID_STATUSES]
    if not over:
        return ""
    what = f"{over[0].id} ({over[0].total.display}, {over[0].status})"
    if len(over) > 1:
        what = f"{len(over)} orders, {over[0].id} to {over[-1].id}"
    left = len(orders) - len(over)
    rest = f"{left} more can still be paid, and will not be changed. " if left else ""
    return f"Delete what is stored about the buyer of {what}? {rest}It cannot be undone."
