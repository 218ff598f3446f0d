"""The routes that a shop's pages call: checkout, orders, products and strategies."""

import hashlib

from lightning_cart.domain.catalog import Site
from lightning_cart.errors import InvalidField, ReceiptRequired, UnsupportedMediaType
from lightning_cart.http import HttpRequest, json_bytes
from lightning_cart.usecases.checkout import start_checkout
from lightning_cart.usecases.engine import Engine
from lightning_cart.web.requests import check_idempotency_key, parse_form_cart, parse_json_cart
from lightning_cart.web.responses import Answer, json_response
from lightning_cart.web.views import order_view, products_view, strategies_view

_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"


class ShopRoutes:
    """Handlers of the routes that a shop's pages call.

    Args:
        engine: The engine to call.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._products: dict[str, Answer] = {}

    async def checkout(self, request: HttpRequest, _: str) -> Answer:
        """Handle `POST /checkout`: open a hosted checkout for a cart. A form is redirected to it, JSON gets its URL."""
        if self.engine.ports.rate_limit is not None:
            await self.engine.ports.rate_limit(request)
        content_type = request.header("content-type").partition(";")[0].strip().lower()
        if content_type not in {_JSON, _FORM}:
            raise UnsupportedMediaType(f"send the cart as {_JSON} or {_FORM}")
        cart = parse_json_cart(request.body) if content_type == _JSON else parse_form_cart(request.body)
        key = check_idempotency_key(request.header("idempotency-key"))
        request_digest = hashlib.sha256(request.body).hexdigest()
        order, session = await start_checkout(self.engine, cart, key, request_digest)
        log_fields = {"order_id": order.id, "strategy": order.strategy}
        if content_type == _FORM:
            return Answer(303, {"location": session.url, "cache-control": "no-store"}, log_fields=log_fields)
        content = {
            "order_id": order.id,
            "strategy": order.strategy,
            "session_id": session.id,
            "url": session.url,
            "expires_at": session.expires_at,
            "receipt": self.engine.receipts.issue(order),
        }
        return json_response(201, content, log_fields=log_fields)

    async def order(self, request: HttpRequest, order_id: str) -> Answer:
        """Handle `GET /orders/{id}`: return an order to the buyer who has its receipt."""
        scheme, _, token = request.header("authorization").partition(" ")
        receipt = token.strip() if scheme.lower() == "bearer" else request.query.get("receipt", "")
        self.engine.receipts.check(receipt, order_id, self.engine.now())
        order = await self.engine.orders.find_order(order_id)
        if order is None:
            raise ReceiptRequired("send the receipt that came with this order's checkout")
        return json_response(200, order_view(order), log_fields={"order_id": order.id, "order_status": order.status.value})

    async def products(self, request: HttpRequest, _: str) -> Answer:
        """Handle `GET /products`: list the products of a site. The catalogue is fixed, so the response is cached."""
        site = self._site(request)
        if site.id not in self._products:
            view = products_view(site, self.engine.catalog, self.engine.public_url)
            etag = f'"{hashlib.sha256(json_bytes(view)).hexdigest()[:32]}"'
            headers = {"cache-control": "public, max-age=60", "etag": etag}
            self._products[site.id] = json_response(200, view, headers)
        answer = self._products[site.id]
        known = {tag.strip().removeprefix("W/") for tag in request.header("if-none-match").split(",")}
        if answer.header("etag") in known:
            return Answer(304, {name: answer.headers[name] for name in ("cache-control", "etag")})
        return answer

    async def strategies(self, request: HttpRequest, _: str) -> Answer:
        """Handle `GET /strategies`: list the payment methods of a site and their limits."""
        site = self._site(request)
        return json_response(200, strategies_view(site, self.engine.catalog, self.engine.strategies))

    def _site(self, request: HttpRequest) -> Site:
        sites = self.engine.catalog.sites
        site_id = request.query.get("site", "")
        if not site_id and len(sites) == 1:
            return next(iter(sites.values()))
        if site_id not in sites:
            raise InvalidField("site", "must be the id of a site of this engine")
        return sites[site_id]
