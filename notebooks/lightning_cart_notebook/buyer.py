"""The buyer of a notebook: a script on the sandbox's pages, or a person at the provider."""

import asyncio
import time

from lightning_cart.domain.order import Order, OrderStatus
from lightning_cart.http import HttpRequest
from lightning_cart_host.shop_client.form_filling import CARD
from lightning_cart_notebook.environment import Environment
from lightning_cart_notebook.exchange import Exchange, ExchangeLog
from lightning_cart_notebook.hosted_page import HostedPage, form_request, open_hosted_page
from lightning_cart_notebook.notebook_error import NotebookError
from lightning_cart_notebook.order_view import return_path
from lightning_cart_notebook.page_view import link_view
from lightning_cart_notebook.view import View, note
from lightning_cart_notebook.watched_app import BUYER, WatchedApp

PERSON_TIMEOUT_SECONDS = 300.0
_POLL_SECONDS = 1.0
_TYPING_SECONDS = 60  # of simulated time on the hosted page


class Buyer:
    """The buyer on the provider's pages.

    Args:
        environment: The provider and the clock.
        app: The engine's HTTP application.
        exchange_log: Records the buyer's requests.
        provider_name: The provider's name in the engine.
        provider: The provider's name, as it is shown.
        is_person: Whether a person pays instead of a script.
    """

    def __init__(
        self,
        environment: Environment,
        app: WatchedApp,
        exchange_log: ExchangeLog,
        *,
        provider_name: str,
        provider: str,
        is_person: bool,
    ) -> None:
        self._environment = environment
        self._app = app
        self._exchange_log = exchange_log
        self._provider_name = provider_name
        self._provider = provider
        self.is_person = is_person

    async def _browse(self, request: HttpRequest) -> Exchange:
        return await self._exchange_log.record(BUYER, self._provider, request, lambda: self._environment.send(request))

    async def visit(self, url: str) -> View | HostedPage:
        """Open the hosted page and return a picture of it, or return a link for a person."""
        if self.is_person:
            card = f"Test card {CARD['card_number']}, any future date, any code."
            return link_view(url, card if self._provider_name == "stripe" else "Use a test account.")
        return await open_hosted_page(url, self._browse, self._environment.send)

    async def pay(self, page: View | HostedPage, order_id: str, choice: str) -> Exchange | View:
        """Submit the hosted page's form, or wait until a person has paid.

        Args:
            page: The result of `visit`.
            order_id: The order to pay.
            choice: `pay`, `decline`, `cancel` or, if the provider has it, `pending`.
        """
        if not isinstance(page, HostedPage):
            return await self._wait_for_person(order_id) if choice == "pay" else note(f"Now you choose: {choice}.")
        form = self._environment.sandbox.providers[self._provider_name].buyer_forms[choice]
        if self._environment.simulated:
            self._environment.simulated.wait(_TYPING_SECONDS)
        return await self._browse(form_request(page, form))

    async def _find_open(self, order_id: str) -> Order | None:
        order = await self._app.engine.orders.find_order(order_id)
        return order if order is not None and order.status is OrderStatus.OPEN else None

    async def _wait_for_person(self, order_id: str) -> View:
        deadline = time.monotonic() + PERSON_TIMEOUT_SECONDS
        while (order := await self._find_open(order_id)) is not None:
            if time.monotonic() > deadline:
                seconds = f"{PERSON_TIMEOUT_SECONDS:.0f} seconds"
                raise NotebookError(f"Nobody has paid within {seconds}: pay behind the link above, then run this cell again.")
            await asyncio.sleep(_POLL_SECONDS)
            await self._app.handle_unrecorded(HttpRequest("GET", return_path(order)))
        return note("You have paid.")
