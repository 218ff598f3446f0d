"""Sends requests to providers: the `Send` port with connections and places for each origin, and limits of time and size."""

import asyncio
import ssl
from typing import TYPE_CHECKING

from lightning_cart.errors import ProviderTimeout, ProviderUnavailable
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart_host.adapters.certificates import trusted_certificates
from lightning_cart_host.adapters.origin_limit import OriginLimit
from lightning_cart_host.adapters.proxies import Proxies

if TYPE_CHECKING:
    from lightning_cart_host.adapters.http_client import HttpClient

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0  # for each chunk of a response
TOTAL_SECONDS = 15.0  # for a whole exchange with the wait for its place, because a response may trickle
MAX_RESPONSE_BYTES = 4 * 1024 * 1024
# Stripe takes 100 calls a second from one account, and each lasts about half a second: 50 at a time. Three providers use fewer
# than 200 of the 1,024 descriptors that a process has by default. Source: Stripe docs, Rate limits.
MAX_EXCHANGES = 64
# In this time, 64 places take 250 calls of half a second. Who waits for longer is waiting for a provider that is too slow.
MAX_WAIT_SECONDS = 2.0
_IDLE_SECONDS = 15.0  # until an unused connection is closed


class HttpSend:
    """A `Send` for provider APIs. It does not follow redirects. Close it when done.

    Each origin, such as `https://api.stripe.com`, has connections and places of its own. A provider that answers slowly fills
    its own places only, and who finds none there is told so soon.

    Args:
        connect: Seconds to wait for a connection.
        read: Seconds to wait for each chunk of a response.
        total: Seconds to wait for a whole response, with the wait for a place.
        max_bytes: The largest response body that is accepted, in bytes.
        max_exchanges: How many exchanges with one origin run at a time: its places.
        max_wait: Seconds to wait for a place.
        tls: Which certificates are trusted. Default: `trusted_certificates()`.
    """

    def __init__(
        self,
        connect: float = CONNECT_SECONDS,
        read: float = READ_SECONDS,
        total: float = TOTAL_SECONDS,
        max_bytes: int = MAX_RESPONSE_BYTES,
        *,
        max_exchanges: int = MAX_EXCHANGES,
        max_wait: float = MAX_WAIT_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._connect, self._read, self._total, self._max_bytes = connect, read, total, max_bytes
        self._limit = OriginLimit(max_exchanges, max_wait)
        self._proxies = Proxies()
        self._tls = tls
        self._opened: HttpClient | None = None

    def open(self) -> "HttpClient":
        """Return the client, and load it if there is none yet, which takes 0.3 seconds. A server does so before it serves."""
        if self._opened is None:
            from lightning_cart_host.adapters.http_client import HttpClient  # noqa: PLC0415 - see its docstring

            tls = self._tls or trusted_certificates()
            self._opened = HttpClient(tls, self._max_bytes, connect=self._connect, read=self._read, idle=_IDLE_SECONDS)
        return self._opened

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Send a request once.

        Raises:
            ProviderTimeout: No response in time.
            ProviderUnavailable: No response, or one that cannot be read, or no place.
        """
        client = self._opened or self.open()
        try:
            url = client.parse(request.url)
        except ValueError:
            raise ProviderUnavailable("the provider", "has no valid URL") from None
        host = url.host or ""
        proxy = self._proxies.find(url.scheme, host, url.port)
        try:
            async with asyncio.timeout(self._total), self._limit.place((url.scheme, host, url.port), host):
                return await client.send(request, url, proxy)
        except TimeoutError as error:
            raise ProviderTimeout(host, "did not answer in time") from error

    async def close(self) -> None:
        """Close the connections."""
        if self._opened is not None:
            await self._opened.close()
