"""An operator adds a code and ends it, and carts are priced by it, on every runtime."""

from typing import Any

import httpx
import pytest

from support.builders import ADMIN_TOKEN
from support.runtimes import RuntimeShop

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("runtimes")]
CART = {"items": [{"id": "test-10", "quantity": 1}], "currency": "USD"}


def ask(shop: RuntimeShop, method: str, path: str = "", body: object = None) -> httpx.Response:
    headers = {"authorization": f"Bearer {ADMIN_TOKEN}"}
    return shop.client.request(method, f"/admin/codes{path}", json=body, headers=headers)


def quote(shop: RuntimeShop, code: str) -> dict[str, Any]:
    content: dict[str, Any] = shop.client.post("/quote", json={**CART, "code": code}).json()
    return content


def test_a_code_is_added_used_and_ended(shop: RuntimeShop) -> None:
    added = ask(shop, "POST", body={"code": "spring", "percent": "10", "until": "2050-12-31", "most_uses": 2})
    assert (added.status_code, added.json()["code"], added.json()["until"]) == (201, "SPRING", 2556144000)
    assert (quote(shop, "Spring")["total_minor"], quote(shop, "Spring")["code"]["holds"]) == (900, True)
    opened = shop.client.post("/checkout", json={**CART, "code": "SPRING"}, headers={"idempotency-key": "codes-1"})
    assert opened.status_code == 201, opened.text
    (listed,) = [one for one in ask(shop, "GET").json()["codes"] if one["code"] == "SPRING"]
    assert (listed["uses"], listed["held"], listed["state"]) == (1, 1, "active")
    assert ask(shop, "POST", "/spring/end", {"reason": "a test"}).json()["state"] == "over"
    assert quote(shop, "SPRING")["code"]["fault"] == "over"


def test_a_mistake_names_the_field_and_saves_nothing(shop: RuntimeShop) -> None:
    refused = ask(shop, "POST", body={"code": "SUMMER", "percent": "10", "products": ["mgu"]})
    told = "mgu is no product of the catalogue: did you mean mug?"
    assert (refused.status_code, refused.json()["field"], refused.json()["detail"]) == (422, "products", told)
    assert "SUMMER" not in ask(shop, "GET", "?all=true").text
    assert shop.client.get("/admin/codes").status_code == 401
