"""Calls to a provider as generators without I/O, and the driver that sends them with deadline, retry and backoff.

A flow yields each `ProviderRequest`, receives its `HttpResponse`, and returns a domain value. `drive` runs one over any `Send`.
A notebook or a test can also `send` each response by hand.
"""

from collections.abc import Generator
from dataclasses import dataclass

from lightning_cart.errors import ProviderTimeout, ProviderUnavailable
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.ports import Clock, Send, Sleep

BACKOFF_SECONDS = (0.5, 1.0)  # before the second and the third attempt
DEADLINE_SECONDS = 20.0  # for a whole flow: below a buyer's patience and every host's request limit
MAX_RETRY_AFTER_SECONDS = 5.0  # if Retry-After asks for more, stop and let the caller retry
RETRYABLE_STATUSES = frozenset({408, 409, 424, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True, repr=False)
class ProviderRequest(HttpRequest):
    """A request to a provider, with what `drive` needs to know to repeat it.

    Args:
        idempotent: Whether repeating it has no further effect. Only then does `drive` repeat it.
        retry_header: The response header in which the provider says `true` or `false` to a retry, or "".
    """

    idempotent: bool = False
    retry_header: str = ""


type Flow[T] = Generator[ProviderRequest, HttpResponse, T]


def _is_retryable(request: ProviderRequest, response: HttpResponse) -> bool:
    hint = response.header(request.retry_header) if request.retry_header else ""
    return hint == "true" if hint in {"true", "false"} else response.status in RETRYABLE_STATUSES


def _retry_after(response: HttpResponse) -> float | None:
    value = response.header("retry-after")
    return float(value) if value.isascii() and value.isdigit() else None


async def _exchange(
    request: ProviderRequest, send: Send, sleep: Sleep | None, clock: Clock | None, give_up_at: float
) -> HttpResponse:
    """Send a request, and repeat it as far as `drive` promises."""

    def ends_too_late(wait: float) -> bool:
        return clock is not None and clock() + wait >= give_up_at

    backoffs = iter(BACKOFF_SECONDS if request.idempotent else ())
    while True:
        wait = next(backoffs, None)  # None: this is the last attempt
        try:
            response = await send(request)
        except ProviderUnavailable:
            if wait is None or ends_too_late(wait):
                raise
        else:
            if wait is None or not _is_retryable(request, response):
                return response
            wait = _retry_after(response) or wait
            if wait > MAX_RETRY_AFTER_SECONDS or ends_too_late(wait):
                return response
        if sleep is not None:
            await sleep(wait)


async def drive[T](
    flow: Flow[T], send: Send, sleep: Sleep | None = None, clock: Clock | None = None, deadline: float = DEADLINE_SECONDS
) -> T:
    """Run a flow and return its value.

    An `idempotent` request is repeated at most twice, if no response came or its status is retryable. The provider's own
    header overrides the status, and `Retry-After` sets the wait. If the last attempt gets no response, the exception is
    thrown into the flow. The flow is always closed.

    Args:
        flow: The flow to run.
        send: Sends one request.
        sleep: Waits between attempts, in seconds. Without it there is no wait.
        clock: Returns Unix seconds. Without it there is no deadline.
        deadline: Seconds after which nothing is retried, and no further exchange is started.

    Returns:
        The flow's value.

    Raises:
        ProviderUnavailable: No response came, and the flow did not handle that.
    """
    give_up_at = clock() + deadline if clock is not None else 0.0
    try:
        request = next(flow)
        while True:
            try:
                if clock is not None and clock() > give_up_at:
                    raise ProviderTimeout("the provider", "took too long in all")
                response = await _exchange(request, send, sleep, clock, give_up_at)
            except ProviderUnavailable as failure:
                request = flow.throw(failure)
            else:
                request = flow.send(response)
    except StopIteration as done:
        value: T = done.value
        return value
    finally:
        flow.close()
