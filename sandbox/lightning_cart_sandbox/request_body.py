"""Reading a request's body up to a limit."""

import json

from starlette.requests import Request

MAX_BODY_BYTES = 1024 * 1024


async def read_body(request: Request, max_bytes: int = MAX_BODY_BYTES) -> bytes | None:
    """Return the body of a request, or `None` if it is longer than the limit."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            return None
    return body


async def read_json(request: Request) -> object:
    """Return the JSON of a request to one of the sandbox's own pages.

    Raises:
        ValueError: The body is too long, or no JSON.
    """
    body = await read_body(request)
    if body is None:
        raise ValueError("the body is too long")
    try:
        read: object = json.loads(body.decode())
        json.dumps(read, ensure_ascii=False).encode()  # half of a surrogate pair is valid JSON, but cannot be encoded
    except RecursionError as error:
        raise ValueError("the body is nested too deeply") from error
    return read


def media_type(request: Request, default: str = "") -> str:
    """Return the media type of a request's body in lower case, without its parameters."""
    return request.headers.get("content-type", default).partition(";")[0].strip().lower()
