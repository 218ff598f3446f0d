"""A real shop with a sandbox accepts and returns the JSON of `docs/http.md`."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from lightning_cart_host.server.loopback import free_port
from lightning_cart_sandbox.stripe import BUYER
from support import ROOT
from support.documents import BLOCKS, read_blocks, send_curl, shell_commands
from support.processes import ShopClient, start_sandbox, start_shop

pytestmark = pytest.mark.process

TOKEN = "admin-token-of-thirty-two-characters"
ITS_OWN = {
    *("order_id", "session_id", "url", "expires_at", "receipt", "created_at", "updated_at", "at", "refund_id"),
    "provider_ref",
}
(
    *(CART, FULL_CART, OPENED, QUOTE, PRODUCTS, STRATEGIES, ORDER, DOCUMENT, REFUND, REFUND_OF_LINES, REFUNDED, ENDED, CODE),
    SAVED_CODE,
    HEALTH,
    PROBLEM,
) = (json.loads(block.text) for block in read_blocks("docs/http.md", "json"))
"""What the page shows, in its order; another block has to be given a place here."""
PROVIDER_IDS = {"session_id", "payment_ref", "subscription_ref"}
SHELL = [block.text for block in BLOCKS if block.language == "sh" and block.page != "docs/sandbox.md"]  # it has its own test
CURLS = [line for text in SHELL for line in shell_commands(text) if line.startswith("curl ")]


def agrees(written: Any, real: Any, name: str = "") -> bool:
    """Return whether a document matches a response. `…` and `null` match anything, and list items may be missing."""
    if isinstance(written, dict) and isinstance(real, dict):
        shown = written.keys() if name == "currencies" else real.keys()
        return written.keys() == shown and all(agrees(written[key], real[key], key) for key in written)
    if isinstance(written, list) and isinstance(real, list):
        return all(any(agrees(one, other) for other in real) for one in written)
    if written is None or (isinstance(written, str) and written.endswith("…")):
        return True
    return type(written) is type(real) and (name in ITS_OWN or written == real)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopClient]:
    folder, port = tmp_path_factory.mktemp("interface"), free_port()
    options = ("--config", str(ROOT / "config"), "--storefront", "none")
    with (
        start_sandbox(port) as sandbox,
        start_shop(port, sandbox.address, folder / "orders.db", *options, ADMIN_TOKEN=TOKEN) as shop,
        httpx.Client(base_url=shop.address, trust_env=False) as client,
    ):
        yield ShopClient(client, sandbox.address, folder / "orders.db")


@pytest.fixture(scope="module")
def checkout(door: ShopClient) -> dict[str, Any]:
    answer = door.client.post("/checkout", json=CART)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture(scope="module")
def paid(checkout: dict[str, Any]) -> str:
    """Buy, pay and return; return the order's id."""
    page = httpx.post(checkout["url"], data=BUYER["pay"], timeout=30, trust_env=False)
    httpx.get(page.headers["location"], timeout=30, trust_env=False)
    return str(checkout["order_id"])


def test_the_cart_is_taken_and_answered(checkout: dict[str, Any]) -> None:
    assert agrees(OPENED, checkout)


def test_a_cart_with_a_delivery_is_quoted_and_taken_for_the_same_total(door: ShopClient) -> None:
    quoted, opened = (door.client.post(path, json=FULL_CART) for path in ("/quote", "/checkout"))
    assert agrees(QUOTE, quoted.json()), quoted.json()
    assert (opened.status_code, opened.json().keys()) == (201, OPENED.keys())
    receipt = {"authorization": f"Bearer {opened.json()['receipt']}"}
    order = door.client.get(f"/orders/{opened.json()['order_id']}", headers=receipt).json()
    assert order["total_minor"] == QUOTE["total_minor"]


@pytest.mark.parametrize(
    ("path", "written"), [("/products", PRODUCTS), ("/strategies", STRATEGIES)], ids=["products", "strategies"]
)
def test_what_the_shop_offers_is_answered(door: ShopClient, path: str, written: Any) -> None:
    real = door.client.get(path).json()
    assert agrees(written, real), real


