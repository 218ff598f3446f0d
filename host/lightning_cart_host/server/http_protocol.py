"""The parser of HTTP requests: httptools if that is installed, else h11, both with a limit on the size of a request's head."""

import asyncio
from typing import Literal

MAX_HEAD_BYTES = 64 * 1024  # h11 has a limit of its own


def http_protocol() -> type[asyncio.Protocol] | Literal["h11"]:
    """Return uvicorn's protocol for HTTP."""
    try:
        from lightning_cart_host.server.limited_httptools import LimitedHttpTools  # noqa: PLC0415 - an extra
    except ImportError:
        return "h11"
    return LimitedHttpTools
