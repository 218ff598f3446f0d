"""One buyer: sends the same requests as a person's browser and retries those without a response."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import httpx

from lightning_cart_host.chaos.dashboard import Dashboard
from lightning_cart_host.chaos.retrying_client import RetryingClient
from lightning_cart_host.chaos.scripts import DISPUTE_STEPS, PENDING_ACTS, REFUNDING_ACTS, Act, ForeignSale, Script
from lightning_cart_host.chaos.servers import ChaosServers
from lightning_cart_host.shop_client.example_shop import PRODUCT, SITE, UNSETTLED
from lightning_cart_host.shop_client.polling import wait_until
from lightning_cart_host.shop_client.requests import PurchaseFailed

_MAX_REDIRECTS = 5  # from a checkout's URL to its pay page
_PAID_TIMEOUT_SECONDS, _POLL_SECONDS = 4.0, 0.4  # before a refund
_PARTIAL_REFUND_MINOR, _WHOLE_MINOR = 300, 1000
_EXPIRE_ACTIONS: Mapping[str, str] = {"stripe_checkout": "expire", "square": "delete"}
_BANK_ACTIONS: Mapping[str, Mapping[Act, str]] = {
    "stripe": {Act.PENDING_PAID: "async_success", Act.PENDING_FAILED: "async_failure"},
    "paypal": {Act.PENDING_PAID: "settle", Act.PENDING_FAILED: "deny"},
}


@dataclass(slots=True)
class PurchaseResult:
    """The result of one script.

    Args:
        script: The buyer's script.
        order_id: The order's id, or empty if the checkout never succeeded.
        error: The error that ended the script, or empty. The order may still be right.
        checkouts: Milliseconds of each call to `/checkout`.
        requests: The number of requests to the shop.
    """

    script: Script
    order_id: str = ""
    error: str = ""
    checkouts: list[float] = field(default_factory=list)
    requests: int = 0


class Shopper:
    """A buyer with one script.

    Args:
        client: The HTTP client; it must not follow redirects.
        servers: The running servers.
        forms: The form data of each action on a pay page, by provider and action.
        script: The script to follow.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        servers: ChaosServers,
        forms: Mapping[str, Mapping[str, Mapping[str, str]]],
        script: Script,
    ) -> None:
        self._client = RetryingClient(client, servers.shop)
        self._dashboard = Dashboard(self._client, servers, script.provider)
        self._servers = servers
        self._forms = forms[script.provider]
        self._script = script
        self._receipt = self._session_id = ""
        self.result = PurchaseResult(script)

    async def _post_checkout(self) -> httpx.Response:
        note = f"purchase {self._script.number}"  # so that each order has a row of its buyer
        cart = {"items": [{"id": PRODUCT, "quantity": 1}], "site": SITE, "strategy": self._script.strategy, "note": note}
        headers = {"idempotency-key": f"order-{self._script.number}"}
        started = time.perf_counter()
        response = await self._client.send("POST", f"{self._servers.shop}/checkout", json=cart, headers=headers)
        self.result.checkouts.append((time.perf_counter() - started) * 1000)
        return response

    async def _check_out(self) -> str:
        count = 2 if self._script.twice else 1
        responses = await asyncio.gather(*(self._post_checkout() for _ in range(count)))
        checkouts = [response.json() for response in responses if response.status_code == 201]
        if not checkouts:
            raise PurchaseFailed(f"/checkout answered {responses[0].status_code}: {responses[0].text[:200]}")
        if len({checkout["order_id"] for checkout in checkouts}) > 1:
            raise PurchaseFailed("one idempotency key created two orders")
        checkout = checkouts[0]
        self.result.order_id, self._receipt = checkout["order_id"], checkout["receipt"]
        self._session_id = checkout["session_id"]
        return str(checkout["url"])

    async def _open(self, url: str) -> str:
        """Follow redirects and return the URL of the page itself."""
        for _ in range(_MAX_REDIRECTS):
            page = await self._client.send("GET", url)
            if not page.has_redirect_location:
                return url
            url = urljoin(url, page.headers["location"])
        raise PurchaseFailed(f"the pay page redirects more than {_MAX_REDIRECTS} times")

    async def _submit(self, page: str, action: str) -> str:
        """Submit the pay page's form and return the URL that it redirects to, or an empty string."""
        extras = self._script.extras if action == "pay" else ()
        form = {name: value for one in (action, *extras) for name, value in self._forms[one].items()}
        response = await self._client.send("POST", page, data=form)
        return urljoin(page, response.headers["location"]) if response.has_redirect_location else ""

    async def _return_to_shop(self, url: str) -> str:
        """Follow the redirect to the shop. Return the pay page's URL if the engine asks for another card, else ""."""
        if not url.startswith(self._servers.shop):
            return ""
        response = await self._client.send("GET", url)
        target = response.headers.get("location", "")
        return target if target.startswith(self._servers.sandbox) else ""

    async def _pay(self, url: str) -> str:
        page = await self._open(url)
        await self._sell_elsewhere()
        if self._script.act is Act.CANCEL:
            await self._submit(page, "cancel")
            return page
        if self._script.act is Act.DECLINE:
            pay_page = await self._return_to_shop(await self._submit(page, "decline"))
            page = await self._open(pay_page) if pay_page else page
        if "tip" in self._script.extras:
            await self._pay_at_counter(page)
        await self._return_to_shop(await self._submit(page, "pending" if self._script.act in PENDING_ACTS else "pay"))
        return page

    async def _pay_at_counter(self, page: str) -> None:
        """Pay in person and add a tip, since the engine's links take none on their page. The page then says that it is paid."""
        extras = {"tip": "tip", "split": "gift_card"}
        fields = {extras[one]: self._forms[one][extras[one]] for one in self._script.extras}
        await self._dashboard.press(self._checkout_id(page), "take_in_person", **fields)

    async def _order_status(self) -> str:
        headers = {"authorization": f"Bearer {self._receipt}"}
        response = await self._client.send("GET", f"{self._servers.shop}/orders/{self.result.order_id}", headers=headers)
        return str(response.json()["status"])

    async def _is_paid(self) -> bool:
        async def has_result() -> bool:
            return await self._order_status() not in UNSETTLED

        await wait_until(has_result, _PAID_TIMEOUT_SECONDS, _POLL_SECONDS)
        return await self._order_status() == "paid"

    async def _refund(self) -> None:
        """Refund the order if the engine knows that it is paid. After lost webhooks it may not know."""
        if not await self._is_paid():
            return
        order_id, act = self.result.order_id, self._script.act
        if act in {Act.DASHBOARD_REFUND, Act.DASHBOARD_REFUND_ALL}:
            tip = round(float(self._forms["tip"]["tip"]) * 100) if "tip" in self._script.extras else 0
            await self._dashboard.refund(order_id, _PARTIAL_REFUND_MINOR if act is Act.DASHBOARD_REFUND else _WHOLE_MINOR + tip)
            return
        amount = {"amount_minor": _PARTIAL_REFUND_MINOR} if act is Act.PART_REFUND else {}
        headers = {**self._servers.admin, "idempotency-key": f"refund-{self._script.number}"}
        url = f"{self._servers.shop}/admin/orders/{order_id}/refunds"
        response = await self._client.send("POST", url, json=amount, headers=headers)
        if response.status_code != 201:
            raise PurchaseFailed(f"the refund answered {response.status_code}: {response.text[:200]}")

    async def _cancel_by_admin(self) -> None:
        url = f"{self._servers.shop}/admin/orders/{self.result.order_id}/cancel"
        await self._client.send("POST", url, headers=self._servers.admin)

    async def _expire_in_dashboard(self) -> None:
        if action := _EXPIRE_ACTIONS.get(self._script.strategy):
            await self._dashboard.press(self._session_id.partition(":")[0], action)

    def _checkout_id(self, page: str) -> str:
        """Return the id that the dashboard knows the checkout by. A payment link's session is named by its pay page only."""
        if self._script.provider == "stripe":
            return urlsplit(page).path.rpartition("/")[2]
        return self._session_id.partition(":")[0]

    async def _sell_elsewhere(self) -> None:
        """Let another program sell something on the same account, and sometimes let the buyer of that dispute it."""
        if self._script.foreign_sale is ForeignSale.NONE:
            return
        reference = self.result.order_id if self._script.foreign_sale is ForeignSale.NAMES_ORDER else ""
        await self._dashboard.sell_elsewhere(reference)

    async def _dispute(self, page: str) -> None:
        """Press the dashboard's buttons one after another. Each waits until the one before was possible."""
        for action in DISPUTE_STEPS[self._script.act]:

            async def press(action: str = action) -> bool:
                return await self._dashboard.press(self._checkout_id(page), action)

            if not await wait_until(press, _PAID_TIMEOUT_SECONDS, _POLL_SECONDS):
                return

    async def _follow_up(self, page: str) -> None:
        """Do what the script asks for after the payment."""
        act = self._script.act
        if act in REFUNDING_ACTS:
            await self._refund()
        elif act in DISPUTE_STEPS:
            await self._dispute(page)
        elif act in {Act.PENDING_PAID, Act.PENDING_FAILED}:
            await self._dashboard.press(self._checkout_id(page), _BANK_ACTIONS[self._script.provider][act])
        else:
            await self._order_status()

    async def run(self) -> PurchaseResult:
        """Follow the script and return its result."""
        without_payment: Mapping[Act, Callable[[], Awaitable[object]]] = {
            Act.ADMIN_CANCEL: self._cancel_by_admin,
            Act.DASHBOARD_EXPIRE: self._expire_in_dashboard,
            Act.ABANDON: self._order_status,
        }
        try:
            url = await self._check_out()
            if self._script.act in without_payment:
                await without_payment[self._script.act]()
            else:
                await self._follow_up(await self._pay(url))
        except PurchaseFailed as failure:
            self.result.error = str(failure)
        self.result.requests = self._client.shop_requests
        return self.result
