"""The HTTP application: the table of routes and their dispatch. Every adapter calls `App.handle(request)`."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import NamedTuple

from lightning_cart.errors import BodyTooLarge, LightningCartError, MethodNotAllowed, NotFound
from lightning_cart.http import HttpRequest
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.fulfil import DeliveryAttempt, deliver_due
from lightning_cart.web.monitor import MonitorRoutes
from lightning_cart.web.order_routes import OrderRoutes
from lightning_cart.web.problem import internal_error, problem_response
from lightning_cart.web.provider import ProviderRoutes
from lightning_cart.web.responses import Answer
from lightning_cart.web.shop import ShopRoutes

BODY_LIMIT = 64 * 1024  # bytes of a body, except of a webhook
WEBHOOK_LIMIT = 1024 * 1024  # bytes; adapters read no more than this and one byte of any body
FOLLOW_UP_LIMIT = 5  # fulfilment webhooks sent right after a response
_VARIABLE = re.compile(r"\{[a-z]+\}")

type Handler = Callable[[HttpRequest, str], Awaitable[Answer]]


class Route(NamedTuple):
    """A path with variable segments, and the handler of its method.

    Args:
        path: Such as `/orders/{id}`.
        method: In upper case; `GET` includes `HEAD`.
        handler: Called with the request and the values of the variable segments, joined by slashes, or "".
        limit: The longest body that is accepted, in bytes.
        cors: Whether pages of the catalogue's origins may call it.
        also: Another method of the same handler, or empty.
    """

    path: str
    method: str
    handler: Handler
    limit: int = BODY_LIMIT
    cors: bool = False
    also: str = ""

    @property
    def methods(self) -> tuple[str, ...]:
        """All methods that the route accepts."""
        named = (self.method, self.also, "HEAD" if self.method == "GET" else "", "OPTIONS")
        return tuple(filter(None, named))


class App:
    """The engine as an HTTP application.

    Args:
        engine: The engine to serve. `GET /health` names the settings that it lacks.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._origins = engine.catalog.origins
        shop, orders, provider, monitor = ShopRoutes(engine), OrderRoutes(engine), ProviderRoutes(engine), MonitorRoutes(engine)
        self.routes = (
            Route("/checkout", "POST", shop.checkout, cors=True),
            Route("/quote", "POST", shop.quote, cors=True),
            Route("/orders/{id}", "GET", orders.order, cors=True),
            Route("/orders/{id}/page/{token}", "GET", orders.page),
            Route("/orders/{id}/receipt/{token}", "GET", orders.receipt),
            Route("/products", "GET", shop.products, cors=True),
            Route("/strategies", "GET", shop.strategies, cors=True),
            Route("/webhook", "POST", provider.webhook, WEBHOOK_LIMIT),
            Route("/webhook/{provider}", "POST", provider.webhook, WEBHOOK_LIMIT),
            Route("/return/{id}", "GET", provider.buyer_return),
            Route("/return/{id}/{token}", "GET", provider.buyer_return),
            Route("/admin/orders/{id}", "GET", self._admin("order")),
            Route("/admin/orders/{id}/refunds", "POST", self._admin("refund")),
            Route("/admin/orders/{id}/cancel", "POST", self._admin("cancel")),
            Route("/admin/orders/{id}/accept", "POST", self._admin("accept")),
            Route("/admin/orders/{id}/close", "POST", self._admin("close")),
            Route("/admin/orders/{id}/forget", "POST", self._admin("forget")),
            Route("/admin/codes", "GET", self._admin_codes("codes"), also="POST"),
            Route("/admin/codes/{code}/end", "POST", self._admin_codes("end")),
            Route("/health", "GET", monitor.health),
        )
        self._patterns = [(re.compile(_VARIABLE.sub("([^/]+)", route.path)), route) for route in self.routes]

    def _admin(self, name: str) -> Handler:
        """Return a handler of `AdminRoutes`, which is imported only for operators: a start of the Worker is cheaper without."""

        async def handle(request: HttpRequest, variable: str) -> Answer:
            from lightning_cart.web.admin import AdminRoutes  # noqa: PLC0415

            handler: Handler = getattr(AdminRoutes(self.engine), name)
            return await handler(request, variable)

        return handle

    def _admin_codes(self, name: str) -> Handler:
        """Return a handler of `AdminCodeRoutes`, which is imported as late."""

        async def handle(request: HttpRequest, variable: str) -> Answer:
            from lightning_cart.web.admin_codes import AdminCodeRoutes  # noqa: PLC0415

            handler: Handler = getattr(AdminCodeRoutes(self.engine), name)
            return await handler(request, variable)

        return handle

    def _find_route(self, path: str) -> tuple[Route, str] | None:
        for pattern, route in self._patterns:
            if match := pattern.fullmatch(path):
                return route, "/".join(match.groups())
        return None

    def has_route(self, path: str) -> bool:
        """Return whether some route has this path, whatever the method."""
        return bool(self.route_path(path))

    def route_path(self, path: str) -> str:
        """Return the path of the route that has this path, such as `/orders/{id}`, or "" if none has it."""
        found = self._find_route(path)
        return found[0].path if found else ""

    def _cors_headers(self, request: HttpRequest, route: Route) -> dict[str, str]:
        headers = {"vary": "Origin"}
        if request.header("origin") in self._origins:
            headers["access-control-allow-origin"] = request.header("origin")
            if request.method == "OPTIONS":
                headers |= {
                    "access-control-allow-methods": ", ".join(route.methods),
                    "access-control-allow-headers": "authorization, content-type, idempotency-key",
                    "access-control-max-age": "600",
                }
        return headers

    async def _dispatch(self, request: HttpRequest, route: Route, variable: str) -> Answer:
        if request.method not in route.methods:
            raise MethodNotAllowed(route.methods)
        if request.method == "OPTIONS":
            return Answer(204, {"allow": ", ".join(route.methods), "cache-control": "no-store"})
        if len(request.body) > route.limit:
            raise BodyTooLarge(route.limit)
        return await route.handler(request, variable)

    async def handle(self, request: HttpRequest) -> Answer:
        """Answer one request.

        Args:
            request: As received. An adapter may truncate the body after `WEBHOOK_LIMIT + 1` bytes.

        Returns:
            The response, with the fields of its log line. Every `LightningCartError` becomes a problem+json.
        """
        found = self._find_route(request.path)
        try:
            if found is None:
                raise NotFound(
                    "the routes are /checkout, /quote, /products, /strategies, /orders/{id}, /orders/{id}/page/{token}, "
                    "/orders/{id}/receipt/{token}, /return/{id}/{token}, /webhook, /health"
                )
            answer = await self._dispatch(request, *found)
        except LightningCartError as error:
            answer = problem_response(error, request, self.engine.catalog)
        if found is not None and found[0].cors:
            answer = replace(answer, headers={**answer.headers, **self._cors_headers(request, found[0])})
        return replace(answer, body=b"") if request.method == "HEAD" else answer

    def internal_error(self, request: HttpRequest) -> Answer:
        """Return the 500 response for an exception that `handle` raised. The adapter logs the exception."""
        return internal_error(request, self.engine.catalog)

    async def deliver_after(self, answer: Answer, budget: int | None = None) -> list[DeliveryAttempt]:
        """Send the fulfilment webhooks that an answer made due. Await it after the response, so that no caller waits for it.

        If a delivery fails or the adapter stops, the next `deliver_due` sends it.

        Args:
            answer: The return value of `handle`.
            budget: Maximum number of SQL statements, or None for no limit.

        Returns:
            The attempts, one for each fulfilment webhook.

        Raises:
            InvalidSettings: FULFILMENT_SECRET is not set.
            StorageUnavailable: The database did not respond.
        """
        return await deliver_due(self.engine, FOLLOW_UP_LIMIT, budget) if answer.has_deliveries else []
