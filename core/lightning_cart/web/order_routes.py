"""The routes that show an order to its buyer: as JSON to the shop's page, and as pages that need no JavaScript."""

from lightning_cart.domain.catalog import Site
from lightning_cart.domain.order import ORDER_ID, Order
from lightning_cart.errors import NotFound, ReceiptRequired
from lightning_cart.http import HttpRequest
from lightning_cart.security.receipt import opens_pages
from lightning_cart.usecases.buyer_return import page_url, receipt_url, success_url
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.receipts import read_papers
from lightning_cart.web.order_page import order_page
from lightning_cart.web.order_tables import ORDER_STYLE
from lightning_cart.web.page_frame import page_headers
from lightning_cart.web.receipt_page import no_receipt_page, receipt_page
from lightning_cart.web.responses import Answer, json_response
from lightning_cart.web.views import buyer_view

_HEADERS = page_headers(ORDER_STYLE)
_NO_ORDER = "there is no such order"  # the same whether the id or the token is wrong
_NOTHING_TO_PAY = "There was nothing to pay"


def _log_fields(order: Order) -> dict[str, str]:
    return {"order_id": order.id, "order_status": order.status.value}


class OrderRoutes:
    """Handlers of the routes that show an order to its buyer.

    Args:
        engine: The engine to call.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def _site(self, order: Order) -> Site:
        site = self.engine.catalog.sites.get(order.site_id)
        if site is None:
            raise NotFound("the site of this order is no longer in the catalogue")
        return site

    def _payment(self, order: Order) -> str:
        """Return how an order was paid, for the buyer: of a pay button's label what is after `Pay by`."""
        if order.is_free:
            return _NOTHING_TO_PAY
        strategy = self.engine.strategies.get(order.strategy)
        label = strategy.label.removeprefix("Pay by ") if strategy is not None else order.provider
        return label[:1].upper() + label[1:]

    async def order(self, request: HttpRequest, order_id: str) -> Answer:
        """Handle `GET /orders/{id}`: return an order to the buyer who has its receipt."""
        scheme, _, token = request.header("authorization").partition(" ")
        self.engine.receipts.check(token.strip() if scheme.lower() == "bearer" else "", order_id, self.engine.now())
        papers = await read_papers(self.engine, order_id)
        if papers is None:
            raise ReceiptRequired("send the receipt that came with this order's checkout")
        order = papers.order
        urls = {"page_url": page_url(self.engine, order), "receipt_url": receipt_url(self.engine, order)}
        return json_response(200, buyer_view(papers, **urls), log_fields=_log_fields(order))

    async def page(self, request: HttpRequest, path: str) -> Answer:
        """Handle `GET /orders/{id}/page/{token}`: show what is stored of an order. No provider is asked."""
        order_id, token = path.split("/")
        if not ORDER_ID.fullmatch(order_id):
            raise NotFound(_NO_ORDER)
        order = await self.engine.orders.get_order(order_id)
        if not opens_pages(order, token):
            raise NotFound(_NO_ORDER)
        urls = {"shop_url": success_url(self.engine, order), "receipt_url": receipt_url(self.engine, order)}
        body = order_page(order, self._site(order), self.engine.catalog, request.query.get("look", ""), **urls)
        return Answer(200, _HEADERS, body, _log_fields(order))

    async def receipt(self, _: HttpRequest, path: str) -> Answer:
        """Handle `GET /orders/{id}/receipt/{token}`: show the receipt. An order that is not paid has none: 409."""
        order_id, token = path.split("/")
        papers = await read_papers(self.engine, order_id, token) if ORDER_ID.fullmatch(order_id) else None
        if papers is None:
            raise NotFound(_NO_ORDER)
        order, number, back = papers.order, papers.order.number, page_url(self.engine, papers.order)
        site = self._site(order)
        if number is None:
            return Answer(409, _HEADERS, no_receipt_page(order, site, back), _log_fields(order))
        body = receipt_page(papers, number, site, self.engine.catalog, payment=self._payment(order), page_url=back)
        return Answer(200, _HEADERS, body, _log_fields(order))
