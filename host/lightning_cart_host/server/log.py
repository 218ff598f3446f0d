"""One JSON object a line, for machines to collect. Nothing that looks like a secret or an e-mail address passes."""

import json
import logging
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol, TextIO

from lightning_cart.security.redaction import loggable


class Log(Protocol):
    """Writes down what happened."""

    def __call__(self, event: str, *, level: str = "info", **facts: object) -> None:
        """Write one line: what happened, how grave it is, and what is known of it."""
        ...


class JsonLog:
    """A log of JSON lines.

    Args:
        stream: Where they go; standard error if left out.
        clock: Unix seconds.
    """

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.time) -> None:
        self._stream = stream
        self._clock = clock

    def __call__(self, event: str, *, level: str = "info", **facts: object) -> None:
        """Write one line."""
        moment = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")
        line = {"ts": moment, "level": level, "event": event, **facts}
        text = json.dumps(loggable(line), ensure_ascii=False)
        stream = self._stream or sys.stderr
        stream.write(f"{text}\n")
        stream.flush()


def null_log(event: str, *, level: str = "info", **facts: object) -> None:
    """A log that keeps nothing."""


class LogHandler(logging.Handler):
    """Passes on what a library says through `logging`; of an exception its type alone.

    Args:
        log: Where to.
    """

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record down."""
        facts: dict[str, object] = {"logger": record.name, "message": record.getMessage()}
        if record.exc_info and record.exc_info[0]:
            facts["error"] = record.exc_info[0].__name__
        self._log("library", level=record.levelname.lower(), **facts)
