"""A shop in a notebook: the engine, a provider at its other end, and every exchange between them as a value to look at."""

import asyncio
import time
from collections.abc import Mapping
from urllib.parse import urljoin

from lightning_cart.domain.order import Order, OrderStatus, PaymentEvent
from lightning_cart.http import HttpRequest, HttpResponse, json_bytes
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.explain import order_timeline
from lightning_cart.web.app import App
from lightning_cart.web.responses import Answer
from lightning_cart_notebook.exchange import Exchange, ExchangeLog, Exchanges
from lightning_cart_notebook.hosted_page import HostedPage, form_request, open_hosted_page
from lightning_cart_notebook.ledger_chart import ledger_view
from lightning_cart_notebook.masking import safe_json
from lightning_cart_notebook.order_view import timeline_view
from lightning_cart_notebook.page_view import link_view
from lightning_cart_notebook.simulated import LATENCY_SECONDS, SimulatedClock
from lightning_cart_notebook.stage import Environment
from lightning_cart_notebook.trouble import NotebookError, one_sentence
from lightning_cart_notebook.view import Shown, View, facts, note

BUYER, ENGINE = "the buyer", "the engine"
PERSON_TIMEOUT_SECONDS = 300.0  # seconds for a person to pay
_POLL = 1.0  # seconds between two looks at whether somebody has paid
_DELIVERY = 20.0  # seconds for webhooks over sockets


class WatchedApp(App):
    """The engine behind its routes, with a diary at the door.

    Args:
        engine: Answers.
        diary: Takes what is asked and answered.
        provider: Who sends the webhooks.
        simulated: The clock, where it is made up: each request takes some of its time.
    """

    def __init__(self, engine: Engine, diary: ExchangeLog, provider: str, simulated: SimulatedClock | None) -> None:
        super().__init__(engine)
        self._simulated = simulated
        self._diary = diary
        self._provider = provider

    async def watched(self, request: HttpRequest) -> Exchange:
        """Answer one request, and give the whole exchange."""
        sender = self._provider if request.path.startswith("/webhook") else BUYER
        shown = HttpRequest(request.method, urljoin(self.engine.public_url, request.url), request.headers, request.body)
        handle = super().handle

        async def answer() -> HttpResponse:
            if self._simulated:
                self._simulated.wait(LATENCY_SECONDS)
            return await handle(request)

        return await self._diary.record(sender, ENGINE, shown, answer)

    async def handle(self, request: HttpRequest) -> Answer:
        """Answer one request, and record the exchange."""
        response = (await self.watched(request)).response
        return response if isinstance(response, Answer) else Answer(500)


def _unknown(order_id: str) -> NotebookError:
    return NotebookError(f"There is no order {order_id} in this shop: take the order_id that the checkout answered.")


class Settings(dict[str, str]):
    """The engine's settings. They can be used, and are not shown."""

    def __repr__(self) -> str:
        return str(safe_json(dict(self)))


