"""A scripted buyer that sends the same HTTP requests as a person's browser."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urldefrag, urljoin

import httpx

from lightning_cart.domain.money import Money
from lightning_cart_host.demo.quote_note import code_fault, describe_quote
from lightning_cart_host.demo.step_recorder import StepRecorder
from lightning_cart_host.demo.steps import Step
from lightning_cart_host.shop_client.example_shop import FREE, SITE, UNSETTLED, ExampleCart, cart_body, cart_products
from lightning_cart_host.shop_client.form_filling import fill_form
from lightning_cart_host.shop_client.polling import wait_until
from lightning_cart_host.shop_client.requests import PurchaseFailed, page_title, without_secrets

_MAX_REDIRECTS = 5  # from a checkout's URL to its pay page
WEBHOOK_TIMEOUT_SECONDS = 15.0  # leaves room for one or two retries


def _quote_note(response: httpx.Response) -> str:
    return describe_quote(response.json())


@dataclass(frozen=True, slots=True)
class Checkout:
    """The engine's response to a cart.

    Args:
        order_id: The order's id.
        url: The URL of the pay page.
        receipt: The token that opens the order. It is never shown.
    """

    order_id: str
    url: str
    receipt: str = field(repr=False)


class Buyer:
    """A buyer of one cart, whose requests are reported as steps.

    Args:
        client: The HTTP client; it must not follow redirects, because each redirect is a step.
        shop: The shop's base URL, without a trailing slash.
        strategy: The strategy to pay with.
        report_step: Takes each step.
        cart: What to buy.
        code: A discount code, or empty.
        email: The e-mail address in the cart, or empty: the payment page asks for it.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        shop: str,
        strategy: str,
        report_step: Callable[[Step], None],
        cart: ExampleCart = ExampleCart.TEST,
        *,
        code: str = "",
        email: str = "",
    ) -> None:
        self.steps = StepRecorder(client, strategy, report_step, self.order_status)
        self._shop = shop
        self._cart = cart
        self._body = cart_body(cart, strategy, code=code, email=email)
        self._quoted = ""
        self._has_pages = True
        self._checkout: Checkout | None = None

    @property
    def checkout(self) -> Checkout:
        """The checkout. Raises `PurchaseFailed` before there is one."""
        if self._checkout is None:
            raise PurchaseFailed("nothing was ordered yet")
        return self._checkout

    @property
    def order_id(self) -> str:
        """The order's id, or an empty string before the checkout."""
        return self._checkout.order_id if self._checkout else ""

    async def order(self) -> Mapping[str, Any]:
        """Return the order as the success page sees it; empty before the checkout."""
        if self._checkout is None:
            return {}
        headers = {"authorization": f"Bearer {self._checkout.receipt}"}
        response = await self.steps.send("GET", f"{self._shop}/orders/{self._checkout.order_id}", headers=headers)
        return dict(response.json()) if response.is_success else {}

    async def order_status(self) -> str:
        """Return the order's status, or an empty string if there is no order."""
        return str((await self.order()).get("status", ""))

    async def last_status(self) -> str:
        """Return the order's status, or an empty string if the engine does not respond."""
        try:
            return await self.order_status()
        except PurchaseFailed:
            return ""

    async def total(self) -> Money:
        """Return the order's total."""
        order = await self.order()
        return Money(order["total_minor"], order["currency"])

    async def open_shop(self, *, may_have_none: bool = False) -> None:
        """Open the shop's page.

        Args:
            may_have_none: Accept an engine that serves no pages. No page is opened then.
        """
        if may_have_none:
            self._has_pages = (await self.steps.send("GET", f"{self._shop}/")).is_success
        if self._has_pages:
            await self.steps.request("The buyer opens the shop", "GET", f"{self._shop}/", 200, page_title)

    async def _ask_price(self) -> None:
        """Ask what a cart with a delivery or a code costs, as the page's script does when the buyer has written either."""
        title = "The page asks what the cart costs"
        answer = await self.steps.request(title, "POST", f"{self._shop}/quote", 200, _quote_note, json=self._body)
        if fault := code_fault(answer.json()):
            raise PurchaseFailed(fault)
        self._quoted = answer.json()["total"]

    async def check_out(self) -> Checkout:
        """Send the cart, as the page's script does."""

        def product_note(response: httpx.Response) -> str:
            sold = {one["id"]: one for one in response.json()["products"]}
            missing = [product for product in cart_products(self._cart) if product not in sold]
            if missing:
                raise PurchaseFailed(f"the catalogue of site {SITE} does not sell {' and '.join(missing)}")
            wanted = [sold[product] for product in cart_products(self._cart)]
            currency = self._body.get("currency", wanted[0]["prices"][0]["currency"])
            prices = [next(one["display"] for one in product["prices"] if one["currency"] == currency) for product in wanted]
            return "; ".join(f"{product['name']}, {shown}" for product, shown in zip(wanted, prices, strict=True))

        def keep_checkout(response: httpx.Response) -> str:
            created = response.json()
            self._checkout = Checkout(created["order_id"], created["url"], created["receipt"])
            where = f"to be paid at {httpx.URL(created['url']).host}" if created["strategy"] != FREE else "with nothing to pay"
            return f"{created['order_id']}, {where}"

        await self.steps.request(
            "The page lists what is for sale", "GET", f"{self._shop}/products?site={SITE}", 200, product_note
        )
        if self._cart is not ExampleCart.TEST or "code" in self._body:
            await self._ask_price()
        await self.steps.request(
            "The page sends the cart",
            "POST",
            f"{self._shop}/checkout",
            201,
            keep_checkout,
            json=self._body,
            headers={"idempotency-key": str(uuid.uuid4())},
        )
        return self.checkout

    async def _open(self, title: str, url: str) -> httpx.Response:
        """Open a page and report each redirect to it as a step."""

        def note(response: httpx.Response) -> str:
            location = response.headers.get("location", "")
            return f"on to {without_secrets(urljoin(str(response.url), location))}" if location else page_title(response)

        target = url
        for hop in range(_MAX_REDIRECTS):
            step = "The URL redirects to the page itself" if hop else title
            page = await self.steps.request(step, "GET", target, 200, note, or_redirect=True)
            if not page.has_redirect_location:
                return page
            target = urljoin(target, page.headers["location"])
        raise PurchaseFailed(f"{without_secrets(url)} redirects more than {_MAX_REDIRECTS} times")

    async def pay(self) -> str:
        """Pay on the hosted page and return the URL to which the provider sends the buyer."""
        page = await self._open("The buyer is taken to the provider's pay page", self.checkout.url)
        if self._quoted and self._quoted not in page.text:
            raise PurchaseFailed(f"the pay page does not show the total of {self._quoted}")
        form = fill_form(page.text)
        if form is None:
            raise PurchaseFailed("the pay page has no form that the scripted buyer can fill in")
        paid = await self.steps.request(
            form.title,
            form.method,
            urljoin(str(page.url), form.action),
            303,
            lambda response: f"back to {without_secrets(response.headers['location'])}",
            data=form.data,
        )
        return urljoin(str(page.url), paid.headers["location"])

    async def poll_return(self, url: str) -> None:
        """Make the engine read the order at the provider, without reporting a step.

        Args:
            url: The URL to which the provider sends the buyer back.
        """
        await self.steps.send("GET", url)

    async def return_to_shop(self, url: str) -> None:
        """Follow the redirects from the provider to the shop's success page."""
        back = await self.steps.request(
            "The engine asks the provider, and sends the buyer on",
            "GET",
            url,
            303,
            lambda response: f"on to {without_secrets(response.headers['location'])}, with the receipt in the fragment",
        )
        await self.open_success_page(urljoin(url, back.headers["location"]))

    async def open_success_page(self, url: str) -> None:
        """Open the shop's success page.

        Args:
            url: Its URL, with the order's receipt in the fragment.
        """
        if f"receipt={self.checkout.receipt}" not in url:
            raise PurchaseFailed("the redirect to the success page has no receipt of this order")
        if self._has_pages:
            await self._open("The success page opens", urldefrag(url).url)

    async def _has_result(self) -> bool:
        return await self.order_status() not in UNSETTLED

    async def check_paid(self) -> None:
        """Read the order, as the success page does, until it is paid or has failed."""

        def paid_note(response: httpx.Response) -> str:
            order = response.json()
            return f"{Money(order['paid_minor'], order['currency']).display} of {order['total']} is paid"

        await wait_until(self._has_result, WEBHOOK_TIMEOUT_SECONDS)
        response = await self.steps.request(
            "The page asks for the order, with the receipt",
            "GET",
            f"{self._shop}/orders/{self.checkout.order_id}",
            200,
            paid_note,
            headers={"authorization": f"Bearer {self.checkout.receipt}"},
        )
        if response.json()["status"] != "paid":
            raise PurchaseFailed(f"the order is {response.json()['status']} instead of paid")
