"""What a buyer types on a payment page is kept with the order, shown to operators, forgotten if need be, and never logged."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from lightning_cart.http import json_bytes
from lightning_cart.usecases.reconcile import reconcile
from lightning_cart_host.shop_client.form_filling import fill_form
from support.builders import ADMIN_TOKEN
from support.harness import CatalogTexts, Harness, open_harness, through_asgi

PRODUCTS = """
[products.book]
name = "Book"
prices = { EUR = "27.00", USD = "27.00" }
"""
SITES = """
[sites.shop]
name = "Shop"
success_page = "https://shop.test/thanks"
cancel_page = "https://shop.test/cart"
default_strategy = "{strategy}"
countries = ["ES", "JP"]
home_country = "ES"
ask_vat_id = true
"""
SHIPPING = """
[zones.all]
countries = ["ES", "JP"]

[methods.post]
name = "Post"
zones = ["all"]
prices = { EUR = "4.90", USD = "4.90" }
"""
LONG = "Carrer de l'Hospital de la Santa Creu i de Sant Pau 51, escala B, entrada pel passatge del Marquès, tercer segona"
SPAIN = {
    "email": "jose.nunez+libros@ejemplo.example",
    "given": "José María",
    "family": "Núñez García-Ortiz",
    "name": "José María Núñez García-Ortiz",
    "phone": "600111222",
    "code": "+34",
    "line1": LONG,
    "line2": "Ático “Ñandú”",
    "city": "L'Hospitalet de Llobregat",
    "state": "Barcelona",
    "postal_code": "08901",
    "country": "ES",
}
JAPAN = {
    "email": "hanako@example.jp",
    "given": "花子",
    "family": "山田",
    "name": "山田 花子",
    "phone": "312345678",
    "code": "+81",
    "line1": "丸の内1丁目9-1",
    "line2": "",
    "city": "千代田区",
    "state": "東京都",
    "postal_code": "100-0005",
    "country": "JP",
}


def typed(buyer: dict[str, str]) -> dict[str, str]:
    """Return a buyer as the fields of every page call the parts."""
    parts = {"line1": "line1", "line2": "line2", "city": "city", "state": "state", "postal_code": "postal_code"}
    return {
        "email": buyer["email"],
        "payer_email": buyer["email"],
        "name": buyer["name"],
        "payer_given_name": buyer["given"],
        "payer_surname": buyer["family"],
        "phone": f"{buyer['code']} {buyer['phone']}",
        "payer_phone": buyer["phone"],
        "address": "another",
        "tax_id": "ES B12345678" if buyer is SPAIN else "",
        "business_name": "Núñez e Hijos, S.L." if buyer is SPAIN else "",
        "shipping_name": buyer["name"],
        "shipping_country": buyer["country"],
        "ship_name": buyer["name"],
        "ship_country": buyer["country"],
        **{f"shipping_{part}": buyer[part] for part in parts},
        **{f"ship_{part.replace('line', 'line_')}": buyer[part] for part in parts},
    }


def play(strategy: Any, scenario: Callable[[Harness], Awaitable[None]]) -> None:
    async def scene() -> None:
        async with open_harness(strategy, texts=CatalogTexts(PRODUCTS, SITES, SHIPPING)) as harness:
            await scenario(harness)

    if strategy.limits.delivery_line is not None:  # another one takes no goods that are delivered
        asyncio.run(scene())


def listen(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let the engine run behind its server's adapter, and return a list that gets every line of its log."""
    logged: list[str] = []

    def log(event: str, **fields: object) -> None:
        logged.append(f"{event} {fields}")

    monkeypatch.setattr("support.harness.null_log", log)
    harness.reach = through_asgi
    harness.restart()
    return logged


async def open_page(harness: Harness, buyer: dict[str, str]) -> dict[str, Any]:
    cart = {"items": [{"id": "book"}], "currency": "USD", "delivery": {"country": buyer["country"], "method": "post"}}
    answer = await harness.ask("POST", "/checkout", json_bytes(cart), content_type="application/json")
    assert answer.status == 201, answer.body
    content: dict[str, Any] = json.loads(answer.body)
    return content


async def pay(harness: Harness, checkout: dict[str, Any], buyer: dict[str, str]) -> httpx.Response:
    """Fill in the payment page with a buyer's own words, and pay."""
    harness.wait(60)
    page = await harness.browser.get(checkout["url"])
    while page.is_redirect:
        page = await harness.browser.get(page.headers["location"])
    form = fill_form(page.text)
    assert form is not None
    words = {name: text for name, text in typed(buyer).items() if name in form.data}
    answer = await harness.browser.post(page.url, data={**form.data, **words})
    assert answer.status_code == 303, answer.text
    return answer


async def shown(harness: Harness, checkout: dict[str, Any]) -> dict[str, Any]:
    path = f"/admin/orders/{checkout['order_id']}"
    answer = await harness.ask("GET", path, authorization=f"Bearer {ADMIN_TOKEN}")
    view: dict[str, Any] = json.loads(answer.body)
    return view