class NotebookShop(Shown):
    """One shop that sells with one way to pay.

    Args:
        stage: Who else takes part.
        app: The engine.
        strategy: The way to pay.
        settings: The engine's.
        diary: What was exchanged.
        provider: The provider's name as it is shown.
        clicks: A person pays, and not a script.
    """

    def __init__(
        self,
        stage: Environment,
        app: WatchedApp,
        strategy: PaymentStrategy,
        settings: Mapping[str, str],
        diary: ExchangeLog,
        *,
        provider: str,
        clicks: bool,
    ) -> None:
        self.stage = stage
        self.app = app
        self.engine = app.engine
        self.strategy = strategy
        self.settings = Settings(settings)
        self.diary = diary
        self._provider = provider
        self._clicks = clicks
        self._delivered = 0

    @property
    def view(self) -> View:
        """What takes part."""
        local = self.stage.simulated is not None
        made_up = "made up: every exchange takes 40 ms of it, so that this page reads the same on every run"
        rows = [
            ("the engine", f"{self.engine.public_url}{', in this process' if local else ''}"),
            ("the provider", f"{self._provider}{', in this process' if local else ''}"),
            ("the way to pay", self.strategy.name),
            ("the buyer", "you, with a click" if self._clicks else "a script"),
            ("the clock", made_up if local else "this machine's"),
        ]
        return facts("A shop, ready", rows)

    async def ask(
        self, method: str, path: str, body: object = None, *, receipt: str = "", headers: Mapping[str, str] | None = None
    ) -> Exchange:
        """Ask the engine something, as a buyer's page does, or a provider on a webhook's path.

        Args:
            method: Of the request.
            path: With its query.
            body: Bytes as they are, anything else as JSON.
            receipt: Opens an order.
            headers: Further ones, with names in lower case.
        """
        own = {"authorization": f"Bearer {receipt}"} if receipt else {}
        if body is not None:
            own["content-type"] = "application/json"
        content = b"" if body is None else body if isinstance(body, bytes) else json_bytes(body)
        return await self.app.watched(HttpRequest(method, path, own | dict(headers or {}), content))

    async def check_out(self, product: str = "test-10", quantity: int = 1, **cart: object) -> Exchange:
        """Send a cart to the engine."""
        return await self.ask("POST", "/checkout", {"items": [{"id": product, "quantity": quantity}], **cart})

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Send one of the engine's requests to the provider; this is the engine's own way out."""
        with one_sentence():
            exchange = await self.diary.record(ENGINE, self._provider, request, lambda: self.stage.send(request))
        return exchange.response or HttpResponse(504)

    async def verify(self, request: HttpRequest) -> PaymentEvent:
        """Let the strategy check a webhook and read it. Raises `Trouble` where the provider did not send it."""
        with one_sentence():
            return await self.engine.run(self.strategy.verify_webhook(request, self.engine.now()))

    async def order(self, order_id: str) -> Order:
        """An order as it is stored."""
        found = await self.engine.store.find_order(order_id)
        if found is None:
            raise _unknown(order_id)
        return found

    async def timeline(self, order_id: str) -> View:
        """What happened to an order, and the way it went."""
        history = await self.engine.store.history(order_id)
        if history is None:
            raise _unknown(order_id)
        before = [OrderStatus(str(row["status_before"])) for row in history.events if row["status_before"]]
        path = list(dict.fromkeys([OrderStatus.OPEN, *before, history.order.status]))
        return timeline_view(history.order, path, order_timeline(history))

    async def _browse(self, request: HttpRequest) -> Exchange:
        return await self.diary.record(BUYER, self._provider, request, lambda: self.stage.send(request))

    async def visit(self, url: str) -> View | HostedPage:
        """Take the buyer to the hosted page: a picture of it for a script, the link for a person."""
        if self._clicks:
            card = "Test card 4242 4242 4242 4242, any future date, any code."
            return link_view(url, card if "stripe" in self.strategy.provider_name() else "Use an account for tests.")
        return await open_hosted_page(url, self._browse, self.stage.send)

    async def pay(self, page: View | HostedPage, order_id: str, choice: str = "pay") -> Exchange | View:
        """Pay on the hosted page, or do something else there; or wait until a person has.

        Args:
            page: As `visit` gave it.
            order_id: Which order.
            choice: `pay`, `decline` or `cancel`, and `pending` where a payment may take its time.
        """
        if not isinstance(page, HostedPage):
            return await self._wait_for_person(order_id) if choice == "pay" else note(f"Now you choose: {choice}.")
        form = self.stage.sandbox.providers[self.strategy.provider_name()].buyer_forms[choice]
        if self.stage.simulated:
            self.stage.simulated.wait(60)  # nobody finds the card in less
        return await self._browse(form_request(page.url, form))

    async def _wait_for_person(self, order_id: str) -> View:
        until = time.monotonic() + PERSON_TIMEOUT_SECONDS
        while (await self.order(order_id)).status is OrderStatus.OPEN:
            if time.monotonic() > until:
                seconds = f"{PERSON_TIMEOUT_SECONDS:.0f} seconds"
                raise NotebookError(f"Nobody has paid within {seconds}: pay behind the link above, then run this again.")
            await asyncio.sleep(_POLL)
            await super(WatchedApp, self.app).handle(HttpRequest("GET", f"/return/{order_id}"))
        return note("You have paid.")

    async def come_back(self, order_id: str) -> Exchange:
        """Send the buyer back from the provider: the engine asks there how the order stands."""
        return await self.ask("GET", f"/return/{order_id}")

    async def deliver(self) -> Exchanges:
        """Let the provider send every webhook that is due.

        Raises:
            Trouble: The engine does not know the signature, and no chaos dial forged it.
        """
        if self.stage.simulated:
            self.stage.simulated.wait(1)
            await self.stage.sandbox.deliveries.drain()
        elif self.stage.sandbox:
            await self._wait_for_deliveries()
        came = self.diary.since(self._delivered)
        self._delivered = self.diary.position()
        webhooks = [one for one in came if one.sender == self._provider]
        for one in webhooks:
            if one.response and one.response.status == 400 and not self._is_chaotic:
                raise NotebookError(
                    f"The engine refused a webhook of {self._provider}: {one.answer.get('detail', 'bad signature')}"
                )
        found = {one.began: one for webhook in webhooks for one in (webhook, *webhook.inside)}
        return Exchanges(found[began] for began in sorted(found))

    @property
    def _is_chaotic(self) -> bool:
        return bool(self.stage.sandbox and str(self.stage.sandbox.dial.chaos))

    def _is_delivering(self) -> bool:
        return any(one["state"] == "pending" for one in self.stage.sandbox.deliveries.latest())

    async def _wait_for_deliveries(self) -> None:
        until = time.monotonic() + _DELIVERY
        while self._is_delivering() and time.monotonic() < until:  # noqa: ASYNC110 - the outbox tells nobody that it is empty
            await asyncio.sleep(0.1)

    def ledger(self) -> View:
        """Where the money is, according to the sandbox's books."""
        if self.stage.sandbox is None:
            return note(f"The books are the provider's own: look into the dashboard of {self._provider}.")
        return ledger_view(self.stage.sandbox.ledger.report())

    def dashboard_refund(self, order_id: str, amount_minor: int) -> View:
        """Refund a part of a paid order in the provider's own dashboard, past the engine."""
        if self.stage.sandbox is None:
            return note(f"Now you refund it, in the dashboard of {self._provider}.")
        self.stage.sandbox.providers[self.strategy.provider_name()].refund(order_id, amount_minor)
        return note("It is refunded.")

    def wait(self, seconds: float) -> None:
        """Let time pass, where the clock is made up."""
        if self.stage.simulated is None:
            raise NotebookError("Only a made-up clock can be moved: open the shop with BUYER = 'script' and without keys.")
        self.stage.simulated.wait(seconds)

    async def close(self) -> None:
        """Stop what was started."""
        await self.stage.closing.aclose()
