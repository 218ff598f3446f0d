"""Delivery of webhooks: what is due in the outbox is sent over HTTP, and retried until the receiver returns 2xx.

Many are sent at once, so a receiver that hangs does not delay the others. Every attempt is signed anew and recorded.
"""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial

import httpx

from lightning_cart_sandbox.chaos.dial import Fault
from lightning_cart_sandbox.chaos.state import Dial
from lightning_cart_sandbox.document_store import DocumentStore, StorageError
from lightning_cart_sandbox.types import Clock, Json, NewId
from lightning_cart_sandbox.webhooks.outbox import RETRY_SECONDS, AttemptResult, Outbox

type Sign = Callable[[str, bytes, int], dict[str, str] | None]
"""Takes an endpoint's id, the body and the time; returns the signature headers, or `None` if there is no such endpoint."""

type Describe = Callable[[Json], dict[str, str]]
"""Takes a delivery with its earlier `attempts`; returns unsigned headers about the next attempt."""

TIMEOUT_SECONDS = 10.0
STALE_SECONDS = 3600
"""Age of a signature with the fault `STALE_TIMESTAMP`; no receiver should accept it."""
_IN_FLIGHT_PER_ENDPOINT = 16
_TICK_SECONDS = 0.25
_EXCERPT_CHARACTERS = 300

_log = logging.getLogger(__name__)


