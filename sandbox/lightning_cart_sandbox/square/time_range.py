"""Whether a time lies within a range that a search asks for (Square: TimeRange)."""

from datetime import datetime

from lightning_cart_sandbox.square.errors import SquareError
from lightning_cart_sandbox.types import Json


def is_within(text: str | None, bounds: Json, field: str) -> bool:
    """Return whether a time lies within `start_at` and `end_at`, both included.

    Args:
        text: The time of an object, or `None` if it has none.
        bounds: The range; either end may be missing.
        field: The path of the range in the request, for errors.

    Raises:
        SquareError: `INVALID_TIME`.
    """
    if text is None:
        return False
    moment = datetime.fromisoformat(text)
    try:
        start = datetime.fromisoformat(bounds["start_at"]) if "start_at" in bounds else moment
        end = datetime.fromisoformat(bounds["end_at"]) if "end_at" in bounds else moment
    except ValueError as error:
        raise SquareError("INVALID_TIME", "Must be an RFC 3339 timestamp.", field) from error
    return start <= moment <= end
