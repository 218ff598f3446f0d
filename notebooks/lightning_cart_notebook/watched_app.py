"""The engine's HTTP application with a log of every request."""

from urllib.parse import urljoin

from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.usecases.engine import Engine
from lightning_cart.web.app import App
from lightning_cart.web.responses import Answer
from lightning_cart_notebook.exchange import Exchange, ExchangeLog
from lightning_cart_notebook.simulated import LATENCY_SECONDS, SimulatedClock

BUYER, ENGINE = "the buyer", "the engine"


class WatchedApp(App):
    """The engine's HTTP application, which records each request and response.

    Args:
        engine: The engine.
        exchange_log: Records the exchanges.
        provider: The sender of the webhooks, as it is shown.
        simulated: The simulated clock, which each request advances; or `None` for real time.
    """

    def __init__(self, engine: Engine, exchange_log: ExchangeLog, provider: str, simulated: SimulatedClock | None) -> None:
        super().__init__(engine)
        self._simulated = simulated
        self._exchange_log = exchange_log
        self._provider = provider

    async def exchange(self, request: HttpRequest) -> Exchange:
        """Handle one request and return the whole exchange."""
        sender = self._provider if request.path.startswith("/webhook") else BUYER
        shown = HttpRequest(request.method, urljoin(self.engine.public_url, request.url), request.headers, request.body)

        async def respond() -> HttpResponse:
            if self._simulated:
                self._simulated.wait(LATENCY_SECONDS)
            return await self.handle_unrecorded(request)

        return await self._exchange_log.record(sender, ENGINE, shown, respond)

    async def handle_unrecorded(self, request: HttpRequest) -> Answer:
        """Handle one request without recording it."""
        return await super().handle(request)

    async def handle(self, request: HttpRequest) -> Answer:
        """Handle one request and record it, unless it is a CORS preflight."""
        if request.method == "OPTIONS":
            return await self.handle_unrecorded(request)
        response = (await self.exchange(request)).response
        return response if isinstance(response, Answer) else Answer(500)
