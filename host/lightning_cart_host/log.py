"""One JSON object a line, for machines to collect. Nothing that looks like a secret or an e-mail address passes.

What is logged is chosen with care where it is logged; the redaction here is the second pair of eyes.
"""

import json
import logging
import re
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol, TextIO

_REDACTED = "[redacted]"
_LONGEST = 2000  # characters of one value; a path can be as long as a request line
# Both are linear in the text's length: what a stranger sends ends up here.
_SECRET = re.compile(
    r"""
      \b(?:sk|rk)_[A-Za-z0-9_]*      # Stripe's API keys
    | \bwhsec_[A-Za-z0-9_+/=-]*      # webhook signing secrets
    | \bEAAA[\w-]*                  # Square's access tokens
    | \bA21AA[\w-]*                 # PayPal's
    | \bBearer\s+\S+                # anything that opens a door
    | \beyJ[\w.-]*                  # JSON Web Tokens: receipts
    """,
    re.VERBOSE | re.IGNORECASE,
)
_WORD = re.compile(r"""[^\s"'\\<>,;:/?&=]+""")


class Log(Protocol):
    """Writes down what happened."""

    def __call__(self, event: str, *, level: str = "info", **facts: object) -> None:
        """Write one line: what happened, how grave it is, and what is known of it."""
        ...


def _hide_address(word: re.Match[str]) -> str:
    return _REDACTED if "@" in word[0] or "%40" in word[0] else word[0]


def redact(text: str) -> str:
    """A text without whatever looks like a secret or an e-mail address."""
    return _WORD.sub(_hide_address, _SECRET.sub(_REDACTED, text))


def _clean(value: object) -> object:
    """A value as it may be logged, with all that is in it."""
    match value:
        case str():
            return redact(value[:_LONGEST])
        case dict():
            return {redact(str(name)): _clean(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_clean(inner) for inner in value]
        case None | bool() | int() | float():
            return value
        case _:
            return type(value).__name__


class JsonLog:
    """A log of JSON lines.

    Args:
        stream: where they go; standard error if left out.
        clock: Unix seconds.
    """

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.time) -> None:
        self._stream = stream
        self._clock = clock

    def __call__(self, event: str, *, level: str = "info", **facts: object) -> None:
        """Write one line."""
        moment = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")
        line = {"ts": moment, "level": level, "event": event, **facts}
        text = json.dumps(_clean(line), ensure_ascii=False)
        stream = self._stream or sys.stderr
        stream.write(f"{text}\n")
        stream.flush()


def discard(event: str, *, level: str = "info", **facts: object) -> None:
    """A log that keeps nothing."""


class LogHandler(logging.Handler):
    """Passes on what a library says through `logging`; of an exception its type alone.

    Args:
        log: where to.
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
