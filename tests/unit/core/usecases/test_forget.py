"""Forgetting a buyer: all that is stored of the buyer goes, the order stays, and what can still be paid keeps its buyer."""

from typing import Any

import pytest

from lightning_cart.domain.buyer import UNKNOWN_BUYER, Address, Buyer, Contact
from lightning_cart.domain.order import CheckoutSession, OrderStatus
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.errors import InvalidField, NotFound, OrderStateConflict
from lightning_cart.ports import Statement
from lightning_cart.storage.operator_log import Operator
from lightning_cart.usecases.forget import find_orders_of, forget_order, forget_orders
from support.app import run
from support.builders import NOW, ORDER_ID, make_event, make_order
from support.every_provider import EveryProvider, order_id

ADDRESS = Address("ES", "José Núñez", "Calle Mayor 1", "", "Madrid", "M", "28013", "+34600111222")
PAYER = Contact("payer@example.com", "José Núñez García", "+34911", "ESB12345678", ADDRESS, ADDRESS)
BUYER = Buyer(ADDRESS, ({"engraving": "For Ana"},), "Ring twice", "ESX9999999")
SECRETS = (
    "cart@example.com",
    "payer@example.com",
    "Núñez",
    "Calle",
    "34600",
    "34911",
    "For Ana",
    "Ring",
    "ESB",
    "ESX",
    "table 7",
)
OPERATOR = Operator("cli", "asked by letter")


