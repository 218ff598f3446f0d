"""One buyer of the crowd: goes through the same pages and calls as a person, and repeats what was not answered."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx

from lightning_cart_host.chaos.ground import ChaosServers
from lightning_cart_host.chaos.script import PENDING_ACTS, REFUNDING_ACTS, Act, Script
from lightning_cart_host.demo.buyer import PRODUCT, UNSETTLED
from lightning_cart_host.demo.exchanges import PurchaseFailed, send, wait_until
from lightning_cart_host.demo.offers import SITE

_TRIES, _PAUSE = 12, 0.4  # of a call that is answered "later", and seconds between them
_PAID_TIMEOUT_SECONDS = 4.0  # seconds; a merchant who wants to give money back waits no longer for it
_SOME_MINOR = 300
_WITHDRAW: Mapping[str, tuple[str, str]] = {
    "stripe_checkout": ("stripe/sessions", "expire"),
    "square": ("square/links", "delete"),
}
_DECIDE: Mapping[str, Mapping[Act, str]] = {
    "stripe": {Act.PENDING_PAID: "async_success", Act.PENDING_FAILED: "async_failure"},
    "paypal": {Act.PENDING_PAID: "settle", Act.PENDING_FAILED: "deny"},
}


@dataclass(slots=True)
class PurchaseResult:
    """What came of one script.

    Args:
        script: What the buyer did.
        order_id: Of the order, or empty where the engine never answered.
        trouble: What did not go as it should for the buyer, or empty; the order may be right all the same.
        checkouts: Milliseconds of each call to `/checkout`.
        requests: How many requests the buyer made at the shop.
    """

    script: Script
    order_id: str = ""
    trouble: str = ""
    checkouts: list[float] = field(default_factory=list)
    requests: int = 0


class Shopper:
    """Acts out one script.

    Args:
        client: Sends; it must not follow redirects.
        ground: Where.
        forms: For each provider, what a buyer can do on its page, and the form that does it.
        script: What happens.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        ground: ChaosServers,
        forms: Mapping[str, Mapping[str, Mapping[str, str]]],
        script: Script,
    ) -> None:
        self._client = client
        self._ground = ground
        self._forms = forms[script.provider]
        self._script = script
        self._receipt = self._session_id = ""
        self.bought = PurchaseResult(script)

    async def _ask(self, method: str, url: str, **content: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own arguments
        """Make one exchange; where it is answered "later" or not at all, make it again, as any careful caller does."""
        answer = None
        for _ in range(_TRIES):
            self.bought.requests += url.startswith(self._ground.shop)
            try:
                answer = await send(self._client, method, url, **content)
            except PurchaseFailed:
                answer = None
            if answer is not None and answer.status_code < 500 and answer.status_code != 429:
                return answer
            await asyncio.sleep(_PAUSE)
        status = f"answers {answer.status_code}" if answer is not None else "does not answer"
        raise PurchaseFailed(f"{method} {urlsplit(url).path} {status}, {_TRIES} times over")

    async def _press_checkout(self) -> httpx.Response:
        cart = {"items": [{"id": PRODUCT, "quantity": 1}], "site": SITE, "strategy": self._script.strategy}
        headers = {"idempotency-key": f"order-{self._script.number}"}
        started = time.perf_counter()
        answer = await self._ask("POST", f"{self._ground.shop}/checkout", json=cart, headers=headers)
        self.bought.checkouts.append((time.perf_counter() - started) * 1000)
        return answer

    async def _check_out(self) -> str:
        presses = [self._press_checkout() for _ in range(2 if self._script.twice else 1)]
        answers = await asyncio.gather(*presses)
        found = [answer.json() for answer in answers if answer.status_code == 201]
        if not found:
            raise PurchaseFailed(f"/checkout answered {answers[0].status_code}: {answers[0].text[:200]}")
        if len({one["order_id"] for one in found}) > 1:
            raise PurchaseFailed("one key made two orders")
        made = found[0]
        self.bought.order_id, self._receipt, self._session_id = made["order_id"], made["receipt"], made["session_id"]
        return str(made["url"])

    async def _open(self, url: str) -> str:
        """Follow an address to the page itself."""
        for _ in range(5):
            page = await self._ask("GET", url)
            if not page.has_redirect_location:
                return url
            url = urljoin(url, page.headers["location"])
        raise PurchaseFailed("the pay page leads from address to address")

    async def _fill_in(self, page: str, how: str) -> str:
        """Press a button; gives where the page sends the buyer, or nothing where it sends nobody anywhere."""
        answer = await self._ask("POST", page, data=dict(self._forms[how]))
        return urljoin(page, answer.headers["location"]) if answer.has_redirect_location else ""

    async def _go_back(self, address: str) -> str:
        """Go where the page sends the buyer; gives the pay page once more where the engine asks for another card."""
        if not address.startswith(self._ground.shop):
            return ""
        answer = await self._ask("GET", address)
        target = answer.headers.get("location", "")
        return target if target.startswith(self._ground.sandbox) else ""

    async def _pay(self, url: str) -> str:
        page = await self._open(url)
        if self._script.act is Act.CANCEL:
            await self._fill_in(page, "cancel")
            return page
        if self._script.act is Act.DECLINE:
            again = await self._go_back(await self._fill_in(page, "decline"))
            page = await self._open(again) if again else page
        await self._go_back(await self._fill_in(page, "pending" if self._script.act in PENDING_ACTS else "pay"))
        return page

    async def _order_status(self) -> str:
        headers = {"authorization": f"Bearer {self._receipt}"}
        answer = await self._ask("GET", f"{self._ground.shop}/orders/{self.bought.order_id}", headers=headers)
        return str(answer.json()["status"])

    async def _is_paid(self) -> bool:
        async def is_settled() -> bool:
            return await self._order_status() not in UNSETTLED

        await wait_until(is_settled, _PAID_TIMEOUT_SECONDS, _PAUSE)
        return await self._order_status() == "paid"

    async def _give_back(self) -> None:
        """The merchant gives money back, if the order is known to be paid: where webhooks are lost, it may not be."""
        if not await self._is_paid():
            return
        order_id = self.bought.order_id
        if self._script.act is Act.DASHBOARD_REFUND:
            wish = {"provider": self._script.provider, "order_id": order_id, "amount_minor": _SOME_MINOR}
            await self._ask("POST", f"{self._ground.sandbox}/api/refunds", json=wish)
            return
        body = {"amount_minor": _SOME_MINOR} if self._script.act is Act.PART_REFUND else {}
        headers = {**self._ground.admin, "idempotency-key": f"refund-{self._script.number}"}
        address = f"{self._ground.shop}/admin/orders/{order_id}/refunds"
        answer = await self._ask("POST", address, json=body, headers=headers)
        if answer.status_code != 201:
            raise PurchaseFailed(f"the refund answered {answer.status_code}: {answer.text[:200]}")

    async def _call_off(self) -> None:
        address = f"{self._ground.shop}/admin/orders/{self.bought.order_id}/cancel"
        await self._ask("POST", address, headers=self._ground.admin)

    async def _withdraw(self) -> None:
        folder, action = _WITHDRAW.get(self._script.strategy, ("", ""))
        if folder:
            page = f"{self._ground.sandbox}/{folder}/{self._session_id.partition(':')[0]}"
            await self._ask("POST", page, data={"action": action})

    async def _decide(self, page: str) -> None:
        """The bank says whether the money arrives, where it was asked at all."""
        action = _DECIDE[self._script.provider][self._script.act]
        parts = urlsplit(page)
        token = parse_qs(parts.query).get("token", [parts.path.rpartition("/")[2]])[0]
        where = "orders" if self._script.provider == "paypal" else "sessions"
        await self._ask("POST", f"{self._ground.sandbox}/{self._script.provider}/{where}/{token}", data={"action": action})

    async def _see_after_it(self, page: str) -> None:
        """What comes after the visit to a pay page."""
        if self._script.act in REFUNDING_ACTS:
            await self._give_back()
        elif self._script.act in {Act.PENDING_PAID, Act.PENDING_FAILED}:
            await self._decide(page)
        else:
            await self._order_status()

    async def act(self) -> PurchaseResult:
        """Act the script out."""
        instead: Mapping[Act, Callable[[], Awaitable[object]]] = {
            Act.ADMIN_CANCEL: self._call_off,
            Act.DASHBOARD_EXPIRE: self._withdraw,
            Act.ABANDON: self._order_status,
        }
        try:
            url = await self._check_out()
            if self._script.act in instead:
                await instead[self._script.act]()
            else:
                await self._see_after_it(await self._pay(url))
        except PurchaseFailed as failure:
            self.bought.trouble = str(failure)
        return self.bought
