"""Sends fulfilment webhooks: to public addresses, by https only, and within limits of time and size.

A name is resolved once and every address it has is checked. The connection goes to a checked address, so a second DNS answer
cannot lead elsewhere. TLS is still verified against the name.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from lightning_cart.errors import ProviderTimeout, ProviderUnavailable
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart_host.adapters.certificates import trusted_certificates
from lightning_cart_host.adapters.http_send import TOTAL_SECONDS

if TYPE_CHECKING:
    from yarl import URL

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
        tls: Which certificates are trusted. Default: `trusted_certificates()`.
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

    async def _checked_address(self, url: "URL", host: str) -> str:
        if url.scheme != "https" and not self._allow_private:
            raise ProviderUnavailable(host, f"is not https: {_ADVICE}")
        try:
            addresses = await self._resolve(url.raw_host or "", url.port or 0)
        except (OSError, UnicodeError) as error:
            raise ProviderUnavailable(host, "has no address: its name could not be resolved") from error
        if not addresses:
            raise ProviderUnavailable(host, "has no address")
        if not self._allow_private and not all(map(is_public, addresses)):
            raise ProviderUnavailable(host, f"has an address that is not public: {_ADVICE}")
        return addresses[0]

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Send a request once.

        Raises:
            ProviderTimeout: No response in time.
            ProviderUnavailable: No response, or the address is not allowed.
        """
        from lightning_cart_host.adapters.http_client import HttpClient, PinnedResolver  # noqa: PLC0415 - see its docstring

        try:
            url = HttpClient.parse(request.url)
        except ValueError as error:
            raise ProviderUnavailable("fulfilment_url", "is not an address") from error
        host = url.host or ""
        try:
            async with asyncio.timeout(self._total):
                resolver = PinnedResolver(await self._checked_address(url, host))
                tls = self._tls or trusted_certificates()
                # One connection per exchange: an attempt must not fail because the merchant's server closed an idle one.
                client = HttpClient(tls, self._max_bytes, truncate=True, resolver=resolver)
                try:
                    return await client.send(request, url)
                finally:
                    await client.close()
        except TimeoutError as error:
            raise ProviderTimeout(host, "did not answer in time") from error
