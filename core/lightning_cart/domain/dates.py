"""Dates as people read them, in UTC: a document's year is one in UTC, too."""

from datetime import UTC, datetime


def iso_date(at: int) -> str:
    """Return the date of a time in Unix seconds, such as `2026-11-29`."""
    return datetime.fromtimestamp(at, UTC).date().isoformat()
