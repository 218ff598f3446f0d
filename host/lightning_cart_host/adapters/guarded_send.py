"""Sends fulfilment webhooks: to public addresses, by https only, and within limits of time and size.

A name is resolved once and every address it has is checked. The connection goes to a checked address, so a second DNS answer
cannot lead elsewhere. TLS is still verified against the name.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence

import httpx

from lightning_cart.errors import ProviderTimeout, ProviderUnavailable
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart_host.adapters.http_send import TOTAL_SECONDS

MAX_ACK_BYTES = 2048  # bytes of a response that are read; its status is all that counts
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
_ADVICE = "only FULFILMENT_ALLOW_PRIVATE=1 allows that"

type Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


async def _resolve(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in found]


def is_public(address: str) -> bool:
    """Tell whether an IP address, in any notation a resolver returns, belongs to the public internet."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(ip.packed[-4:])
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


class GuardedSend:
    """A `Send` for fulfilment webhooks. It does not follow redirects, and uses no proxy of the environment.

    Args:
        allow_private: Whether private addresses and http are allowed.
        total: Seconds for one exchange, from resolving the name to the end of the response.
        max_bytes: Bytes of a response that are read.
        resolve: Returns the addresses of a host and port.
        tls: Which certificates are trusted. Default: those of httpx.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        total: float = TOTAL_SECONDS,
        max_bytes: int = MAX_ACK_BYTES,
        resolve: Resolve = _resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allow_private = allow_private
        self._total = total
        self._max_bytes = max_bytes
        self._resolve = resolve
        self._tls = tls

    async def _checked_address(self, url: httpx.URL) -> str:
        if url.scheme != "https" and not self._allow_private:
            raise ProviderUnavailable(url.host, f"is not https: {_ADVICE}")
        try:
            addresses = await self._resolve(url.raw_host.decode("ascii"), url.port or (443 if url.scheme == "https" else 80))
        except (OSError, UnicodeError) as error:
            raise ProviderUnavailable(url.host, "has no address: its name could not be resolved") from error
        if not addresses:
            raise ProviderUnavailable(url.host, "has no address")
        if not self._allow_private and not all(map(is_public, addresses)):
            raise ProviderUnavailable(url.host, f"has an address that is not public: {_ADVICE}")
        return addresses[0]

    async def _exchange(self, request: HttpRequest, url: httpx.URL) -> HttpResponse:
        pinned = url.copy_with(host=await self._checked_address(url))
        headers = {**request.headers, "host": url.netloc.decode("ascii"), "accept-encoding": "identity"}
        if self._tls is None:
            self._tls = httpx.create_ssl_context()
        # One client per exchange: a pooled connection to an address must not serve another name at that address.
        async with httpx.AsyncClient(verify=self._tls, timeout=self._total, trust_env=False) as client:
            sni = {"sni_hostname": url.raw_host.decode("ascii")}
            outgoing = client.build_request(request.method, pinned, headers=headers, content=request.body, extensions=sni)
            response = await client.send(outgoing, stream=True)
            try:
                body = bytearray()
                async for chunk in response.aiter_raw():
                    body += chunk
                    if len(body) >= self._max_bytes:
                        break
                return HttpResponse(response.status_code, dict(response.headers), bytes(body[: self._max_bytes]))
            finally:
                await response.aclose()

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Send a request once.

        Raises:
            ProviderTimeout: No response in time.
            ProviderUnavailable: No response, or the address is not allowed.
        """
        try:
            url = httpx.URL(request.url)
        except httpx.InvalidURL as error:
            raise ProviderUnavailable("fulfilment_url", "is not an address") from error
        try:
            async with asyncio.timeout(self._total):
                return await self._exchange(request, url)
        except (httpx.TimeoutException, TimeoutError) as error:
            raise ProviderTimeout(url.host, "did not answer in time") from error
        except httpx.RequestError as error:
            raise ProviderUnavailable(url.host, f"could not be reached ({type(error).__name__})") from error
