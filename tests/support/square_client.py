"""Drives the sandbox's Square: its API as a shop, its panel as a buyer, its own pages as whoever watches."""

from typing import Any
from urllib.parse import urlsplit

import httpx

CARD = {
    "action": "pay",
    "card_number": "4111 1111 1111 1111",
    "expiry": "12/34",
    "cvc": "111",
    "postal_code": "94103",
    "name": "Ada L",
    "email": "a@b.co",
}
REDIRECT = "https://shop.test/square/return/ord_1?k=v"
LINKS = "online-checkout/payment-links"


def money(amount: Any, currency: str = "USD") -> dict[str, Any]:
    return {"amount": amount, "currency": currency}


def line(**changes: Any) -> dict[str, Any]:
    return given({"name": "Test checkout", "quantity": "1", "base_price_money": money(1000), **changes})


def order(**changes: Any) -> dict[str, Any]:
    return given({"location_id": "LSANDBOXUSD", "reference_id": "ord_1", "line_items": [line()], **changes})


def link_body(**changes: Any) -> dict[str, Any]:
    """Return the body of a ten-dollar link, with some fields changed; `None` leaves one out."""
    return given({"order": order(), "checkout_options": {"redirect_url": REDIRECT}, "payment_note": "ord_1", **changes})


def given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


class SquareClient:
    """A desk's Square."""

    def __init__(self, desk: Any) -> None:
        self.desk = desk
        self.square = desk.sandbox.square

    def api(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"authorization": "Bearer EAAAtest", **options.pop("headers", {})}
        return self.desk.ask(method, f"/square/v2/{path}", headers=headers, **options)

    def get(self, path: str, **params: Any) -> Any:
        answer = self.api("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def create(self, **changes: Any) -> httpx.Response:
        return self.api("POST", LINKS, json=link_body(**changes))

    def link(self, **changes: Any) -> Any:
        answer = self.create(**changes)
        assert answer.status_code == 200, answer.text
        return answer.json()["payment_link"]

    def panel(self, link: Any) -> str:
        return urlsplit(link["url"]).path

    def look(self, link: Any) -> httpx.Response:
        return self.desk.ask("GET", self.panel(link))

    def pay(self, link: Any, **changes: str) -> httpx.Response:
        return self.desk.ask("POST", self.panel(link), data=CARD | changes)

    def paid(self, **changes: Any) -> Any:
        """Make a link, pay it, and return the payment."""
        link = self.link(**changes)
        assert self.pay(link).status_code == 303
        return self.payment_of(link)

    def order_of(self, link: Any) -> Any:
        return self.get(f"orders/{link['order_id']}")["order"]

    def payment_of(self, link: Any) -> Any:
        return self.get(f"payments/{self.order_of(link)['tenders'][0]['payment_id']}")["payment"]

    def refund(self, payment: Any, amount: Any, **changes: Any) -> httpx.Response:
        body = {"idempotency_key": f"rfd-{amount}", "payment_id": payment["id"], "amount_money": money(amount), **changes}
        return self.api("POST", "refunds", json=given(body))

    def act(self, link: Any, action: str, **fields: str) -> httpx.Response:
        return self.desk.ask("POST", f"/square/links/{link['id']}", data={"action": action, **fields})

    def listen(self, **options: Any) -> Any:
        return self.square.add_webhook_subscription("http://127.0.0.1:9999/webhook?a=b", **options)

    def heard(self) -> list[Any]:
        """Deliver what is due, and return every event received so far."""
        self.desk.drain()
        return list(self.desk.receiver.events)


def error_of(answer: httpx.Response) -> tuple[int, str, str | None]:
    """Return an error answer's status, code and field."""
    (error,) = answer.json()["errors"]
    return answer.status_code, error["code"], error.get("field")
