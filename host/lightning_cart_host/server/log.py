"""Writes the log: one JSON object per line, with secrets and e-mail addresses redacted."""

import json
import logging
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol, TextIO

from lightning_cart.security.redaction import loggable


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
        text = json.dumps(loggable(line), ensure_ascii=False)
        stream = self._stream or sys.stderr
        stream.write(f"{text}\n")
        stream.flush()


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
