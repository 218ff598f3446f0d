"""A `Send` that notes of each response what the doctor looks at beside the provider's answer: its kind and its time."""

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.ports import Send


class Observation(NamedTuple):
    """What was noted of one response.

    Args:
        status: The HTTP status.
        location: Where it redirects to, or empty.
        is_html: Whether it is a page instead of data.
        ahead: Seconds by which this machine's clock is ahead of the sender's, or None if it said no time.
    """

    status: int
    location: str
    is_html: bool
    ahead: float | None


class ObservedSend:
    """A `Send` that passes requests on and notes their responses.

    Args:
        send: Sends the requests.
        clock: Returns Unix seconds.
    """

    def __init__(self, send: Send, clock: Callable[[], float] = time.time) -> None:
        self._send, self._clock = send, clock
        self.observations: list[Observation] = []

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Send a request once."""
        started = self._clock()
        response = await self._send(request)
        now = (started + self._clock()) / 2  # the sender wrote its time between the two
        self.observations.append(
            Observation(
                response.status,
                response.header("location"),
                response.header("content-type").lower().startswith("text/html"),
                _ahead(response.header("date"), now),
            )
        )
        return response


def _ahead(date: str, now: float) -> float | None:
    try:
        return now - parsedate_to_datetime(date).timestamp() if date else None
    except ValueError:
        return None
