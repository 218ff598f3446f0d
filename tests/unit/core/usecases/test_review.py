"""What operators decide about an order: to accept it as it is, or to close it. Each decision is logged with its reason."""

import json
from typing import Any

import pytest

from lightning_cart.domain.order import OrderStatus
from lightning_cart.errors import InvalidField, NotFound, OrderStateConflict, ProviderUnavailable, UnknownStrategy
from lightning_cart.http import HttpResponse, json_bytes
from lightning_cart.storage.operator_log import Operator
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.review import accept_order, close_order
from support.app import ENV, answer, problem, run, stripe_routes
from support.builders import ADMIN_TOKEN, NOW, ORDER_ID, paid_session
from support.every_provider import CATALOG, EveryProvider
from support.stripe import event, stripe_session

S = OrderStatus
SHE = Operator("cli", "the buyer called")
DAY = 86_400


@pytest.fixture
def shop() -> EveryProvider:
    """Open a shop with one open order, whose session Stripe expires when asked."""
    shop = EveryProvider()
    shop.add_order()
    shop.provider.routes |= stripe_routes() | {"/v1/checkout/sessions": answer(stripe_session(id="cs_1", status="expired"))}
    return shop


def pay(shop: EveryProvider, event_id: str = "evt_1", **changes: Any) -> None:
    shop.webhook(event("checkout.session.completed", paid_session(ORDER_ID, id="cs_1") | changes, event_id))


def refund(shop: EveryProvider, total: int, payment: str = "pi_1", **session: Any) -> None:
    """Let Stripe tell that so much of a payment was refunded in its dashboard."""
    shop.provider.routes |= stripe_routes(total, id="cs_1", payment_intent=payment, **session)
    charge = {"id": "ch_1", "payment_intent": payment}
    assert shop.webhook(event("charge.refunded", charge, f"evt_refund_{total}")).status == 200


def log(shop: EveryProvider) -> list[tuple[Any, ...]]:
    return shop.rows("SELECT who, action, subject, reason, at FROM operator_log")


# ---- accept


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount_total": 900}, "amount"),
        ({"amount_total": 1100}, "amount"),
        ({"currency": "eur"}, "currency"),
        ({"id": "cs_other"}, "another_checkout"),
    ],
)
def test_an_accepted_order_counts_as_paid_whatever_was_paid(shop: EveryProvider, changes: dict[str, Any], reason: str) -> None:
    pay(shop, **changes)
    assert shop.order().review_reason == reason
    order = run(accept_order(shop.app.engine, ORDER_ID, SHE))
    assert (order.status, order.needs_review, order.review_reason) == (S.PAID, False, "")
    assert log(shop) == [("cli", "accept", ORDER_ID, "the buyer called", NOW)]
    assert shop.messages().count("order.paid") == 1


def test_an_accepted_second_payment_stays_paid_and_keeps_both_payments(shop: EveryProvider) -> None:
    pay(shop)
    pay(shop, "evt_2", payment_intent="pi_2")
    order = run(accept_order(shop.app.engine, ORDER_ID, SHE))
    assert (order.status, order.paid_minor, order.needs_review) == (S.PAID, 2000, False)


def test_an_accepted_order_without_any_money_stays_as_it_is(shop: EveryProvider) -> None:
    shop.database.connection.execute("UPDATE orders SET needs_review = 1, review_reason = 'same_id_other_content'")
    order = run(accept_order(shop.app.engine, ORDER_ID, SHE))
    assert (order.status, order.needs_review, shop.messages()) == (S.OPEN, False, [])


def test_a_part_of_the_money_can_be_accepted_though_nothing_needs_review(shop: EveryProvider) -> None:
    pay(shop, amount_total=900)
    shop.database.connection.execute("UPDATE orders SET needs_review = 0, review_reason = ''")
    assert run(accept_order(shop.app.engine, ORDER_ID, SHE)).status is S.PAID


def test_what_was_refunded_completely_is_not_paid_once_it_is_accepted(shop: EveryProvider) -> None:
    pay(shop, amount_total=900)
    refund(shop, 900, amount_total=900)
    pay(shop, amount_total=901)  # the same event id with other content
    assert (shop.order().status, shop.order().review_reason) == (S.CANCELLED, "same_id_other_content")
    assert run(accept_order(shop.app.engine, ORDER_ID, SHE)).status is S.CANCELLED


def test_a_later_refund_of_an_accepted_order_ends_it_as_refunded(shop: EveryProvider) -> None:
    pay(shop, amount_total=900)
    run(accept_order(shop.app.engine, ORDER_ID, SHE))
    refund(shop, 900, amount_total=900)
    assert (shop.order().status, shop.order().needs_review) == (S.REFUNDED, False)


@pytest.mark.parametrize("is_paid", [False, True])
def test_an_order_that_needs_no_review_has_nothing_to_accept(shop: EveryProvider, is_paid: bool) -> None:
    if is_paid:
        pay(shop)
    with pytest.raises(OrderStateConflict, match="there is nothing to accept"):
        run(accept_order(shop.app.engine, ORDER_ID, SHE))
    assert log(shop) == []


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_an_order_is_accepted_for_a_reason_only(shop: EveryProvider, reason: str) -> None:
    pay(shop, amount_total=900)
    with pytest.raises(InvalidField, match="reason"):
        run(accept_order(shop.app.engine, ORDER_ID, Operator("cli", reason)))
    assert (shop.order().needs_review, log(shop)) == (True, [])


