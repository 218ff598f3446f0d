"""The dashboard: overview, ledger and webhook deliveries, for people who want to see what happened."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from lightning_cart_sandbox.chaos.state import Dial
from lightning_cart_sandbox.ledger import Ledger
from lightning_cart_sandbox.pages import asset, render
from lightning_cart_sandbox.types import Json
from lightning_cart_sandbox.webhooks.delivery import Deliveries


class Dashboard:
    """The pages that belong to no provider.

    Args:
        ledger: The ledger.
        deliveries: The outbox.
        dial: The chaos dial.
        items: Returns the template values of all providers: the newest sessions, links and events.
    """

    def __init__(self, ledger: Ledger, deliveries: Deliveries, dial: Dial, items: Callable[[], Json]) -> None:
        self._ledger = ledger
        self._deliveries = deliveries
        self._dial = dial
        self._items = items

    def routes(self) -> list[Route]:
        """Return the routes of the dashboard."""
        return [
            Route("/", self._home),
            Route("/health", self._health),
            Route("/static/{name}", asset),
            Route("/ledger", self._ledger_page),
            Route("/api/ledger", self._ledger_json),
            Route("/deliveries", self._deliveries_page),
            Route("/api/deliveries", self._deliveries_json),
            Route("/deliveries/{delivery}", self._delivery_page, methods=["GET", "POST"]),
        ]

    async def _home(self, _: Request) -> Response:
        accounts = self._ledger.accounts()
        return render("home.html", **self._items(), deliveries=self._deliveries.latest(20), accounts=accounts)

    async def _health(self, _: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def _ledger_page(self, _: Request) -> Response:
        return render("ledger.html", **self._ledger.report())

    async def _ledger_json(self, _: Request) -> Response:
        return JSONResponse(self._ledger.report())

    async def _deliveries_page(self, _: Request) -> Response:
        return render("deliveries.html", deliveries=self._deliveries.latest(), schedule=self._deliveries.retry_seconds)

    async def _deliveries_json(self, _: Request) -> Response:
        found = [self._deliveries.get(row["id"]) for row in self._deliveries.latest()]
        return JSONResponse({"deliveries": found, "counts": self._deliveries.counts()})

    async def _delivery_page(self, request: Request) -> Response:
        identifier = request.path_params["delivery"]
        if request.method == "POST" and self._deliveries.resend(identifier):
            return RedirectResponse(request.url.path, 303)
        delivery = self._deliveries.get(identifier)
        if delivery is None:
            return render("missing.html", status=404, message="There is no such delivery.")
        return render("delivery.html", delivery=delivery, fault=self._dial.find_fault(identifier))
