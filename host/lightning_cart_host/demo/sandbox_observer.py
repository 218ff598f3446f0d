"""Checks at the sandbox that a purchase's webhooks arrived and that its money moved correctly."""

from typing import Any

import httpx

from lightning_cart_host.demo.buyer import Buyer
from lightning_cart_host.demo.ledger import Ledger, LedgerChange, compare_ledgers
from lightning_cart_host.shop_client.polling import wait_until
from lightning_cart_host.shop_client.requests import PurchaseFailed, send


def _summary(delivery: dict[str, Any]) -> str:
    attempts = delivery["attempts"]
    return f"{delivery['event_type']} {attempts[-1]['status'] if attempts else delivery['state']}"


async def read_ledger(client: httpx.AsyncClient, sandbox: str) -> Ledger:
    """Read the sandbox's ledger.

    Raises:
        PurchaseFailed: The sandbox does not respond.
    """
    ledger: Ledger = (await send(client, "GET", f"{sandbox}/api/ledger")).json()
    return ledger


class SandboxObserver:
    """Compares the sandbox's ledger and deliveries before and after one purchase.

    Args:
        buyer: The buyer of the purchase.
        sandbox: The sandbox's base URL, without a trailing slash.
        provider: The provider at which the buyer pays.
        timeout: Seconds to wait for pending webhooks.
    """

    def __init__(self, buyer: Buyer, sandbox: str, provider: str, timeout: float) -> None:
        self._buyer, self._sandbox, self._provider, self._timeout = buyer, sandbox, provider, timeout
        self._earlier: frozenset[str] = frozenset()
        self._before: Ledger = {}

    async def begin(self) -> None:
        """Read the state before the purchase."""
        deliveries = await self._buyer.steps.send("GET", f"{self._sandbox}/api/deliveries")
        self._earlier = frozenset(one["id"] for one in deliveries.json()["deliveries"])
        self._before = await read_ledger(self._buyer.steps.client, self._sandbox)

    def _new_deliveries(self, response: httpx.Response) -> list[dict[str, Any]]:
        """Return the provider's deliveries since the purchase began.

        They are found by their age, because not every provider's webhook names the order.
        """
        found = response.json()["deliveries"]
        return [one for one in found if one["id"] not in self._earlier and one["provider"] == self._provider]

    async def check_delivered(self) -> None:
        """Wait for pending webhooks and check that all were delivered."""
        url = f"{self._sandbox}/api/deliveries"

        async def all_delivered() -> bool:
            states = [one["state"] for one in self._new_deliveries(await self._buyer.steps.send("GET", url))]
            return bool(states) and set(states) <= {"delivered", "dropped"}  # dropped: only with fault rates

        def note(response: httpx.Response) -> str:
            return ", ".join(reversed([_summary(one) for one in self._new_deliveries(response)]))

        arrived = await wait_until(all_delivered, self._timeout)
        await self._buyer.steps.request("The provider's webhooks have arrived", "GET", url, 200, note)
        if not arrived:
            raise PurchaseFailed("not every webhook about the order was delivered")

    async def check_ledger(self) -> LedgerChange:
        """Check that the ledger matches the order's total and return its change."""
        total = await self._buyer.total()

        def note(response: httpx.Response) -> str:
            return "it balances" if response.json()["balanced"] else "it does not balance"

        title = "The ledger shows where the money is"
        response = await self._buyer.steps.request(title, "GET", f"{self._sandbox}/api/ledger", 200, note)
        change = compare_ledgers(self._before, response.json(), total.currency)
        if error := change.find_error(total):
            raise PurchaseFailed(error)
        return change

    async def check_untouched(self) -> None:
        """Check that no money has moved. Raises `PurchaseFailed` if some has."""

        def note(response: httpx.Response) -> str:
            return "no money has moved" if response.json()["accounts"] == self._before["accounts"] else "money has moved"

        response = await self._buyer.steps.request(
            "The ledger is as it was before", "GET", f"{self._sandbox}/api/ledger", 200, note
        )
        if response.json()["accounts"] != self._before["accounts"]:
            raise PurchaseFailed("an order that comes to nothing has moved money")
