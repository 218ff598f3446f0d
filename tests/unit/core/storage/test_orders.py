"""The stored orders: read back as they were saved."""

import json
import sqlite3

import pytest
from hypothesis import given

from lightning_cart.domain.buyer import Address, Buyer, Destination
from lightning_cart.domain.catalog import Interval
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, Order
from lightning_cart.domain.parts import Parts
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.domain.price import Delivery
from lightning_cart.domain.taxes import TaxGroup
from lightning_cart.errors import StorageUnavailable
from lightning_cart.ports import Statement
from lightning_cart.providers import STRATEGIES
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.new_orders import KEY_SECONDS, NotSaved
from lightning_cart.storage.orders import OrderStore
from support.app import run
from support.builders import NOW, ORDER_ID, make_event, make_order
from support.databases import OTHER_ID, MemoryDatabase, live
from support.random_carts import Cart, carts, order_of

SECOND = "ord_00000000000000000000000002"


class Kept:
    """A store in memory, with one order if one is given."""

    def __init__(self, order: Order | None = None) -> None:
        self.database = MemoryDatabase()
        self.orders = OrderStore(self.database)
        if order:
            run(self.orders.create_order(order, "", "digest"))


FULL = make_order(
    lines=(
        LineItem("mug", "Mug “Ñandú” 🫖", Money(500, "USD"), 2, "A mug", "https://x.example/a.png", None, {"sku": "M"}),
        LineItem("club", "Club", Money(5, "USD"), 1, interval=Interval.MONTH),
        LineItem(
            product_id="tshirt",
            name="T-shirt",
            unit_price=Money(1900, "USD"),
            quantity=1,
            variant_id="l-blue",
            options={"size": "L", "colour": "blue"},
            sku="TS-L-BL",
            ships=True,
            discount_minor=190,
        ),
    ),
    parts=Parts.of(Money(2905, "USD"), 190, 490, 21),
    customer_email="ada@example.com",
    metadata={"table": "7"},
    statement_descriptor_suffix="SHOP",
    return_token="secret",
    delivery=Delivery("post", "Post “Ñ”", (2, 4), recurs=True),
    place=Destination("ES", "CN", "35 001"),
    taxes=(TaxGroup("21", "IVA", True, 2648, 556), TaxGroup("8.875", "Sales tax", False, 237, 21, 1)),
    renewal_minor=5,
    buyer=Buyer(
        Address("ES", "Ada Lovelace", "Calle Mayor 1", "", "Las Palmas", "CN", "35 001", "+34 600 000 000"),
        ({}, {}, {"engraving": "Für Ada 🫖"}),
        "Ring twice,\nplease",
    ),
)


def test_an_order_comes_back_as_it_was_saved() -> None:
    assert run(Kept(FULL).orders.get_order(ORDER_ID)) == FULL


@given(carts())
def test_the_order_that_a_checkout_goes_on_with_is_the_stored_one(cart: Cart) -> None:
    order = order_of(cart.quote(), STRATEGIES[0])._replace(buyer=FULL.buyer)
    kept = Kept()
    assert run(kept.orders.create_order(order, "key", "digest")) == (order, "digest")
    assert run(kept.orders.get_order(order.id)) == order


def test_an_order_without_its_buyer_comes_back_without_personal_data() -> None:
    assert run(Kept(FULL).orders.find_order(ORDER_ID)) == FULL._replace(customer_email="", buyer=Buyer())


def test_what_names_the_buyer_is_kept_apart_from_the_order() -> None:
    kept = Kept(FULL)
    (order,) = map(dict, kept.database.connection.execute("SELECT * FROM orders"))
    assert [word for word in ("ada@", "Ada", "Calle", "600", "Ring") if word in str(order)] == []
    assert (order["ship_country"], order["ship_region"], order["ship_postal_code"]) == ("ES", "CN", "35001")
    buyers = kept.database.connection.execute("SELECT order_id, email, country FROM buyers").fetchall()
    assert [tuple(row) for row in buyers] == [(ORDER_ID, "ada@example.com", "ES")]


