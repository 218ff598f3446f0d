"""Free orders: paid as soon as they are saved, told to the shop, limited, and repeated with the same answer."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from lightning_cart.domain.codes import Code
from lightning_cart.domain.order import OrderStatus
from lightning_cart.usecases.cancel import cancel_order
from lightning_cart.web.responses import Answer
from support.app import ENV, Shop, problem, run
from support.builders import NOW
from support.codes import add_code, make_code
from support.goods import SITE, make_goods, to
from support.merchants import SIGNING_SECRET

HOUR = 3600
FORM = "application/x-www-form-urlencoded"
ALL = make_code(percent="100", free=True)
GIFT = {"items": [{"id": "gift", "amount": "0"}], "delivery": to("FR"), "customer_email": "ada@example.com"}
FILE = {"items": [{"id": "file"}], "delivery": to("FR"), "code": "spring", "customer_email": "ada@example.com"}
ID = "ord_00000000000000000000000001"


def open_shop(*codes: Code, **env: str) -> Shop:
    shop = Shop(ENV | env, make_goods())
    shop.now = NOW - NOW % HOUR + 600
    for code in codes or (ALL,):
        add_code(shop.database, code)
    shop.database.round_trips = 0
    shop.provider.answers = [AssertionError("the provider was asked")]
    return shop


@pytest.fixture
def shop() -> Shop:
    """Open a shop with a code that makes everything free."""
    return open_shop()


def give(shop: Shop, cart: dict[str, Any] = GIFT, key: str = "", **changes: Any) -> Answer:
    return shop.checkout(cart | changes, **({"idempotency_key": key} if key else {}))


def statuses(shop: Shop, *emails: str, **changes: Any) -> list[int]:
    return [give(shop, customer_email=email, **changes).status for email in emails]


def people(count: int) -> list[str]:
    return [f"buyer{number}@example.com" for number in range(count)]


# ---- what a buyer gets


@pytest.mark.parametrize("cart", [GIFT, FILE])
def test_a_free_order_is_paid_as_soon_as_it_is_saved(shop: Shop, cart: dict[str, Any]) -> None:
    response = give(shop, cart)
    answered = json.loads(response.body)
    assert (response.status, {name: answered[name] for name in ("order_id", "strategy", "session_id", "expires_at")}) == (
        201,
        {"order_id": ID, "strategy": "free", "session_id": None, "expires_at": None},
    )
    assert answered["url"] == f"https://shop.example/thanks#order={ID}&receipt={answered['receipt']}"
    order = shop.order(ID)
    assert (order.status, order.provider, order.paid_minor, order.session) == (OrderStatus.PAID, "engine", 0, None)


def test_the_receipt_of_a_free_order_shows_it(shop: Shop) -> None:
    answered = json.loads(give(shop, FILE).body)
    shown = json.loads(shop.handle("GET", f"/orders/{ID}", authorization=f"Bearer {answered['receipt']}").body)
    assert (shown["status"], shown["strategy"], shown["code"], shown["total_minor"]) == ("paid", "free", "SPRING", 0)


def test_the_shop_is_told_of_a_free_order(shop: Shop) -> None:
    give(shop)
    assert shop.messages(ID) == ["order.paid"]


def test_the_shop_is_told_right_after_the_answer_and_not_before_a_payment() -> None:
    goods = make_goods(SITE._replace(fulfilment_url="https://shop.example/hook"))
    shop = Shop(ENV | {"FULFILMENT_SECRET": SIGNING_SECRET}, goods)
    assert [give(shop).has_deliveries, give(shop, items=[{"id": "gift", "amount": "1"}]).has_deliveries] == [True, False]


def test_a_free_order_uses_its_code_for_good(shop: Shop) -> None:
    give(shop, FILE)
    assert shop.rows("SELECT c.uses, u.state FROM codes AS c JOIN code_uses AS u ON u.code = c.code") == [(1, "used")]


def test_a_form_without_a_script_leads_to_the_page_of_the_order(shop: Shop) -> None:
    form = {"id": "gift", "amount": "0", "delivery[country]": "FR", "customer_email": "ada@example.com"}
    response = shop.handle("POST", "/checkout", urlencode(form).encode(), content_type=FORM, accept="text/html")
    order = shop.order(ID)
    assert (response.status, order.by_form, len(order.page_token)) == (303, True, 32)
    assert response.header("location") == f"https://pay.shop.example/orders/{ID}/page/{order.page_token}"


def test_a_free_order_needs_no_way_to_pay_that_works() -> None:
    shop = open_shop(STRIPE_SECRET_KEY="")
    assert give(shop).status == 201


def test_an_order_that_is_not_free_is_no_page_of_ours(shop: Shop) -> None:
    with pytest.raises(AssertionError, match="the provider was asked"):
        give(shop, items=[{"id": "gift", "amount": "1"}])


# ---- what is refused


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"customer_email": ""}, "customer_email"),
        ({"customer_email": None, "items": [{"id": "file"}, {"id": "gift", "amount": "0"}]}, "customer_email"),
        ({"items": [{"id": "cup", "inputs": {"name": "Ada"}}], "delivery": to("FR", "post")}, "delivery.name"),
        ({"items": [{"id": "cup", "inputs": {"name": "Ada"}}], "delivery": to("FR", "post"), "code": "NO"}, "code"),
        ({"code": "NO"}, "code"),
        ({"items": [{"id": "gift", "amount": "0"}, {"id": "box"}], "code": None, "strategy": "free"}, "delivery.method"),
    ],
)
def test_what_a_free_order_lacks_is_named_and_nothing_is_saved(shop: Shop, changes: dict[str, Any], field: str) -> None:
    add_code(shop.database, make_code(percent="100", free_delivery=True, free=True))
    add_code(shop.database, make_code("NO", percent="100", free_delivery=True))
    response = give(shop, FILE, **changes)
    assert (response.status, problem(response)["field"]) == (422, field)
    assert [shop.database.count(table) for table in ("orders", "buyers", "code_uses", "attempts", "outbox")] == [0] * 5


# ---- repeats


@pytest.mark.parametrize("cart", [GIFT, FILE])
def test_a_repeat_gets_the_same_answer(shop: Shop, cart: dict[str, Any]) -> None:
    first = give(shop, cart, "k")
    shop.now += 5 * HOUR
    assert (give(shop, cart, "k").body, shop.database.count("orders"), shop.messages(ID)) == (first.body, 1, ["order.paid"])


def test_a_repeat_gets_the_same_answer_though_the_limit_is_reached(shop: Shop) -> None:
    first = give(shop, GIFT, "k")
    statuses(shop, *people(9))
    assert give(shop, GIFT, "k").body == first.body


@pytest.mark.parametrize("change", ["DELETE FROM codes", "UPDATE codes SET until_at = 1", "UPDATE codes SET terms = '{}'"])
def test_a_repeat_gets_the_same_answer_whatever_became_of_the_code(shop: Shop, change: str) -> None:
    first = give(shop, FILE, "k")
    shop.database.connection.execute("UPDATE codes SET revision = revision + 1")
    shop.database.connection.execute(change)
    assert give(shop, FILE, "k").body == first.body


def test_a_repeat_by_a_form_leads_to_the_same_page(shop: Shop) -> None:
    form = {"id": "gift", "amount": "0", "delivery[country]": "FR", "customer_email": "ada@example.com"}
    sent = [
        shop.handle("POST", "/checkout", urlencode(form).encode(), content_type=FORM, idempotency_key="k") for _ in range(2)
    ]
    assert sent[0].header("location") == sent[1].header("location")


def test_a_free_order_that_was_cancelled_has_ended(shop: Shop) -> None:
    give(shop, GIFT, "k")
    run(cancel_order(shop.app.engine, ID))
    content = problem(give(shop, GIFT, "k"))
    assert (content["type"], content["order_status"]) == ("/problems/checkout-ended", "cancelled")


def test_an_order_that_cost_something_is_continued_though_it_would_be_free_now(shop: Shop) -> None:
    shop = Shop(catalog=make_goods())
    add_code(shop.database, make_code(percent="50"))
    first = give(shop, FILE, "k")
    add_code(shop.database, make_code(percent="100", free=True, revision=2))
    assert (first.status, give(shop, FILE, "k").body, shop.database.count("orders")) == (201, first.body, 1)


# ---- limits


def refused(response: Answer) -> tuple[int, str, str]:
    return response.status, problem(response)["type"], response.header("retry-after")


def test_an_address_has_five_free_orders_an_hour(shop: Shop) -> None:
    assert statuses(shop, *people(5)) == [201] * 5
    response = give(shop, customer_email="late@example.com")
    assert refused(response) == (429, "/problems/too-many-free-orders", "3000")
    assert "You can order again for free in 50 minutes." in problem(response)["detail"]
    assert shop.database.count("orders") == 5
    shop.now += 3000
    assert statuses(shop, "late@example.com") == [201]


def test_the_network_of_an_address_is_one_caller(shop: Shop) -> None:
    for number, email in enumerate(people(5)):
        shop.client = f"2001:db8:1:2::{number}"
        assert statuses(shop, email) == [201]
    shop.client = "2001:db8:1:2:ffff::1"
    assert statuses(shop, "late@example.com") == [429]
    shop.client = "2001:db8:1:3::1"
    assert statuses(shop, "late@example.com") == [201]


def test_a_buyer_has_one_free_order_of_the_same_goods_a_day(shop: Shop) -> None:
    assert statuses(shop, "ada@example.com") == [201]
    shop.client, shop.now = "203.0.113.8", shop.now + 10 * HOUR
    assert refused(give(shop, customer_email="Ada@Example.com")) == (
        429,
        "/problems/too-many-free-orders",
        str(13 * HOUR + 3000),
    )
    shop.now += 13 * HOUR + 2999
    assert statuses(shop, "ada@example.com") == [429]
    shop.now += 1
    assert statuses(shop, "ada@example.com") == [201]


def test_a_buyer_has_one_free_order_by_a_code_a_day_whatever_the_goods(shop: Shop) -> None:
    assert give(shop, FILE).status == 201
    assert give(shop, FILE, items=[{"id": "file"}, {"id": "gift", "amount": "2"}]).status == 429
    assert give(shop, FILE, customer_email="bob@example.com").status == 201


def test_a_code_that_takes_nothing_off_is_not_used_and_lifts_no_limit(shop: Shop) -> None:
    add_code(shop.database, make_code(percent="10", most_uses=1))
    assert give(shop, GIFT | {"code": "spring"}).status == 201
    assert (shop.order(ID).code, shop.rows("SELECT uses FROM codes"), shop.database.count("code_uses")) == ("", [(0,)], 0)
    assert give(shop).status == 429


def test_a_buyer_can_have_other_goods_for_free(shop: Shop) -> None:
    assert [give(shop).status, give(shop, FILE).status] == [201, 201]


def test_where_both_limits_are_reached_the_longer_one_is_told(shop: Shop) -> None:
    statuses(shop, *people(5))
    assert refused(give(shop, customer_email=people(1)[0]))[2] == str(23 * HOUR + 3000)


def test_an_order_that_costs_something_is_not_counted() -> None:
    shop = Shop(catalog=make_goods())
    add_code(shop.database, make_code(percent="50"))
    assert [give(shop, FILE, customer_email="").status for _ in range(7)] == [201] * 7
    assert shop.database.count("attempts") == 0


def test_the_limits_keep_neither_an_address_nor_an_email(shop: Shop) -> None:
    give(shop)
    keys = [key for (key,) in shop.rows("SELECT key FROM attempts")]
    assert [(key.startswith("free:"), len(key)) for key in keys] == [(True, 37)] * 2
    assert not any("ada" in key or "203" in key for key in keys)


# ---- how often the database is asked


@pytest.mark.parametrize(("cart", "trips"), [(GIFT, 1), (FILE, 2)])
def test_a_free_order_is_one_trip_and_its_code_another(shop: Shop, cart: dict[str, Any], trips: int) -> None:
    assert (give(shop, cart, "k").status, shop.database.round_trips) == (201, trips)
