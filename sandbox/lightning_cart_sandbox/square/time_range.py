"""Whether a time lies within a range that a search asks for (Square: TimeRange)."""

from datetime import datetime

from lightning_cart_sandbox.types import Json


def is_within(text: str | None, bounds: Json) -> bool:
    """Return whether a time lies within `start_at` and `end_at`, both included.

    Args:
        text: The time of an object, or `None` if it has none.
        bounds: The range; either end may be missing.
    """
    if text is None:
        return False
    moment = datetime.fromisoformat(text)
    start = datetime.fromisoformat(bounds["start_at"]) if "start_at" in bounds else moment
    end = datetime.fromisoformat(bounds["end_at"]) if "end_at" in bounds else moment
    return start <= moment <= end
