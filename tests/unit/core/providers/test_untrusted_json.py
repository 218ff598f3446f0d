"""What a provider sent is read, or counts as absent."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.providers.untrusted_json import get_text, parse_timestamp


@given(st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001 - its bounds are bare
def test_a_time_is_read_as_the_calendar_has_it(moment: datetime) -> None:
    text = moment.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
    assert parse_timestamp(text) == int(moment.replace(microsecond=0).timestamp())


def test_a_fraction_of_a_second_is_left_out() -> None:
    assert parse_timestamp("2026-09-21T10:06:00.987654321Z") == parse_timestamp("2026-09-21T10:06:00Z") == 1_789_985_160


@pytest.mark.parametrize(
    "text",
    [
        None,
        1,
        "",
        "2026-09-21",
        "2026-09-21T10:06:00",
        "2026-09-21T10:06:00+02:00",
        "2026-99-99T99:99:99Z",
        "2026-02-30T10:06:00Z",
        "0000-01-01T00:00:00Z",
    ],
)
def test_what_is_no_time_in_utc_is_none(text: object) -> None:
    assert parse_timestamp(text) is None


def test_a_text_that_postgresql_cannot_store_counts_as_absent() -> None:
    assert [get_text({"url": url}, "url") for url in ("https://a.example", "https://a.example\0", None)] == [
        "https://a.example",
        "",
        "",
    ]
