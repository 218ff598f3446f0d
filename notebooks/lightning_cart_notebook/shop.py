"""A shop in a notebook: the engine, a provider, and every exchange between them as a value to look at."""

from collections.abc import Mapping

from lightning_cart.domain.order import Order, OrderStatus
from lightning_cart.domain.payment_event import PaymentEvent
from lightning_cart.http import HttpRequest, HttpResponse, json_bytes
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.usecases.explain import order_timeline
from lightning_cart_host.shop_client.example_shop import PRODUCT
from lightning_cart_notebook.buyer import Buyer
from lightning_cart_notebook.environment import Environment
from lightning_cart_notebook.exchange import Exchange, ExchangeLog, Exchanges
from lightning_cart_notebook.hosted_page import HostedPage
from lightning_cart_notebook.ledger_chart import ledger_view
from lightning_cart_notebook.masking import safe_json
from lightning_cart_notebook.notebook_error import NotebookError, one_sentence
from lightning_cart_notebook.order_view import return_path, timeline_view
from lightning_cart_notebook.view import Shown, View, facts, note
from lightning_cart_notebook.watched_app import ENGINE, WatchedApp
from lightning_cart_notebook.webhook_delivery import WebhookDelivery


def _unknown(order_id: str) -> NotebookError:
    return NotebookError(f"There is no order {order_id} in this shop: use the order_id of the checkout.")


class Settings(dict[str, str]):
    """The engine's settings. Code can read them, and their representation masks the secrets."""

    def __repr__(self) -> str:
        return str(safe_json(dict(self)))


class NotebookShop(Shown):
    """One shop that sells with one strategy.

    Args:
        environment: The provider, the clock and the addresses.
        app: The engine's HTTP application.
        strategy: The strategy to pay with.
        settings: The engine's settings.
        exchange_log: Records the exchanges.
        provider: The provider's name, as it is shown.
        is_person: Whether a person pays instead of a script.
    """

    def __init__(
        self,
        environment: Environment,
        app: WatchedApp,
        strategy: PaymentStrategy,
        settings: Mapping[str, str],
        exchange_log: ExchangeLog,
        *,
        provider: str,
        is_person: bool,
    ) -> None:
        self.environment = environment
        self.app = app
        self.engine = app.engine
        self.strategy = strategy
        self.settings = Settings(settings)
        self.exchange_log = exchange_log
        self._provider = provider
        self._provider_name = strategy.provider_name()
        names = {"provider_name": self._provider_name, "provider": provider}
        self._buyer = Buyer(environment, app, exchange_log, **names, is_person=is_person)
        self._webhooks = WebhookDelivery(environment, exchange_log, provider)

    @property
    def view(self) -> View:
        """The parts of the shop."""
        local = self.environment.simulated is not None
        simulated = "simulated: every exchange takes 40 ms, so that this page reads the same on every run"
        rows = [
            ("the engine", f"{self.engine.public_url}{', in this process' if local else ''}"),
            ("the provider", f"{self._provider}{', in this process' if local else ''}"),
            ("the way to pay", self.strategy.name),
            ("the buyer", "you, with a click" if self._buyer.is_person else "a script"),
            ("the clock", simulated if local else "this machine's"),
        ]
        return facts("A shop, ready", rows)

    async def ask(
        self, method: str, path: str, body: object = None, *, receipt: str = "", headers: Mapping[str, str] | None = None
    ) -> Exchange:
        """Send the engine a request, as a buyer's page or a provider's webhook does.

        Args:
            method: The request's method.
            path: The request's path, with its query.
            body: Bytes are sent as they are, other values as JSON.
            receipt: The token that opens an order.
            headers: Further headers, with names in lower case.
        """
        own = {"authorization": f"Bearer {receipt}"} if receipt else {}
        if body is not None:
            own["content-type"] = "application/json"
        content = b"" if body is None else body if isinstance(body, bytes) else json_bytes(body)
        return await self.app.exchange(HttpRequest(method, path, own | dict(headers or {}), content))

    async def check_out(self, product: str = PRODUCT, quantity: int = 1, **cart: object) -> Exchange:
        """Send a cart to the engine."""
        return await self.ask("POST", "/checkout", {"items": [{"id": product, "quantity": quantity}], **cart})

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Send one of the engine's requests to the provider, as the engine does."""
        with one_sentence():
            exchange = await self.exchange_log.record(ENGINE, self._provider, request, lambda: self.environment.send(request))
        return exchange.response or HttpResponse(504)

    async def verify(self, request: HttpRequest) -> PaymentEvent:
        """Verify a webhook and return its event. Raises `NotebookError` if the signature is wrong."""
        with one_sentence():
            return await self.engine.run(self.strategy.verify_webhook(request, self.engine.now()))

    async def order(self, order_id: str) -> Order:
        """Return an order as it is stored."""
        found = await self.engine.orders.find_order(order_id)
        if found is None:
            raise _unknown(order_id)
        return found

    async def timeline(self, order_id: str) -> View:
        """Return the history of an order and its statuses."""
        history = await self.engine.orders.history(order_id)
        if history is None:
            raise _unknown(order_id)
        before = [OrderStatus(str(row["status_before"])) for row in history.events if row["status_before"]]
        path = list(dict.fromkeys([OrderStatus.OPEN, *before, history.order.status]))
        return timeline_view(history.order, path, order_timeline(history))

    async def visit(self, url: str) -> View | HostedPage:
        """Open the hosted page and return a picture of it, or return a link for a person."""
        return await self._buyer.visit(url)

    async def pay(self, page: View | HostedPage, order_id: str, choice: str = "pay") -> Exchange | View:
        """Submit the hosted page's form, or wait until a person has paid.

        Args:
            page: The result of `visit`.
            order_id: The order to pay.
            choice: `pay`, `decline`, `cancel` or, if the provider has it, `pending`.
        """
        return await self._buyer.pay(page, order_id, choice)

    async def come_back(self, order_id: str) -> Exchange:
        """Send the buyer back from the provider. The engine then reads the checkout at the provider."""
        return await self.ask("GET", return_path(await self.order(order_id)))

    async def deliver(self) -> Exchanges:
        """Deliver the webhooks that are due and return those since the last call.

        Raises:
            NotebookError: The engine refused a signature, and no fault rates are set.
        """
        return await self._webhooks.deliver()

    def ledger(self) -> View:
        """Return the balances of the sandbox's ledger."""
        if self.environment.sandbox is None:
            return note(f"Only the provider knows its ledger: look into the dashboard of {self._provider}.")
        return ledger_view(self.environment.sandbox.ledger.report())

    def dashboard_refund(self, order_id: str, amount_minor: int) -> View:
        """Refund a part of a paid order in the provider's dashboard, without the engine."""
        if self.environment.sandbox is None:
            return note(f"Now you refund it, in the dashboard of {self._provider}.")
        self.environment.sandbox.providers[self._provider_name].refund(order_id, amount_minor)
        return note("It is refunded.")

    def wait(self, seconds: float) -> None:
        """Advance the simulated clock."""
        if self.environment.simulated is None:
            raise NotebookError("Only a simulated clock can be moved: open the shop with BUYER = 'script' and without keys.")
        self.environment.simulated.wait(seconds)

    async def close(self) -> None:
        """Stop the servers that were started."""
        await self.environment.closing.aclose()
