# ruff: noqa: PLC0415 - the command imports what it needs by itself, so that `--help` is fast
"""The command `database copy`."""

from typing import Annotated

import typer

from lightning_cart_host.cli.options import AsJson, print_json
from lightning_cart_host.output import plural

_DIGITS = 16  # of a digest, for people


def database_copy(
    source: Annotated[
        str, typer.Argument(help="The SQLite file, or the URL of PostgreSQL, that has the orders.", metavar="FROM")
    ],
    target: Annotated[
        str,
        typer.Argument(help="The SQLite file, or the URL of PostgreSQL, that gets them. It must not have any.", metavar="TO"),
    ],
    *,
    running: Annotated[
        bool,
        typer.Option("--running", help="Copy while engines use FROM. What they write from then on is missing in TO."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Copy everything from one database into another, and compare every row. FROM stays as it is.

    TO gets its tables first, and shows the rows only if all of them are the same; if anything fails, it has none. A password
    belongs in the environment variable PGPASSWORD or in the file ~/.pgpass, and not in the URL.
    """
    from lightning_cart_host.cli.database.copying import Progress
    from lightning_cart_host.cli.database.opening import copy_database

    progress = Progress(lambda line: typer.echo(line, err=True))
    copied = copy_database(source, target, progress, running=running)
    if as_json:
        for table in copied:
            print_json(table._asdict())
        return
    width = max(len(table.table) for table in copied)
    counts = [f"{table.rows:,} {plural('row', table.rows)}" for table in copied]
    count_width = max(map(len, counts))
    for table, count in zip(copied, counts, strict=True):
        typer.echo(f"{table.table:<{width}}  {count:>{count_width}}, the same in both, SHA-256 {table.sha256[:_DIGITS]}…")
    typer.echo("TO has everything: set DATABASE to it, and start no engine with FROM any more")
