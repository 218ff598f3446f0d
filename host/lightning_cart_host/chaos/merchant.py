"""The merchant's end of fulfilment: takes every message, refuses some at first, and remembers what it was told."""

from collections import Counter, defaultdict
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_REFUSES_EVERY = 20  # the first try of one message in so many is answered 500


class Merchant:
    """Takes messages at `/hook`.

    Attributes:
        told: For each order, its events, and for each event the ids of the messages that told it.
        times: How often each message came.
    """

    def __init__(self) -> None:
        self.told: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self.times: Counter[str] = Counter()
        self.app = Starlette(routes=[Route("/hook", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        message: dict[str, Any] = await request.json()
        name = request.headers["webhook-id"]
        self.times[name] += 1
        if self.times[name] == 1 and len(self.times) % _REFUSES_EVERY == 0:
            return Response(status_code=500)
        self.told[message["data"]["order_id"]][message["type"]].add(name)
        return Response(status_code=204)
