"""The log: JSON lines with ids, and without secrets or e-mail addresses."""

import io
import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from lightning_cart_host.server.log import JsonLog, LogFormat, LogHandler, TextLog, choose_log, null_log


@pytest.mark.parametrize(
    "secret",
    [
        "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
        "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
        "rk_live_abc",
        "EAAAEOuLQtNXUdwm5G-2_LyTbdjA9",
        "A21AAFEpH4PsADK7qSS7pSRsgzfENtu-Q1ysgEDVDESseMHBYXVJYE8ovjj68elIDy8nF26AwPhfXTIeWAZHSLIsQkSYz9ifg",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw=",
        "Bearer abc.def-ghi",
        "bearer  secret",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJvcmQifQ.c2lnbmF0dXJl",
        "ada@example.com",
        "ada.o'hara+shop@sub.example.com",
        "ada%40example.com",
        "ñandú@münchen.example",
    ],
)
def test_what_looks_like_a_secret_or_an_address_does_not_pass(logbook: Any, secret: str) -> None:
    logbook.log("request", path=f"/x/{secret}", note=f"before {secret} after")
    assert secret not in logbook.text
    assert secret.rpartition(".")[2] not in logbook.text
    assert logbook.lines[0]["note"].startswith("before ")


def test_a_secret_in_the_name_of_a_fact_does_not_pass_either(logbook: Any) -> None:
    logbook.log("request", sk_test_abc=1)
    assert "sk_test_abc" not in logbook.text


@given(st.dictionaries(st.text(max_size=8), st.text() | st.integers() | st.none(), max_size=4))
def test_every_line_is_one_json_object(facts: dict[str, object]) -> None:
    stream = io.StringIO()
    JsonLog(stream)("something", facts=facts)
    line, end = stream.getvalue().split("\n")
    assert (json.loads(line)["event"], end) == ("something", "")


def test_no_line_moves_a_terminals_cursor(logbook: Any) -> None:
    logbook.log("request", path="\x1b[2J\x9b1A\u202egpj")
    assert (logbook.text.removesuffix("\n").isprintable(), logbook.lines[0]["path"]) == (True, "\x1b[2J\x9b1A\u202egpj")


def test_a_value_that_is_no_json_is_logged_by_its_type(logbook: Any) -> None:
    logbook.log("odd", thing=object())
    assert logbook.lines[0]["thing"] == "object"


def test_a_long_value_is_cut(logbook: Any) -> None:
    logbook.log("request", path="/" * 5000)
    assert len(logbook.lines[0]["path"]) == 2000


def test_the_log_goes_to_standard_error_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    JsonLog()("hello")
    assert '"event": "hello"' in capsys.readouterr().err


def test_what_a_library_says_is_logged_without_its_exception(logbook: Any) -> None:
    try:
        raise ValueError("a secret value")
    except ValueError as error:
        record = logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "it %s", ("broke",), (ValueError, error, None))
    LogHandler(logbook.log).emit(record)
    (line,) = logbook.lines
    assert (line["event"], line["level"], line["message"], line["error"]) == ("library", "error", "it broke", "ValueError")
    assert "a secret value" not in logbook.text


def test_what_is_discarded_is_gone(capsys: pytest.CaptureFixture[str]) -> None:
    null_log("anything", level="error", reason="some")
    assert capsys.readouterr() == ("", "")


class TestOnATerminal:
    @staticmethod
    def written(event: str = "request", *, colour: bool = False, level: str = "info", **fields: object) -> str:
        stream = io.StringIO()
        console = Console(
            file=stream, width=40, highlight=False, force_terminal=colour, color_system="standard" if colour else None
        )
        TextLog(console, lambda: 1_780_000_000.5)(event, level=level, **fields)
        return stream.getvalue()

    def test_a_line_is_time_level_event_and_fields(self) -> None:
        assert self.written("serving", address="http://127.0.0.1:8080", retries=3) == (
            "2026-05-28 20:26:40Z info    serving address=http://127.0.0.1:8080 retries=3\n"
        )

    def test_a_value_of_several_words_is_quoted(self) -> None:
        assert self.written(advice="run lightning-cart doctor", empty="").endswith(
            ' advice="run lightning-cart doctor" empty=""\n'
        )

    def test_lists_and_nothing_are_json(self) -> None:
        assert self.written(names=["A", "B"], status=None).endswith(' names=["A", "B"] status=null\n')

    @pytest.mark.parametrize("text", ["\x1b[31mred", "a\nb", "\x9b1m", "\u202egpj", "\u2028"], ids=ascii)
    def test_nothing_moves_the_cursor_or_reorders_the_line(self, text: str) -> None:
        line = self.written(path=text)
        assert (line[:-1].isprintable(), json.loads(line[:-1].partition("path=")[2])) == (True, text)

    def test_markup_is_text(self) -> None:
        assert "[bold]x[/bold]" in self.written(path="[bold]x[/bold]")

    @pytest.mark.parametrize("secret", ["sk_test_4eC39HqLyjWDarjtT1zdp7dc", "ada@example.com"])
    def test_secrets_and_addresses_do_not_pass_either(self, secret: str) -> None:
        named: dict[str, Any] = {secret: 1}
        line = self.written(path=f"/x/{secret}", **named)
        assert (secret in line, line.count("[redacted]")) == (False, 2)

    @pytest.mark.parametrize(("level", "code"), [("info", "32"), ("warning", "33"), ("error", "1;31")])
    def test_the_level_is_coloured(self, level: str, code: str) -> None:
        assert f"\x1b[{code}m{level:<7}\x1b[0m" in self.written(level=level, colour=True)

    def test_a_level_that_is_not_known_is_plain(self) -> None:
        assert "notice" in self.written(level="notice")


@pytest.mark.parametrize(
    ("wanted", "terminal", "kind"),
    [
        (LogFormat.AUTO, True, TextLog),
        (LogFormat.AUTO, False, JsonLog),
        (LogFormat.JSON, True, JsonLog),
        (LogFormat.TEXT, False, TextLog),
    ],
)
def test_the_format_follows_the_terminal_unless_one_is_wanted(
    wanted: LogFormat, terminal: bool, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    assert type(choose_log(wanted)) is kind


def test_the_readable_log_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    choose_log(LogFormat.TEXT)("hello")
    assert capsys.readouterr().err.endswith("info    hello\n")
