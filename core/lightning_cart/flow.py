"""How a provider talks without doing I/O, and the one place that does it: deadline, retry and backoff.

A flow is a generator that yields each `HttpRequest`, is sent its `HttpResponse`, and returns a domain value. `drive` runs one
over any `Send`; a notebook or a test can just as well `send` each exchange by hand.
"""

from collections.abc import Generator

from lightning_cart.errors import ProviderUnavailable
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.ports import Clock, Send, Sleep

type Flow[T] = Generator[HttpRequest, HttpResponse, T]

BACKOFF = (0.5, 1.0)  # seconds before the second and the third try
DEADLINE = 20.0  # seconds for a whole flow: less than a buyer's patience and than any host's request limit
LONGEST_WAIT = 5.0  # seconds; a provider that asks for more is answered by giving up, and our caller comes again
LATER = frozenset({408, 409, 424, 429, 500, 502, 503, 504})


def _says_later(request: HttpRequest, response: HttpResponse) -> bool:
    hint = response.header(request.retry_hint) if request.retry_hint else ""
    return hint == "true" if hint in {"true", "false"} else response.status in LATER


def _asked_wait(response: HttpResponse) -> float | None:
    value = response.header("retry-after")
    return float(value) if value.isascii() and value.isdigit() else None


async def _exchange(request: HttpRequest, send: Send, sleep: Sleep | None, clock: Clock | None, until: float) -> HttpResponse:
    for backoff in BACKOFF if request.idempotent else ():
        wait = backoff
        try:
            response = await send(request)
        except ProviderUnavailable:
            if clock is not None and clock() + wait >= until:
                raise
        else:
            wait = _asked_wait(response) or backoff
            too_late = wait > LONGEST_WAIT or (clock is not None and clock() + wait >= until)
            if too_late or not _says_later(request, response):
                return response
        if sleep is not None:
            await sleep(wait)
    return await send(request)


async def drive[T](
    flow: Flow[T], send: Send, sleep: Sleep | None = None, clock: Clock | None = None, deadline: float = DEADLINE
) -> T:
    """Run a flow to its end.

    A request is repeated only if it is `idempotent`, at most twice, where no response came or one that says "later"; the
    provider's own hint header decides where it is present, and `Retry-After` sets the wait. A transport failure that
    remains is thrown into the flow. The flow is always closed.

    Args:
        flow: what to run.
        send: sends one request.
        sleep: waits between tries, in seconds; without it they follow at once.
        clock: Unix seconds, to keep the deadline; without it only the number of tries is bounded.
        deadline: seconds after which nothing is tried again.

    Returns:
        The flow's value.

    Raises:
        ProviderUnavailable: no response came, and the flow did not handle that.
    """
    until = clock() + deadline if clock is not None else 0.0
    try:
        request = next(flow)
        while True:
            try:
                response = await _exchange(request, send, sleep, clock, until)
            except ProviderUnavailable as failure:
                request = flow.throw(failure)
            else:
                request = flow.send(response)
    except StopIteration as done:
        value: T = done.value
        return value
    finally:
        flow.close()
