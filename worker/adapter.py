"""Translates the runtime's `Request` into an `HttpRequest`, and an `HttpResponse` into its `Response`. Nothing is decided here.

Every call into JavaScript costs more than most lines of Python, so each thing is asked for once.
"""

from js import Response
from pyodide.ffi import to_js as to_buffer

from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.web.app import WEBHOOK_LIMIT
from worker.crossing import JsValue, read_headers, to_js
from worker.promises import await_js

_BODILESS = frozenset({204, 304})
_WITHOUT_BODY = frozenset({"GET", "HEAD"})


async def read_body(message: JsValue, length: str, limit: int) -> bytes:
    """The body of a request or an answer, cut off behind `limit + 1` bytes.

    Args:
        message: Whose body; it is read here and nowhere else.
        length: Its length in bytes as its header says, or empty: then it is read piece by piece.
        limit: Bytes.
    """
    if length.isdecimal() and int(length[:12]) <= limit:
        return bytes((await await_js(message.arrayBuffer, message)).to_bytes())
    if not message.body:
        return b""
    reader, body = message.body.getReader(), bytearray()
    while len(body) <= limit:
        piece = await await_js(reader.read, reader)
        if piece.done:
            return bytes(body)
        body += piece.value.to_bytes()
    await await_js(reader.cancel, reader)
    return bytes(body[: limit + 1])


async def read_request(request: JsValue) -> HttpRequest:
    """A request as the core takes it, its body cut off where no route reads on."""
    method, headers = request.method, read_headers(request)
    body = b"" if method in _WITHOUT_BODY else await read_body(request, headers.get("content-length", ""), WEBHOOK_LIMIT)
    return HttpRequest(method, request.url, headers, body)


def make_response(response: HttpResponse, request_id: str) -> JsValue:
    """An answer as the runtime sends it.

    Args:
        response: The core's.
        request_id: By which its line in the log is found.
    """
    init = to_js({"status": response.status, "headers": {**response.headers, "x-request-id": request_id}})
    return Response.new(None if response.status in _BODILESS else to_buffer(response.body), init)
