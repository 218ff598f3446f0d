"""Output in encodings that lack characters: nothing is lost, nothing ends the command, and JSON stays exact."""

import io
import json
import sys
from collections.abc import Callable

import pytest
import typer

from lightning_cart_host.console import console
from lightning_cart_host.output import json_line, write_legibly

SYMBOLS = "→ … ✓ “Café” ☕ שלום 🎁 €9.50"
ENCODINGS = ["ascii", "latin-1", "cp1252", "cp932"]


class Output:
    """Standard output in an encoding, from its first use in a test on."""

    def __init__(self, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self._bytes, self._encoding = io.BytesIO(), encoding
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(self._bytes, encoding=encoding, newline="\n"))
        write_legibly()

    @property
    def text(self) -> str:
        sys.stdout.flush()
        return self._bytes.getvalue().decode(self._encoding)


type Open = Callable[[str], Output]


@pytest.fixture
def open_output(monkeypatch: pytest.MonkeyPatch) -> Open:
    """Return a function that gives standard output an encoding: pytest replaces the stream between a fixture and its test."""
    return lambda encoding: Output(encoding, monkeypatch)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_characters_that_an_encoding_lacks_are_written_as_escapes(open_output: Open, encoding: str) -> None:
    output = open_output(encoding)
    typer.echo("☕ שלום 🎁")
    assert output.text == r"\u2615 \u05e9\u05dc\u05d5\u05dd \ud83c\udf81" + "\n"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_console_writes_to_the_end(open_output: Open, encoding: str) -> None:
    output = open_output(encoding)
    console().print(SYMBOLS)
    console().print("the end")
    assert output.text.splitlines()[-1] == "the end"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_json_is_exact(open_output: Open, encoding: str) -> None:
    output = open_output(encoding)
    typer.echo(json_line({"text": SYMBOLS}))
    assert json.loads(output.text) == {"text": SYMBOLS}


def test_an_ascii_stream_gets_ascii_alone(open_output: Open) -> None:
    output = open_output("ascii")
    typer.echo("→ … ✓ “it” Café €9.50 ¥500 │─┤█")
    assert output.text == '-> ... ok "it" Caf\\u00e9 EUR 9.50 JPY 500 |-+#\n'


def test_what_an_encoding_has_stays_as_it_is(open_output: Open) -> None:
    output = open_output("cp1252")
    typer.echo("“Café” → €9.50 …")
    assert output.text == "“Café” -> €9.50 …\n"


def test_json_stays_readable_where_everything_can_be_written(open_output: Open) -> None:
    open_output("utf-8")
    assert json_line({"text": "Café"}) == '{"text": "Café"}'


@pytest.mark.parametrize("text", ["\x1b[2J", "\x9b1A", "\x7f", "\u202egpj", "\u2066", "\u2028"], ids=ascii)
def test_json_moves_no_cursor_and_is_exact(open_output: Open, text: str) -> None:
    open_output("utf-8")
    line = json_line({text: text})
    assert (line.isprintable(), json.loads(line)) == (True, {text: text})


def test_half_of_a_surrogate_pair_ends_nothing(open_output: Open) -> None:
    output = open_output("utf-8")
    typer.echo(json_line({"text": "\ud83c"}))
    assert json.loads(output.text) == {"text": "\ud83c"}


def test_a_stream_without_an_encoding_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    write_legibly()
    typer.echo("→")
    assert stream.getvalue() == "→\n"


def test_reading_in_the_ascii_that_is_written_works_too() -> None:
    assert b"plain".decode("lightning_cart_ascii") == "plain"


def test_the_replacement_of_characters_is_for_writing_alone() -> None:
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("ascii", "lightning_cart_legible")
