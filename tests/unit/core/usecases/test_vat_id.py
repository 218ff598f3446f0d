"""Who is asked for a VAT id on the payment page: buyers of sites that want one, unless the cart has it already."""

from urllib.parse import parse_qsl

import pytest

from support.app import PRODUCTS, SHOP, Shop, answer, make_catalog, run
from support.builders import ORDER_ID
from support.stripe import stripe_session

CART = {"items": [{"id": "test-10", "quantity": 1}]}
ONE_SITE = PRODUCTS.replace('sites = ["other"]', "active = false")
ASKING = SHOP + "\nask_vat_id = true\n"


@pytest.mark.parametrize(
    ("sites", "vat_id", "asks"),
    [(ASKING, "", True), (ASKING, "ES B12345678", False), (SHOP, "", False)],
    ids=["asked", "known already", "not wanted"],
)
def test_the_page_asks_for_a_vat_id_as_the_stored_order_says(sites: str, vat_id: str, asks: bool) -> None:
    shop = Shop(catalog=make_catalog(ONE_SITE, sites))
    shop.provider.answers = [answer(stripe_session())]
    assert shop.checkout(CART | {"vat_id": vat_id}).status == 201
    sent = dict(parse_qsl(shop.provider.requests[0].body.decode()))
    assert sent.get("tax_id_collection[enabled]") == ("true" if asks else None)
    order = run(shop.app.engine.orders.get_order(ORDER_ID))
    assert (order.asks_vat_id, order.buyer.vat_id) == (asks, vat_id.replace(" ", ""))


def test_a_repeated_checkout_sends_the_same_although_the_site_has_changed() -> None:
    shop = Shop(catalog=make_catalog(ONE_SITE, ASKING))
    shop.provider.answers = [answer({"error": {}}, status=500)] * 3
    assert shop.checkout(CART, idempotency_key="key").status in {502, 503}
    again = Shop(catalog=make_catalog(ONE_SITE, SHOP))
    again.database.connection, again.provider.answers = shop.database.connection, [answer(stripe_session())]
    assert again.checkout(CART, idempotency_key="key").status == 201
    assert again.provider.requests[-1].body == shop.provider.requests[0].body