def test_a_paid_order_is_answered(door: ShopClient, checkout: dict[str, Any], paid: str) -> None:
    real = door.client.get(f"/orders/{paid}", headers={"authorization": f"Bearer {checkout['receipt']}"}).json()
    assert agrees(ORDER, real), real


def test_a_refund_is_taken_and_answered(door: ShopClient, paid: str) -> None:
    headers = {"authorization": f"Bearer {TOKEN}", "idempotency-key": "one"}
    real = door.client.post(f"/admin/orders/{paid}/refunds", json=REFUND, headers=headers).json()
    assert agrees(REFUNDED, real), real


def test_a_refund_of_lines_is_read_and_names_the_lines_of_the_order(door: ShopClient, paid: str) -> None:
    headers = {"authorization": f"Bearer {TOKEN}", "idempotency-key": "lines"}
    answer = door.client.post(f"/admin/orders/{paid}/refunds", json=REFUND_OF_LINES, headers=headers)
    assert (answer.status_code, answer.json()["field"]) == (422, "lines[0]")
    assert "tshirt/l-blue is no line of the order: choose from test-10 (" in answer.json()["detail"]


def test_a_refund_has_a_credit_note(door: ShopClient, checkout: dict[str, Any], paid: str) -> None:
    headers = {"authorization": f"Bearer {TOKEN}", "idempotency-key": "one"}
    door.client.post(f"/admin/orders/{paid}/refunds", json=REFUND, headers=headers)
    real = door.client.get(f"/orders/{paid}", headers={"authorization": f"Bearer {checkout['receipt']}"}).json()
    assert agrees([DOCUMENT], real["documents"]), real


def test_the_end_of_an_order_is_answered(door: ShopClient) -> None:
    order_id = door.client.post("/checkout", json=CART).json()["order_id"]
    headers = {"authorization": f"Bearer {TOKEN}"}
    real = door.client.post(f"/admin/orders/{order_id}/cancel", json={"reason": "a test"}, headers=headers).json()
    assert agrees(ENDED, real), real


def test_an_added_code_is_answered(door: ShopClient) -> None:
    headers = {"authorization": f"Bearer {TOKEN}"}
    real = door.client.post("/admin/codes", json=CODE, headers=headers)
    assert (real.status_code, real.json()) == (201, SAVED_CODE)
    assert SAVED_CODE in door.client.get("/admin/codes", headers=headers).json()["codes"]


def test_an_operator_sees_the_names_that_the_page_lists(door: ShopClient, paid: str) -> None:
    real = door.client.get(f"/admin/orders/{paid}", headers={"authorization": f"Bearer {TOKEN}"}).json()
    text = (ROOT / "docs" / "http.md").read_text(encoding="utf-8")
    section = text.partition("\n## GET /admin/orders/{order_id}\n")[2].partition("\n## ")[0]
    assert [name for name in real.keys() - ORDER.keys() - PROVIDER_IDS - {"customer_email"} if f"`{name}`" not in section] == []


def test_an_operator_learns_of_the_shops_health_what_the_page_says(door: ShopClient) -> None:
    real = door.client.get("/health", headers={"authorization": f"Bearer {TOKEN}"}).json()
    assert (real.keys(), real["missing"], real["problems"]) == (HEALTH.keys(), [], [])


@pytest.mark.parametrize("line", CURLS)
def test_a_request_by_curl_is_answered(door: ShopClient, paid: str, line: str) -> None:
    told = line.replace("https://pay.shop.example", "").replace("ord_…", paid).replace("$ADMIN_TOKEN", TOKEN)
    answer = send_curl(door.client, told)
    assert answer.status_code in {200, 201}, answer.text


def test_a_mistake_is_answered(door: ShopClient) -> None:
    real = door.client.post("/checkout", json={"items": [{"id": "test-10", "quantity": 11}]}).json()
    assert agrees(PROBLEM, real), real


@pytest.mark.parametrize(
    ("written", "real"),
    [({"a": 1}, {"a": 2}), ({"a": 1}, {"a": 1, "b": 1}), ({"a": 1, "b": 1}, {"a": 1}), ([1], [2]), ({"url": 1}, {"url": ""})],
    ids=["another value", "a name left out", "a name too many", "not in the list", "another type"],
)
def test_what_differs_does_not_agree(written: object, real: object) -> None:
    assert not agrees(written, real)
