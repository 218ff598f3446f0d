"""ASGI middleware that injects faults between a provider and its clients; the provider does not know it.

A request with an `Authorization` header is an engine's call to an API. A form that is posted without one is a buyer on a
payment page. Other requests are not changed.
"""

import asyncio
import contextlib
import hashlib
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lightning_cart_sandbox.chaos.dial import CALL, PAGE, Fault
from lightning_cart_sandbox.chaos.state import Dial
from lightning_cart_sandbox.pages import render
from lightning_cart_sandbox.webhooks.delivery import Deliveries
from lightning_cart_sandbox.webhooks.outbox import delaying_webhooks

RETRY_AFTER_SECONDS = 1
WEBHOOK_DELAY_SECONDS = 2.0  # for a buyer who returns first
WEBHOOK_TIMEOUT_SECONDS = 3.0  # for webhooks that arrive before the response
_GONE = "The buyer closed this window and does not return to the shop: a fault of the chaos dial."


class _BufferedResponse:
    """Buffers the response, to be sent later or dropped."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def __call__(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def redirect_host(self) -> str:
        """The host that the buyer is redirected to, or ""."""
        first = self.messages[0]
        return urlsplit(MutableHeaders(raw=first["headers"]).get("location", "")).netloc if first["status"] == 303 else ""

    async def send(self, send: Send) -> None:
        """Send the response."""
        for message in self.messages:
            await send(message)


class ChaosMiddleware:
    """The middleware of one provider.

    Args:
        app: The provider.
        dial: The chaos dial.
        deliveries: The provider's webhooks.
    """

    def __init__(self, app: ASGIApp, dial: Dial, deliveries: Deliveries) -> None:
        self._app = app
        self._dial = dial
        self._deliveries = deliveries

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request to the provider, with a fault or without."""
        is_call = scope["type"] == "http" and "authorization" in Headers(scope=scope)
        is_form = scope["type"] == "http" and not is_call and scope["method"] == "POST"
        if is_call and not self._dial.chaos.is_off(CALL):
            await self._call(scope, receive, send)
        elif is_form and not self._dial.chaos.is_off(PAGE):
            await self._form_post(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _call(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        fault = self._dial.draw_once(CALL, _digest(scope, body))
        receive = _ReplayBody(body, receive)
        if fault is None:
            await self._app(scope, receive, send)
            return
        self._dial.note(fault, f"{scope['method']} {scope['path']}")
        if fault is Fault.EARLY_EVENT:
            await self._event_first(scope, receive, send)
        elif fault is Fault.LOST_ANSWER:
            await self._drop_response(scope, receive, send)
        else:
            await _refusal(fault)(scope, receive, send)

    async def _event_first(self, scope: Scope, receive: Receive, send: Send) -> None:
        response, before = _BufferedResponse(), self._deliveries.newest()
        await self._app(scope, receive, response)
        await self._deliveries.wait_for_first_attempts_since(before, WEBHOOK_TIMEOUT_SECONDS)
        await response.send(send)

    async def _drop_response(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, _BufferedResponse())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._dial.chaos.hold):
                while (await receive())["type"] != "http.disconnect":
                    pass
                return
        await JSONResponse({"error": "The gateway timed out."}, 504)(scope, receive, send)

    async def _form_post(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._dial.draw(PAGE)
        if fault is None:
            await self._app(scope, receive, send)
            return
        response = _BufferedResponse()
        with delaying_webhooks(WEBHOOK_DELAY_SECONDS if fault is Fault.EARLY_RETURN else 0):
            await self._app(scope, receive, response)
        if response.redirect_host in {"", Headers(scope=scope).get("host", "")}:
            await response.send(send)  # the buyer stays on the page, so there is no return to lose
            return
        self._dial.note(fault, f"POST {scope['path']}")
        if fault is Fault.NO_RETURN:
            await render("chaos_gone.html", message=_GONE)(scope, receive, send)
        else:
            await response.send(send)


class _ReplayBody:
    """Replays a body that was read already, then receives further messages."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._first: Message | None = {"type": "http.request", "body": body, "more_body": False}
        self._receive = receive

    async def __call__(self) -> Message:
        first, self._first = self._first, None
        return first or await self._receive()


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


def _digest(scope: Scope, body: bytes) -> str:
    asked = (scope["method"], scope["path"], scope["query_string"], body)
    return hashlib.sha256(repr(asked).encode()).hexdigest()


def _refusal(fault: Fault) -> Response:
    if fault is Fault.RATE_LIMIT:
        return JSONResponse({"error": "Too many requests."}, 429, {"retry-after": str(RETRY_AFTER_SECONDS)})
    return JSONResponse({"error": "Something went wrong here."}, 500)
