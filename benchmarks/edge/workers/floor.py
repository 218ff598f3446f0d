"""The bare Workers as one Worker, for a runtime that serves only one."""

from urllib.parse import urlsplit

import asking
import calling
import hello
import recording
import verifying
from workers import Request, Response, WorkerEntrypoint

_ROUTES = {"/checkout": calling, "/verify": verifying, "/webhook/stripe": recording, "/webhook/paypal": asking}


class Default(WorkerEntrypoint):
    """Passes a request on by its path."""

    async def fetch(self, request: Request) -> Response:
        """Answer one request."""
        worker = _ROUTES.get(urlsplit(request.url).path, hello)
        if worker is calling:
            await request.bytes()  # else wrangler's proxy answers the connection's next request with 503
        return await worker.Default(self.ctx, self.env).fetch(request)
