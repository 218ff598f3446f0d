"""The way to merchants' own addresses: to public ones by https alone, and with a bound on all that they may take of us.

A name is resolved once; every address that it has is checked, and the connection goes to one that was checked, so that a name
which changes its mind in between leads nowhere else. TLS is still verified against the name.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence

import httpx

from lightning_cart.errors import ProviderTimeout, ProviderUnavailable
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.settings import Setting, read_settings

ALLOW_PRIVATE = Setting(
    "FULFILMENT_ALLOW_PRIVATE",
    "1 lets fulfilment webhooks go to private and loopback addresses, and there by http, too. For development alone.",
    "1",
    secret=False,
    optional=True,
    validate=lambda value: "" if value == "1" else "must be 1, or left out",
)
TOTAL_SECONDS = 15.0  # for one try, from the name's resolution to the answer's end
MAX_ACK_BYTES = 2048  # bytes of an answer that are read: its status says all
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in IPv6 clothes

type Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


def allows_private(env: Mapping[str, str]) -> bool:
    """Whether private addresses may be reached.

    Raises:
        InvalidSettings: The setting is neither 1 nor left out.
    """
    return bool(read_settings(env, [ALLOW_PRIVATE])[ALLOW_PRIVATE.name])


async def _resolve(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(place[0]) for *_, place in found]


def is_public(address: str) -> bool:
    """Whether an address, in any way of writing it that a resolver answers, is one of the public internet."""
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
    """Sends fulfilment webhooks. Redirects are answers like any other, and no proxy of the environment is used.

    Args:
        allow_private: Whether private addresses may be reached, and http may be spoken.
        total: Seconds for one exchange.
        largest: How much of an answer is read, in bytes.
        resolve: Finds the addresses of a host.
        tls: What certificates are trusted.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        total: float = TOTAL_SECONDS,
        largest: int = MAX_ACK_BYTES,
        resolve: Resolve = _resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allow_private = allow_private
        self._total = total
        self._largest = largest
        self._resolve = resolve
        self._tls = tls

    async def _checked_address(self, url: httpx.URL) -> str:
        if url.scheme != "https" and not self._allow_private:
            raise ProviderUnavailable(url.host, f"is not https: only {ALLOW_PRIVATE.name}=1 allows that")
        try:
            addresses = await self._resolve(url.raw_host.decode("ascii"), url.port or (443 if url.scheme == "https" else 80))
        except (OSError, UnicodeError) as error:
            raise ProviderUnavailable(url.host, "has no address: its name could not be resolved") from error
        if not addresses:
            raise ProviderUnavailable(url.host, "has no address")
        if not self._allow_private and not all(map(is_public, addresses)):
            raise ProviderUnavailable(url.host, f"has an address that is not public: only {ALLOW_PRIVATE.name}=1 allows that")
        return addresses[0]

    async def _exchange(self, request: HttpRequest, url: httpx.URL) -> HttpResponse:
        pinned = url.copy_with(host=await self._checked_address(url))
        headers = {**request.headers, "host": url.netloc.decode("ascii"), "accept-encoding": "identity"}
        if self._tls is None:
            self._tls = httpx.create_ssl_context()
        # A client of its own: a connection to an address must not be used again for another name there.
        async with httpx.AsyncClient(verify=self._tls, timeout=self._total, trust_env=False) as client:
            name = {"sni_hostname": url.raw_host.decode("ascii")}
            made = client.build_request(request.method, pinned, headers=headers, content=request.body, extensions=name)
            answer = await client.send(made, stream=True)
            try:
                body = bytearray()
                async for piece in answer.aiter_raw():
                    body += piece
                    if len(body) >= self._largest:
                        break
                return HttpResponse(answer.status_code, dict(answer.headers), bytes(body[: self._largest]))
            finally:
                await answer.aclose()

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Send a request once.

        Raises:
            ProviderTimeout: No answer in time.
            ProviderUnavailable: No answer, or the address may not be reached.
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
