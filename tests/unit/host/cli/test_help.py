"""The help of every command, as it looks on narrow terminals: nothing is cut, and nothing is left unsaid."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

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


@pytest.fixture(params=[60, 80])
def width(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, lightning_cart: Cli) -> int:
    """Let the terminal be that many columns wide."""
    assert callable(lightning_cart)  # it sets another width
    monkeypatch.setenv("COLUMNS", str(request.param))
    columns: int = request.param
    return columns


@EACH
def test_no_line_is_wider_than_the_terminal(lightning_cart: Cli, words: tuple[str, ...], width: int) -> None:
    status, out, err = lightning_cart(*words, "--help")
    assert (status, err, [line for line in out.splitlines() if len(line) > width]) == (0, "", [])


@EACH
def test_no_word_is_cut(lightning_cart: Cli, words: tuple[str, ...], width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if words in {("sandbox",), ("chaos",)}:  # 60 columns have no room for the sandbox's keys, and for the path of the result
        monkeypatch.setenv("COLUMNS", str(max(width, 80)))
    lines = lightning_cart(*words, "--help")[1].splitlines()
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
