"""A client of the sandbox's Stripe that keeps every answer of the API."""

from typing import Any

import httpx

from judged.visits import Visit
from lightning_cart_sandbox.endpoint import match
from lightning_cart_sandbox.stripe.endpoints import ENDPOINTS
from support.sandbox_clients import StripeClient

PRICE = "line_items[0][price_data]"
LINK = {
    "line_items[0][quantity]": "1",
    f"{PRICE}[currency]": "eur",
    f"{PRICE}[unit_amount]": "1000",
    f"{PRICE}[product_data][name]": "Mug",
}


class TourClient(StripeClient):
    """A client that keeps every answer of the API.

    Attributes:
        visits: The answers so far.
    """

    def __init__(self) -> None:
        super().__init__()
        self.visits: list[Visit] = []

    def api(self, method: str, path: str, params: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
        answer = super().api(method, path, params, **headers)
        self.visits.append(Visit(route_of(method, path), answer.status_code, answer.json()))
        return answer


def paid(client: TourClient, card: str = "4242424242424242", **changes: Any) -> Any:
    session = client.session(**changes)
    client.pay(session, card_number=card)
    return session


def route_of(method: str, path: str) -> str:
    found = [endpoint.path for endpoint, _ in match(ENDPOINTS, path.split("/")) if endpoint.method == method]
    return f"{method} {found[0] if found else path}"
