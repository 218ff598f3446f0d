"""The sandbox as the demo's witness: whether the webhooks arrived, and where the money went."""

from typing import Any

import httpx

from lightning_cart_host.buyer import Buyer
from lightning_cart_host.exchanges import PurchaseFailed, wait_until
from lightning_cart_host.ledger import Ledger, LedgerChange, compare_ledgers


def _shown(delivery: dict[str, Any]) -> str:
    attempts = delivery["attempts"]
    return f"{delivery['event_type']} {attempts[-1]['status'] if attempts else delivery['state']}"


class Witness:
    """Reads the sandbox's books and its record of deliveries.

    Args:
        buyer: whose purchase it is.
        address: the sandbox's, without a slash at its end.
        patience: seconds to wait for webhooks that are under way.
    """

    def __init__(self, buyer: Buyer, address: str, patience: float) -> None:
        self._buyer, self._address, self._patience = buyer, address, patience

    async def _deliveries(self, order_id: str) -> list[dict[str, Any]]:
        found = (await self._buyer.exchanges.send("GET", f"{self._address}/api/deliveries")).json()["deliveries"]
        return [one for one in found if order_id in one["body"]]

    async def read_ledger(self) -> Ledger:
        """Its books."""
        books: Ledger = (await self._buyer.exchanges.send("GET", f"{self._address}/api/ledger")).json()
        return books

    async def see_delivered(self, order_id: str) -> None:
        """Check that every webhook about an order was delivered, waiting for those under way."""

        async def all_delivered() -> bool:
            states = [one["state"] for one in await self._deliveries(order_id)]
            return bool(states) and set(states) == {"delivered"}

        def note(answer: httpx.Response) -> str:
            about = [_shown(one) for one in answer.json()["deliveries"] if order_id in one["body"]]
            return ", ".join(reversed(about))

        arrived = await wait_until(all_delivered, self._patience)
        await self._buyer.exchanges.ask(
            "The provider's webhooks have arrived", "GET", f"{self._address}/api/deliveries", 200, note
        )
        if not arrived:
            raise PurchaseFailed("not every webhook about the order was delivered")

    async def see_ledger(self, before: Ledger) -> LedgerChange:
        """Check that the money went where it should."""
        total = await self._buyer.total()

        def note(answer: httpx.Response) -> str:
            return "it balances" if answer.json()["balanced"] else "it does not balance"

        title = "The ledger shows where the money is"
        answer = await self._buyer.exchanges.ask(title, "GET", f"{self._address}/api/ledger", 200, note)
        change = compare_ledgers(before, answer.json(), total.currency)
        if complaint := change.complaint(total):
            raise PurchaseFailed(complaint)
        return change
