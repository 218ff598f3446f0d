"""Faults between a provider and whoever talks to it: an ASGI layer that no provider knows of.

A request with an `Authorization` header is a call of an engine to an API; a form that is posted without one is a buyer on a
hosted page. Nothing else is touched.
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
HELD_SECONDS = 2.0  # webhooks behind a buyer who is back first
PATIENCE_SECONDS = 3.0  # that an answer waits at most for the webhooks that go before it
_GONE = "The buyer closed this window here: the chaos dial says that nobody goes back to the shop."


class _BufferedResponse:
    """Takes an application's answer instead of whoever asked, to be passed on later or not at all."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def __call__(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def leads_to(self) -> str:
        """The host that it sends the buyer to, or nothing."""
        first = self.messages[0]
        return urlsplit(MutableHeaders(raw=first["headers"]).get("location", "")).netloc if first["status"] == 303 else ""

    async def pass_on(self, send: Send) -> None:
        """Give it after all."""
        for message in self.messages:
            await send(message)


class ChaosMiddleware:
    """Puts the dial's faults in front of a provider.

    Args:
        app: The provider.
        dial: Says what happens.
        deliveries: The provider's webhooks.
    """

    def __init__(self, app: ASGIApp, dial: Dial, deliveries: Deliveries) -> None:
        self._app = app
        self._dial = dial
        self._deliveries = deliveries

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or have the provider do it."""
        is_call = scope["type"] == "http" and "authorization" in Headers(scope=scope)
        is_press = scope["type"] == "http" and not is_call and scope["method"] == "POST"
        if is_call and not self._dial.chaos.is_off(CALL):
            await self._call(scope, receive, send)
        elif is_press and not self._dial.chaos.is_off(PAGE):
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
        answer, before = _BufferedResponse(), self._deliveries.newest()
        await self._app(scope, receive, answer)
        await self._deliveries.wait_for_first_attempts_since(before, PATIENCE_SECONDS)
        await answer.pass_on(send)

    async def _drop_response(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, _BufferedResponse())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._dial.chaos.hold):
                while (await receive())["type"] != "http.disconnect":
                    pass
                return
        await JSONResponse({"error": "The gateway waited too long for an answer."}, 504)(scope, receive, send)

    async def _form_post(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._dial.draw(PAGE)
        if fault is None:
            await self._app(scope, receive, send)
            return
        answer = _BufferedResponse()
        with delaying_webhooks(HELD_SECONDS if fault is Fault.EARLY_RETURN else 0):
            await self._app(scope, receive, answer)
        if answer.leads_to in {"", Headers(scope=scope).get("host", "")}:
            await answer.pass_on(send)  # the buyer stays here: there is no way back yet to be lost
            return
        self._dial.note(fault, f"POST {scope['path']}")
        if fault is Fault.NO_RETURN:
            await render("chaos_gone.html", message=_GONE)(scope, receive, send)
        else:
            await answer.pass_on(send)


class _ReplayBody:
    """Gives a body that was read to an application, and then what else comes."""

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
