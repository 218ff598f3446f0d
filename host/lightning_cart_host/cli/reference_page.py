"""Renders `docs/cli.md` from the commands.

`python -m lightning_cart_host.cli.reference_page` writes it into the folder `docs` of the working directory.
"""

import functools
import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from lightning_cart_host.cli.commands import app
from lightning_cart_host.cli.exit_codes import EXIT_CODES
from lightning_cart_host.cli.reference_texts import EXAMPLES, FILTERS, HEAD, SECTIONS, SERVERS, SHARED

PAGE = Path("docs", "cli.md")
_WIDTH = 120
_TYPES = {"<list[str]>": "TEXT", "<str>": "TEXT", "<path>": "PATH", "<int>": "NUMBER", "<int range>": "NUMBER"}


type Row = tuple[str, str, str]


@functools.cache
def _all_commands() -> dict[str, TyperCommand]:
    """Return every command by its words after the program's name, in the order of `COMMANDS`."""

    def read(group: TyperGroup, before: str) -> Iterator[tuple[str, TyperCommand]]:
        for name, command in group.commands.items():
            if isinstance(command, TyperGroup):
                yield from read(command, f"{before}{name} ")
            elif isinstance(command, TyperCommand) and not command.hidden:
                yield f"{before}{name}", command

    root = typer.main.get_command(app)
    return dict(read(root, "")) if isinstance(root, TyperGroup) else {}


def _section(name: str) -> str:
    group = name.partition(" ")[0].capitalize()
    if group in SECTIONS:
        return group
    return "Run" if name in SERVERS else "Check and maintain"


def _context(command: TyperCommand) -> typer.Context:
    return typer.Context(command, info_name=command.name)


def _rows(command: TyperCommand) -> dict[str, Row]:
    """Return each argument and option by its name, as its form, its help and its default."""
    context, rows = _context(command), {}
    for one in command.get_params(context):
        record = one.get_help_record(context)
        if not isinstance(one, TyperOption | TyperArgument) or record is None:
            continue
        form, (text, _, facts) = record[0], record[1].partition("  [")
        if isinstance(one, TyperArgument):
            form, (text, _, facts) = (one.metavar or one.name).strip("{}").upper(), record[1].partition("[")
        for shown, plain in _TYPES.items():
            form = form.replace(shown, plain)
        default = re.search(r"default: \(?(.*?)\)?(?:; |\]$)", facts)
        needed = "required" if "required" in facts and isinstance(one, TyperOption) else ""
        rows[one.opts[0]] = form, text.strip(), default[1] if default else needed
    return {name: row for name, row in rows.items() if row[1]}


@functools.cache
def _explained_once() -> dict[str, Row]:
    """Return the options of most commands and the filters of orders: what commands have in common."""
    most, listed, exported = (_rows(_all_commands()[name]) for name in ("doctor", "orders list", "orders export"))
    return {name: row for name, row in most.items() if name in SHARED} | dict(listed.items() & exported.items())


def _filters() -> set[str]:
    return _explained_once().keys() - SHARED.keys()


def _common(command: TyperCommand) -> list[str]:
    """Return the options of a command that are explained once. It has either all filters or they are its own."""
    rows = _rows(command)
    names = [name for name, row in rows.items() if _explained_once().get(name) == row]
    return names if _filters() <= set(names) else [name for name in names if name in SHARED]


def _own(command: TyperCommand) -> list[Row]:
    explained = {*_common(command), "order_id"}  # what an order's id may be is said at the top of the page
    return [row for name, row in _rows(command).items() if name not in explained]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _synopsis(name: str, command: TyperCommand) -> str:
    pieces = command.collect_usage_pieces(_context(command))[1:]
    arguments = [re.sub(r"\{?(\w+)\}?", lambda found: found[1].upper(), piece) for piece in pieces]
    return " ".join(["lightning-cart", name, *arguments, "[OPTIONS]"])


def _prose(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        yield "\n" + textwrap.fill(" ".join(paragraph.split()), _WIDTH, break_long_words=False, break_on_hyphens=False)


def _table(rows: Iterable[Row], first: str = "Option") -> Iterator[str]:
    yield f"\n| {first} | What it does | Default |\n|---|---|---|"
    yield from (f"| `{form}` | {_cell(text)} | {_cell(default)} |" for form, text, default in rows)


def _also(command: TyperCommand) -> str:
    """Return what a command has of what is explained elsewhere, as a sentence."""
    common = _common(command)
    named = [f"`{name}`" for name in common if name in SHARED and name != "--help"]
    if len(common) > len(SHARED):
        named.insert(0, "the [filters](#filters)")
    if not named:
        return ""
    *most, last = named
    return f"Also {', '.join(most)} and {last}." if most else f"Also {last}."


def _entry(name: str, command: TyperCommand) -> Iterator[str]:
    yield f"\n### {name}\n\n`{_synopsis(name, command)}`"
    yield from _prose(command.help or "")
    if own := _own(command):
        yield from _table(own)
    if also := _also(command):
        yield f"\n{also}"
    if name in EXAMPLES:
        yield f"\n```sh\n{textwrap.dedent(EXAMPLES[name]).strip()}\n```"


def _common_options() -> Iterator[str]:
    yield "\n## Options of most commands"
    yield from _table((form, SHARED[name], default) for name, (form, _, default) in _explained_once().items() if name in SHARED)
    yield f"\n## Filters\n\n{FILTERS}"
    yield from _table(row for name, row in _rows(_all_commands()["orders list"]).items() if name in _filters())


def _exit_codes() -> Iterator[str]:
    yield "\n## Exit codes\n\n| Code | Meaning |\n|---|---|"
    yield from (f"| {code} | {meaning} |" for code, meaning in EXIT_CODES)


def cli_page() -> str:
    """Return the page in Markdown."""
    commands = _all_commands()
    lines = [HEAD.rstrip(), *_common_options(), *_exit_codes()]
    for title, about in SECTIONS.items():
        lines.append(f"\n## {title}\n\n{about}")
        for name, command in commands.items():
            if _section(name) == title:
                lines += _entry(name, command)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(cli_page(), encoding="utf-8")
