"""Faults that were found by trying the product. Each test has the right value, and counts what is stored."""

import json
from typing import Any

import pytest

from lightning_cart.domain.order import OrderStatus
from lightning_cart.http import json_bytes
from lightning_cart.storage.reconcile_queue import ReconcileQueue
from lightning_cart.usecases.reconcile import reconcile
from support.app import Shop, answer, problem, run
from support.builders import ADMIN_TOKEN, NOW, ORDER_ID, paid_session
from support.every_provider import EveryProvider

S = OrderStatus
SIBLING = "ord_0000000000000000000000SIBL"
TOKEN = f"Bearer {ADMIN_TOKEN}"


def stripe(event_type: str, subject: dict[str, Any], event_id: str, created: int = NOW) -> dict[str, Any]:
    return {
        "id": event_id,
        "object": "event",
        "type": event_type,
        "created": created,
        "livemode": False,
        "data": {"object": subject},
    }


def session(**changes: Any) -> dict[str, Any]:
    return paid_session(ORDER_ID, id="cs_1") | changes


def dispute(dispute_id: str, status: str) -> dict[str, Any]:
    named = {"id": dispute_id, "object": "dispute", "status": status, "payment_intent": "pi_1", "metadata": {}}
    return named | {"amount": 1000, "currency": "usd"}


def foreign(shop: Shop) -> dict[str, int]:
    return {name: count for name, (count, _) in run(ReconcileQueue(shop.database).foreign_events()).items()}


def test_a_second_dispute_of_a_payment_is_kept_and_each_of_its_steps_is_told() -> None:
    shop = EveryProvider()
    shop.add_order()
    shop.provider.routes["/v1/invoice_payments"] = answer({"data": []})
    shop.post("stripe", stripe("checkout.session.completed", session(), "evt_1"))
    steps = [
        ("charge.dispute.created", dispute("dp_1", "warning_needs_response"), "open"),
        ("charge.dispute.closed", dispute("dp_1", "warning_closed"), "won"),
        ("charge.dispute.created", dispute("dp_2", "needs_response"), "open"),
        ("charge.dispute.closed", dispute("dp_2", "lost"), "lost"),
    ]
    for number, (event_type, subject, flag) in enumerate(steps):
        shop.post("stripe", stripe(event_type, subject, f"evt_d{number}", NOW + number))
        assert shop.order().dispute == flag
    assert shop.rows("SELECT dispute_id, state, outcome FROM disputes ORDER BY dispute_id") == [
        ("dp_1", "closed", "won"),
        ("dp_2", "closed", "lost"),
    ]
    assert shop.messages() == [
        "order.dispute_closed:dp_1:won",
        "order.dispute_closed:dp_2:lost",
        "order.disputed:dp_1",
        "order.disputed:dp_2",
        "order.paid",
    ]


def test_a_payment_with_a_tip_that_is_refunded_in_full_is_refunded_and_readings_write_no_row() -> None:
    shop = EveryProvider()
    shop.add_order(strategy="square", session="LNK:SQO")
    payment: dict[str, Any] = {
        "id": "P1",
        "order_id": "SQO",
        "status": "COMPLETED",
        "amount_money": {"amount": 1000, "currency": "USD"},
        "tip_money": {"amount": 200, "currency": "USD"},
        "total_money": {"amount": 1200, "currency": "USD"},
    }
    order = {"id": "SQO", "reference_id": ORDER_ID, "state": "OPEN", "tenders": [{"payment_id": "P1"}]}
    shop.provider.routes |= {"/v2/orders/": answer({"order": order}), "/v2/payments/": answer({"payment": payment})}
    paid = {"type": "payment.updated", "event_id": "e1", "data": {"object": {"payment": payment}}}
    assert shop.post("square", paid).log_fields["verdict"] == "applied"
    assert (shop.order().paid_minor, shop.order().tip_minor) == (1000, 200)
    refunded = payment | {"refunded_money": {"amount": 1200, "currency": "USD"}}
    shop.provider.routes["/v2/payments/"] = answer({"payment": refunded})
    refund = {"id": "R1", "payment_id": "P1", "status": "COMPLETED", "amount_money": {"amount": 1200, "currency": "USD"}}
    shop.post("square", {"type": "refund.updated", "event_id": "e2", "data": {"object": {"refund": refund}}})
    assert (shop.order().status, shop.order().refunded_minor, shop.order().needs_review) == (S.REFUNDED, 1000, False)
    assert shop.rows("SELECT refunded_minor FROM payments") == [(1200,)]
    before = shop.database.count("events")
    for _ in range(12):
        shop.now += 300
        assert run(reconcile(shop.app.engine, 50)).discrepancies == []
    assert shop.database.count("events") == before


