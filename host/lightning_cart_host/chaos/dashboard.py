"""The provider's dashboard: what the merchant, the buyer's bank and another program on the same account do there."""

import asyncio
from collections.abc import Mapping

from lightning_cart_host.chaos.retrying_client import RetryingClient
from lightning_cart_host.chaos.rows import read_rows
from lightning_cart_host.chaos.servers import ChaosServers

_FOLDERS: Mapping[str, str] = {"stripe": "sessions", "square": "links", "paypal": "orders"}
_SALES = {
    "stripe": """
        SELECT id FROM documents WHERE kind = 'checkout.session' AND json_extract(body, '$.client_reference_id') = ?
            AND json_extract(body, '$.metadata.order_id') IS NULL
    """,
    "paypal": """
        SELECT json_extract(body, '$._order') FROM documents
        WHERE kind = 'paypal.capture' AND json_extract(body, '$.custom_id') = ? AND json_extract(body, '$._foreign')
    """,
}
"""How the sale that names an order is found. A sale at Square's till has no page with buttons."""


class Dashboard:
    """The dashboard of one provider.

    Args:
        client: The HTTP client.
        servers: The running servers.
        provider: The provider's name.
    """

    def __init__(self, client: RetryingClient, servers: ChaosServers, provider: str) -> None:
        self._client = client
        self._servers = servers
        self._provider = provider

    async def press(self, checkout_id: str, action: str, **fields: str) -> bool:
        """Press a button on the page about a checkout, and return whether that was possible.

        Args:
            checkout_id: The id that the dashboard knows the checkout by.
            action: The button's value.
            fields: The other fields of the button's form.
        """
        url = f"{self._servers.sandbox}/{self._provider}/{_FOLDERS[self._provider]}/{checkout_id}"
        response = await self._client.send("POST", url, data={"action": action, **fields})
        return response.status_code < 400

    async def refund(self, order_id: str, amount_minor: int) -> None:
        """Refund a paid order; the first of several payments is refunded before the next."""
        body = {"provider": self._provider, "order_id": order_id, "amount_minor": amount_minor}
        await self._client.send("POST", f"{self._servers.sandbox}/api/refunds", json=body)

    async def sell_elsewhere(self, reference: str) -> None:
        """Let another program sell something on the same account. If the sale names an order, its buyer disputes it.

        Args:
            reference: An order's id, which the sale names where any page can write; or empty.
        """
        url = f"{self._servers.sandbox}/{self._provider}/sales"
        await self._client.send("POST", url, data={"action": "foreign_sale", "reference": reference})
        if reference and (sql := _SALES.get(self._provider)):
            found = await asyncio.to_thread(lambda: list(read_rows(self._servers.sandbox_database, sql, (reference,))))
            for (checkout_id,) in found:
                await self.press(checkout_id, "dispute")
