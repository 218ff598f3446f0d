"""A scripted buyer, who goes through the same HTTP pages and calls as a person with a browser does."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import httpx

from lightning_cart.domain.money import Money
from lightning_cart_host.demo.exchanges import PurchaseFailed, StepRecorder, page_title, wait_until, without_fragment
from lightning_cart_host.demo.offers import SITE
from lightning_cart_host.demo.steps import Step
from lightning_cart_host.shop_client.form_filling import fill_form

PRODUCT = "test-10"
UNSETTLED = frozenset({"open", "pending"})
_MAX_REDIRECTS = 5  # redirects on the way to a pay page
WEBHOOK_TIMEOUT_SECONDS = 15.0  # seconds for a webhook to arrive, with a try or two more


@dataclass(frozen=True, slots=True)
class Checkout:
    """What the engine answered to a cart.

    Args:
        order_id: Of the order.
        url: Where to pay.
        receipt: Opens the order, so it is not shown anywhere.
    """

    order_id: str
    url: str
    receipt: str = field(repr=False)


class Buyer:
    """Buys one product, and tells each exchange to a trace.

    Args:
        client: Sends; it must not follow redirects, for each is a step.
        shop: The shop's address, without a slash at its end.
        strategy: The way to pay.
        tell: Takes each step.
    """

    def __init__(self, client: httpx.AsyncClient, shop: str, strategy: str, tell: Callable[[Step], None]) -> None:
        self.exchanges = StepRecorder(client, strategy, tell, self.order_status)
        self._shop = shop
        self._strategy = strategy
        self._has_pages = True
        self._checkout: Checkout | None = None

    @property
    def checkout(self) -> Checkout:
        """What the engine answered to the cart. There must have been one."""
        if self._checkout is None:
            raise PurchaseFailed("nothing was ordered yet")
        return self._checkout

    @property
    def order_id(self) -> str:
        """Of the order, or empty where there is none yet."""
        return self._checkout.order_id if self._checkout else ""

    async def order(self) -> Mapping[str, Any]:
        """The order as its page sees it."""
        if self._checkout is None:
            return {}
        headers = {"authorization": f"Bearer {self._checkout.receipt}"}
        answer = await self.exchanges.send("GET", f"{self._shop}/orders/{self._checkout.order_id}", headers=headers)
        return dict(answer.json()) if answer.is_success else {}

    async def order_status(self) -> str:
        """How the order stands, or an empty text where there is none."""
        return str((await self.order()).get("status", ""))

    async def last_status(self) -> str:
        """How the order stands, or an empty text where that cannot be asked."""
        try:
            return await self.order_status()
        except PurchaseFailed:
            return ""

    async def total(self) -> Money:
        """What the order costs."""
        order = await self.order()
        return Money(order["total_minor"], order["currency"])

    async def open_shop(self, *, may_have_none: bool = False) -> None:
        """Open the shop's page.

        Args:
            may_have_none: An engine that serves no pages will do; then none are opened.
        """
        if may_have_none:
            self._has_pages = (await self.exchanges.send("GET", f"{self._shop}/")).is_success
        if self._has_pages:
            await self.exchanges.request("The buyer opens the shop", "GET", f"{self._shop}/", 200, page_title)

    async def check_out(self) -> Checkout:
        """Put the product into the cart, and send the cart as the page's script does."""

        def offer(answer: httpx.Response) -> str:
            found = [one for one in answer.json()["products"] if one["id"] == PRODUCT]
            if not found:
                raise PurchaseFailed(f"the catalogue of site {SITE} does not sell {PRODUCT}")
            return f"{found[0]['name']}, {found[0]['prices'][0]['display']}"

        def remember(answer: httpx.Response) -> str:
            got = answer.json()
            self._checkout = Checkout(got["order_id"], got["url"], got["receipt"])
            return f"{got['order_id']}, to be paid at {httpx.URL(got['url']).host}"

        await self.exchanges.request("The page lists what is for sale", "GET", f"{self._shop}/products?site={SITE}", 200, offer)
        await self.exchanges.request(
            "The page sends the cart",
            "POST",
            f"{self._shop}/checkout",
            201,
            remember,
            json={"items": [{"id": PRODUCT, "quantity": 1}], "site": SITE, "strategy": self._strategy},
            headers={"idempotency-key": str(uuid.uuid4())},
        )
        return self.checkout

    async def _open(self, title: str, url: str) -> httpx.Response:
        """Open a page, one redirect at a time: some addresses only lead to it."""

        def note(answer: httpx.Response) -> str:
            there = answer.headers.get("location", "")
            return f"on to {without_fragment(urljoin(str(answer.url), there))}" if there else page_title(answer)

        there = url
        for hop in range(_MAX_REDIRECTS):
            told = "The address leads on to the page itself" if hop else title
            page = await self.exchanges.request(told, "GET", there, 200, note, or_redirect=True)
            if not page.has_redirect_location:
                return page
            there = urljoin(there, page.headers["location"])
        raise PurchaseFailed(f"{without_fragment(url)} leads from address to address and to no page")

    async def pay(self) -> str:
        """Open the hosted page, fill in its form, and press its button; gives where the buyer is sent then."""
        page = await self._open("The buyer is taken to the provider's pay page", self.checkout.url)
        form = fill_form(page.text)
        if form is None:
            raise PurchaseFailed("the pay page has no form of a sort that the buyer knows")
        paid = await self.exchanges.request(
            form.title,
            form.method,
            urljoin(str(page.url), form.action),
            303,
            lambda answer: f"back to {without_fragment(answer.headers['location'])}",
            data=form.data,
        )
        return urljoin(str(page.url), paid.headers["location"])

    @property
    def way_back(self) -> str:
        """The address at which the provider sends the buyer back."""
        return f"{self._shop}/return/{self.checkout.order_id}"

    async def poll_return(self) -> None:
        """Let the engine ask the provider how the order stands, without telling it."""
        await self.exchanges.send("GET", self.way_back)

    async def come_back(self, address: str) -> None:
        """Follow the way back from the provider, one redirect at a time, to the shop's success page."""
        back = await self.exchanges.request(
            "The engine asks the provider, and sends the buyer on",
            "GET",
            address,
            303,
            lambda answer: f"on to {without_fragment(answer.headers['location'])}, with the receipt in the fragment",
        )
        target = urljoin(address, back.headers["location"])
        if f"receipt={self.checkout.receipt}" not in target:
            raise PurchaseFailed("the way back does not carry this order's receipt")
        if self._has_pages:
            await self._open("The success page opens", without_fragment(target))

    async def _is_settled(self) -> bool:
        return await self.order_status() not in UNSETTLED

    async def see_paid(self) -> None:
        """Ask for the order, as the success page does, until it is settled."""

        def paid(answer: httpx.Response) -> str:
            order = answer.json()
            return f"{Money(order['paid_minor'], order['currency']).display} of {order['total']} is there"

        await wait_until(self._is_settled, WEBHOOK_TIMEOUT_SECONDS)
        answer = await self.exchanges.request(
            "The page asks for the order, with the receipt",
            "GET",
            f"{self._shop}/orders/{self.checkout.order_id}",
            200,
            paid,
            headers={"authorization": f"Bearer {self.checkout.receipt}"},
        )
        if answer.json()["status"] != "paid":
            raise PurchaseFailed(f"the order is {answer.json()['status']} instead of paid")
