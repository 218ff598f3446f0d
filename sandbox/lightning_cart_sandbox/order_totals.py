"""How each of the engine's orders stands in the books, whoever the provider: what was paid for it, and what was given back.

The amounts come from the ledger's entries, and only whose they are from the providers, so an engine can be judged by them.
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lightning_cart_sandbox.ledger import Ledger
from lightning_cart_sandbox.provider import SandboxProvider
from lightning_cart_sandbox.types import Json


class OrderTotals:
    """Answers for the orders of an engine.

    Args:
        ledger: The books.
        providers: Every provider, by name.
    """

    def __init__(self, ledger: Ledger, providers: Mapping[str, SandboxProvider]) -> None:
        self._ledger = ledger
        self._providers = providers

    def routes(self) -> list[Route]:
        """Return what stands at the top level."""
        return [Route("/api/orders", self._orders), Route("/api/refunds", self._refund, methods=["POST"])]

    def all(self) -> dict[str, Json]:
        """Return `paid_minor`, `refunded_minor` and `currency` of every order that somebody has paid for.

        What names no order stands under an empty id.
        """
        standings: dict[str, Json] = {}
        references = {ref: order for end in self._providers.values() for ref, order in end.references().items()}
        for row in self._ledger.buyer_totals():
            empty = {"paid_minor": 0, "refunded_minor": 0, "currency": row["currency"]}
            standing = standings.setdefault(references.get(row["reference"], ""), empty)
            standing["paid_minor"] += row["charged"]
            standing["refunded_minor"] += row["refunded"]
        return standings

    async def _orders(self, _: Request) -> Response:
        return JSONResponse({"orders": self.all()})

    async def _refund(self, request: Request) -> Response:
        """Take `provider`, `order_id` and `amount_minor`, and do as the merchant does in that provider's dashboard."""
        try:
            wanted = await request.json()
            self._providers[wanted["provider"]].refund(str(wanted["order_id"]), int(wanted["amount_minor"]))
        except (ValueError, TypeError):
            return JSONResponse({"error": "send provider, order_id and amount_minor as a JSON object"}, 400)
        except LookupError:
            return JSONResponse({"error": "nobody has paid for such an order at this provider"}, 404)
        return JSONResponse({}, 201)
