"""What a server counts, the sum over its workers, and Prometheus' text format."""

import os
import re
import tempfile

import pytest

from lightning_cart import __version__
from lightning_cart.errors import ProviderTimeout, ProviderUnavailable, StorageUnavailable
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.ports import Send, Statement
from lightning_cart.providers import STRATEGIES
from lightning_cart_host.server.metered_ports import MeteredDatabase, meter_fulfilment, meter_providers, provider_urls
from lightning_cart_host.server.metrics import PROVIDER_CALLS, Metrics
from lightning_cart_host.server.metrics_memory import SLOT_BYTES, MetricsMemory
from lightning_cart_host.server.metrics_text import Sample, metric
from support.app import run
from support.builders import NOW
from support.databases import MemoryDatabase

STRIPE = HttpRequest("POST", "https://api.stripe.com/v1/checkout/sessions")
_SAMPLE = re.compile(r'(\w+)(?:\{((?:\w+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)')


def samples(text: str) -> dict[str, float]:
    """Return each sample of a page; fail on a line that is not of the format."""
    found = {}
    for line in text.splitlines():
        if not line.startswith(("# HELP ", "# TYPE ")):
            match = _SAMPLE.fullmatch(line)
            assert match, line
            found[line.rpartition(" ")[0]] = float(match[3])
    return found


def count(metrics: Metrics, name: str, **labels: str) -> float:
    """Return how often something was counted."""
    written = ",".join(f'{label}="{value}"' for label, value in labels.items())
    return samples(metrics.text()).get(f"lightning_cart_{name}_duration_seconds_count{{{written}}}", 0)


# ---- the format


def test_a_label_is_escaped() -> None:
    assert '{a="1\\"2\\\\3\\n4"} 1\n' in metric("one", "gauge", "Something.", [Sample(1, {"a": '1"2\\3\n4'})])


def test_a_metric_has_its_purpose_and_type_before_its_samples() -> None:
    text = metric("one", "gauge", "Some\\thing\nelse.", [Sample(0.25), Sample(2)])
    assert text == "# HELP one Some\\\\thing\\nelse.\n# TYPE one gauge\none 0.25\none 2\n"


def test_a_metric_without_samples_is_left_out() -> None:
    assert metric("one", "gauge", "Something.", []) == ""


def test_a_histogram_counts_what_is_at_most_a_bound() -> None:
    metrics = Metrics()
    for seconds in (0.005, 0.02, 0.021, 99):
        metrics.request("/checkout", "POST", 201, seconds)
    found = samples(metrics.text())
    labels = 'route="/checkout",method="POST",status="2xx"'
    name = "lightning_cart_request_duration_seconds"
    assert [found[f'{name}_bucket{{{labels},le="{le}"}}'] for le in ("0.005", "0.02", "0.1", "15", "+Inf")] == [1, 2, 3, 3, 4]
    assert found[f"{name}_count{{{labels}}}"] == 4
    assert found[f"{name}_sum{{{labels}}}"] == pytest.approx(99.046)


def test_the_release_and_the_start_of_each_worker_are_told() -> None:
    memory = MetricsMemory(2)
    for worker in (1, 2):
        metrics = Metrics(memory, worker, clock=lambda: NOW)
    found = samples(metrics.text())
    assert found[f'lightning_cart_info{{version="{__version__}"}}'] == 1
    assert found['lightning_cart_worker_start_time_seconds{worker="2"}'] == NOW


# ---- requests


@pytest.mark.parametrize(("route", "method"), [("", "GET"), ("", "BREW"), ("/checkout", "BREW")])
def test_a_path_or_method_of_a_callers_own_makes_no_label(route: str, method: str) -> None:
    metrics = Metrics()
    metrics.request(route, method, 404, 0)
    shown = method if method == "GET" else "other"
    assert count(metrics, "request", route=route or "other", method=shown, status="4xx") == 1


# ---- several workers


def test_each_worker_shows_the_sum_over_all() -> None:
    memory = MetricsMemory(2)
    one, two = Metrics(memory, 1), Metrics(memory, 2)
    for metrics in (one, two, two):
        metrics.request("/health", "GET", 200, 0.5)
    labels = {"route": "/health", "method": "GET", "status": "2xx"}
    assert (count(one, "request", **labels), count(two, "request", **labels)) == (3, 3)


