"""The page of commands has every command, with each of its options."""

import pytest
from typer.core import TyperGroup, TyperOption

from lightning_cart_host.cli.commands import COMMANDS, app
from lightning_cart_host.cli.exit_codes import EXIT_CODES
from lightning_cart_host.cli.reference_page import PAGE, cli_page
from support import ROOT
from support.command_line import COMMAND

GROUPS = {id(group.typer_instance): group.name for group in app.registered_groups}
TEXT = cli_page()
NAMES = [f"{GROUPS.get(id(group)) or ''} {name}".strip() for group, name, _ in COMMANDS]


def entry(name: str) -> str:
    """Return what the page says about one command."""
    return TEXT.partition(f"\n### {name}\n")[2].partition("\n#")[0]


def section(title: str) -> str:
    """Return what the page says under a heading of its own."""
    return TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def options(name: str) -> list[TyperOption]:
    """Return the options of a command."""
    command, words = COMMAND, name.split()
    while isinstance(command, TyperGroup):
        command = command.commands[words.pop(0)]
    return [option for option in command.params if isinstance(option, TyperOption) and not option.hidden]


def test_the_page_in_the_repository_is_up_to_date() -> None:
    assert (ROOT / PAGE).read_text(encoding="utf-8") == TEXT


@pytest.mark.parametrize("name", NAMES)
def test_a_command_has_its_synopsis(name: str) -> None:
    assert f"`lightning-cart {name} " in entry(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_command_has_each_of_its_options(name: str) -> None:
    text = entry(name) + (section("Filters") if "[filters](#filters)" in entry(name) else "")
    assert [option.opts[0] for option in options(name) if f"`{option.opts[0]}" not in text] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_default_that_is_told_is_on_the_page(name: str) -> None:
    told = [option.show_default for option in options(name) if isinstance(option.show_default, str)]
    assert [default for default in told if default not in TEXT] == []


def test_a_default_of_its_own_is_at_the_command() -> None:
    assert "| `--database TEXT` | SQLite file. | a temporary one |" in entry("demo")


def test_every_exit_code_is_on_the_page() -> None:
    assert [code for code, meaning in EXIT_CODES if f"| {code} | {meaning} |" not in TEXT] == []


def test_what_the_filters_are_is_said_once() -> None:
    assert TEXT.count("`--disputed`") == 1


def test_a_command_with_some_of_the_filters_has_them_itself() -> None:
    assert "`--until TEXT`" in entry("orders stats")
    assert "filters" not in entry("orders stats")


def test_an_argument_is_said_with_its_help() -> None:
    assert "| `FILE` | The file to write" in entry("orders export")
