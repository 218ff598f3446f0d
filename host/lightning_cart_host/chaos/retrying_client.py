"""An HTTP client that retries like a careful caller and counts its requests to the shop."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import httpx

from lightning_cart_host.shop_client.requests import PurchaseFailed, send

_MAX_ATTEMPTS, _RETRY_SECONDS = 50, 0.4  # longer than a database takes to start again


class RetryingClient:
    """An HTTP client for one buyer.

    Args:
        client: The HTTP client; it must not follow redirects.
        shop: The shop's base URL.

    Attributes:
        shop_requests: The number of requests to the shop so far, with retries.
    """

    def __init__(self, client: httpx.AsyncClient, shop: str) -> None:
        self._client = client
        self._shop = shop
        self.shop_requests = 0

    async def send(self, method: str, url: str, **content: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own arguments
        """Send one request and retry it after a 429, a 5xx or no response.

        Args:
            method: The request's method.
            url: The request's URL.
            content: Headers and body, as httpx takes them.

        Raises:
            PurchaseFailed: Every attempt failed.
        """
        response = None
        for _ in range(_MAX_ATTEMPTS):
            self.shop_requests += url.startswith(self._shop)
            try:
                response = await send(self._client, method, url, **content)
            except PurchaseFailed:
                response = None
            if response is not None and response.status_code < 500 and response.status_code != 429:
                return response
            await asyncio.sleep(_RETRY_SECONDS)
        outcome = f"answers {response.status_code}" if response is not None else "does not respond"
        raise PurchaseFailed(f"{method} {urlsplit(url).path} {outcome} after {_MAX_ATTEMPTS} attempts")