@pytest.mark.parametrize("decide", [accept_order, close_order])
def test_what_is_not_there_is_not_found(shop: EveryProvider, decide: Any) -> None:
    with pytest.raises(NotFound):
        run(decide(shop.app.engine, "ord_x", SHE))


# ---- close


def test_an_open_order_is_closed_with_its_checkout_and_logged(shop: EveryProvider) -> None:
    order = run(close_order(shop.app.engine, ORDER_ID, SHE))
    assert (order.status, shop.messages()) == (S.EXPIRED, ["order.expired"])
    assert [request.path.rpartition("/")[2] for request in shop.provider.requests] == ["expire"]
    assert log(shop) == [("cli", "close", ORDER_ID, "the buyer called", NOW)]


def test_closing_twice_changes_and_logs_nothing_more(shop: EveryProvider) -> None:
    run(close_order(shop.app.engine, ORDER_ID, SHE))
    assert run(close_order(shop.app.engine, ORDER_ID, SHE)).status is S.EXPIRED
    assert (len(log(shop)), len(shop.messages())) == (1, 1)


@pytest.mark.parametrize(
    ("refunded", "kept"),
    [(0, "$9.00 of $10.00 was paid and $9.00 is kept"), (300, "$9.00 of $10.00 was paid and $6.00 is kept")],
)
def test_an_order_is_not_closed_while_money_is_kept_and_says_how_much(shop: EveryProvider, refunded: int, kept: str) -> None:
    pay(shop, amount_total=900)
    if refunded:
        refund(shop, refunded, amount_total=900)
    shop.provider.requests.clear()
    with pytest.raises(OrderStateConflict, match="refund it first, or accept the order") as caught:
        run(close_order(shop.app.engine, ORDER_ID, SHE))
    assert str(caught.value).startswith(kept)
    assert (shop.order().status, log(shop), shop.provider.requests) == (S.PENDING, [], [])


def test_an_order_with_a_tip_that_is_kept_is_not_closed() -> None:
    shop = EveryProvider()
    shop.add_order()
    shop.database.connection.execute("UPDATE orders SET status = 'cancelled', needs_review = 1, review_reason = 'delivery'")
    shop.database.connection.execute(
        f"INSERT INTO payments VALUES ('stripe', 'pi_1', '{ORDER_ID}', 1000, 200, 1000, 'paid', 1)"
    )
    shop.database.connection.execute("UPDATE orders SET paid_minor = 1000, tip_minor = 200, refunded_minor = 1000")
    with pytest.raises(OrderStateConflict, match=r"\$12.00 of \$10.00 was paid and \$2.00 is kept"):
        run(close_order(shop.app.engine, ORDER_ID, SHE))


@pytest.mark.parametrize("is_refunded", [False, True])
def test_a_paid_order_is_not_closed(shop: EveryProvider, is_refunded: bool) -> None:
    pay(shop)
    if is_refunded:
        refund(shop, 1000)
    with pytest.raises(OrderStateConflict, match="refund"):
        run(close_order(shop.app.engine, ORDER_ID, SHE))
    assert log(shop) == []


def test_a_paid_order_with_a_second_payment_is_not_closed_and_says_what_is_kept(shop: EveryProvider) -> None:
    pay(shop)
    pay(shop, "evt_2", payment_intent="pi_2")
    with pytest.raises(OrderStateConflict, match=r"\$20.00 of \$10.00 was paid and \$20.00 is kept"):
        run(close_order(shop.app.engine, ORDER_ID, SHE))


def test_an_order_that_was_paid_elsewhere_is_closed_by_an_operator(shop: EveryProvider) -> None:
    pay(shop, id="cs_other")
    order = run(close_order(shop.app.engine, ORDER_ID, SHE))
    assert (order.status, order.needs_review, order.review_reason) == (S.EXPIRED, False, "")
    assert [row[:2] for row in log(shop)] == [("cli", "close")]


def test_an_order_that_was_paid_in_another_currency_is_closed_by_an_operator(shop: EveryProvider) -> None:
    shop.provider.routes |= stripe_routes(id="cs_1", currency="eur")
    pay(shop, currency="eur")
    assert (shop.order().status, shop.order().review_reason) == (S.OPEN, "currency")
    order = run(close_order(shop.app.engine, ORDER_ID, SHE))
    assert (order.status, order.needs_review, len(log(shop))) == (S.CANCELLED, False, 1)


def test_an_order_whose_money_is_back_was_ended_by_that(shop: EveryProvider) -> None:
    pay(shop, amount_total=900)
    refund(shop, 900, amount_total=900)
    order = shop.order()
    assert (order.status, order.needs_review, order.paid_minor, order.refunded_minor) == (S.CANCELLED, False, 900, 900)
    assert run(close_order(shop.app.engine, ORDER_ID, SHE)).status is S.CANCELLED


