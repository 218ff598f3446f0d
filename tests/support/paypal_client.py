"""Drives the sandbox's PayPal: its API as a shop, its approve page as a buyer, its own pages as whoever watches."""

import json
from typing import Any

import httpx

from lightning_cart_sandbox.paypal.authority import new_authority

RETURN, CANCEL = "https://shop.test/return/ord_1?k=v", "https://shop.test/cart"
ORDERS = "/v2/checkout/orders"
_AUTHORITY = new_authority(1_780_000_000)  # making keys is slow, so all tests share them


def money(value: Any, currency: str = "USD") -> dict[str, Any]:
    return {"currency_code": currency, "value": value}


def item(**changes: Any) -> dict[str, Any]:
    return given({"name": "Mug", "quantity": "1", "unit_amount": money("10.00"), **changes})


def amount(value: str = "10.00", currency: str = "USD", **breakdown: str) -> dict[str, Any]:
    parts = {name: money(part, currency) for name, part in breakdown.items()}
    return money(value, currency) | ({"breakdown": parts} if parts else {})


def unit(**changes: Any) -> dict[str, Any]:
    """Return a purchase unit of ten dollars, with some fields changed; `None` leaves one out."""
    return given({"custom_id": "site:ord_1", "amount": amount(item_total="10.00"), "items": [item()], **changes})


def source(**context: Any) -> dict[str, Any]:
    addresses = {"return_url": RETURN, "cancel_url": CANCEL}
    return {"paypal": {"experience_context": given({**addresses, **context})}}


def order_body(**changes: Any) -> dict[str, Any]:
    return given({"intent": "CAPTURE", "purchase_units": [unit()], "payment_source": source(), **changes})


def given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def issues(answer: httpx.Response, status: int = 422) -> list[str]:
    """Return the issues of an error answer that has all that PayPal's have."""
    body = answer.json()
    assert answer.status_code == status, answer.text
    assert body["debug_id"] == answer.headers["paypal-debug-id"]
    assert body["name"] in {"INVALID_REQUEST", "UNPROCESSABLE_ENTITY", "RESOURCE_NOT_FOUND", "RESOURCE_CONFLICT"}
    assert body["links"][-1]["rel"] == "information_link"
    return [detail["issue"] for detail in body["details"]]


class PayPalClient:
    """A desk's PayPal, with a token in hand."""

    def __init__(self, desk: Any) -> None:
        self.desk = desk
        self.paypal = desk.sandbox.paypal
        self.token = self.fetch_token().json()["access_token"]

    def fetch_token(self, auth: Any = ("client", "secret"), **form: str) -> httpx.Response:
        fields = {"grant_type": "client_credentials", **form}
        return self.desk.ask("POST", "/paypal/v1/oauth2/token", auth=auth, data=fields)

    def api(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Send JSON; header names with underscores."""
        sent = {"authorization": f"Bearer {self.token}", **{name.replace("_", "-"): text for name, text in headers.items()}}
        if method in {"POST", "PATCH"}:
            sent = {"content-type": "application/json", **sent}
        content = b"" if body is None else json.dumps(body).encode()
        return self.desk.ask(method, f"/paypal{path}", headers=sent, content=content)

    def create(self, body: Any = None, **headers: str) -> httpx.Response:
        return self.api("POST", ORDERS, order_body() if body is None else body, **{"prefer": "return=representation"} | headers)

    def order(self, **changes: Any) -> Any:
        """Make an order; return it."""
        answer = self.create(order_body(**changes))
        assert answer.status_code == 201, answer.text
        return answer.json()

    def read(self, order: Any) -> Any:
        answer = self.api("GET", f"{ORDERS}/{order['id']}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def visit(self, order: Any, action: str = "") -> httpx.Response:
        """Look at the approve page, or press one of its buttons."""
        path = f"/paypal/checkoutnow?token={order['id']}"
        return self.desk.ask("POST", path, data={"action": action}) if action else self.desk.ask("GET", path)

    def capture(self, order: Any, **headers: str) -> httpx.Response:
        return self.api("POST", f"{ORDERS}/{order['id']}/capture", **{"prefer": "return=representation"} | headers)

    def captured(self, action: str = "approve", **changes: Any) -> Any:
        """Make an order, approve and capture it; return the capture."""
        order = self.order(**changes)
        assert self.visit(order, action).status_code in {200, 303}
        answer = self.capture(order)
        assert answer.status_code == 201, answer.text
        return answer.json()["purchase_units"][0]["payments"]["captures"][0]

    def refund(self, capture: Any, value: str = "", currency: str = "USD", **headers: str) -> httpx.Response:
        body = {"amount": money(value, currency)} if value else {}
        path = f"/v2/payments/captures/{capture['id']}/refund"
        return self.api("POST", path, body, **{"prefer": "return=representation"} | headers)

    def capture_now(self, capture: Any) -> Any:
        return self.api("GET", f"/v2/payments/captures/{capture['id']}").json()

    def act(self, capture: Any, action: str, /, **fields: str) -> httpx.Response:
        """Press a button on the sandbox's page of a capture's order."""
        order = capture["supplementary_data"]["related_ids"]["order_id"]
        return self.desk.ask("POST", f"/paypal/orders/{order}", data={"action": action, **fields})

    def listen(self, *event_types: str) -> Any:
        certificates = {"id": "authority", "certificate": "CERT-one-two-three", **_AUTHORITY}
        self.desk.sandbox.store.put("paypal.authority", certificates)
        return self.paypal.add_webhook("http://127.0.0.1:9999/webhook", event_types or ("*",))

    def heard(self) -> list[Any]:
        """Deliver what is due, and return every event received so far."""
        self.desk.drain()
        return list(self.desk.receiver.events)

    def event_types(self) -> list[str]:
        events = self.api("GET", "/v1/notifications/webhooks-events").json()["events"]
        return [event["event_type"] for event in reversed(events)]
