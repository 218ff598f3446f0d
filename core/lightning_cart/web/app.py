"""The engine's single door: an `HttpRequest` in, an `HttpResponse` out. Every adapter translates into it and back."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from lightning_cart import __version__
from lightning_cart.domain.catalog import Site
from lightning_cart.domain.order import OrderStatus
from lightning_cart.errors import (
    BodyTooLarge,
    InvalidField,
    InvalidSettings,
    LightningCartError,
    MethodNotAllowed,
    NotFound,
    ReceiptRequired,
    TemporarilyUnavailable,
    UnsupportedMediaType,
)
from lightning_cart.http import HttpRequest, HttpResponse, json_bytes, json_response
from lightning_cart.usecases.buyer_return import take_return
from lightning_cart.usecases.cart import parse_form_cart, parse_json_cart
from lightning_cart.usecases.checkout import check_idempotency_key, start_checkout
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.fulfil import DeliveryAttempt, deliver_due
from lightning_cart.usecases.webhook import detect_provider, take_webhook
from lightning_cart.web.admin import Admin
from lightning_cart.web.problem import problem_response
from lightning_cart.web.views import order_view, products_view, strategies_view

CHECKOUT_LIMIT = 64 * 1024  # bytes
WEBHOOK_LIMIT = 1024 * 1024  # bytes; also the most that an adapter needs to read of any body, and one more
FOLLOW_UP_LIMIT = 5  # fulfilment webhooks tried right after an answer
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"

type _Handler = Callable[[HttpRequest, str], Awaitable[HttpResponse]]


class _Route(NamedTuple):
    """A path, in which one segment may be free, and who answers which method there."""

    pattern: re.Pattern[str]
    handlers: Mapping[str, _Handler]
    limit: int
    cors: bool

    @property
    def methods(self) -> tuple[str, ...]:
        offered = [*self.handlers, *(["HEAD"] if "GET" in self.handlers else []), "OPTIONS"]
        return tuple(offered)


def _route(path: str, method: str, handler: _Handler, *, limit: int = CHECKOUT_LIMIT, cors: bool = True) -> _Route:
    return _Route(re.compile(path.replace("{}", "([^/]+)")), {method: handler}, limit, cors)


class App:
    """The engine behind its routes.

    Args:
        engine: What answers them; what it lacks is named by `GET /health`.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._origins = self.engine.catalog.origins
        self._products: dict[str, HttpResponse] = {}
        admin = Admin(self.engine)
        self._routes = (
            _route("/checkout", "POST", self._checkout),
            _route("/webhook", "POST", self._webhook, limit=WEBHOOK_LIMIT, cors=False),
            _route("/webhook/{}", "POST", self._webhook, limit=WEBHOOK_LIMIT, cors=False),
            _route("/orders/{}", "GET", self._order),
            _route("/return/{}", "GET", self._return, cors=False),
            _route("/products", "GET", self._product_list),
            _route("/strategies", "GET", self._strategies),
            _route("/admin/orders/{}/refunds", "POST", admin.refund, cors=False),
            _route("/admin/orders/{}/cancel", "POST", admin.cancel, cors=False),
            _route("/health", "GET", self._health, cors=False),
        )

    def _site(self, request: HttpRequest) -> Site:
        sites = self.engine.catalog.sites
        asked = request.query.get("site", "")
        if not asked and len(sites) == 1:
            return next(iter(sites.values()))
        if asked not in sites:
            raise InvalidField("site", "must be the id of a site of this engine")
        return sites[asked]

    async def _checkout(self, request: HttpRequest, _: str) -> HttpResponse:
        if self.engine.ports.rate_limit is not None:
            await self.engine.ports.rate_limit(request)
        content_type = request.header("content-type").partition(";")[0].strip().lower()
        if content_type not in {_JSON, _FORM}:
            raise UnsupportedMediaType(f"send the cart as {_JSON} or {_FORM}")
        cart = parse_json_cart(request.body) if content_type == _JSON else parse_form_cart(request.body)
        engine = self.engine
        key = check_idempotency_key(request.header("idempotency-key"))
        digest = hashlib.sha256(request.body).hexdigest()
        order, session = await start_checkout(engine, cart, key, digest)
        facts = {"order_id": order.id, "strategy": order.strategy}
        if content_type == _FORM:
            return HttpResponse(303, {"location": session.url, "cache-control": "no-store"}, log_fields=facts)
        answer = {
            "order_id": order.id,
            "strategy": order.strategy,
            "session_id": session.id,
            "url": session.url,
            "expires_at": session.expires_at,
            "receipt": engine.receipts.issue(order),
        }
        return json_response(201, answer, log_fields=facts)

    async def _webhook(self, request: HttpRequest, provider: str) -> HttpResponse:
        event, settlement = await take_webhook(self.engine, provider or detect_provider(self.engine, request), request)
        facts = {"provider": event.provider, "event_id": event.id, "event_type": event.type}
        if settlement is None:
            return json_response(200, {"received": True}, log_fields=facts | {"verdict": "ignored"})
        facts["verdict"] = "repeated" if settlement.repeated else settlement.verdict.value
        if settlement.order is not None:
            facts |= {"order_id": settlement.order.id, "order_status": settlement.order.status.value}
        has_deliveries = self.engine.has_fulfilment_url and not settlement.repeated
        return replace(json_response(200, {"received": True}, log_fields=facts), has_deliveries=has_deliveries)

    async def _return(self, _request: HttpRequest, order_id: str) -> HttpResponse:
        order, page, trouble = await take_return(self.engine, order_id)
        facts = {"order_id": order.id, "order_status": order.status.value} | ({"reason": trouble} if trouble else {})
        headers = {"location": page, "cache-control": "no-store", "referrer-policy": "no-referrer"}
        has_deliveries = self.engine.has_fulfilment_url and order.status is not OrderStatus.OPEN
        return HttpResponse(303, headers, log_fields=facts, has_deliveries=has_deliveries)

    async def _order(self, request: HttpRequest, order_id: str) -> HttpResponse:
        scheme, _, token = request.header("authorization").partition(" ")
        receipt = token.strip() if scheme.lower() == "bearer" else request.query.get("receipt", "")
        self.engine.receipts.check(receipt, order_id, self.engine.now())
        order = await self.engine.store.find_order(order_id)
        if order is None:
            raise ReceiptRequired("send the receipt that came with this order's checkout")
        return json_response(200, order_view(order), log_fields={"order_id": order.id, "order_status": order.status.value})

    async def _product_list(self, request: HttpRequest, _: str) -> HttpResponse:
        site = self._site(request)
        if site.id not in self._products:
            view = products_view(site, self.engine.catalog, self.engine.public_url)
            etag = f'"{hashlib.sha256(json_bytes(view)).hexdigest()[:32]}"'
            headers = {"cache-control": "public, max-age=60", "etag": etag}
            self._products[site.id] = json_response(200, view, headers)
        answer = self._products[site.id]
        known = {tag.strip().removeprefix("W/") for tag in request.header("if-none-match").split(",")}
        if answer.header("etag") in known:
            return HttpResponse(304, {name: answer.headers[name] for name in ("cache-control", "etag")})
        return answer

    async def _strategies(self, request: HttpRequest, _: str) -> HttpResponse:
        site = self._site(request)
        return json_response(200, strategies_view(site, self.engine.catalog, self.engine.strategies))

    async def _health(self, _request: HttpRequest, _: str) -> HttpResponse:
        missing = self.engine.missing_settings()
        database = "ok"
        try:
            await self.engine.store.ping()
        except TemporarilyUnavailable:
            database = "unavailable"
        except InvalidSettings as gap:
            missing += gap.names
            database = "unavailable"
        healthy = not missing and database == "ok"
        state = {
            "status": "ok" if healthy else "unavailable",
            "version": __version__,
            "missing": missing,
            "database": database,
        }
        return json_response(200 if healthy else 503, state)

    def _cors(self, request: HttpRequest, route: _Route) -> dict[str, str]:
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

    async def _dispatch(self, request: HttpRequest, route: _Route, free: str) -> HttpResponse:
        if request.method == "OPTIONS":
            return HttpResponse(204, {"allow": ", ".join(route.methods), "cache-control": "no-store"})
        handler = route.handlers.get("GET" if request.method == "HEAD" else request.method)
        if handler is None:
            raise MethodNotAllowed(route.methods)
        if len(request.body) > route.limit:
            raise BodyTooLarge(route.limit)
        return await handler(request, free)

    async def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one request.

        Args:
            request: As received; an adapter may cut a body off behind `WEBHOOK_LIMIT + 1` bytes.

        Returns:
            The answer, with what the log should say of it in `facts`. Every error of ours becomes a problem+json.
        """
        path = request.path
        found = next(((route, match) for route in self._routes if (match := route.pattern.fullmatch(path))), None)
        try:
            if found is None:
                raise NotFound(
                    "the routes are /checkout, /products, /strategies, /orders/{id}, /return/{id}, /webhook, /health"
                )
            route, match = found
            response = await self._dispatch(request, route, match[1] if match.re.groups else "")
        except LightningCartError as error:
            response = problem_response(error, request)
        if found is not None and found[0].cors:
            response = replace(response, headers={**response.headers, **self._cors(request, found[0])})
        return replace(response, body=b"") if request.method == "HEAD" else response

    async def deliver_after(self, response: HttpResponse) -> list[DeliveryAttempt]:
        """Do what an answer has left to do. An adapter awaits it once the answer is sent, without keeping the caller waiting.

        What is not done here, because it fails or the adapter stops, is done by the next `deliver_due`.

        Args:
            response: What `handle` gave.

        Returns:
            The fulfilment webhooks that were tried.

        Raises:
            InvalidSettings: There is no secret to sign with.
            StorageUnavailable: The database did not answer.
        """
        return await deliver_due(self.engine, FOLLOW_UP_LIMIT) if response.has_deliveries else []