def test_an_order_that_the_buyer_pays_at_that_moment_is_paid_and_not_closed(shop: EveryProvider) -> None:
    shop.provider.routes = stripe_routes(id="cs_1")
    with pytest.raises(OrderStateConflict, match="the order is paid: refund it instead"):
        run(close_order(shop.app.engine, ORDER_ID, SHE))
    assert (shop.order().status, shop.messages(), log(shop)) == (S.PAID, ["order.paid"], [])


@pytest.mark.parametrize(
    "session",
    [stripe_session(id="cs_1"), paid_session(ORDER_ID, id="cs_1", payment_status="unpaid")],
    ids=["still open", "a payment is under way"],
)
def test_an_order_whose_checkout_cannot_be_closed_now_stays_open(shop: EveryProvider, session: dict[str, Any]) -> None:
    shop.provider.routes["/v1/checkout/sessions"] = answer(session)
    with pytest.raises(OrderStateConflict, match="the provider cannot close it now: try again later"):
        run(close_order(shop.app.engine, ORDER_ID, SHE))
    assert (shop.order().status in {S.OPEN, S.PENDING}, log(shop)) == (True, [])


def test_an_order_is_not_closed_while_another_call_asks_the_provider(shop: EveryProvider) -> None:
    shop.database.connection.execute(f"UPDATE orders SET busy_until = {NOW + 9}")
    with pytest.raises(OrderStateConflict, match="at this moment"):
        run(close_order(shop.app.engine, ORDER_ID, SHE))
    assert (shop.provider.requests, shop.order().status) == ([], S.OPEN)


@pytest.mark.parametrize(
    ("trouble", "expires_at", "later", "is_closed"),
    [
        ("unknown strategy", NOW + 100, 99, False),
        ("unknown strategy", NOW + 100, 100, True),
        ("unknown strategy", None, 7 * DAY, False),
        ("unknown strategy", None, 7 * DAY + 1, True),
        ("not configured", None, 7 * DAY, False),
        ("not configured", None, 7 * DAY + 1, True),
        ("refused", NOW + 100, 99, False),
        ("refused", NOW + 100, 100, True),
        ("no answer", NOW + 100, 8 * DAY, False),
    ],
)
def test_an_order_that_nobody_can_close_any_more_is_closed_once_its_checkout_is_over(
    shop: EveryProvider, trouble: str, expires_at: int | None, later: int, is_closed: bool
) -> None:
    shop.database.connection.execute("UPDATE orders SET session_expires_at = ?", (expires_at,))
    match trouble:
        case "unknown strategy":
            shop.database.connection.execute("UPDATE orders SET strategy = 'former_pay'")
        case "not configured":
            shop.app.engine = Engine(ENV | {"STRIPE_SECRET_KEY": ""}, CATALOG, shop.app.engine.ports)
        case _:
            shop.provider.routes = {"stripe.com": HttpResponse(401 if trouble == "refused" else 503)}
    shop.now = NOW + later
    if is_closed:
        assert run(close_order(shop.app.engine, ORDER_ID, SHE)).status is S.CANCELLED
        assert (shop.messages(), len(log(shop))) == (["order.cancelled"], 1)
        return
    with pytest.raises(Exception, match=r"former_pay|STRIPE_SECRET_KEY|stripe:"):
        run(close_order(shop.app.engine, ORDER_ID, SHE))
    assert (shop.order().status, log(shop), shop.rows("SELECT busy_until FROM orders")) == (S.OPEN, [], [(0,)])


def test_the_errors_of_a_checkout_that_cannot_be_closed_are_the_providers(shop: EveryProvider) -> None:
    shop.provider.routes = {"stripe.com": HttpResponse(503)}
    with pytest.raises(ProviderUnavailable):
        run(close_order(shop.app.engine, ORDER_ID, SHE))
    shop.database.connection.execute("UPDATE orders SET strategy = 'former_pay'")
    with pytest.raises(UnknownStrategy):
        run(close_order(shop.app.engine, ORDER_ID, SHE))


# ---- over HTTP


def ask(shop: EveryProvider, action: str, body: bytes = b"") -> Any:
    return shop.handle("POST", f"/admin/orders/{ORDER_ID}/{action}", body, authorization=f"Bearer {ADMIN_TOKEN}")


def test_an_operator_accepts_over_http_with_a_reason(shop: EveryProvider) -> None:
    pay(shop, amount_total=900)
    assert problem(ask(shop, "accept"))["field"] == "reason"
    response = ask(shop, "accept", json_bytes({"reason": "agreed on the phone"}))
    assert json.loads(response.body) == {"order_id": ORDER_ID, "status": "paid", "needs_review": False}
    assert [row[:2] for row in log(shop)] == [("admin", "accept")]


def test_an_operator_closes_over_http_and_is_told_what_is_kept(shop: EveryProvider) -> None:
    pay(shop, amount_total=900)
    refused = ask(shop, "close")
    assert (refused.status, "$9.00 is kept" in problem(refused)["detail"]) == (409, True)
    refund(shop, 900, amount_total=900)
    assert json.loads(ask(shop, "close").body)["status"] == "cancelled"
