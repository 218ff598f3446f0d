"""The bare Workers as one, for a runtime that serves one Worker at a time."""

from urllib.parse import urlsplit

import asking
import hello
import settling
import verifying
from workers import Request, Response, WorkerEntrypoint

_ROUTES = {"/checkout": asking, "/verify": verifying, "/webhook/stripe": settling}


class Default(WorkerEntrypoint):
    """Passes a request on by its path."""

    async def fetch(self, request: Request) -> Response:
        """Answer one request."""
        worker = _ROUTES.get(urlsplit(request.url).path, hello)
        if worker is asking:
            await request.bytes()  # else wrangler's proxy answers the connection's next request with 503
        return await worker.Default(self.ctx, self.env).fetch(request)