def unfitting() -> EveryProvider:
    """Open a shop with one order of which 9.00 of 10.00 was paid."""
    shop = EveryProvider()
    shop.add_order()
    paid = session(amount_total=900)
    shop.provider.routes |= {
        "/v1/invoice_payments": answer({"data": []}),
        "/v1/checkout/sessions": answer(paid),
        "/v1/payment_intents/": answer({"id": "pi_1", "latest_charge": {"amount_refunded": 0, "currency": "usd"}}),
    }
    shop.post("stripe", stripe("checkout.session.completed", paid, "e1"))
    assert (shop.order().status, shop.order().review_reason) == (S.PENDING, "amount")
    return shop


def ask(shop: Shop, action: str, body: object = None) -> Any:
    content = json_bytes(body) if body else b""
    return shop.handle("POST", f"/admin/orders/{ORDER_ID}/{action}", content, authorization=TOKEN, idempotency_key="k")


def test_an_order_of_which_another_amount_was_paid_is_ended_by_a_refund_in_the_providers_dashboard() -> None:
    shop = unfitting()
    assert ("$9.00 is kept" in problem(ask(shop, "cancel"))["detail"], shop.order().status) == (True, S.PENDING)
    shop.provider.routes["/v1/payment_intents/"] = answer(
        {"id": "pi_1", "latest_charge": {"amount_refunded": 900, "currency": "usd"}}
    )
    charge = {"id": "ch_1", "object": "charge", "payment_intent": "pi_1", "metadata": {"order_id": ORDER_ID}}
    shop.post("stripe", stripe("charge.refunded", charge, "e2"))
    assert (shop.order().status, shop.order().needs_review) == (S.CANCELLED, False)
    calls = len(shop.provider.requests)
    for days in (1, 30, 365):
        shop.now += 86_400 * days
        assert run(reconcile(shop.app.engine, 9)).discrepancies == []
    assert len(shop.provider.requests) == calls


def test_an_order_of_which_another_amount_was_paid_is_ended_by_a_refund_here() -> None:
    shop = unfitting()
    charge = {"amount_refunded": 900, "currency": "usd"}
    shop.provider.routes["/v1/refunds"] = answer({"id": "re_1", "status": "succeeded", "charge": charge})
    response = ask(shop, "refunds")
    assert (response.status, json.loads(response.body)["amount_minor"]) == (201, 900)
    assert (shop.order().status, shop.order().needs_review) == (S.CANCELLED, False)


@pytest.mark.parametrize(
    ("action", "status"), [("accept", 200), ("close", 409)], ids=["it is accepted", "it is not closed with money"]
)
def test_an_order_of_which_another_amount_was_paid_is_decided_by_an_operator(action: str, status: int) -> None:
    shop = unfitting()
    assert ask(shop, action, {"reason": "agreed"}).status == status
    assert shop.order().status == (S.PAID if status == 200 else S.PENDING)


@pytest.mark.parametrize("status", [404, 403])
def test_a_square_event_about_an_order_that_square_does_not_show_is_acknowledged_at_once(status: int) -> None:
    shop = EveryProvider()
    shop.provider.routes["/v2/"] = answer({"errors": [{"code": "NOT_FOUND"}]}, status)
    money = {"amount": 100, "currency": "USD"}
    sample = {
        "merchant_id": "6SSW7HV8K2ST5",
        "type": "payment.updated",
        "event_id": "6a8f5f28-54a1-4eb0-a98a-3111513fd4fc",
        "created_at": "2020-02-06T21:27:34.308Z",
        "data": {"object": {"payment": {"id": "P", "order_id": "O", "status": "COMPLETED", "amount_money": money}}},
    }
    for wait in (0, 3600, 86_400, 3 * 86_400):
        shop.now = NOW + wait
        assert shop.post("square", sample).status == 200
    assert (shop.database.count("events"), shop.provider.requests, foreign(shop)) == (0, [], {"square": 4})


