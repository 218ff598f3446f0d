"""HTTP clients that the benchmark compares: each makes the same call to a provider, as the engine does."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import httpcore
import httpx

from lightning_cart.http import HttpRequest
from lightning_cart_host.adapters.http_send import HttpSend

ENGINE = "engine"
_FORM = urlencode({f"line_items[{line}][price_data][product_data][name]": "Mug, 0.3 l, blue" for line in range(11)}).encode()
_HEADERS = {
    "authorization": f"Bearer sk_test_{'x' * 99}",
    "stripe-version": "2026-09-30.endive",
    "content-type": "application/x-www-form-urlencoded",
    "idempotency-key": "ord_00000000000000000000000001-1",
}
_TOTAL_SECONDS, _CONNECT_SECONDS, _READ_SECONDS = 15, 5, 10
_MAX_CONNECTIONS = 64

type Call = Callable[[], Awaitable[tuple[int, bytes]]]


@contextlib.asynccontextmanager
async def _httpx(url: str, tls: ssl.SSLContext, _: Path) -> AsyncIterator[Call]:
    timeout = httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS)
    async with httpx.AsyncClient(verify=tls, timeout=timeout) as client:

        async def call() -> tuple[int, bytes]:
            async with asyncio.timeout(_TOTAL_SECONDS), client.stream("POST", url, headers=_HEADERS, content=_FORM) as response:
                return response.status_code, b"".join([chunk async for chunk in response.aiter_bytes()])

        yield call


@contextlib.asynccontextmanager
async def _httpcore(url: str, tls: ssl.SSLContext, _: Path) -> AsyncIterator[Call]:
    headers = [("Host", "127.0.0.1"), ("Content-Length", str(len(_FORM))), *_HEADERS.items()]
    timeout = {"timeout": {"connect": _CONNECT_SECONDS, "read": _READ_SECONDS, "write": _READ_SECONDS}}
    async with httpcore.AsyncConnectionPool(ssl_context=tls, max_connections=_MAX_CONNECTIONS, keepalive_expiry=15) as pool:

        async def call() -> tuple[int, bytes]:
            stream = pool.stream("POST", url, headers=headers, content=_FORM, extensions=timeout)
            async with asyncio.timeout(_TOTAL_SECONDS), stream as response:
                return response.status, b"".join([chunk async for chunk in response.aiter_stream()])

        yield call


@contextlib.asynccontextmanager
async def _aiohttp(url: str, tls: ssl.SSLContext, _: Path) -> AsyncIterator[Call]:
    timeout = aiohttp.ClientTimeout(total=_TOTAL_SECONDS, sock_connect=_CONNECT_SECONDS, sock_read=_READ_SECONDS)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls), timeout=timeout) as session:

        async def call() -> tuple[int, bytes]:
            async with session.post(url, headers=_HEADERS, data=_FORM) as response:
                return response.status, await response.read()

        yield call


@contextlib.asynccontextmanager
async def _niquests(url: str, _: ssl.SSLContext, ca: Path) -> AsyncIterator[Call]:
    niquests = import_module("niquests")
    async with niquests.AsyncSession(disable_http2=True, disable_http3=True, pool_maxsize=_MAX_CONNECTIONS) as session:
        session.trust_env, session.verify = False, str(ca)

        async def call() -> tuple[int, bytes]:
            response = await session.post(url, headers=_HEADERS, data=_FORM, timeout=(_CONNECT_SECONDS, _READ_SECONDS))
            return response.status_code, response.content

        yield call


@contextlib.asynccontextmanager
async def _engine(url: str, tls: ssl.SSLContext, _: Path) -> AsyncIterator[Call]:
    send, request = HttpSend(tls=tls), HttpRequest("POST", url, _HEADERS, _FORM)

    async def call() -> tuple[int, bytes]:
        response = await send(request)
        return response.status, response.body

    yield call
    await send.close()


CLIENTS = {"httpx": _httpx, "httpcore": _httpcore, "aiohttp": _aiohttp, "niquests": _niquests, ENGINE: _engine}


def missing_clients() -> list[str]:
    """Return the clients that are not installed."""
    return [name for name in CLIENTS if name != ENGINE and find_spec(name) is None]
