"""Counts requests, calls to providers, fulfilment attempts and round trips to the database, and how long they took."""

import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from lightning_cart import __version__
from lightning_cart_host.server.metrics_memory import MetricsMemory, Slot
from lightning_cart_host.server.metrics_text import Sample, histogram_samples, metric

OTHER = "other"  # the label of what has no name here, so that no caller can make labels
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
_STARTED = "started"


class Histogram(NamedTuple):
    """A metric of counts and seconds.

    Args:
        name: Its name.
        purpose: What it counts.
        labels: The names of its labels.
        bounds: The upper bounds of its buckets, in seconds.
    """

    name: str
    purpose: str
    labels: tuple[str, ...]
    bounds: tuple[float, ...]


_CALL_BOUNDS = (0.005, 0.02, 0.1, 0.5, 2, 5, 15)
REQUESTS = Histogram(
    "lightning_cart_request_duration_seconds",
    "Requests to the engine's routes, by route, method and class of status.",
    ("route", "method", "status"),
    _CALL_BOUNDS,
)
PROVIDER_CALLS = Histogram(
    "lightning_cart_provider_call_duration_seconds",
    "Calls to the providers' APIs. A refused call has a definite answer; an unavailable one has none, or is to be repeated.",
    ("provider", "outcome"),
    _CALL_BOUNDS,
)
FULFILMENT = Histogram(
    "lightning_cart_fulfilment_attempt_duration_seconds",
    "Attempts to send a message to a fulfilment_url.",
    ("outcome",),
    _CALL_BOUNDS,
)
DATABASE = Histogram(
    "lightning_cart_database_duration_seconds",
    "Round trips to the database.",
    ("outcome",),
    (0.001, 0.005, 0.02, 0.1, 0.5, 2, 5),
)
HISTOGRAMS = (REQUESTS, PROVIDER_CALLS, FULFILMENT, DATABASE)


class Metrics:
    """What one process counts.

    Args:
        memory: The numbers of all workers. Default: there is one.
        worker: The number of this worker, from 1.
        clock: Returns Unix seconds.
    """

    def __init__(self, memory: MetricsMemory | None = None, worker: int = 1, clock: Callable[[], float] = time.time) -> None:
        self._memory = memory or MetricsMemory()
        self._slot: Slot = self._memory.slot(worker)
        self._slot.put((_STARTED, str(worker)), clock())

    def observe(self, histogram: Histogram, labels: tuple[str, ...], seconds: float) -> None:
        """Count one value of a histogram. The values of its labels must be of a bounded set."""
        self._slot.observe((histogram.name, *labels), bisect_left(histogram.bounds, seconds), seconds)

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request.

        Args:
            route: The path of its route, with the names of variable segments, or "".
            method: Its method.
            status: The status of the response.
            seconds: How long the response took.
        """
        labels = (route or OTHER, method if method in _METHODS else OTHER, f"{status // 100}xx")
        self.observe(REQUESTS, labels, seconds)

    def text(self) -> str:
        """Return what all workers have counted, in Prometheus' text format."""
        sums = self._memory.sums()
        parts = [metric("lightning_cart_info", "gauge", "The release that runs.", [Sample(1, {"version": __version__})])]
        started = [Sample(cells[0], {"worker": key[1]}) for key, cells in sorted(sums.items()) if key[0] == _STARTED]
        parts.append(metric("lightning_cart_worker_start_time_seconds", "gauge", "When each worker started.", started))
        parts += [metric(one.name, "histogram", one.purpose, _samples(one, sums)) for one in HISTOGRAMS]
        return "".join(parts)


def _samples(histogram: Histogram, sums: Mapping[tuple[str, ...], Sequence[float]]) -> Iterator[Sample]:
    for key, cells in sorted(sums.items()):
        if key[0] == histogram.name:
            yield from histogram_samples(dict(zip(histogram.labels, key[1:], strict=True)), histogram.bounds, cells)
