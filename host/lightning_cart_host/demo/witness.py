"""The sandbox as the demo's witness: whether the webhooks arrived, and where the money went."""

from typing import Any

import httpx

from lightning_cart_host.demo.buyer import Buyer
from lightning_cart_host.demo.exchanges import PurchaseFailed, send, wait_until
from lightning_cart_host.demo.ledger import Ledger, LedgerChange, compare_ledgers


def _shown(delivery: dict[str, Any]) -> str:
    attempts = delivery["attempts"]
    return f"{delivery['event_type']} {attempts[-1]['status'] if attempts else delivery['state']}"


async def read_ledger(client: httpx.AsyncClient, sandbox: str) -> Ledger:
    """A sandbox's books.

    Raises:
        PurchaseFailed: It does not answer.
    """
    books: Ledger = (await send(client, "GET", f"{sandbox}/api/ledger")).json()
    return books


class Witness:
    """Reads the sandbox's books and its record of deliveries. It must `begin` before the purchase does.

    Args:
        buyer: Whose purchase it is.
        sandbox: Its address, without a slash at its end.
        provider: At which the buyer pays.
        patience: Seconds to wait for webhooks that are under way.
    """

    def __init__(self, buyer: Buyer, sandbox: str, provider: str, patience: float) -> None:
        self._buyer, self._sandbox, self._provider, self._patience = buyer, sandbox, provider, patience
        self._earlier: frozenset[str] = frozenset()
        self._before: Ledger = {}

    async def begin(self) -> None:
        """Note what was there before the purchase."""
        deliveries = await self._buyer.exchanges.send("GET", f"{self._sandbox}/api/deliveries")
        self._earlier = frozenset(one["id"] for one in deliveries.json()["deliveries"])
        self._before = await read_ledger(self._buyer.exchanges.client, self._sandbox)

    def _new(self, answer: httpx.Response) -> list[dict[str, Any]]:
        """What the provider has sent since the purchase began.

        Not every body names the order, as some providers speak of their own ids alone: so what is new is what counts.
        """
        found = answer.json()["deliveries"]
        return [one for one in found if one["id"] not in self._earlier and one["provider"] == self._provider]

    async def see_delivered(self) -> None:
        """Check that every webhook since the purchase began was delivered, waiting for those under way."""
        url = f"{self._sandbox}/api/deliveries"

        async def all_delivered() -> bool:
            states = [one["state"] for one in self._new(await self._buyer.exchanges.send("GET", url))]
            return bool(states) and set(states) <= {"delivered", "dropped"}  # the second only where chaos was asked for

        def note(answer: httpx.Response) -> str:
            return ", ".join(reversed([_shown(one) for one in self._new(answer)]))

        arrived = await wait_until(all_delivered, self._patience)
        await self._buyer.exchanges.request("The provider's webhooks have arrived", "GET", url, 200, note)
        if not arrived:
            raise PurchaseFailed("not every webhook about the order was delivered")

    async def see_ledger(self) -> LedgerChange:
        """Check that the money went where it should."""
        total = await self._buyer.total()

        def note(answer: httpx.Response) -> str:
            return "it balances" if answer.json()["balanced"] else "it does not balance"

        title = "The ledger shows where the money is"
        answer = await self._buyer.exchanges.request(title, "GET", f"{self._sandbox}/api/ledger", 200, note)
        change = compare_ledgers(self._before, answer.json(), total.currency)
        if complaint := change.complaint(total):
            raise PurchaseFailed(complaint)
        return change
