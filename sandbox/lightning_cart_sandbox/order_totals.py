"""What was paid and refunded for each of the engine's orders, at any provider.

Amounts come from the ledger and order ids from the providers, so the engine can be checked against them.
"""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lightning_cart_sandbox.ledger import Ledger
from lightning_cart_sandbox.provider import SandboxProvider
from lightning_cart_sandbox.request_body import read_json
from lightning_cart_sandbox.types import Json, ProviderRefusal


class OrderTotals:
    """The totals of an engine's orders, and the routes that return them.

    Args:
        ledger: The ledger.
        providers: All providers, by name.
    """

    def __init__(self, ledger: Ledger, providers: Mapping[str, SandboxProvider]) -> None:
        self._ledger = ledger
        self._providers = providers

    def routes(self) -> list[Route]:
        """Return the routes below `/api`."""
        return [Route("/api/orders", self._orders), Route("/api/refunds", self._refund, methods=["POST"])]

    def list_orders(self) -> dict[str, Json]:
        """Return `paid_minor`, `refunded_minor` and `currency` of every paid order.

        Amounts that belong to no order are under an empty id.
        """
        order_totals: dict[str, Json] = {}
        references = {ref: order for provider in self._providers.values() for ref, order in provider.references().items()}
        for row in self._ledger.buyer_totals():
            empty = {"paid_minor": 0, "refunded_minor": 0, "currency": row["currency"]}
            totals = order_totals.setdefault(references.get(row["reference"], ""), empty)
            totals["paid_minor"] += row["charged"]
            totals["refunded_minor"] += row["refunded"]
        return order_totals

    async def _orders(self, _: Request) -> Response:
        return JSONResponse({"orders": self.list_orders()})

    async def _refund(self, request: Request) -> Response:
        """Refund as the merchant does in the provider's dashboard; the body has `provider`, `order_id` and `amount_minor`."""
        try:
            body: Any = await read_json(request)
            self._providers[body["provider"]].refund(str(body["order_id"]), int(body["amount_minor"]))
        except (ValueError, TypeError, OverflowError):
            return JSONResponse({"error": "send provider, order_id and amount_minor as a JSON object"}, 400)
        except ProviderRefusal:
            return JSONResponse({"error": "the provider refuses this amount: send at most what is left of the payment"}, 409)
        except LookupError:
            return JSONResponse({"error": "nobody has paid for such an order at this provider"}, 404)
        return JSONResponse({}, 201)
