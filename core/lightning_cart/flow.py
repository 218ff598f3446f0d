"""How a provider talks without doing I/O, and the one place that does it: deadline, retry and backoff.

A flow is a generator that yields each `HttpRequest`, is sent its `HttpResponse`, and returns a domain value. `drive` runs one
over any `Send`; a notebook or a test can just as well `send` each exchange by hand.
"""

from collections.abc import Generator

from lightning_cart.errors import ProviderUnavailable
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.ports import Clock, Send, Sleep

type Flow[T] = Generator[HttpRequest, HttpResponse, T]

BACKOFF_SECONDS = (0.5, 1.0)  # seconds before the second and the third try
DEADLINE_SECONDS = 20.0  # seconds for a whole flow: less than a buyer's patience and than any host's request limit
MAX_RETRY_AFTER_SECONDS = 5.0  # seconds; a provider that asks for more is answered by giving up, and our caller comes again
RETRYABLE_STATUSES = frozenset({408, 409, 424, 429, 500, 502, 503, 504})


def _is_retryable(request: HttpRequest, response: HttpResponse) -> bool:
    hint = response.header(request.retry_header) if request.retry_header else ""
    return hint == "true" if hint in {"true", "false"} else response.status in RETRYABLE_STATUSES


def _retry_after(response: HttpResponse) -> float | None:
    value = response.header("retry-after")
    return float(value) if value.isascii() and value.isdigit() else None


async def _exchange(
    request: HttpRequest, send: Send, sleep: Sleep | None, clock: Clock | None, give_up_at: float
) -> HttpResponse:
    for backoff in BACKOFF_SECONDS if request.idempotent else ():
        wait = backoff
        try:
            response = await send(request)
        except ProviderUnavailable:
            if clock is not None and clock() + wait >= give_up_at:
                raise
        else:
            wait = _retry_after(response) or backoff
            too_late = wait > MAX_RETRY_AFTER_SECONDS or (clock is not None and clock() + wait >= give_up_at)
            if too_late or not _is_retryable(request, response):
                return response
        if sleep is not None:
            await sleep(wait)
    return await send(request)


async def drive[T](
    flow: Flow[T], send: Send, sleep: Sleep | None = None, clock: Clock | None = None, deadline: float = DEADLINE_SECONDS
) -> T:
    """Run a flow to its end.

    A request is repeated only if it is `idempotent`, at most twice, where no response came or one that says "later"; the
    provider's own hint header decides where it is present, and `Retry-After` sets the wait. A transport failure that
    remains is thrown into the flow. The flow is always closed.

    Args:
        flow: What to run.
        send: Sends one request.
        sleep: Waits between tries, in seconds; without it they follow at once.
        clock: Unix seconds, to keep the deadline; without it only the number of tries is bounded.
        deadline: Seconds after which nothing is tried again.

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
