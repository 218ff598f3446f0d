"""The smallest Python Worker that calls a provider: hello, and one `fetch`."""

from urllib.parse import urlencode

from workers import Response, WorkerEntrypoint, fetch


class Default(WorkerEntrypoint):
    """Creates the same checkout at the provider for every request, and returns its URL."""

    async def fetch(self, _request: object) -> Response:
        """Call the provider and return the URL."""
        answer = await fetch(
            f"{self.env.STRIPE_API_BASE}/v1/checkout/sessions",
            method="POST",
            headers={
                "authorization": f"Bearer {self.env.STRIPE_SECRET_KEY}",
                "content-type": "application/x-www-form-urlencoded",
            },
            body=urlencode({"mode": "payment", "line_items[0][price]": "price_1", "line_items[0][quantity]": "1"}),
        )
        session = await answer.json()
        return Response.from_json({"url": session["url"]}, status=201)
