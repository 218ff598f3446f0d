"""Sends requests to providers: the `Send` port over httpx, with one connection pool and limits of time and size."""

import asyncio
import functools
import ssl

import httpx

from lightning_cart.errors import ProviderTimeout, ProviderUnavailable
from lightning_cart.http import HttpRequest, HttpResponse

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0  # for each chunk of a response
TOTAL_SECONDS = 15.0  # for a whole exchange, because a response may trickle
MAX_RESPONSE_BYTES = 4 * 1024 * 1024
# A proxy of the environment leads out of this machine. A sandbox on loopback is reached without it.
NO_PROXY_MOUNTS = {f"all://{host}": None for host in ("localhost", "127.0.0.1", "[::1]")}


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Return which certificates are trusted. Reading them takes longer than a command that opens two engines should."""
    return httpx.create_ssl_context()


class HttpxSend:
    """A `Send` for provider APIs. It does not follow redirects. Close it when done.

    Args:
        connect: Seconds to wait for a connection.
        read: Seconds to wait for each chunk of a response.
        total: Seconds to wait for a whole response.
        max_bytes: The largest response body that is accepted, in bytes.
    """

    def __init__(
        self,
        connect: float = CONNECT_SECONDS,
        read: float = READ_SECONDS,
        total: float = TOTAL_SECONDS,
        max_bytes: int = MAX_RESPONSE_BYTES,
    ) -> None:
        timeout = httpx.Timeout(read, connect=connect)
        self._client = httpx.AsyncClient(verify=_trusted(), timeout=timeout, mounts=NO_PROXY_MOUNTS, follow_redirects=False)
        self._total = total
        self._max_bytes = max_bytes

    async def _exchange(self, request: HttpRequest, host: str) -> HttpResponse:
        headers = dict(request.headers)
        async with self._client.stream(request.method, request.url, headers=headers, content=request.body) as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > self._max_bytes:
                    raise ProviderUnavailable(host, f"answered more than {self._max_bytes} bytes")
            return HttpResponse(response.status_code, dict(response.headers), bytes(body))

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Send a request once.

        Raises:
            ProviderTimeout: No response in time.
            ProviderUnavailable: No response, or one that cannot be read.
        """
        host = httpx.URL(request.url).host
        try:
            async with asyncio.timeout(self._total):
                return await self._exchange(request, host)
        except (httpx.TimeoutException, TimeoutError) as error:
            raise ProviderTimeout(host, "did not answer in time") from error
        except httpx.RequestError as error:
            raise ProviderUnavailable(host, f"could not be reached ({type(error).__name__})") from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