def test_events_of_another_engine_on_the_same_accounts_are_acknowledged_and_leave_no_row() -> None:
    shop = EveryProvider()
    shop.add_order()
    theirs = session(id="cs_9", payment_intent="pi_9", metadata={"order_id": SIBLING, "site_id": "another-shop"})
    amount = {"currency_code": "USD", "value": "10.00"}
    capture = {"id": "CAP9", "status": "COMPLETED", "amount": amount, "custom_id": f"another-shop:{SIBLING}"}
    responses = [
        shop.post("stripe", stripe("checkout.session.completed", theirs, "evt_9")),
        shop.post("paypal", {"id": "WH-9", "event_type": "PAYMENT.CAPTURE.COMPLETED", "resource": capture}),
    ]
    assert ([response.status for response in responses], shop.database.count("events")) == ([200, 200], 0)
    assert foreign(shop) == {"stripe": 1, "paypal": 1}


def test_a_reversal_that_paypal_shows_only_as_the_captures_status_stays_recorded() -> None:
    shop = EveryProvider()
    shop.add_order(strategy="paypal", session="PPO1")
    amount = {"currency_code": "USD", "value": "10.00"}

    def show(status: str) -> None:
        capture = {"id": "CAP1", "status": status, "amount": amount}
        unit = {"custom_id": f"shop:{ORDER_ID}", "amount": amount, "payments": {"captures": [capture]}}
        shop.provider.routes["/v2/checkout/orders/"] = answer({"id": "PPO1", "status": "COMPLETED", "purchase_units": [unit]})

    show("COMPLETED")
    paid = {"id": "CAP1", "status": "COMPLETED", "amount": amount, "custom_id": f"shop:{ORDER_ID}"}
    shop.post("paypal", {"id": "WH-1", "event_type": "PAYMENT.CAPTURE.COMPLETED", "resource": paid})
    assert shop.order().status is S.PAID
    show("REFUNDED")
    reversal = {"id": "R1", "links": [{"rel": "up", "href": "https://api.paypal.com/v2/payments/captures/CAP1"}]}
    shop.post("paypal", {"id": "WH-2", "event_type": "PAYMENT.CAPTURE.REVERSED", "resource": reversal})
    assert (shop.order().status, shop.order().refunded_minor) == (S.REFUNDED, 1000)
    before = shop.database.count("events")
    shop.now += 3600
    assert run(reconcile(shop.app.engine, 9)).discrepancies == []
    assert (shop.order().status, shop.database.count("events")) == (S.REFUNDED, before)


def test_two_hundred_payments_of_other_programs_on_the_same_accounts_leave_no_rows() -> None:
    shop = EveryProvider()
    tables = ("events", "payments", "orders", "outbox", "disputes")
    for number in range(100):
        names: dict[str, Any] = {
            "id": f"cs_{number}",
            "payment_intent": f"pi_{number}",
            "metadata": {},
            "client_reference_id": None,
        }
        shop.post("stripe", stripe("checkout.session.completed", session(**names), f"evt_{number}"))
        capture = {"id": f"C{number}", "amount": {"currency_code": "USD", "value": "5.00"}, "custom_id": "wc_order_1"}
        shop.post("paypal", {"id": f"WH-{number}", "event_type": "PAYMENT.CAPTURE.COMPLETED", "resource": capture})
    assert [shop.database.count(table) for table in tables] == [0] * 5
    assert (foreign(shop), shop.database.count("reconciling")) == ({"stripe": 100, "paypal": 100}, 2)


def test_the_same_key_after_the_checkout_expired_is_a_conflict_that_names_the_order() -> None:
    shop = Shop()
    order_id = json.loads(shop.checkout(idempotency_key="k").body)["order_id"]
    expired = paid_session(order_id, status="expired", payment_status="unpaid")
    shop.webhook(json_bytes(stripe("checkout.session.expired", expired, "e1")))
    content = problem(shop.checkout(idempotency_key="k"))
    assert (content["status"], content["order_id"], content["order_status"]) == (409, order_id, "expired")
    assert (shop.checkout(idempotency_key="k-2").status, shop.database.count("orders")) == (201, 2)
