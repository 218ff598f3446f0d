# ruff: noqa: PLC0415 - each command imports what it needs by itself, so that `--help` is fast
"""The commands that copy the database and bring a copy back: `backup` and `restore`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

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
    """Copy the database into one new file, also while the engine runs. Only its owner can read it: it has buyers' data.

    Of PostgreSQL it is a file of pg_dump, which has to be installed.
    """
    from lightning_cart_host.adapters.database import is_postgres, shown_name
    from lightning_cart_host.cli.backup import back_up

    chosen = choose_database(database, read_settings_here())
    if is_postgres(chosen):
        from lightning_cart_host.cli.postgres_backup import back_up_postgres

        content = back_up_postgres(chosen, file)
    else:
        content = back_up(Path(chosen), file)
    size = file.stat().st_size
    if as_json:
        print_json({"file": str(file), "database": shown_name(chosen), "bytes": size, **content._asdict()})
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

    It says how many orders are newer than the backup, and asks first. With PostgreSQL it needs pg_restore, and a backup of what
    is replaced stays beside FILE.
    """
    from lightning_cart_host.adapters.database import is_postgres, shown_name

    chosen = choose_database(database, read_settings_here())
    restored = (_restore_postgres if is_postgres(chosen) else _restore_file)(chosen, file, yes=yes)
    if as_json:
        lost = restored.newer._asdict() if restored.newer else None
        names = {"database": shown_name(chosen), "file": str(file), "kept": str(restored.kept or "")}
        print_json({**names, "newer": lost, **restored.content._asdict()})
        return
    typer.echo(f"{shown_name(chosen)}: {_describe(restored.content)}")
    if restored.kept:
        typer.echo(f"the old database is kept: {restored.kept}")
    typer.echo("start `lightning-cart serve`, then run `lightning-cart reconcile`: it asks the providers what was missed")


class _Restored(NamedTuple):
    content: "Content"
    newer: "Newer | None"
    kept: Path | None


def _require_yes(question: str, *, yes: bool) -> None:
    from lightning_cart_host.cli.confirmation import confirm

    if not yes and not confirm(question):
        typer.echo("nothing was restored", err=True)
        raise typer.Exit(FAILED)


def _restore_postgres(url: str, file: Path, *, yes: bool) -> _Restored:
    import time

    from lightning_cart_host.adapters.database import shown_name
    from lightning_cart_host.cli.postgres_backup import count_newer, read_backup, replace_postgres, require_unused

    require_unused(url)
    backup = read_backup(file)
    newer = count_newer(url, backup)
    if newer is not None:
        _require_yes(_question(file, shown_name(url), backup.content, newer), yes=yes)
        require_unused(url)  # an answer takes a while
    kept = replace_postgres(url, file, time.time(), keep=newer is not None)
    return _Restored(backup.content, newer, kept)


def _restore_file(chosen: str, file: Path, *, yes: bool) -> _Restored:
    import time

    from lightning_cart_host.adapters.database_lock import hold_alone
    from lightning_cart_host.cli.backup import (
        count_newer,
        prepare_restore,
        read_content,
        replace_database,
        require_unused,
    )

    place = Path(chosen)
    if place.is_symlink():  # what it names is replaced, and it stays a link
        place = place.resolve()
    with hold_alone(chosen), prepare_restore(file, place) as copy:
        content, newer = read_content(copy, file), None
        if place.exists():
            require_unused(place)
            newer = count_newer(copy, place)
            _require_yes(_question(file, chosen, content, newer), yes=yes)
            require_unused(place)  # an answer takes a while
        return _Restored(content, newer, replace_database(place, copy, time.time()))


def _question(file: Path, database: str, content: "Content", newer: "Newer | None") -> str:
    if newer is None:
        lost = "It cannot be read, so what is newer in it is not known."
    elif newer.orders:
        lost = f"It has {_count(newer.orders)} ({newer.paid} paid) newer than the backup, which will be missing."
    else:
        lost = "No order in it is newer than the backup."
    return f"Replace {database} by {file}, which has {_describe(content)}? {lost}"