@pytest.mark.parametrize(
    "delivery", [None, Delivery("pickup", "Pick up", pick_up=True)], ids=["nothing is delivered", "it is picked up"]
)
def test_an_order_that_goes_to_no_address_may_be_for_any_place(delivery: Delivery | None) -> None:
    kept = Kept(FULL._replace(delivery=delivery))
    rows = kept.database.connection.execute("SELECT ship_country, ship_region, ship_postal_code FROM orders").fetchall()
    assert [tuple(row) for row in rows] == [("", "", "")]
    assert run(kept.orders.get_order(ORDER_ID)) == FULL._replace(delivery=delivery)


@pytest.mark.parametrize(
    ("changes", "country"),
    [
        ({"customer_email": "ada@example.com"}, "ES"),
        ({"buyer": Buyer(note="Ring")}, "ES"),
        ({"buyer": Buyer(inputs=({"engraving": "A"},))}, "ES"),
        ({"buyer": Buyer(Address("FR"))}, "FR"),
        ({}, None),
    ],
)
def test_an_order_has_a_row_of_its_buyer_if_anything_is_known(changes: dict[str, object], country: str | None) -> None:
    order = make_order(place=Destination("ES"), **changes)
    kept = Kept(order)
    rows = kept.database.connection.execute("SELECT country FROM buyers").fetchall()
    assert [row["country"] for row in rows] == ([country] if country else [])
    assert run(kept.orders.get_order(ORDER_ID)) == order


def test_a_small_order_has_small_rows() -> None:
    kept = Kept(make_order())
    (row,) = map(dict, kept.database.connection.execute("SELECT pricing, lines FROM orders"))
    keys = ["product_id", "name", "unit_minor", "quantity", "description", "image", "interval", "metadata"]
    assert (row["pricing"], [list(line) for line in json.loads(row["lines"])]) == ("{}", [keys])


def test_an_order_of_the_release_before_has_its_address_in_its_own_row() -> None:
    kept = Kept(make_order())
    kept.database.connection.execute("UPDATE orders SET customer_email = 'ada@example.com', goods_minor = NULL")
    assert run(kept.orders.get_order(ORDER_ID)) == make_order(customer_email="ada@example.com")


def test_a_key_that_is_used_again_leaves_the_buyer_of_the_first_order_alone() -> None:
    kept = Kept()
    run(kept.orders.create_order(FULL, "key", "one"))
    other = FULL._replace(id=SECOND, customer_email="eve@example.com", buyer=Buyer(note="Mine"))
    assert run(kept.orders.create_order(other, "key", "one")) == (FULL, "one")
    assert run(kept.orders.create_order(FULL._replace(customer_email="eve@example.com"), "key", "one")) == (FULL, "one")
    assert [row["email"] for row in kept.database.connection.execute("SELECT email FROM buyers")] == ["ada@example.com"]


@pytest.mark.parametrize("statement", range(4))
def test_a_checkout_that_fails_anywhere_leaves_neither_an_order_nor_a_buyer(statement: int) -> None:
    kept = Kept()
    kept.database.break_before = statement
    with pytest.raises(StorageUnavailable):
        run(kept.orders.create_order(FULL, "key", "digest"))
    assert (kept.database.count("orders"), kept.database.count("buyers")) == (0, 0)
    kept.database.break_before = None
    assert run(kept.orders.create_order(FULL, "key", "digest")) == (FULL, "digest")


def test_an_unknown_order_is_none() -> None:
    kept = Kept()
    assert run(kept.orders.find_order(ORDER_ID)) is None
    assert run(kept.orders.history(ORDER_ID)) is None


def test_a_session_comes_back_as_it_was_saved() -> None:
    kept = Kept(FULL)
    session = CheckoutSession("cs_1", "https://pay.example/x", None)
    run(kept.orders.save_session(ORDER_ID, session, NOW + 5))
    assert run(kept.orders.get_order(ORDER_ID)) == FULL._replace(session=session, updated_at=NOW + 5)


def test_the_same_key_finds_the_first_order() -> None:
    kept = Kept()
    other = FULL._replace(id=SECOND)
    assert run(kept.orders.create_order(FULL, "key", "one")) == (FULL, "one")
    assert run(kept.orders.create_order(other, "key", "two")) == (FULL, "one")
    assert kept.database.count("orders") == 1


def test_a_key_that_another_site_uses_saves_nothing() -> None:
    kept = Kept()
    run(kept.orders.create_order(FULL, "key", "one"))
    assert run(kept.orders.create_order(FULL._replace(id=SECOND, site_id="other"), "key", "two")) is NotSaved.KEY_TAKEN
    assert kept.database.count("orders") == 1


