"""The wire between an engine and its providers, in a test's hands: what crosses it is kept, held back, or lost.

An engine has it as its public address and as the base of every provider's API, so both directions pass through it.
"""

import contextlib
from collections.abc import AsyncIterator
from typing import NamedTuple

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PROVIDERS = ("stripe", "paypal", "square")
_HOP_BY_HOP = {"host", "connection", "content-length", "transfer-encoding", "date", "server", "keep-alive"}


class ProviderRequest(NamedTuple):
    """One request of an engine to a provider."""

    path: str
    headers: dict[str, str]
    body: bytes


async def _gone(request: Request) -> None:
    """Wait until whoever asked has given up waiting."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


class Gateway:
    """An ASGI application that passes on what it is sent.

    Args:
        address: Its own.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.engine = ""
        self.sandbox = ""
        self.crossings: list[ProviderRequest] = []
        self.no_answer_marker = b"\0"  # a request with this in its body is passed to nobody, and never answered
        self.loses_webhooks = False
        methods = ["GET", "POST", "PATCH", "DELETE", "PUT"]
        self.app = Starlette(routes=[Route("/{path:path}", self._pass_on, methods=methods)], lifespan=self._living)

    @contextlib.asynccontextmanager
    async def _living(self, _: Starlette) -> AsyncIterator[None]:
        async with httpx.AsyncClient(trust_env=False, timeout=60) as self._client:
            yield

    @property
    def answered_count(self) -> int:
        """How many requests were passed on to providers."""
        return sum(self.no_answer_marker not in crossing.body for crossing in self.crossings)

    def to_provider(self, path: str) -> str:
        """The base of a provider's API, as its engine is told it, from what the sandbox says."""
        return path.replace(self.sandbox, self.address)

    async def _pass_on(self, request: Request) -> Response:
        body, path = await request.body(), request.url.path
        headers = {name: value for name, value in request.headers.items() if name not in _HOP_BY_HOP}
        is_providers = path.split("/")[1] in PROVIDERS
        if is_providers:
            self.crossings.append(ProviderRequest(path, headers, body))
        if self.no_answer_marker in body:
            await _gone(request)
        if self.loses_webhooks and path.startswith("/webhook"):
            return Response(status_code=503)
        query = f"?{request.url.query}" if request.url.query else ""
        there = f"{self.sandbox if is_providers else self.engine}{path}{query}"
        answer = await self._client.request(request.method, there, headers=headers, content=body)
        kept = {name: value for name, value in answer.headers.items() if name not in {*_HOP_BY_HOP, "content-encoding"}}
        return Response(answer.content, answer.status_code, kept)


class MerchantServer:
    """The address to which engines send what they tell merchants.

    Args:
        address: Its own.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.letters: list[bytes] = []
        self.returned: list[bytes] = []
        self.refuses = False
        self.app = Starlette(routes=[Route("/", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        letter = await request.body()
        if self.refuses:
            self.returned.append(letter)
            return Response(status_code=500)
        self.letters.append(letter)
        return Response()

    def told_of(self, order_id: str) -> int:
        """How many letters there were about an order."""
        return sum(order_id.encode() in letter for letter in self.letters)

    def refused(self, order_id: str) -> bool:
        """Whether a letter about an order was returned."""
        return any(order_id.encode() in letter for letter in self.returned)
