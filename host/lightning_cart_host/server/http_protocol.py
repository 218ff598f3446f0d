"""The parser of HTTP requests: httptools if that is installed, else h11, both with a limit on the size of a request's head."""

import asyncio
from typing import Literal

MAX_HEAD_BYTES = 64 * 1024  # h11 has a limit of its own


def http_protocol() -> type[asyncio.Protocol] | Literal["h11"]:
    """Return uvicorn's protocol for HTTP."""
    try:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol  # noqa: PLC0415 - an extra
    except ImportError:
        return "h11"

    class LimitedHttpTools(HttpToolsProtocol):
        """A parser that refuses endless headers. httptools would keep them all."""

        _is_in_head = False
        _head_bytes = 0  # without the first piece, in which a body may have ended

        def on_message_begin(self) -> None:
            self._is_in_head = True
            super().on_message_begin()

        def on_headers_complete(self) -> None:
            self._is_in_head = False
            super().on_headers_complete()

        def data_received(self, data: bytes) -> None:
            was_in_head = self._is_in_head
            super().data_received(data)
            self._head_bytes = self._head_bytes + len(data) if was_in_head and self._is_in_head else 0
            if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response("The headers of this request are too long.")

    return LimitedHttpTools