class Deliveries(Outbox):
    """The outbox with a sender.

    Args:
        store: The database.
        clock: Unix seconds.
        new_id: Fresh identifiers.
        retry_seconds: Seconds to wait after each failed attempt.
        client: The HTTP client; `None` means a new one.
        dial: The chaos dial; no faults when `None`.
    """

    def __init__(
        self,
        store: DocumentStore,
        clock: Clock,
        new_id: NewId,
        *,
        retry_seconds: Sequence[float] = RETRY_SECONDS,
        client: httpx.AsyncClient | None = None,
        dial: Dial | None = None,
    ) -> None:
        super().__init__(store, clock, new_id, retry_seconds=retry_seconds, dial=dial)
        self._given_client = client
        self._client: httpx.AsyncClient | None = None
        self._signers: dict[str, Sign] = {}
        self._describers: dict[str, Describe] = {}
        self._in_flight: dict[str, tuple[str, asyncio.Task[None]]] = {}

    def register(
        self,
        provider: str,
        sign: Sign,
        *,
        describe: Describe = lambda _: {},
        retry_seconds: Sequence[float] | None = None,
    ) -> None:
        """Register how a provider signs its webhooks.

        Args:
            provider: The provider's name.
            sign: Returns the signature headers.
            describe: Returns the other headers.
            retry_seconds: Seconds that the provider waits after each failed attempt, if that is published.
        """
        self._signers[provider] = sign
        self._describers[provider] = describe
        if retry_seconds is not None:
            self.schedules[provider] = tuple(retry_seconds)

    @contextlib.asynccontextmanager
    async def sending(self) -> AsyncIterator[None]:
        """Keep an HTTP client open while webhooks are sent; cancel the attempts in flight at the end."""
        if self._client is not None:
            yield
            return
        async with contextlib.AsyncExitStack() as stack:
            self._client = self._given_client or await stack.enter_async_context(_new_client())
            try:
                yield
            finally:
                tasks = [task for _, task in self._in_flight.values()]
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                self._client = None

    async def work(self, tick: Callable[[], None]) -> None:
        """Send what is due, in an endless loop within `sending`; call `tick` in each round."""
        while True:
            try:
                tick()
                self._start_due()
            except StorageError as error:
                _log.error("the webhooks that are due could not be read or saved: %s", error)
            except Exception:  # noqa: BLE001 - one failed round must not stop all webhooks
                _log.exception("a round of the delivery worker failed")
            await asyncio.sleep(_TICK_SECONDS)

    async def drain(self) -> None:
        """Send everything that is due now, and wait for the responses."""
        async with self.sending():
            self._start_due()
            while self._in_flight:
                await asyncio.wait([task for _, task in self._in_flight.values()])
                self._start_due()

    async def wait_for_first_attempts(self, event_id: str, seconds: float) -> None:
        """Wait until each receiver of an event has responded to its first attempt, or for `seconds`.

        Returns at once if no worker is running, since then nothing is sent.
        """
        await self._wait_for_attempts(lambda: self.untried(event_id), seconds)

    async def wait_for_first_attempts_since(self, number: int, seconds: float) -> None:
        """Wait in the same way for all deliveries after a number."""
        await self._wait_for_attempts(lambda: self.untried_since(number), seconds)

    async def _wait_for_attempts(self, untried: Callable[[], list[str]], seconds: float) -> None:
        if self._client is None:
            return
        self._start_due()
        tasks = [self._in_flight[one][1] for one in untried() if one in self._in_flight]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)

    def _start_due(self) -> None:
        # Attempts in flight are still due, so twice the limit leaves enough others.
        self._start(self.due(2 * _IN_FLIGHT_PER_ENDPOINT))

    def _start(self, due: list[tuple[str, str]]) -> None:
        busy = Counter(endpoint for endpoint, _ in self._in_flight.values())
        for delivery, endpoint in due:
            if delivery in self._in_flight or busy[endpoint] >= _IN_FLIGHT_PER_ENDPOINT:
                continue
            busy[endpoint] += 1
            task = asyncio.create_task(self._attempt(delivery))
            self._in_flight[delivery] = (endpoint, task)
            task.add_done_callback(partial(self._on_attempt_done, delivery))

    def _on_attempt_done(self, delivery: str, task: asyncio.Task[None]) -> None:
        endpoint, _ = self._in_flight.pop(delivery)
        if task.cancelled() or self._client is None:
            return
        if error := task.exception():
            unforeseen = None if isinstance(error, StorageError) else error  # a full disk needs no traceback
            _log.error("delivery %s could not be attempted: %s", delivery, error, exc_info=unforeseen)
            return  # the next round retries; an immediate retry could loop
        # Attempts in flight are still due, so a full batch contains one that is not in flight.
        self._start(self.due_at(endpoint, _IN_FLIGHT_PER_ENDPOINT))

    async def _attempt(self, delivery_id: str) -> None:
        row = self.get(delivery_id)
        if row is None or self._client is None:
            return
        body = row["body"].encode()
        signature = self._sign(row, body)
        if signature is None:
            self.cancel(delivery_id)
            return
        described = self._describers[row["provider"]](row)
        headers = {"content-type": "application/json; charset=utf-8", "accept": "*/*", **described, **signature}
        self.record(delivery_id, await _post(self._client, row["url"], body, headers))

    def _sign(self, row: Json, body: bytes) -> dict[str, str] | None:
        fault = None if row["tries"] else self._dial.find_fault(row["id"])
        now = int(self._clock()) - (STALE_SECONDS if fault is Fault.STALE_TIMESTAMP else 0)
        # To a receiver, a signature of other bytes looks like one with another secret, in every scheme.
        signed = body + b" " if fault is Fault.WRONG_SECRET else body
        return self._signers[row["provider"]](row["endpoint_id"], signed, now)


async def _post(client: httpx.AsyncClient, url: str, body: bytes, headers: dict[str, str]) -> AttemptResult:
    """Send one request within the timeout; read only as much of the response as the log shows."""
    started = time.perf_counter()
    try:
        async with (
            asyncio.timeout(TIMEOUT_SECONDS),
            client.stream("POST", url, content=body, headers=headers, follow_redirects=False) as response,
        ):
            return AttemptResult(response.status_code, _since(started), await _excerpt(response), None)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return AttemptResult(None, _since(started), "", f"{type(error).__name__}: {error}".rstrip(": "))


async def _excerpt(response: httpx.Response) -> str:
    beginning = b""
    async for chunk in response.aiter_bytes():
        beginning += chunk
        if len(beginning) >= _EXCERPT_CHARACTERS:
            break
    return beginning.decode("utf-8", "replace")[:_EXCERPT_CHARACTERS]


def _new_client() -> httpx.AsyncClient:
    # No pool limit, because a receiver that hangs must not use up the connections of others. No proxy from the environment,
    # because receivers are on this machine.
    return httpx.AsyncClient(limits=httpx.Limits(max_connections=None), trust_env=False, timeout=TIMEOUT_SECONDS)


def _since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)
