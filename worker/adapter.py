"""Converts the runtime's `Request` to an `HttpRequest`, and an `HttpResponse` to its `Response`.

A call into JavaScript costs more than most lines of Python, so each value is read once.
"""

from js import Response
from pyodide.ffi import to_js as to_buffer

from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.web.app import WEBHOOK_LIMIT
from lightning_cart.web.responses import BODILESS_STATUSES
from worker.crossing import JsValue, read_headers, to_js
from worker.promises import await_js

_BODILESS_METHODS = frozenset({"GET", "HEAD"})


async def read_body(message: JsValue, length: str, limit: int) -> bytes:
    """Read the body of a request or response, truncated to `limit + 1` bytes.

    Args:
        message: A JavaScript `Request` or `Response` whose body was not read yet.
        length: The value of its `content-length`, or "" to read it in chunks.
        limit: In bytes.
    """
    if length.isdecimal() and int(length[:12]) <= limit:
        return bytes((await await_js(message.arrayBuffer, message)).to_bytes())
    if not message.body:
        return b""
    reader, body = message.body.getReader(), bytearray()
    while len(body) <= limit:
        chunk = await await_js(reader.read, reader)
        if chunk.done:
            return bytes(body)
        body += chunk.value.to_bytes()
    await await_js(reader.cancel, reader)
    return bytes(body[: limit + 1])


async def read_request(request: JsValue) -> HttpRequest:
    """Convert a request, with its body truncated after the longest that a route accepts."""
    method, headers = request.method, read_headers(request)
    if method in _BODILESS_METHODS:
        body = b""
    else:
        body = await read_body(request, headers.get("content-length", ""), WEBHOOK_LIMIT)
    return HttpRequest(method, request.url, headers, body, client=headers.get("cf-connecting-ip", ""))


def make_response(response: HttpResponse, request_id: str) -> JsValue:
    """Convert a response.

    Args:
        response: The engine's.
        request_id: Sent as `x-request-id`; the log line of the request has it too.
    """
    init = to_js({"status": response.status, "headers": {**response.headers, "x-request-id": request_id}})
    return Response.new(None if response.status in BODILESS_STATUSES else to_buffer(response.body), init)
