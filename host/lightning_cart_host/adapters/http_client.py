"""An HTTP/1.1 client over aiohttp, which neither follows, remembers, adds nor decodes anything on its own.

Importing this module takes longer than most commands need for the rest, so the senders import it for their first request.
"""

import re
import socket
import ssl
import zlib
from collections.abc import AsyncIterator

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from multidict import CIMultiDictProxy
from yarl import URL

from lightning_cart.errors import ProviderUnavailable
from lightning_cart.http import HttpRequest, HttpResponse

_MAX_HEADER_BYTES = 64 * 1024  # of one header
_READY_TO_SEND = re.compile(r"[!-~]+")  # printable ASCII is sent as it is
_GZIP = 31  # the window size that makes zlib read gzip
_NOT_ADDED = ("user-agent", "content-type")
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class HttpClient:
    """Connections, kept for the next request to the same origin. Create it in a running event loop, and close it when done.

    Args:
        tls: Which certificates are trusted.
        max_bytes: The largest body of a response, in bytes, also once it is decoded.
        truncate: Read the start of a larger body and decode none, instead of refusing it.
        connect: Seconds to wait for a connection, or None.
        read: Seconds to wait for each chunk of a response, or None.
        idle: Seconds until an unused connection is closed; 0 keeps none.
        resolver: Resolves the names of hosts. Default: the system does.
    """

    def __init__(
        self,
        tls: ssl.SSLContext,
        max_bytes: int,
        *,
        truncate: bool = False,
        connect: float | None = None,
        read: float | None = None,
        idle: float = 0,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._max_bytes = max_bytes
        self._truncate = truncate
        self._encoding = "identity" if truncate else "gzip"
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,
                ssl=tls,
                resolver=resolver,
                use_dns_cache=resolver is None,
                force_close=not idle,
                keepalive_timeout=idle or None,
            ),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect, sock_read=read),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=_NOT_ADDED,
            auto_decompress=False,
            max_line_size=_MAX_HEADER_BYTES,
            max_field_size=_MAX_HEADER_BYTES,
        )

    @staticmethod
    def parse(url: str) -> URL:
        """Parse the URL of a server.

        Raises:
            ValueError: It is not an absolute URL of http or https.
        """
        parsed = URL(url, encoded=_READY_TO_SEND.fullmatch(url) is not None)
        if parsed.scheme not in {"http", "https"} or not parsed.host or not parsed.port:
            raise ValueError("not an absolute URL of http or https")
        return parsed

    async def send(self, request: HttpRequest, url: URL, proxy: str | None = None) -> HttpResponse:
        """Send a request once and read its response.

        Args:
            request: The request.
            url: Its parsed URL.
            proxy: The URL of the proxy, or None.

        Raises:
            TimeoutError: No response in time.
            ProviderUnavailable: No response, or one that cannot be read. It names the host only, because a URL or a header may
                have secrets.
        """
        host = url.host or ""
        headers = {"accept-encoding": self._encoding, **request.headers}
        body = request.body if request.body or request.method in _WITH_BODY else None
        try:
            async with self._session.request(
                request.method, url, headers=headers, data=body, allow_redirects=False, proxy=proxy
            ) as response:
                read = self._read_start if self._truncate else self._read_whole
                return HttpResponse(response.status, _join_repeated(response.headers), await read(response, host))
        except TimeoutError:
            raise
        except (aiohttp.ClientError, OSError, ValueError, zlib.error) as error:
            raise ProviderUnavailable(host, f"could not be reached ({type(error).__name__})") from None

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def _read_start(self, response: aiohttp.ClientResponse, _host: str) -> bytes:
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) >= self._max_bytes:
                break  # what is left makes the connection unusable, and it is closed
        return bytes(body[: self._max_bytes])

    async def _read_whole(self, response: aiohttp.ClientResponse, host: str) -> bytes:
        body = bytearray()
        async for chunk in self._decode(response, host):
            body += chunk
            if len(body) > self._max_bytes:
                raise self._too_large(host)
        return bytes(body)

    async def _decode(self, response: aiohttp.ClientResponse, host: str) -> AsyncIterator[bytes]:
        """Yield the decoded chunks of a body. Each has at most one byte more than allowed, however far it was compressed."""
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding == "identity":
            async for chunk in response.content.iter_any():
                yield chunk
            return
        if encoding not in {"gzip", "x-gzip"}:
            raise ProviderUnavailable(host, "answered in an encoding that it was not asked for")
        decoder, received = zlib.decompressobj(_GZIP), 0
        async for chunk in response.content.iter_any():
            received += len(chunk)
            if received > self._max_bytes:
                raise self._too_large(host)
            yield decoder.decompress(chunk, self._max_bytes + 1)
        if received and not decoder.eof:
            raise ProviderUnavailable(host, "answered a part of a compressed body")

    def _too_large(self, host: str) -> ProviderUnavailable:
        return ProviderUnavailable(host, f"answered more than {self._max_bytes} bytes")


class PinnedResolver(AbstractResolver):
    """A resolver that returns one address for every name.

    Args:
        address: The address.
    """

    def __init__(self, address: str) -> None:
        self._address = address

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:  # noqa: ARG002 - any it has
        """Return the address."""
        found = socket.AF_INET6 if ":" in self._address else socket.AF_INET
        flags = socket.AI_NUMERICHOST
        return [ResolveResult(hostname=host, host=self._address, port=port, family=found, proto=0, flags=flags)]

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""


def _join_repeated(headers: CIMultiDictProxy[str]) -> dict[str, str]:
    """Return headers by their names in lower case, with the values of one name in one. Source: RFC 9110, section 5.3."""
    joined: dict[str, str] = {}
    for name, value in headers.items():
        key = name.lower()
        joined[key] = f"{joined[key]}, {value}" if key in joined else value
    return joined
