"""The log: JSON lines with ids, and without secrets or e-mail addresses."""

import io
import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart_host.server.log import JsonLog, LogHandler, null_log


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
