"""Reading a request's body up to a limit."""

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


def media_type(request: Request, default: str = "") -> str:
    """Return the media type of a request's body in lower case, without its parameters."""
    return request.headers.get("content-type", default).partition(";")[0].strip().lower()
