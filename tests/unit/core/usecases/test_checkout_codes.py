"""Checkouts and quotes with a code: uses, repeats, changes meanwhile, limits, and how often the database is asked."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from lightning_cart.domain.codes import Code
from lightning_cart.domain.order import CheckoutSession, Order
from lightning_cart.errors import InvalidField, StorageUnavailable
from lightning_cart.flow import Flow
from lightning_cart.ports import Row, Statement
from lightning_cart.providers.stripe.checkout import StripeCheckout
from lightning_cart.storage.leases import Lease
from lightning_cart.usecases.cart_request import CartRequest
from lightning_cart.usecases.checkout import CheckoutRequest
from lightning_cart.web.responses import Answer
from support.app import Shop, problem
from support.builders import NOW, paid_session
from support.codes import add_code, make_code, sums
from support.databases import MemoryDatabase
from support.goods import make_goods, to, tshirt
from support.stripe import event

CART = {"items": [tshirt()], "delivery": to("FR", "post"), "code": "spring", "customer_email": "ada@example.com"}
HOUR = 3600


def open_shop(*codes: Code) -> Shop:
    shop = Shop(catalog=make_goods())
    for code in codes or (make_code(percent="10"),):
        add_code(shop.database, code)
    shop.database.round_trips = 0
    return shop


@pytest.fixture
def shop() -> Shop:
    """Open a shop with a code for 10 %."""
    return open_shop()


def buy(shop: Shop, key: str = "", **changes: Any) -> Answer:
    return shop.checkout(CART | changes, **({"idempotency_key": key} if key else {}))


def quote(shop: Shop, **changes: Any) -> dict[str, Any]:
    response = shop.handle("POST", "/quote", json.dumps(CART | changes).encode(), content_type="application/json")
    assert response.status == 200, response.body
    content: dict[str, Any] = json.loads(response.body)
    return content


def uses(shop: Shop, code: str = "SPRING") -> tuple[int, list[str]]:
    """Return how often a code counts as used, and the states of its uses."""
    (count,) = shop.database.connection.execute("SELECT uses FROM codes WHERE code = ?", (code,)).fetchone()
    return count, [state for (state,) in shop.rows("SELECT state FROM code_uses ORDER BY order_id")]


def refused(response: Answer) -> tuple[int, str, str]:
    content = problem(response)
    return response.status, content.get("field", ""), content["detail"]


# ---- a code is used


def test_a_checkout_with_a_code_charges_less_and_holds_a_use(shop: Shop) -> None:
    answered = json.loads(buy(shop).body)
    order = shop.order(answered["order_id"])
    assert (order.code, order.parts.discount.minor, order.total.minor) == ("SPRING", 210, 1890 + 490)
    assert uses(shop) == (1, ["held"])
    assert b"unit_amount%5D=1890" in shop.provider.requests[0].body


def test_a_form_has_a_code_too(shop: Shop) -> None:
    body = b"id=file&code=+Spring+&delivery[country]=FR"
    shop.handle("POST", "/checkout", body, content_type="application/x-www-form-urlencoded")
    assert shop.rows("SELECT discount_minor FROM orders") == [(50,)]


def test_a_use_is_kept_when_the_order_is_paid_and_given_back_when_it_ends(shop: Shop) -> None:
    first, second = (json.loads(buy(shop).body)["order_id"] for _ in range(2))
    shop.webhook(event("checkout.session.completed", paid_session(first, amount_total=2380, currency="eur")))
    shop.webhook(event("checkout.session.expired", paid_session(second, id="cs_test_2", status="expired"), id="evt_2"))
    assert uses(shop) == (1, ["used", "released"])


def test_a_code_for_once_keeps_no_address(shop: Shop) -> None:
    add_code(shop.database, make_code("ONCE", once=True))
    buy(shop, code="once")
    ((buyer,),) = shop.rows("SELECT buyer FROM code_uses")
    assert (len(buyer), "ada" in buyer) == (64, False)


def test_a_code_that_is_not_for_once_keeps_nothing_of_the_buyer(shop: Shop) -> None:
    buy(shop)
    assert shop.rows("SELECT buyer FROM code_uses") == [("",)]


def test_a_code_for_once_is_refused_to_the_same_buyer_and_not_to_another() -> None:
    shop = open_shop(make_code(once=True))
    assert buy(shop).status == 201
    sentence = "You have an order with the code SPRING already, and each customer can use it once."
    assert refused(buy(shop, customer_email="ADA@example.com")) == (422, "code", sentence)
    assert buy(shop, customer_email="bob@example.com").status == 201
    assert uses(shop)[0] == 2


def test_uses_from_before_a_code_was_for_once_are_nobodys() -> None:
    shop = open_shop()
    buy(shop, customer_email=None)
    add_code(shop.database, make_code(once=True, uses=1, revision=2))
    content = quote(shop, customer_email=None)
    assert (content["code"]["holds"], [one["field"] for one in content["missing"]]) == (True, ["customer_email"])
    assert buy(shop).status == 201


def test_a_code_that_takes_nothing_off_takes_no_use() -> None:
    shop = open_shop(make_code(free_delivery=True, once=True))
    for _ in range(2):
        assert buy(shop, delivery=to("FR", "pickup")).status == 201
    assert uses(shop) == (0, [])


def test_a_code_for_once_without_an_address_uses_nothing() -> None:
    shop = open_shop(make_code(once=True))
    assert refused(buy(shop, customer_email=None))[1] == "customer_email"
    assert (uses(shop), shop.database.count("orders")) == ((0, []), 0)


BAD: dict[str, tuple[Code, dict[str, Any]]] = {
    "unknown": (make_code("SUMMER"), {}),
    "over": (make_code(until_at=NOW), {}),
    "not yet": (make_code(from_at=NOW + 1), {}),
    "used up": (make_code(most_uses=1, uses=1), {}),
    "for other goods": (make_code(percent="10", products=("cup",)), {}),
    "below its sum": (make_code(percent="10", least=sums(EUR=9900)), {}),
    "of another currency": (make_code(amounts=sums(USD=500)), {}),
    "on recurring lines alone": (make_code(), {"items": [{"id": "box"}]}),
    "free without saying so": (make_code(percent="100", free_delivery=True), {}),
}


@pytest.mark.parametrize("why", BAD)
def test_a_code_that_does_not_hold_saves_nothing_and_takes_no_use(why: str) -> None:
    code, changes = BAD[why]
    shop = open_shop(code)
    assert refused(buy(shop, **changes))[:2] == (422, "code")
    assert [shop.database.count(table) for table in ("orders", "buyers", "code_uses")] == [0, 0, 0]
    assert (uses(shop, code.code)[0], shop.provider.requests) == (code.uses, [])


def test_a_cart_that_is_wrong_takes_no_use(shop: Shop) -> None:
    assert refused(buy(shop, items=[{"id": "gone"}]))[:2] == (422, "items[0].id")
    assert refused(buy(shop, customer_email="nobody"))[:2] == (422, "customer_email")
    assert uses(shop) == (0, [])


def test_a_code_of_another_type_asks_nobody(shop: Shop) -> None:
    assert refused(buy(shop, code=["spring"]))[:2] == (422, "code")
    assert shop.database.round_trips == 0


# ---- repeats


def again(shop: Shop) -> Answer:
    return buy(shop, "k")


def test_a_repeat_gets_its_order_and_takes_no_second_use(shop: Shop) -> None:
    first = again(shop)
    assert (first.status, again(shop).body, uses(shop)) == (201, first.body, (1, ["held"]))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE codes SET most_uses = 1",
        "UPDATE codes SET until_at = 1",
        'UPDATE codes SET revision = 2, terms = \'{"percent": "50"}\'',
        "DELETE FROM codes",
        "UPDATE codes SET once = 1; UPDATE code_uses SET buyer = 'x'",
    ],
    ids=["used up", "ended", "changed", "gone", "for once now"],
)
def test_a_repeat_gets_its_order_whatever_became_of_the_code(shop: Shop, change: str) -> None:
    first = again(shop)
    shop.database.connection.executescript(change)
    assert (again(shop).body, shop.database.count("orders"), len(shop.provider.requests)) == (first.body, 1, 1)


def test_a_repeat_of_who_has_the_only_use_gets_its_order() -> None:
    shop = open_shop(make_code(once=True, most_uses=1))
    first = again(shop)
    assert (again(shop).body, uses(shop)) == (first.body, (1, ["held"]))


def test_a_repeat_gets_its_order_from_an_address_that_has_tried_too_many_codes(shop: Shop) -> None:
    first = again(shop)
    for number in range(30):
        buy(shop, code=f"wrong{number}")
    assert (buy(shop).status, again(shop).body) == (429, first.body)


def test_the_same_key_with_another_code_is_a_conflict(shop: Shop) -> None:
    again(shop)
    add_code(shop.database, make_code("OTHER"))
    assert problem(buy(shop, "k", code="other"))["type"] == "/problems/idempotency-conflict"
    assert problem(buy(shop, "k", code="gone"))["type"] == "/problems/idempotency-conflict"


# ---- what the provider refuses


class Picky(StripeCheckout):
    """Takes no order to Paris, as a provider refuses an address."""

    def create_checkout(self, order: Order, success_url: str, cancel_url: str) -> Flow[CheckoutSession]:
        if order.buyer.address is not None and order.buyer.address.city == "Paris":
            raise InvalidField("delivery", "is refused", "This address is not taken.")
        return (yield from super().create_checkout(order, success_url, cancel_url))


def test_who_corrects_what_the_provider_refused_has_the_code_again() -> None:
    shop = Shop(catalog=make_goods(), strategies=(Picky,))
    add_code(shop.database, make_code(once=True))
    assert refused(buy(shop, "k", delivery=to("FR", "post", city="Paris")))[:2] == (422, "delivery")
    assert (uses(shop), shop.rows("SELECT status FROM orders")) == ((0, ["released"]), [("expired",)])
    assert buy(shop, "k2", delivery=to("FR", "post", city="Lyon")).status == 201
    assert problem(buy(shop, "k", delivery=to("FR", "post", city="Paris")))["type"] == "/problems/checkout-ended"


def test_without_a_code_the_order_stays_open_for_a_repeat() -> None:
    shop = Shop(catalog=make_goods(), strategies=(Picky,))
    for _ in range(2):
        assert buy(shop, "k", delivery=to("FR", "post", city="Paris"), code=None).status == 422
    assert shop.rows("SELECT status FROM orders") == [("open",)]


def test_a_page_that_another_call_has_opened_meanwhile_is_not_closed() -> None:
    shop = Shop(catalog=make_goods(), strategies=(Picky,))
    add_code(shop.database, make_code())
    take = shop.app.engine.leases.take

    async def late(order_id: str, now: int, pause: int = 0) -> tuple[Order | None, Lease | None]:
        shop.database.connection.execute("UPDATE orders SET session_id = 'cs_1', session_url = 'https://pay.example/1'")
        return await take(order_id, now, pause)

    shop.app.engine.leases.take = late  # type: ignore[method-assign]
    assert buy(shop, "k", delivery=to("FR", "post", city="Paris")).status == 422
    assert (uses(shop), shop.rows("SELECT status, busy_until FROM orders")) == ((1, ["held"]), [("open", 0)])
    assert shop.provider.requests == []


def test_a_code_that_cannot_be_released_now_keeps_the_refusal() -> None:
    shop = Shop(catalog=make_goods(), strategies=(Picky,))
    add_code(shop.database, make_code())
    lease = shop.app.engine.leases.take

    async def broken(*_: object) -> object:
        raise StorageUnavailable("the database is gone")

    shop.app.engine.leases.take = broken  # type: ignore[method-assign,assignment]
    assert refused(buy(shop, delivery=to("FR", "post", city="Paris")))[:2] == (422, "delivery")
    shop.app.engine.leases.take = lease  # type: ignore[method-assign]
    assert uses(shop) == (1, ["held"])


# ---- a code that changes between the price and the order


class ChangesMeanwhile:
    """A database in which a code is changed just before each of the first orders is saved."""

    def __init__(self, database: MemoryDatabase, times: int, sql: str) -> None:
        self.database, self.times, self.sql = database, times, sql

    async def query(self, statement: Statement) -> Sequence[Row]:
        return await self.database.query(statement)

    async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        if self.times and any("INSERT INTO orders" in statement.sql for statement in statements):
            self.times -= 1
            self.database.connection.execute(self.sql)
        return await self.database.batch(statements)


def change_meanwhile(shop: Shop, times: int, sql: str) -> None:
    shop.app.engine._use_ports(shop.app.engine.ports._replace(database=ChangesMeanwhile(shop.database, times, sql)))


def test_a_code_that_is_changed_meanwhile_is_priced_anew(shop: Shop) -> None:
    change_meanwhile(shop, 1, 'UPDATE codes SET revision = revision + 1, terms = \'{"percent": "20"}\'')
    assert buy(shop).status == 201
    assert (shop.rows("SELECT discount_minor FROM orders"), uses(shop)) == ([(420,)], (1, ["held"]))


def test_a_code_that_is_used_up_meanwhile_is_refused_and_saves_nothing(shop: Shop) -> None:
    change_meanwhile(shop, 1, "UPDATE codes SET most_uses = 5, uses = 5")
    assert refused(buy(shop)) == (422, "code", "The code SPRING is used up.")
    assert shop.database.count("orders") == 0


def test_a_code_that_never_stands_still_is_tried_three_times(shop: Shop) -> None:
    change_meanwhile(shop, 99, "UPDATE codes SET revision = revision + 1")
    response = buy(shop)
    assert (response.status, problem(response)["type"], shop.database.round_trips) == (503, "/problems/come-again", 6)
    assert (shop.database.count("orders"), uses(shop)) == (0, (0, []))


# ---- wrong codes


def test_after_twenty_codes_that_do_not_exist_an_address_waits_for_the_next_hour(shop: Shop) -> None:
    shop.now = NOW - NOW % HOUR + 600
    assert [buy(shop, code=f"wrong{number}").status for number in range(20)] == [422] * 20
    assert buy(shop).status == 201  # twenty are taken
    response = buy(shop, code="wrong")
    assert (response.status, problem(response)["type"]) == (429, "/problems/too-many-codes")
    assert (response.header("retry-after"), buy(shop).status) == ("3000", 429)
    assert "You can order without a code, or try a code again in 50 minutes." in problem(response)["detail"]
    assert buy(shop, code=None).status == 201
    shop.now += 3000
    assert buy(shop).status == 201


def test_quotes_and_checkouts_count_together(shop: Shop) -> None:
    for number in range(10):
        assert buy(shop, code=f"wrong{number}").status == 422
        assert quote(shop, code=f"wrong{number}")["code"]["fault"] == "unknown"
    response = shop.handle("POST", "/quote", json.dumps(CART | {"code": "x"}).encode(), content_type="application/json")
    assert (response.status, buy(shop, code="y").status) == (429, 429)
    assert quote(shop, code=None)["code"] is None


def test_a_code_that_exists_and_does_not_hold_is_no_wrong_code() -> None:
    shop = open_shop(make_code(until_at=NOW))
    assert [buy(shop).status for _ in range(25)] == [422] * 25
    assert shop.database.count("attempts") == 0


def test_what_cannot_be_a_code_counts_as_a_wrong_one(shop: Shop) -> None:
    assert [buy(shop, code="%").status for _ in range(21)] == [422] * 20 + [429]


def test_another_address_is_not_kept_from_its_codes(shop: Shop) -> None:
    for number in range(25):
        buy(shop, code=f"wrong{number}")
    shop.client = "203.0.113.8"
    assert buy(shop).status == 201


def test_an_address_is_kept_as_a_hash_for_a_day(shop: Shop) -> None:
    buy(shop, code="wrong")
    ((key, count),) = shop.rows("SELECT key, count FROM attempts")
    assert (key.startswith("code:"), "203" in key, len(key), count) == (True, False, 37, 1)


# ---- quotes


def test_a_quote_says_what_a_code_does(shop: Shop) -> None:
    content = quote(shop)
    assert content["code"] == {
        "code": "SPRING",
        "holds": True,
        "discount_minor": 210,
        "free_delivery": False,
        "fault": None,
        "reason": None,
        "detail": None,
    }
    assert (content["discount_minor"], content["total_minor"], uses(shop)) == (210, 2380, (0, []))


def test_a_quote_with_a_code_that_does_not_hold_is_the_quote_without_it(shop: Shop) -> None:
    content = quote(shop, code="wrong")
    assert content["code"] == {
        "code": "WRONG",
        "holds": False,
        "discount_minor": 0,
        "free_delivery": False,
        "fault": "unknown",
        "reason": "is no code of this engine",
        "detail": "This shop has no code WRONG. Please check how it is written.",
    }
    assert content | {"code": None} == quote(shop, code=None)


def test_a_quote_shows_nothing_of_what_cannot_be_a_code(shop: Shop) -> None:
    assert quote(shop, code="<b>")["code"]["code"] is None


def test_a_quote_of_a_cart_for_nothing_begins_with_the_free_way() -> None:
    shop = open_shop(make_code(percent="100", free_delivery=True, free=True))
    content = quote(shop)
    assert content["strategies"][0] == {"name": "free", "label": "Order for free", "able": True, "reason": None}
    assert [one["field"] for one in content["missing"]] == [
        f"delivery.{key}" for key in ("name", "line1", "city", "postal_code")
    ]
    assert (content["total_minor"], content["code"]["free_delivery"]) == (0, True)


def test_a_quote_of_a_cart_whose_delivery_was_not_chosen_does_not_begin_with_the_free_way() -> None:
    shop = open_shop(make_code(percent="100", free=True))
    content = quote(shop, delivery=to("FR"))
    assert (content["total_minor"], [one["field"] for one in content["missing"]]) == (0, ["delivery.method"])
    assert [(one["name"], one["able"]) for one in content["strategies"]] == [("stripe_checkout", True)]


def test_a_quote_says_that_a_code_may_not_make_a_cart_free() -> None:
    shop = open_shop(make_code(percent="100", free_delivery=True))
    free, stripe = quote(shop)["strategies"]
    sentence = "With this code your order comes to nothing, and this shop does not allow that."
    assert (free["able"], free["reason"], stripe["able"]) == (False, sentence, False)


# ---- how often the database is asked


@pytest.mark.parametrize(("changes", "trips"), [({}, 3), ({"code": None}, 2), ({"code": ""}, 2)])
def test_a_checkout_with_a_code_asks_the_database_once_more(shop: Shop, changes: dict[str, Any], trips: int) -> None:
    assert (buy(shop, "k", **changes).status, shop.database.round_trips) == (201, trips)


@pytest.mark.parametrize(("code", "trips"), [("spring", 1), ("wrong", 1), (None, 0), ("  ", 0)])
def test_a_quote_asks_the_database_about_its_code_only(shop: Shop, code: str | None, trips: int) -> None:
    quote(shop, code=code)
    assert shop.database.round_trips == trips


def test_the_repr_of_a_checkout_has_nothing_of_the_buyer() -> None:
    request = CheckoutRequest(CartRequest([], customer_email="ada@example.com"), "k", "d", "203.0.113.7")
    assert repr(request) == "CheckoutRequest()"
