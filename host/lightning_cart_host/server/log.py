"""Writes the log, with secrets and e-mail addresses redacted: readable lines for a terminal, else one JSON object per line."""

import json
import logging
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TextIO

from lightning_cart.security.redaction import loggable
from lightning_cart_host.output import to_json

if TYPE_CHECKING:
    from rich.console import Console

_COLOURS = {"debug": "dim", "info": "green", "warning": "yellow", "error": "bold red", "critical": "bold red"}


class LogFormat(StrEnum):
    """The format of the log."""

    AUTO = "auto"  # text on a terminal, else JSON
    JSON = "json"
    TEXT = "text"


class Log(Protocol):
    """A log."""

    def __call__(self, event: str, *, level: str = "info", **fields: object) -> None:
        """Write one line: the event's name, its level, and its fields."""
        ...


class JsonLog:
    """A log of JSON lines.

    Args:
        stream: The output. Default: standard error.
        clock: Returns Unix seconds.
    """

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.time) -> None:
        self._stream = stream
        self._clock = clock

    def __call__(self, event: str, *, level: str = "info", **fields: object) -> None:
        """Write one line."""
        moment = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")
        line = {"ts": moment, "level": level, "event": event, **fields}
        stream = self._stream or sys.stderr
        stream.write(f"{to_json(loggable(line))}\n")
        stream.flush()


def _printable(value: object) -> str:
    """Return a redacted value as one word or as JSON, without characters that move a terminal's cursor."""
    if isinstance(value, str) and value.isprintable() and value and not set(value) & set(' "=\\'):
        return value
    text = json.dumps(value, ensure_ascii=False)
    return "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in text)


class TextLog:
    """A log of readable lines: time, level in its colour, event and fields.

    Args:
        console: The output. Default: standard error.
        clock: Returns Unix seconds.
    """

    def __init__(self, console: "Console | None" = None, clock: Callable[[], float] = time.time) -> None:
        from rich.console import Console  # noqa: PLC0415 - a log of JSON does not need it

        self._console = console or Console(stderr=True, highlight=False)
        self._clock = clock

    def __call__(self, event: str, *, level: str = "info", **fields: object) -> None:
        """Write one line."""
        from rich.text import Text  # noqa: PLC0415 - the same

        moment = datetime.fromtimestamp(self._clock(), UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        line = Text.assemble((moment, "dim"), " ", (f"{level:<7}", _COLOURS.get(level, "")), " ", (_printable(event), "bold"))
        redacted = loggable(fields)
        for name, value in redacted.items() if isinstance(redacted, dict) else ():
            line.append(f" {_printable(name)}=", "cyan").append(_printable(value))
        self._console.print(line, soft_wrap=True)


def choose_log(wanted: LogFormat = LogFormat.AUTO) -> Log:
    """Return the log on standard error: readable lines if that is a terminal, else JSON, unless a format is wanted."""
    is_text = wanted is LogFormat.TEXT or (wanted is LogFormat.AUTO and sys.stderr.isatty())
    return TextLog() if is_text else JsonLog()


def null_log(event: str, *, level: str = "info", **fields: object) -> None:
    """Discard one line."""


class LogHandler(logging.Handler):
    """A handler that passes the records of libraries on to the log; an exception is reduced to its type.

    Args:
        log: The log.
    """

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        fields: dict[str, object] = {"logger": record.name, "message": record.getMessage()}
        if record.exc_info and record.exc_info[0]:
            fields["error"] = record.exc_info[0].__name__
        self._log("library", level=record.levelname.lower(), **fields)
