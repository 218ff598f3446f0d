"""A merchant's server that receives fulfilment messages and refuses some of them once."""

from collections import Counter, defaultdict
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_REFUSES_EVERY = 20  # the first attempt of every 20th message is answered 500


class ChaosMerchant:
    """A receiver of messages at `POST /hook`.

    Attributes:
        received: The ids of the accepted messages, by order and event.
        attempts: Delivery attempts by message id.
    """

    def __init__(self) -> None:
        self.received: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self.attempts: Counter[str] = Counter()
        self.app = Starlette(routes=[Route("/hook", self._receive, methods=["POST"])])

    async def _receive(self, request: Request) -> Response:
        message: dict[str, Any] = await request.json()
        message_id = request.headers["webhook-id"]
        self.attempts[message_id] += 1
        if self.attempts[message_id] == 1 and len(self.attempts) % _REFUSES_EVERY == 0:
            return Response(status_code=500)
        self.received[message["data"]["order_id"]][message["type"]].add(message_id)
        return Response(status_code=204)