@pytest.mark.parametrize(("seconds", "saved"), [(KEY_SECONDS - 1, (ORDER_ID, "one")), (KEY_SECONDS, (SECOND, "two"))])
def test_a_key_lapses_after_a_day(seconds: int, saved: tuple[str, str]) -> None:
    kept = Kept()
    run(kept.orders.create_order(FULL, "key", "one"))
    found = run(kept.orders.create_order(FULL._replace(id=SECOND, created_at=NOW + seconds), "key", "two"))
    assert not isinstance(found, NotSaved)
    assert (found[0].id, found[1]) == saved


@pytest.mark.parametrize(
    ("site", "seconds", "found"), [("shop", KEY_SECONDS - 1, True), ("shop", KEY_SECONDS, False), ("other", 0, False)]
)
def test_an_order_is_found_by_the_key_of_its_own_site_for_a_day(site: str, seconds: int, *, found: bool) -> None:
    kept = Kept()
    run(kept.orders.create_order(FULL, "key", "one"))
    assert (run(kept.orders.find_by_key(site, "key", NOW + seconds)) is not None) is found


def test_saving_an_order_takes_one_round_trip_with_a_key_and_without() -> None:
    kept = Kept()
    run(kept.orders.create_order(FULL, "key", "one"))
    run(kept.orders.create_order(FULL._replace(id=SECOND), "", "two"))
    assert kept.database.round_trips == 2


def test_orders_without_a_key_are_separate() -> None:
    kept = Kept(FULL)
    run(kept.orders.create_order(FULL._replace(id=SECOND), "", "digest"))
    assert [order.id[-1] for order in run(kept.orders.list_orders())] == ["2", "1"]


def test_orders_are_listed_by_status_and_number() -> None:
    kept = Kept(FULL)
    assert run(kept.orders.list_orders(status="paid")) == []
    assert len(run(kept.orders.list_orders(status="open", limit=1))) == 1


def test_orders_that_need_review_are_listed_alone() -> None:
    kept = Kept(FULL)
    run(kept.orders.create_order(FULL._replace(id=SECOND), "", "digest"))
    run(Inbox(kept.database).record_event(make_event(EventKind.PAID, amount=Money(1, "USD")), NOW))
    assert [order.id for order in run(kept.orders.list_orders(to_review=True))] == [ORDER_ID]


@pytest.mark.parametrize("session_id", ["cs_1", "link_1:sq_1", "a:b:c", ":", "a:", "ñ:🫖"])
def test_the_database_names_a_checkout_as_its_session_does(session_id: str) -> None:
    kept, session = Kept(FULL), CheckoutSession(session_id, "https://pay.example/x", None)
    run(kept.orders.save_session(ORDER_ID, session, NOW))
    (row,) = run(kept.database.query(Statement("SELECT checkout_ref FROM orders")))
    assert row["checkout_ref"] == session.ref


def test_two_orders_of_a_provider_cannot_have_one_checkout() -> None:
    kept, session = Kept(FULL), CheckoutSession("link_1:sq_1", "https://pay.example/x", None)
    run(kept.orders.create_order(FULL._replace(id=SECOND), "", "digest"))
    run(kept.orders.save_session(ORDER_ID, session, NOW))
    with pytest.raises(sqlite3.IntegrityError, match="checkout_ref"):
        run(kept.orders.save_session(SECOND, session._replace(id="link_2:sq_1"), NOW))


def test_the_history_has_everything_that_is_stored_about_an_order() -> None:
    kept = Kept()
    run(live(kept.database))
    history = run(kept.orders.history(ORDER_ID))
    assert history is not None
    parts = (history.events, history.effects, history.refunds, history.payments, history.disputes, history.log)
    assert [len(part) > 0 for part in parts] == [True] * 6
    assert history.order.id == ORDER_ID


def test_the_payments_of_an_order_are_found_by_their_keys() -> None:
    kept = Kept()
    run(live(kept.database))
    payments = run(kept.orders.payments_of(OTHER_ID))
    assert {key: payment.amount_minor for key, payment in payments.items()} == {"pi_gift": 400, "pi_card": 600}
