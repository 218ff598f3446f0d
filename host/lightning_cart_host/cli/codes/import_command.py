# ruff: noqa: PLC0415 - the command imports what it needs by itself, so that `--help` is fast
"""The command `codes import`."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lightning_cart_host.cli.codes.change_commands import Reason, Replace
from lightning_cart_host.cli.exit_codes import TO_CORRECT
from lightning_cart_host.cli.options import AsJson, Config, Database, choose_database, print_json, read_settings_here
from lightning_cart_host.output import plural

if TYPE_CHECKING:
    from lightning_cart.domain.catalog import Catalog
    from lightning_cart.domain.codes import Code
    from lightning_cart_host.cli.codes.csv_file import CodeFile
    from lightning_cart_host.cli.codes.fields import Mistake

MAX_BYTES = 10 * 1024 * 1024  # of a file
_SHOWN = 100  # mistakes


def _shown(file: Path) -> str:
    return "standard input" if file == Path("-") else str(file)


def _read_text(file: Path) -> str:
    """Return the content of a file or of standard input, without a byte order mark.

    Raises:
        ConfigurationError: It cannot be read, is too long, or is not UTF-8.
    """
    from lightning_cart.errors import ConfigurationError

    try:
        if file == Path("-"):
            content = typer.get_binary_stream("stdin").read(MAX_BYTES + 1)
        else:
            with file.open("rb") as opened:
                content = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise ConfigurationError(f"{_shown(file)} is larger than {MAX_BYTES // 1024 // 1024} MiB: divide it")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigurationError(f"{_shown(file)}:{line}: is not UTF-8: save it as CSV UTF-8, or remove accents") from error


def _check(read: "CodeFile", catalog: "Catalog", now: int) -> tuple[dict[str, tuple[int, "Code"]], "list[tuple[int, Mistake]]"]:
    """Return the codes of a file by their names, with their lines; and every mistake with its line."""
    from lightning_cart_host.cli.codes.fields import Mistake, read_code_texts

    codes: dict[str, tuple[int, Code]] = {}
    mistakes = [*read.mistakes]
    for row in read.rows:
        code, found = read_code_texts(row.texts, catalog, now)
        mistakes += [(row.line, mistake) for mistake in (*row.mistakes, *found)]
        if code.code in codes:
            mistakes.append((row.line, Mistake("code", f"{code.code} is on line {codes[code.code][0]}, too: remove one")))
        elif code.code:
            codes[code.code] = row.line, code
    return codes, mistakes


def _refuse(file: Path, mistakes: "list[tuple[int, Mistake]]", *, as_json: bool) -> None:
    """Print the mistakes and exit, if there are any."""
    from lightning_cart_host.output import printable

    if not mistakes:
        return
    mistakes.sort(key=lambda mistake: mistake[0])
    for line, mistake in mistakes if as_json else mistakes[:_SHOWN]:
        if as_json:
            print_json({"line": line, "column": mistake.option or None, "reason": mistake.reason})
        else:
            option = f"{mistake.option}: " if mistake.option else ""
            typer.echo(printable(f"{_shown(file)}:{line}: {option}{mistake.reason}"), err=True)
    more = f" ({len(mistakes) - _SHOWN} not shown)" if len(mistakes) > _SHOWN and not as_json else ""
    typer.echo(f"{len(mistakes)} {plural('mistake', len(mistakes))}{more}: nothing was saved", err=True)
    raise typer.Exit(TO_CORRECT)


def codes_import(
    file: Annotated[
        Path,
        typer.Argument(
            help="A CSV file whose first line names its columns as the options of `codes add`: code, percent, amount and so "
            "on. - is standard input.",
            metavar="FILE",
            show_default=False,
        ),
    ],
    *,
    replace: Replace = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look for mistakes, and save nothing.")] = False,
    reason: Reason = "",
    config: Config = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Add many discount codes at once, or none: if one line has a mistake, nothing is saved.

    Several amounts, products or categories of a code are separated by ; or |. An empty cell is an option that is left out, and
    once, free and free-delivery are yes or no.
    """
    from lightning_cart_host.cli.codes.csv_file import read_code_file
    from lightning_cart_host.cli.codes.fields import Mistake
    from lightning_cart_host.cli.codes.stored import import_codes, make_change, read_catalog

    chosen, change = choose_database(database, read_settings_here()), make_change(reason)
    codes, mistakes = _check(read_code_file(_read_text(file)), read_catalog(config), change.now)
    _refuse(file, mistakes, as_json=as_json)
    wanted = [code for _, code in codes.values()]
    known = asyncio.run(import_codes(chosen, wanted, change, replace=replace, dry_run=dry_run))
    if not replace:
        exists = "exists already: remove the line, or add --replace to write it anew"
        _refuse(file, [(codes[name][0], Mistake("code", f"{name} {exists}")) for name in known], as_json=as_json)
    if as_json:
        print_json({"codes": len(wanted), "changed": len(known), "saved": not dry_run})
        return
    changed = f", {len(known)} of which {'was' if len(known) == 1 else 'were'} there before" if known else ""
    what = "without a mistake, and nothing was saved" if dry_run else "saved"
    typer.echo(f"{len(wanted)} {plural('code', len(wanted))} {what}{changed}")
