"""The page that Prometheus reads: what the workers have counted, and what waits in the database."""

import asyncio
import time
from collections.abc import Mapping

from lightning_cart.errors import InvalidSettings, LightningCartError, MethodNotAllowed, StorageUnavailable
from lightning_cart.http import HttpRequest
from lightning_cart.ports import Clock, Database
from lightning_cart.storage.queue_lengths import QueueLengths, read_queue_lengths
from lightning_cart.web.app import App
from lightning_cart.web.operator_token import require_admin
from lightning_cart.web.problem import problem_response
from lightning_cart.web.responses import Answer
from lightning_cart_host.server.metrics import Metrics
from lightning_cart_host.server.metrics_text import CONTENT_TYPE, Sample, metric

PATH = "/metrics"
_DATABASE_SECONDS = 5.0  # Prometheus waits for 10 seconds
_METHODS = ("GET", "HEAD")


def _gauge(name: str, purpose: str, label: str, values: Mapping[str, int]) -> str:
    return metric(name, "gauge", purpose, [Sample(value, {label: each}) for each, value in values.items()])


def queue_text(queues: QueueLengths, now: int) -> str:
    """Return what waits in the database, in Prometheus' text format.

    Args:
        queues: What waits.
        now: Unix seconds.
    """
    aged = {"waiting": queues.waiting, "due": queues.due, "parked": queues.parked, "never_asked": queues.never_asked}
    lengths = {name: queue.length for name, queue in {**aged, "dead": queues.dead, "review": queues.review}.items()}
    ages = {name: max(0, now - (now if queue.oldest_at is None else queue.oldest_at)) for name, queue in aged.items()}
    return "".join(
        (
            _gauge("lightning_cart_queue_length", "What waits in the database, counted up to 10000.", "queue", lengths),
            _gauge("lightning_cart_queue_oldest_age_seconds", "How long the oldest of a queue has waited.", "queue", ages),
            _gauge(
                "lightning_cart_loop_lease_remaining_seconds",
                "How long a process still has the lease of a loop. Below 0, none runs it.",
                "loop",
                {loop: state.until - now for loop, state in queues.loops.items() if state.until},
            ),
            _gauge(
                "lightning_cart_loop_last_run_age_seconds",
                "How long ago a loop ended a run.",
                "loop",
                {loop: max(0, now - state.ran_at) for loop, state in queues.loops.items() if state.ran_at},
            ),
        )
    )


class MetricsPage:
    """The page of one engine.

    Args:
        app: The engine, whose operator reads the page.
        database: Where the tables are.
        metrics: What was counted.
        clock: Returns Unix seconds.
    """

    def __init__(self, app: App, database: Database, metrics: Metrics, clock: Clock = time.time) -> None:
        self._app, self._database, self._metrics, self._clock = app, database, metrics, clock

    def count(self, request: HttpRequest, status: int, seconds: float) -> None:
        """Count a request to the engine, by its route.

        Args:
            request: The request.
            status: The status of its response.
            seconds: How long the response took.
        """
        path = request.path
        self._metrics.request(PATH if path == PATH else self._app.route_path(path), request.method, status, seconds)

    async def text(self) -> str:
        """Return the page. A database that does not answer within 5 seconds is told as down."""
        now = int(self._clock())
        try:
            async with asyncio.timeout(_DATABASE_SECONDS):
                queues = queue_text(await read_queue_lengths(self._database, now), now)
        except (StorageUnavailable, InvalidSettings, TimeoutError):
            queues = ""
        is_up = metric("lightning_cart_database_up", "gauge", "1 if the database answers.", [Sample(1 if queues else 0)])
        return f"{self._metrics.text()}{is_up}{queues}"

    async def answer(self, request: HttpRequest) -> Answer:
        """Answer a request for the page, which needs the operator's token."""
        try:
            require_admin(self._app.engine, request)
            if request.method not in _METHODS:
                raise MethodNotAllowed(_METHODS)
        except LightningCartError as error:
            return problem_response(error, request)
        body = b"" if request.method == "HEAD" else (await self.text()).encode()
        return Answer(200, {"content-type": CONTENT_TYPE, "cache-control": "no-store"}, body)
