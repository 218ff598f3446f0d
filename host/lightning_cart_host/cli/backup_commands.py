# ruff: noqa: PLC0415 - each command imports what it needs by itself, so that `--help` is fast
"""The commands that copy the database and bring a copy back: `backup` and `restore`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lightning_cart_host.cli.exit_codes import FAILED
from lightning_cart_host.cli.options import AsJson, Database, choose_database, print_json, read_settings_here
from lightning_cart_host.output import plural

if TYPE_CHECKING:
    from lightning_cart_host.cli.backup import Content, Newer


def _count(orders: int) -> str:
    return f"{orders} {plural('order', orders)}"


def _describe(content: "Content") -> str:
    from lightning_cart_host.cli.dates import format_utc

    if not content.orders:
        return "no orders"
    changed = f", changed last at {format_utc(content.changed_at)} UTC" if content.changed_at else ""
    return f"{_count(content.orders)} ({content.paid} paid), the newest is {content.newest}{changed}"


def backup(
    file: Annotated[Path, typer.Argument(help="The new file. One that exists is not overwritten.")],
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Copy the database into one new file, also while the engine runs. Only its owner can read it: it has buyers' data."""
    from lightning_cart_host.cli.backup import back_up

    chosen = choose_database(database, read_settings_here())
    content = back_up(Path(chosen), file)
    size = file.stat().st_size
    if as_json:
        print_json({"file": str(file), "database": chosen, "bytes": size, **content._asdict()})
    else:
        typer.echo(f"{file}: {_describe(content)}; {size / 1024:,.0f} KiB, checked")


def restore(
    file: Annotated[Path, typer.Argument(help="A backup that `lightning-cart backup` made.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Skip the confirmation.")] = False,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the place of the database, while no engine runs. The old file stays beside it.

    It says how many orders are newer than the backup, and asks first.
    """
    import time

    from lightning_cart_host.adapters.database_lock import hold_alone
    from lightning_cart_host.cli.backup import (
        count_newer,
        prepare_restore,
        read_content,
        replace_database,
        require_unused,
    )
    from lightning_cart_host.cli.confirmation import confirm

    chosen = choose_database(database, read_settings_here())
    place = Path(chosen)
    if place.is_symlink():  # what it names is replaced, and it stays a link
        place = place.resolve()
    with hold_alone(chosen), prepare_restore(file, place) as copy:
        content, newer = read_content(copy, file), None
        if place.exists():
            require_unused(place)
            newer = count_newer(copy, place)
            question = _question(file, chosen, content, newer)
            if not yes and not confirm(question):
                typer.echo("nothing was restored", err=True)
                raise typer.Exit(FAILED)
            require_unused(place)  # an answer takes a while
        kept = replace_database(place, copy, time.time())
    if as_json:
        lost = newer._asdict() if newer else None
        print_json({"database": chosen, "file": str(file), "kept": str(kept or ""), "newer": lost, **content._asdict()})
        return
    typer.echo(f"{chosen}: {_describe(content)}")
    if kept:
        typer.echo(f"the old database is kept: {kept}")
    typer.echo("start `lightning-cart serve`, then run `lightning-cart reconcile`: it asks the providers what was missed")


def _question(file: Path, database: str, content: "Content", newer: "Newer | None") -> str:
    if newer is None:
        lost = "It cannot be read, so what is newer in it is not known."
    elif newer.orders:
        lost = f"It has {_count(newer.orders)} ({newer.paid} paid) newer than the backup, which will be missing."
    else:
        lost = "No order in it is newer than the backup."
    return f"Replace {database} by {file}, which has {_describe(content)}? {lost}"
