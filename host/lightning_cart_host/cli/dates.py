"""Reads the days and times of `--since` and `--until`, and prints times. All are UTC."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from lightning_cart.errors import ConfigurationError

DAY = 24 * 3600  # seconds
_SECONDS = {"m": 60, "h": 3600, "d": DAY, "w": 7 * DAY}
_AGO = re.compile(r"([0-9]{1,5})([mhdw])", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d|yesterday|today", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?)?", re.ASCII)
_LATEST = 253_402_300_799  # 9999-12-31 23:59:59, after which there is no date to print
EXAMPLES = "2026-11-01, 2026-11-01T10:00, 7d, 12h, yesterday or today"


class Interval(NamedTuple):
    """A time span in Unix seconds.

    Args:
        since: The first second, or None for no beginning.
        until: The second after the last, or None for no end.
    """

    since: int | None = None
    until: int | None = None


def format_utc(seconds: int) -> str:
    """Format Unix seconds as a date and time in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def start_of_day(seconds: int) -> int:
    """Return the first second of the UTC day of a time in Unix seconds."""
    return seconds - seconds % DAY


def is_age_in_days(text: str) -> bool:
    """Return whether a text is an age in days or weeks, such as `7d`."""
    age = _AGO.fullmatch(text.strip().lower())
    return age is not None and _SECONDS[age[2]] >= DAY


def _parse_date(text: str) -> int | None:
    if not _DATE.fullmatch(text):
        return None
    try:
        parsed = datetime.fromisoformat(text)
        seconds = int((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp())
        return min(max(0, seconds), _LATEST)
    except (ValueError, OverflowError):  # such as the 31st of June
        return None


def parse_moment(text: str, now: int) -> int:
    """Return the Unix seconds of a day, a time or an age.

    Args:
        text: A UTC day, which is its first second; a time, in UTC unless it has an offset; an age such as `7d`, `12h`, `30m`
            or `2w`; `yesterday`, `today` or `now`.
        now: Unix seconds.

    Raises:
        ConfigurationError: It is none of these.
    """
    word = text.strip()
    today = start_of_day(now)
    days = {"yesterday": today - DAY, "today": today, "now": now}
    if word.lower() in days:
        return days[word.lower()]
    if age := _AGO.fullmatch(word.lower()):
        return max(0, now - int(age[1]) * _SECONDS[age[2]])
    moment = _parse_date(word.upper())
    if moment is None:
        raise ConfigurationError(f"{text!r} is not a day or a time: write {EXAMPLES} (UTC)")
    return moment


def parse_end(text: str, now: int) -> int:
    """Return the first second after a span that ends with a day, a time or an age. A day belongs to it, and a time does not.

    Raises:
        ConfigurationError: It is none of these.
    """
    end = parse_moment(text, now)
    return min(end + DAY, _LATEST) if _DAY.fullmatch(text.strip().lower()) else end


def _parse_option(name: str, text: str, now: int, parse: Callable[[str, int], int] = parse_moment) -> int | None:
    if not text:
        return None
    try:
        return parse(text, now)
    except ConfigurationError as error:
        raise ConfigurationError(f"{name}: {error}") from error


def parse_interval(since: str, until: str, now: int, *, today: bool = False) -> Interval:
    """Return the time span that the options `--since`, `--until` and `--today` name.

    Args:
        since: The text of `--since`, or empty. A day or a time belongs to the span.
        until: The text of `--until`, or empty. A day belongs to the span, and a time is the first that does not.
        now: Unix seconds.
        today: Whether `--today` was given, which is short for `--since today`.

    Raises:
        ConfigurationError: A text is neither a day nor a time, or the span is empty.
    """
    if today and since:
        raise ConfigurationError("--today is short for --since today: leave out one of them")
    start = _parse_option("--since", "today" if today else since, now)
    end = _parse_option("--until", until, now, parse_end)
    if start is not None and end is not None and start >= end:
        raise ConfigurationError("no time is left between --since and --until: the first has to be before the second")
    return Interval(start, end)
