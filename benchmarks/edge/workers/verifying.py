"""A hand-written Worker that verifies Stripe's webhooks, and nothing else."""

import hashlib
import hmac
import time

from workers import Request, Response, WorkerEntrypoint

TOLERANCE = 300  # seconds


def is_signed(header: str, body: bytes, secret: str) -> bool:
    """Return whether Stripe signed a body within five minutes of now."""
    parts = [part.split("=", 1) for part in header.split(",")]
    times = [value for name, value in parts if name == "t"]
    expected = hmac.new(secret.encode(), times[0].encode() + b"." + body, hashlib.sha256).hexdigest()
    matches = any(hmac.compare_digest(expected, value) for name, value in parts if name == "v1")
    return matches and abs(time.time() - int(times[0])) <= TOLERANCE


class Default(WorkerEntrypoint):
    """Returns 200 if Stripe signed the webhook, else 400."""

    async def fetch(self, request: Request) -> Response:
        """Verify one webhook."""
        body = await request.bytes()
        if not is_signed(request.headers["stripe-signature"], body, self.env.STRIPE_WEBHOOK_SECRET):
            return Response("bad signature", status=400)
        return Response.from_json({"received": True})
