# ruff: noqa: PLC0415 - the command imports what it needs by itself, so that `--help` is fast
"""The command `orders watch`."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from lightning_cart_host.cli.options import AsJson, Database, choose_database, print_json, read_settings_here

if TYPE_CHECKING:
    from lightning_cart.ports import Sleep
    from lightning_cart_host.cli.orders.watch import Change

INTERVAL_SECONDS = 1


async def follow_orders(
    database: str, last: int, show: "Callable[[Sequence[Change], str], None]", sleep: "Sleep", clock: Callable[[], float]
) -> None:
    """Show the newest orders, then every change of any order, until it is cancelled.

    A database that cannot be read for a while, or is replaced by another file, does not end it.

    Args:
        database: The SQLite file, or the URL of PostgreSQL.
        last: How many orders are shown first.
        show: Shows changes; its second argument is `stored` for those that are shown first, else empty.
        sleep: Waits for seconds.
        clock: Returns Unix seconds.

    Raises:
        ConfigurationError: At the start, there is no such database, or it is not up to date.
        StorageUnavailable: At the start, it cannot be read.
    """
    from lightning_cart.errors import ConfigurationError, StorageUnavailable
    from lightning_cart_host.adapters.database import shown_name
    from lightning_cart_host.cli.orders.watch import Change, OrderFollower, Reader, identify

    follower, reader, is_lost = OrderFollower(clock), Reader(database), False
    async with reader.open() as store:
        file, newest = identify(database), await follower.start(store, last)
    show([Change(order) for order in newest], "stored")
    typer.echo("waiting for changes; Ctrl-C ends it", err=True)
    while True:
        try:
            await sleep(INTERVAL_SECONDS)
        except BaseException:
            await reader.close()
            raise
        try:
            async with reader.open() as store:
                found = identify(database)
                if found != file:
                    typer.echo(f"{shown_name(database)} is another file now: what changes from here on is shown", err=True)
                    await follower.start(store, 0)
                    file = found
                changes = await follower.poll(store)
        except (ConfigurationError, StorageUnavailable, OSError) as error:
            if not is_lost:
                typer.echo(f"{error}: waiting until it can be read again", err=True)
            is_lost = True
        else:
            is_lost = False
            show(changes, "")


def orders_watch(
    last: Annotated[int, typer.Option(help="How many of the newest orders to show first.", min=0, metavar="NUMBER")] = 5,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Show new orders, and what changes of any order, as it happens. Ctrl-C ends it.

    The database is read once a second, whoever writes it.
    """
    from lightning_cart_host.cli.orders.watch_lines import ChangeLines, change_view
    from lightning_cart_host.console import console

    lines = ChangeLines(console())

    def show(changes: "Sequence[Change]", what: str) -> None:
        if not as_json:
            lines.print(changes)
            return
        for change in changes:
            print_json(change_view(change, what))

    chosen = choose_database(database, read_settings_here())
    try:
        asyncio.run(follow_orders(chosen, last, show, asyncio.sleep, time.time))
    except KeyboardInterrupt:
        return  # it is how this command ends
