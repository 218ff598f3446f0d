"""Days, times and ages on the command line are UTC, and what is none of them is answered with examples."""

import pytest

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.cli.dates import Interval, parse_interval, parse_moment, start_of_day

NOW = 1_793_613_600  # 2026-11-02 10:00 UTC
MIDNIGHT = NOW - 10 * 3600


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-02", MIDNIGHT),
        ("2026-11-01", MIDNIGHT - 86_400),
        ("2026-11-02T09:30", NOW - 1800),
        ("2026-11-02 09:30", NOW - 1800),
        ("2026-11-02T09:30:05", NOW - 1795),
        ("2026-11-02T09:30:05Z", NOW - 1795),
        ("2026-11-02t09:30z", NOW - 1800),
        ("2026-11-02T09:30+02:00", NOW - 1800 - 7200),
        ("7d", NOW - 7 * 86_400),
        ("12h", NOW - 12 * 3600),
        ("30m", NOW - 1800),
        ("2W", NOW - 14 * 86_400),
        ("99999d", 0),
        ("1960-01-01", 0),
        ("9999-12-31T23:59-12:00", 253_402_300_799),
        ("today", MIDNIGHT),
        ("Yesterday", MIDNIGHT - 86_400),
        (" now ", NOW),
        ("2028-02-29", 1_835_395_200),
    ],
)
def test_a_day_a_time_or_an_age_becomes_unix_seconds(text: str, seconds: int) -> None:
    assert parse_moment(text, NOW) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "soon", "7", "7 days", "-7d", "2026-02-30", "2026-13-01", "01.11.2026", "11/01/2026", "2026-11-01T25:00", "20261101",
     "2026-W44", "\u0667d", "0000-01-01", "2026-11-01T10", "123456d"],
)  # fmt: skip
def test_anything_else_is_answered_with_examples(text: str) -> None:
    with pytest.raises(ConfigurationError, match="write 2026-11-01, 2026-11-01T10:00, 7d, 12h, yesterday or today"):
        parse_moment(text, NOW)


def test_a_day_begins_at_midnight_in_utc() -> None:
    assert [start_of_day(MIDNIGHT - 1), start_of_day(MIDNIGHT), start_of_day(NOW)] == [MIDNIGHT - 86_400, MIDNIGHT, MIDNIGHT]


@pytest.mark.parametrize(
    ("since", "until", "today", "expected"),
    [
        ("", "", False, Interval(None, None)),
        ("1h", "", False, Interval(NOW - 3600, None)),
        ("", "today", False, Interval(None, MIDNIGHT + 86_400)),
        ("yesterday", "yesterday", False, Interval(MIDNIGHT - 86_400, MIDNIGHT)),
        ("2026-11-02", " 2026-11-02 ", False, Interval(MIDNIGHT, MIDNIGHT + 86_400)),
        ("2026-11-02", "2026-11-02T09:30", False, Interval(MIDNIGHT, NOW - 1800)),
        ("", "7d", False, Interval(None, NOW - 7 * 86_400)),
        ("", "9999-12-31", False, Interval(None, 253_402_300_799)),
        ("", "", True, Interval(MIDNIGHT, None)),
        ("", "now", True, Interval(MIDNIGHT, NOW)),
    ],
)
def test_a_day_is_a_part_of_the_span_that_it_begins_or_ends_and_a_time_only_of_what_it_begins(
    since: str, until: str, *, today: bool, expected: Interval
) -> None:
    assert parse_interval(since, until, NOW, today=today) == expected


@pytest.mark.parametrize(
    ("since", "until", "today", "said"),
    [
        ("soon", "", False, "--since: 'soon' is not a day"),
        ("", "later", False, "--until: 'later' is not a day"),
        ("7d", "", True, "--today is short for --since today"),
        ("2026-11-02T10:00", "2026-11-02T10:00", False, "no time is left between --since and --until"),
        ("today", "yesterday", False, "no time is left between --since and --until"),
    ],
)
def test_a_span_that_cannot_be_is_refused_by_the_name_of_the_option(since: str, until: str, *, today: bool, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        parse_interval(since, until, NOW, today=today)