def test_a_worker_that_replaces_a_dead_one_goes_on_counting() -> None:
    memory = MetricsMemory(2)
    for _ in range(2):
        metrics = Metrics(memory, 2)
        metrics.request("/health", "GET", 200, 0.5)
    assert count(metrics, "request", route="/health", method="GET", status="2xx") == 2


def test_processes_share_their_numbers_by_a_file() -> None:
    with tempfile.TemporaryFile() as file:
        file.truncate(2 * SLOT_BYTES)
        here = Metrics(MetricsMemory(2, file.fileno()), 1)
        Metrics(MetricsMemory(2, os.dup(file.fileno())), 2).request("/health", "GET", 200, 0.5)
        assert count(here, "request", route="/health", method="GET", status="2xx") == 1


def test_what_finds_no_room_is_not_counted() -> None:
    metrics = Metrics()
    for number in range(600):
        metrics.observe(PROVIDER_CALLS, (f"provider {number}", "answered"), 1)
    metrics.observe(PROVIDER_CALLS, ("x" * 300, "answered"), 1)
    assert len(re.findall(r"_count\{", metrics.text())) == 511


# ---- calls


def call(send: Send, request: HttpRequest = STRIPE) -> HttpResponse:
    async def once() -> HttpResponse:
        return await send(request)

    return run(once())


def answering(answer: int | Exception) -> Send:
    """Return a `Send` that always answers so."""

    async def send(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - the port names it
        if isinstance(answer, Exception):
            raise answer
        return HttpResponse(answer)

    return send


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (200, "answered"),
        (302, "answered"),
        (402, "refused"),
        (429, "unavailable"),
        (500, "unavailable"),
        (599, "unavailable"),
        (ProviderTimeout("api.stripe.com", "did not answer"), "timeout"),
        (ProviderUnavailable("api.stripe.com", "could not be reached"), "unavailable"),
    ],
)
def test_a_call_is_counted_by_its_outcome(answer: int | Exception, outcome: str) -> None:
    metrics, send = Metrics(), answering(answer)
    for metered in (meter_providers(send, metrics, provider_urls({}, STRATEGIES)), meter_fulfilment(send, metrics)):
        if isinstance(answer, Exception):
            with pytest.raises(type(answer)):
                call(metered)
        else:
            assert call(metered).status == answer
    assert count(metrics, "provider_call", provider="stripe", outcome=outcome) == 1
    assert count(metrics, "fulfilment_attempt", outcome=outcome) == 1


def test_a_call_to_an_unknown_url_has_no_label_of_its_own() -> None:
    metrics = Metrics()
    elsewhere = HttpRequest("GET", "https://api.stripe.com.evil.example/")
    call(meter_providers(answering(200), metrics, provider_urls({}, STRATEGIES)), elsewhere)
    assert count(metrics, "provider_call", provider="other", outcome="answered") == 1


def test_a_provider_is_known_by_the_url_that_is_set() -> None:
    urls = provider_urls({"STRIPE_API_BASE": "http://127.0.0.1:9/stripe"}, STRATEGIES)
    assert urls["http://127.0.0.1:9/stripe"] == "stripe"
    assert sorted(set(urls.values())) == ["paypal", "square", "stripe"]


def test_round_trips_to_the_database_are_counted() -> None:
    memory, metrics = MemoryDatabase(), Metrics()
    database = MeteredDatabase(memory, metrics)
    assert run(database.query(Statement("SELECT 1 AS one"))) == [{"one": 1}]
    assert run(database.batch([Statement("SELECT 2 AS two")])) == [[{"two": 2}]]
    memory.broken = True
    with pytest.raises(StorageUnavailable):
        run(database.query(Statement("SELECT 1")))
    with pytest.raises(StorageUnavailable):
        run(database.batch([Statement("SELECT 1")]))
    assert (count(metrics, "database", outcome="ok"), count(metrics, "database", outcome="error")) == (2, 2)
