"""The page about discount codes quotes what buyers read, and says the limits that the code has."""

import json
import re
from typing import Any

import pytest

from lightning_cart.providers.paypal import checkout as paypal
from lightning_cart.providers.stripe import checkout as stripe
from lightning_cart.storage.attempts import FREE_ORDERS, WRONG_CODES
from lightning_cart.usecases.expire import MAX_OPEN_SECONDS
from lightning_cart.usecases.reconcile import ABANDONED_SECONDS
from lightning_cart_host.cli.codes.csv_file import MAX_CODES
from support import ROOT
from support.app import Shop, make_catalog, run
from support.builders import NOW, make_code

PAGE = " ".join((ROOT / "docs" / "codes.md").read_text(encoding="utf-8").split())
SECTION = PAGE.partition("## What buyers read")[2].partition("## ")[0]
QUOTED = re.findall(r'\| "([^"]+)" \|', SECTION)
CATALOG = make_catalog("""
[products.mug]
name = "Mug"
prices = { EUR = "13.00", USD = "14.00" }

[products.cup]
name = "Cup"
prices = { EUR = "13.00" }

[products.club]
name = "Club"
prices = { EUR = "5.00" }
interval = "month"
""")
MUG, CLUB = {"id": "mug"}, {"id": "club"}
# A cart for each sentence, and the code that it has.
CARTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"code": "SPRNG"}, {}),
    ({"code": "?"}, {}),
    ({}, {"until_at": NOW}),
    ({}, {"from_at": NOW + 1}),
    ({}, {"most_uses": 1, "uses": 1}),
    ({"customer_email": "ada@example.com"}, {"once": 1}),
    ({}, {"terms": '{"percent": "10", "products": ["cup"]}'}),
    ({"items": [CLUB]}, {}),
    ({}, {"terms": '{"percent": "10", "least": {"EUR": 2000}}'}),
    ({"currency": "USD"}, {"terms": '{"amounts": {"EUR": 500}}'}),
    ({}, {"once": 1}),
    ({}, {"terms": '{"percent": "100"}'}),
]


def told(cart: dict[str, Any], columns: dict[str, Any]) -> str:
    """Return what the buyer of a cart is told at its checkout."""
    shop = Shop(catalog=CATALOG)
    whole = {"site": "shop", "items": [MUG], "code": "spring", "currency": "EUR", **cart}
    run(shop.database.query(make_code("SPRING", **columns)))
    if "customer_email" in cart:
        assert shop.checkout(whole).status == 201
    answer = shop.checkout(whole)
    assert answer.status == 422, answer.body
    return str(json.loads(answer.body)["detail"])


@pytest.mark.parametrize(("quoted", "cart"), [*zip(QUOTED, CARTS, strict=True)], ids=QUOTED)
def test_a_buyer_reads_the_sentence(quoted: str, cart: tuple[dict[str, Any], dict[str, Any]]) -> None:
    assert told(*cart) == quoted


def test_who_tries_too_many_codes_reads_the_sentence() -> None:
    shop = Shop(catalog=CATALOG)
    cart = {"site": "shop", "items": [MUG], "currency": "EUR"}
    statuses = [shop.checkout({**cart, "code": f"C{number}"}).status for number in range(WRONG_CODES + 1)]
    refused = shop.checkout({**cart, "code": "C0"})
    assert (statuses[0], refused.status, shop.checkout(cart).status) == (422, 429, 201)
    headline, _, _ = json.loads(refused.body)["detail"].partition(". ")
    assert f'"{headline}."' in PAGE


@pytest.mark.parametrize(
    "sentence",
    [
        f"{WRONG_CODES} codes in an hour",
        f"at most {FREE_ORDERS} free orders in an hour",
        f"at most {MAX_CODES:,} codes",
        f"| Stripe Checkout | {stripe.CHECKOUT_SECONDS // 3600} hours",
        f"| PayPal | {paypal.CHECKOUT_SECONDS // 3600} hours",
        f"| Stripe Payment Links, Square | {MAX_OPEN_SECONDS // 86_400} days",
        f"| no page could be opened | {ABANDONED_SECONDS // 3600} hours",
    ],
)
def test_the_limits_are_those_of_the_code(sentence: str) -> None:
    assert sentence in PAGE
