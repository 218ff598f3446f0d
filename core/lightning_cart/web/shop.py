"""The routes that a shop's pages call: quotes, checkout, products and strategies."""

import hashlib

from lightning_cart.errors import LightningCartError
from lightning_cart.http import HttpRequest, json_bytes
from lightning_cart.usecases.cart import choose_site
from lightning_cart.usecases.cart_request import CartRequest
from lightning_cart.usecases.checkout import CheckoutRequest, start_checkout
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.quote import quote_cart
from lightning_cart.web.cart_parser import parse_cart
from lightning_cart.web.catalog_views import products_view, strategies_view
from lightning_cart.web.quote_view import quote_view
from lightning_cart.web.requests import check_idempotency_key
from lightning_cart.web.responses import Answer, json_response


def _digest(request: HttpRequest, cart: CartRequest) -> str:
    """Return the SHA-256 of a body, or of a form's fields: `fetch` makes up a new boundary for each repeat of a form."""
    return hashlib.sha256(json_bytes(cart) if cart.is_form else request.body).hexdigest()


def _is_from_script(request: HttpRequest) -> bool:
    """Return whether a script sent a request: it cannot follow a redirect to another origin. Source: Fetch Metadata, 2.2."""
    accept = request.header("accept")
    is_fetch = request.header("sec-fetch-mode") in ("cors", "same-origin")
    return is_fetch or ("application/json" in accept and "text/html" not in accept)


class ShopRoutes:
    """Handlers of the routes that a shop's pages call.

    Args:
        engine: The engine to call.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._products: dict[str, Answer] = {}

    async def checkout(self, request: HttpRequest, _: str) -> Answer:
        """Handle `POST /checkout`: open a hosted checkout for a cart. A form is redirected to it, a script gets its URL."""
        if self.engine.ports.rate_limit is not None:
            await self.engine.ports.rate_limit(request)
        cart = parse_cart(request)
        try:
            return await self._checkout(request, cart)
        except LightningCartError as error:
            error.site_id = cart.site_id(self.engine.catalog)
            raise

    async def _checkout(self, request: HttpRequest, cart: CartRequest) -> Answer:
        key = check_idempotency_key(request.header("idempotency-key"))
        by_form = cart.is_form and not _is_from_script(request)
        checkout = CheckoutRequest(cart, key, _digest(request, cart), request.client, by_form)
        order, url, session = await start_checkout(self.engine, checkout)
        log_fields = {"order_id": order.id, "strategy": order.strategy}
        has_deliveries = self.engine.has_fulfilment_url and session is None
        if by_form:
            headers = {"location": url, "cache-control": "no-store", "referrer-policy": "no-referrer"}
            return Answer(303, headers, log_fields=log_fields, has_deliveries=has_deliveries)
        content = {
            "order_id": order.id,
            "strategy": order.strategy,
            "session_id": session.id if session is not None else None,
            "url": url,
            "expires_at": session.expires_at if session is not None else None,
            "receipt": self.engine.receipts.issue(order),
        }
        return json_response(201, content, log_fields=log_fields, has_deliveries=has_deliveries)

    async def quote(self, request: HttpRequest, _: str) -> Answer:
        """Handle `POST /quote`: say what a cart costs. It takes what `POST /checkout` takes, and saves nothing."""
        cart = parse_cart(request)
        try:
            return json_response(200, quote_view(await quote_cart(self.engine, cart, request.client)))
        except LightningCartError as error:
            error.site_id = cart.site_id(self.engine.catalog)
            raise

    async def products(self, request: HttpRequest, _: str) -> Answer:
        """Handle `GET /products`: list the products of a site. The catalogue is fixed, so the response is cached."""
        site = choose_site(request.query.get("site"), self.engine.catalog)
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
        site = choose_site(request.query.get("site"), self.engine.catalog)
        return json_response(200, strategies_view(site, self.engine.catalog, self.engine.strategies))
