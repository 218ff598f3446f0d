"""Renders `docs/cli.md` from the commands.

`python -m lightning_cart_host.cli.reference_page` writes it into the folder `docs` of the working directory.
"""

import functools
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from lightning_cart_host.cli.commands import app
from lightning_cart_host.cli.exit_codes import EXIT_CODES

PAGE = Path("docs", "cli.md")
_WIDTH = 120
_HEAD = """\
# Command line

`lightning-cart` runs the engine, and reads and changes its orders. `lightning-cart COMMAND --help` says what is on this page,
too. In a checkout of the repository the program is `.venv/bin/lightning-cart`.

Every command reads its [settings](settings.md) from the environment and from `.env` in the folder where it is started. It works
on the same database as the engine that is serving, while it serves. Times are in UTC. Standard output has the result,
standard error has what is said about it, so that a result can be passed on to another program.
"""
_EVERY_DAY = """\
## Every day

```sh
lightning-cart orders list --review    # what waits for you
lightning-cart orders list             # the newest orders
lightning-cart orders show ID          # one order, with its payments, disputes and messages
lightning-cart orders explain ID       # why it is as it is
lightning-cart orders refund ID        # refund what is left of it
lightning-cart doctor                  # whether everything is set up, and what to do if not
```
"""
_SHARED = {
    "--config": "Folder of `products.toml` and `sites.toml`",
    "--database": "SQLite file that keeps the orders",
    "--json": "One JSON object per line, for scripts",
    "--help": "Show the command's help, as `-h` does",
}
_SERVERS = ("serve", "demo", "sandbox", "edge", "chaos")
_SECTIONS = {
    "Orders": "They read the database and need no running engine. Those that change money ask the provider.",
    "Check and maintain": "For the first set-up, and for whatever runs by a timer.",
    "Run": "They serve until Ctrl-C ends them.",
}
_TYPES = {"<list[str]>": "TEXT", "<str>": "TEXT", "<path>": "PATH", "<int>": "NUMBER", "<int range>": "NUMBER"}


@functools.cache
def _usual_defaults() -> dict[str, str]:
    """Return the defaults that the shared options have in `doctor`, which has them all."""
    options = (option for option in _all_commands()["doctor"].params if isinstance(option, TyperOption))
    return {option.opts[0]: option.show_default for option in options if isinstance(option.show_default, str)}


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
    if name.startswith("orders "):
        return "Orders"
    return "Run" if name in _SERVERS else "Check and maintain"


def _context(command: TyperCommand) -> typer.Context:
    return typer.Context(command, info_name=command.name)


def _is_shared(option: object) -> bool:
    """Return whether an option is one of those that are explained once, with their usual default."""
    if not isinstance(option, TyperOption) or option.opts[0] not in _SHARED:
        return False
    return not isinstance(option.show_default, str) or option.show_default == _usual_defaults().get(option.opts[0])


def _options(command: TyperCommand) -> Iterator[tuple[str, str, str]]:
    """Yield each option of its own as its form, its help and its default."""
    context = _context(command)
    for option in command.get_params(context):
        record = option.get_help_record(context)
        if not isinstance(option, TyperOption) or record is None or _is_shared(option):
            continue
        form, (text, _, facts) = record[0], record[1].partition("  [")
        for shown, plain in _TYPES.items():
            form = form.replace(shown, plain)
        default = re.search(r"default: \(?(.*?)\)?(?:; |\]$)", facts)
        needed = "required" if "required" in facts else ""
        yield form, text, default[1] if default else needed


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _synopsis(name: str, command: TyperCommand) -> str:
    pieces = command.collect_usage_pieces(_context(command))[1:]
    arguments = [re.sub(r"\{(\w+)\}", lambda found: found[1].upper(), piece) for piece in pieces]
    return " ".join(["lightning-cart", name, *arguments, "[OPTIONS]"])


def _prose(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        yield "\n" + textwrap.fill(" ".join(paragraph.split()), _WIDTH, break_long_words=False, break_on_hyphens=False)


def _entry(name: str, command: TyperCommand) -> Iterator[str]:
    yield f"\n### {name}\n\n`{_synopsis(name, command)}`"
    yield from _prose(command.help or "")
    if options := list(_options(command)):
        yield "\n| Option | What it does | Default |\n|---|---|---|"
        yield from (f"| `{form}` | {_cell(text)} | {_cell(default)} |" for form, text, default in options)
    if shared := [option.opts[0] for option in command.params if _is_shared(option)]:
        yield f"\nAlso {', '.join(f'`{option}`' for option in shared)}."


def _shared_options() -> Iterator[str]:
    yield "\n## Options of most commands\n\n| Option | What it does | Default |\n|---|---|---|"
    for option, text in _SHARED.items():
        yield f"| `{option}` | {text} | {_usual_defaults().get(option, '')} |"


def _exit_codes() -> Iterator[str]:
    yield "\n## Exit codes\n\n| Code | Meaning |\n|---|---|"
    yield from (f"| {code} | {meaning} |" for code, meaning in EXIT_CODES)


def cli_page() -> str:
    """Return the page in Markdown."""
    commands = _all_commands()
    lines = [_HEAD, _EVERY_DAY.rstrip(), *_shared_options(), *_exit_codes()]
    for title, about in _SECTIONS.items():
        lines.append(f"\n## {title}\n\n{about}")
        for name, command in commands.items():
            if _section(name) == title:
                lines += _entry(name, command)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(cli_page(), encoding="utf-8")
