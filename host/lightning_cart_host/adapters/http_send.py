"""The `Send` port over httpx: one pool of connections, and a bound on everything a provider may take of us."""

import asyncio

import httpx

from lightning_cart.errors import ProviderTimeout, ProviderUnavailable
from lightning_cart.http import HttpRequest, HttpResponse

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0  # for each piece of an answer
TOTAL_SECONDS = 15.0  # for the whole exchange: an answer that trickles must end, too
MAX_RESPONSE_BYTES = 4 * 1024 * 1024  # bytes
# A proxy named by the environment leads out of this machine; a sandbox on it is reached without.
NO_PROXY_MOUNTS = {f"all://{host}": None for host in ("localhost", "127.0.0.1", "[::1]")}


class HttpxSend:
    """Sends the core's requests. Redirects are answers like any other: they are not followed. Close it when done.

    Args:
        connect: Seconds to wait for a connection.
        read: Seconds to wait for each piece of an answer.
        total: Seconds to wait for a whole answer.
        largest: The longest body of an answer that is read, in bytes.
    """

    def __init__(
        self,
        connect: float = CONNECT_SECONDS,
        read: float = READ_SECONDS,
        total: float = TOTAL_SECONDS,
        largest: int = MAX_RESPONSE_BYTES,
    ) -> None:
        timeout = httpx.Timeout(read, connect=connect)
        self._client = httpx.AsyncClient(timeout=timeout, mounts=NO_PROXY_MOUNTS, follow_redirects=False)
        self._total = total
        self._largest = largest

    async def _exchange(self, request: HttpRequest, host: str) -> HttpResponse:
        headers = dict(request.headers)
        async with self._client.stream(request.method, request.url, headers=headers, content=request.body) as answer:
            body = bytearray()
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > self._largest:
                    raise ProviderUnavailable(host, f"answered more than {self._largest} bytes")
            return HttpResponse(answer.status_code, dict(answer.headers), bytes(body))

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Send a request once.

        Raises:
            ProviderTimeout: No answer in time.
            ProviderUnavailable: No answer, or none that can be read.
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
