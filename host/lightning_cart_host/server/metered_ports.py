"""Ports of an engine that count their calls: to the providers, to merchants and to the database."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from lightning_cart.errors import ProviderTimeout, ProviderUnavailable, StorageUnavailable
from lightning_cart.flow import RETRYABLE_STATUSES
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.ports import Database, Ports, Row, Send, Statement
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.settings import split_values
from lightning_cart_host.server.metrics import DATABASE, FULFILMENT, OTHER, PROVIDER_CALLS, Metrics

type Observe = Callable[[HttpRequest, str, float], None]


def provider_urls(env: Mapping[str, str], strategies: Sequence[type[PaymentStrategy]]) -> dict[str, str]:
    """Return the provider of each API's URL, which is set by a name such as `STRIPE_API_BASE`."""
    return {
        url: strategy.provider_name()
        for strategy in strategies
        for setting in strategy.settings
        if setting.name.endswith("_API_BASE")
        for url in split_values(env, setting)
    }


def _outcome(response: HttpResponse) -> str:
    if response.status in RETRYABLE_STATUSES or response.status >= 500:
        return "unavailable"
    return "refused" if response.status >= 400 else "answered"


def _metered(send: Send, observe: Observe) -> Send:
    async def metered(request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        try:
            response = await send(request)
        except ProviderUnavailable as error:
            outcome = "timeout" if isinstance(error, ProviderTimeout) else "unavailable"
            observe(request, outcome, time.perf_counter() - started)
            raise
        observe(request, _outcome(response), time.perf_counter() - started)
        return response

    return metered


def meter_providers(send: Send, metrics: Metrics, urls: Mapping[str, str]) -> Send:
    """Return a `Send` that counts calls to providers.

    Args:
        send: Sends them.
        metrics: Counts.
        urls: The provider of each API's URL, as `provider_urls` returns them.
    """

    def observe(request: HttpRequest, outcome: str, seconds: float) -> None:
        name = next((name for url, name in urls.items() if request.url.startswith(f"{url}/")), OTHER)
        metrics.observe(PROVIDER_CALLS, (name, outcome), seconds)

    return _metered(send, observe)


def meter_fulfilment(send: Send, metrics: Metrics) -> Send:
    """Return a `Send` that counts fulfilment attempts."""
    return _metered(send, lambda _, outcome, seconds: metrics.observe(FULFILMENT, (outcome,), seconds))


def meter_ports(ports: Ports, metrics: Metrics, urls: Mapping[str, str]) -> Ports:
    """Return ports that count their calls.

    Args:
        ports: The ports.
        metrics: Counts.
        urls: The provider of each API's URL, as `provider_urls` returns them.
    """
    return ports._replace(
        database=MeteredDatabase(ports.database, metrics),
        send=meter_providers(ports.send, metrics, urls),
        send_webhook=meter_fulfilment(ports.send_webhook or ports.send, metrics),
    )


class MeteredDatabase:
    """A `Database` that counts its round trips.

    Args:
        inner: The database.
        metrics: Counts.
    """

    def __init__(self, inner: Database, metrics: Metrics) -> None:
        self._inner, self._metrics = inner, metrics

    async def query(self, statement: Statement) -> Sequence[Row]:
        """Execute one statement and return its rows."""
        return await self._counted(self._inner.query(statement))

    async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        """Execute statements in one transaction, all or none, and return the rows of each."""
        return await self._counted(self._inner.batch(statements))

    async def _counted[T](self, trip: Awaitable[T]) -> T:
        started = time.perf_counter()
        try:
            rows = await trip
        except StorageUnavailable:
            self._metrics.observe(DATABASE, ("error",), time.perf_counter() - started)
            raise
        self._metrics.observe(DATABASE, ("ok",), time.perf_counter() - started)
        return rows
