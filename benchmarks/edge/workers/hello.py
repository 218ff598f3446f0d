"""The smallest Python Worker."""

from workers import Response, WorkerEntrypoint


class Default(WorkerEntrypoint):
    """Answers every request with the same word."""

    async def fetch(self, _request: object) -> Response:
        """Say hello."""
        return Response("hello", headers={"content-type": "text/plain"})