class Shop(EveryProvider):
    """A shop whose orders have all that a buyer can leave behind."""

    def add_paid(self, number: int = 1, **changes: Any) -> str:
        fields = {"customer_email": "cart@example.com", "buyer": BUYER, "metadata": {"note": "table 7"}} | changes
        order = self.add_order(number, **fields)
        event = make_event(EventKind.PAID, id=f"evt_{number}", order_id=order.id, payment_ref=f"pi_{number}", contact=PAYER)
        run(self.app.engine.inbox.record_event(event, NOW))
        return order.id

    def execute(self, sql: str, *values: str | int) -> None:
        run(self.database.query(Statement(sql, values)))

    def everything(self) -> str:
        tables = [name for (name,) in self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return "\n".join(str(row) for table in tables for row in self.rows(f"SELECT * FROM {table}"))


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_nothing_of_the_buyer_stays_anywhere_and_the_order_does(shop: Shop) -> None:
    shop.add_paid()
    shop.execute("INSERT INTO codes (code, revision) VALUES ('SPRING', 1)")
    shop.execute("INSERT INTO code_uses (order_id, code, buyer, state) VALUES (?, 'SPRING', 'a hash', 'used')", ORDER_ID)
    before = run(shop.app.engine.orders.get_order(ORDER_ID))
    assert all(secret in shop.everything() for secret in SECRETS)
    order = run(forget_order(shop.app.engine, ORDER_ID, OPERATOR))
    assert [secret for secret in (*SECRETS, "a hash") if secret in shop.everything()] == []
    assert (order.customer_email, order.buyer, order.metadata, order.forgotten_at) == ("", UNKNOWN_BUYER, {}, NOW)
    gone = {"customer_email": "", "buyer": UNKNOWN_BUYER, "metadata": {}, "forgotten_at": NOW}
    assert order == before._replace(**gone)  # type: ignore[arg-type]
    logged = shop.rows("SELECT who, action, subject, reason FROM operator_log")
    assert logged == [("cli", "forget", ORDER_ID, "asked by letter")]


def test_what_an_older_release_stored_goes_as_well(shop: Shop) -> None:
    shop.add_paid()
    url = "https://buy.stripe.com/x?client_reference_id=1&prefilled_email=cart%40example.com"
    shop.execute("UPDATE orders SET customer_email = 'Cart@Example.com', session_url = ?", url)
    order = run(forget_order(shop.app.engine, ORDER_ID, OPERATOR))
    assert order.session == CheckoutSession("cs_1", "https://buy.stripe.com/x", None)
    assert "cart" not in shop.everything().lower()


def test_an_order_without_a_page_is_forgotten(shop: Shop) -> None:
    shop.add_paid()
    shop.execute("UPDATE orders SET session_id = NULL, session_url = NULL")
    assert run(forget_order(shop.app.engine, ORDER_ID, OPERATOR)).session is None


def test_forgetting_twice_changes_nothing(shop: Shop) -> None:
    shop.add_paid()
    run(forget_order(shop.app.engine, ORDER_ID, OPERATOR))
    shop.now += 60
    order = run(forget_order(shop.app.engine, ORDER_ID, OPERATOR))
    assert (order.forgotten_at, shop.rows("SELECT COUNT(*) FROM operator_log")) == (NOW, [(1,)])


def test_only_this_order_is_forgotten(shop: Shop) -> None:
    shop.add_paid()
    other = shop.add_paid(2)
    run(forget_order(shop.app.engine, ORDER_ID, OPERATOR))
    assert run(shop.app.engine.orders.get_order(other)).buyer == BUYER._replace(paid_by=PAYER)


@pytest.mark.parametrize("status", [OrderStatus.OPEN, OrderStatus.PENDING])
def test_an_order_that_can_still_be_paid_keeps_its_buyer(shop: Shop, status: OrderStatus) -> None:
    shop.add_order(customer_email="cart@example.com", buyer=BUYER)
    shop.execute("UPDATE orders SET status = ?", status.value)
    with pytest.raises(OrderStateConflict, match=f"the order is {status}, so its buyer is still needed: cancel it first"):
        run(forget_order(shop.app.engine, ORDER_ID, OPERATOR))
    order = run(shop.app.engine.orders.get_order(ORDER_ID))
    assert (order.buyer, order.forgotten_at, shop.rows("SELECT * FROM operator_log")) == (BUYER, None, [])


@pytest.mark.parametrize("status", [one for one in OrderStatus if one not in {OrderStatus.OPEN, OrderStatus.PENDING}])
def test_every_other_order_can_be_forgotten(shop: Shop, status: OrderStatus) -> None:
    shop.add_paid()
    shop.execute("UPDATE orders SET status = ?", status.value)
    assert run(forget_order(shop.app.engine, ORDER_ID)).forgotten_at == NOW


def test_an_order_that_is_not_there_is_not_found(shop: Shop) -> None:
    with pytest.raises(NotFound):
        run(forget_order(shop.app.engine, ORDER_ID, OPERATOR))


@pytest.mark.parametrize("email", ["cart@example.com", "PAYER@example.com"])
def test_a_reason_with_the_address_is_refused_because_it_is_kept(shop: Shop, email: str) -> None:
    shop.add_paid()
    for ask in (
        lambda: forget_order(shop.app.engine, ORDER_ID, Operator("cli", f"letter of {email}")),
        lambda: forget_orders(shop.app.engine, [run(shop.app.engine.orders.get_order(ORDER_ID))], Operator("cli", email)),
    ):
        with pytest.raises(InvalidField, match="leave the address out"):
            run(ask())
    assert shop.rows("SELECT * FROM operator_log") == []


def test_what_the_provider_reports_afterwards_is_not_kept(shop: Shop) -> None:
    shop.add_paid()
    run(forget_order(shop.app.engine, ORDER_ID, OPERATOR))
    event = make_event(EventKind.PAID, id="evt_again", order_id=ORDER_ID, payment_ref="pi_2", contact=PAYER)
    run(shop.app.engine.inbox.record_event(event, NOW))
    assert shop.rows("SELECT * FROM buyers") == []


@pytest.mark.parametrize("typed", ["ada@example.com", " ADA@Example.com ", "Ada <ada@example.com>"])
def test_all_orders_of_an_address_are_found_in_the_cart_and_at_the_provider(shop: Shop, typed: str) -> None:
    shop.add_paid(1, customer_email="Ada@example.com")
    shop.add_paid(2, customer_email="bo@example.com")
    shop.add_paid(3)
    shop.add_paid(4, customer_email="")
    shop.execute("UPDATE buyers SET paid_email = 'ADA@example.com' WHERE order_id = ?", order_id(3))
    shop.execute("UPDATE orders SET customer_email = 'ada@EXAMPLE.com' WHERE id = ?", order_id(4))
    assert [order.id for order in run(find_orders_of(shop.app.engine, typed))] == [order_id(1), order_id(3), order_id(4)]


@pytest.mark.parametrize("typed", ["nobody@example.com", "", "@", "%"])
def test_an_address_of_nobody_finds_nothing(shop: Shop, typed: str) -> None:
    shop.add_paid(1, customer_email="")
    shop.execute("UPDATE buyers SET paid_email = ''")
    with pytest.raises(NotFound, match="no order has this e-mail address"):
        run(find_orders_of(shop.app.engine, typed))


def test_those_of_several_orders_that_are_over_are_forgotten_and_the_others_are_named(shop: Shop) -> None:
    shop.add_paid(1)
    shop.add_order(2, customer_email="cart@example.com")
    shop.add_paid(3)
    orders = run(find_orders_of(shop.app.engine, "cart@example.com"))
    result = run(forget_orders(shop.app.engine, orders, OPERATOR))
    kept = {order_id(2): "the order is open, so its buyer is still needed: cancel it first"}
    assert (result.forgotten, result.kept) == ((order_id(1), order_id(3)), kept)
    assert [order.id for order in run(find_orders_of(shop.app.engine, "cart@example.com"))] == [order_id(2)]


def test_a_message_that_is_sent_again_has_no_buyer(shop: Shop) -> None:
    shop.add_paid()
    run(forget_order(shop.app.engine, ORDER_ID, OPERATOR))
    run(shop.app.engine.outbox.replay(ORDER_ID))
    message = run(shop.app.engine.outbox.claim(NOW, 60))
    assert message is not None
    assert (message.order.buyer, message.order.customer_email, message.order.metadata) == (UNKNOWN_BUYER, "", {})


def test_nothing_of_the_buyer_is_in_a_representation() -> None:
    order = make_order(customer_email="cart@example.com", buyer=BUYER._replace(paid_by=PAYER))
    assert [secret for secret in SECRETS if secret in repr((order, order.buyer, PAYER, ADDRESS))] == []