def rows_of(harness: Harness, *tables: str) -> str:
    """Return all that is stored in some tables."""
    found = (harness.database.connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables)
    return "\n".join(str(tuple(row)) for rows in found for row in rows)


def assert_known(view: dict[str, Any], buyer: dict[str, str]) -> None:
    assert (view["status"], view["needs_review"]) == ("paid", False)
    assert view["customer_email"] == buyer["email"]
    is_business = buyer is SPAIN and view["vat_id"]
    assert view["name"] == ("Núñez e Hijos, S.L." if is_business else buyer["name"])
    assert view["phone"] in {buyer["phone"], buyer["code"] + buyer["phone"]}
    address = view["address"]
    parts = {"name": "name", "line1": "line1", "line2": "line2", "city": "city", "country": "country"}
    assert {part: address[part] for part in parts} == {part: buyer[name] for part, name in parts.items()}
    assert address["postal_code"] == buyer["postal_code"]
    assert address["region"] in {buyer["state"], ""}  # not every page asks for Spain's provinces
    assert view["vat_id"] == ("ESB12345678" if view["strategy"].startswith("stripe") and buyer is SPAIN else None)


@pytest.mark.parametrize("buyer", [SPAIN, JAPAN], ids=["two surnames and a long street", "Japanese order"])
def test_what_the_buyer_types_is_kept_and_shown_and_never_logged(
    strategy: Any, buyer: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(harness: Harness) -> None:
        logged = listen(harness, monkeypatch)
        checkout = await open_page(harness, buyer)
        await pay(harness, checkout, buyer)
        await harness.come_back(checkout)
        await harness.deliver()
        view = await shown(harness, checkout)
        assert_known(view, buyer)
        lines = "\n".join(logged)
        assert lines.count("request ") >= 4  # checkout, return, webhooks and the operator's look
        secrets = {buyer[name] for name in ("email", "name", "phone", "line1", "city")} | {"ESB12345678"}
        assert [secret for secret in secrets if secret in lines or secret in repr(harness.app)] == []

    play(strategy, scenario)


def test_the_carts_address_is_stored_with_the_buyer_alone(strategy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(harness: Harness) -> None:
        logged = listen(harness, monkeypatch)
        cart = {"items": [{"id": "book"}], "currency": "USD", "customer_email": "cart+1@example.com"}
        body = json_bytes(cart | {"delivery": {"country": "ES", "method": "post"}})
        for _ in range(2):  # the second one gets the first one's page
            answer = await harness.ask("POST", "/checkout", body, content_type="application/json", idempotency_key="k" * 32)
        checkout = json.loads(answer.body)
        assert ("prefilled_email=cart%2B1%40example.com" in checkout["url"]) == (strategy.name == "stripe_links")
        await pay(harness, checkout, SPAIN)
        await harness.come_back(checkout)
        await harness.deliver()
        kept = rows_of(harness, "orders", "events", "payments", "outbox", "operator_log", "documents")
        assert [text for text in ("cart+1", "cart%2B1", SPAIN["email"]) if text in kept or text in "\n".join(logged)] == []
        assert (await shown(harness, checkout))["customer_email"] == "cart+1@example.com"

    play(strategy, scenario)


def test_a_webhook_that_says_less_is_completed_by_the_next_reading(strategy: Any) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await open_page(harness, SPAIN)
        await pay(harness, checkout, SPAIN)
        await harness.deliver()
        view = await shown(harness, checkout)
        assert (view["status"], view["customer_email"], view["address"]["line1"]) == ("paid", SPAIN["email"], LONG)
        events = len(view["events"])
        harness.wait(3600)
        await reconcile(harness.app.engine, 10)
        completed = await shown(harness, checkout)
        assert_known(completed, SPAIN)
        assert (len(completed["events"]), completed["effects"]) == (events, view["effects"])

    play(strategy, scenario)


def test_a_buyer_who_was_forgotten_stays_so_whatever_is_read(strategy: Any) -> None:
    async def scenario(harness: Harness) -> None:
        checkout = await open_page(harness, SPAIN)
        path = f"/admin/orders/{checkout['order_id']}/forget"
        refused = await harness.ask("POST", path, authorization=f"Bearer {ADMIN_TOKEN}")
        assert (refused.status, b"cancel it first" in refused.body) == (409, True)
        await pay(harness, checkout, SPAIN)
        await harness.come_back(checkout)
        forgotten = await harness.ask("POST", path, authorization=f"Bearer {ADMIN_TOKEN}")
        assert (forgotten.status, json.loads(forgotten.body)["status"]) == (200, "paid")
        await harness.deliver()
        harness.wait(3600)
        await reconcile(harness.app.engine, 10)
        view = await shown(harness, checkout)
        nothing = {"customer_email": "", "payer_email": None, "name": None, "phone": None, "address": None, "billing": None}
        assert {name: view[name] for name in nothing} == nothing
        assert (view["vat_id"], [row["action"] for row in view["log"]]) == (None, ["forget"])
        kept = rows_of(harness, "orders", "buyers", "events", "operator_log", "payments", "outbox")
        assert [word for word in (SPAIN["email"], SPAIN["name"], SPAIN["phone"], LONG) if word in kept] == []

    play(strategy, scenario)
