"""uvicorn's HTTP protocol over httptools, with a limit on what the parser keeps."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from lightning_cart_host.server.http_protocol import MAX_HEAD_BYTES


class LimitedHttpTools(HttpToolsProtocol):
    """A parser that refuses endless headers and trailers. httptools would keep them all."""

    _is_in_head = False
    _proceeds = False  # whether a piece ended a head or a request, or had a part of a body
    _held_bytes = 0  # that the parser keeps, without the first piece

    def on_message_begin(self) -> None:
        """Note that a head begins."""
        self._is_in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Note that the head has ended."""
        self._is_in_head, self._proceeds = False, True
        super().on_headers_complete()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header, and discard a trailer."""
        if self._is_in_head:  # trailers are discarded (RFC 9110, 6.5.1): uvicorn would take them for headers
            super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        """Note that a part of the body came."""
        self._proceeds = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that the request has ended."""
        self._proceeds = True
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """Parse a piece, and end the connection if the parser keeps too much."""
        self._proceeds = False
        super().data_received(data)
        self._held_bytes = 0 if self._proceeds else self._held_bytes + len(data)
        if self._held_bytes <= MAX_HEAD_BYTES or self.transport.is_closing():
            return
        if self._is_in_head:
            self.send_400_response("The headers of this request are too long.")
        else:  # its response may have begun
            self.transport.close()
