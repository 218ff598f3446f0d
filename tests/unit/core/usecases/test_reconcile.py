"""The reconciler: what webhooks missed is applied, and every difference is reported."""

import json

import pytest

from lightning_cart.domain.order import Dispute, EventKind, OrderStatus
from lightning_cart.domain.refund import RefundWish
from lightning_cart.errors import ProviderTimeout
from lightning_cart.http import json_bytes
from lightning_cart.storage.inbox import record_event_batch
from lightning_cart.storage.sql import run_batch
from lightning_cart.usecases.reconcile import ReconcileReport, reconcile
from support.app import Shop, answer, run
from support.builders import NOW, ORDER_ID, make_event, paid_session
from support.stripe import stripe_session

S = OrderStatus


def paid_webhook(created: object) -> bytes:
    subject = paid_session(ORDER_ID)
    return json_bytes({"id": "evt_1", "type": "checkout.session.completed", "created": created, "data": {"object": subject}})


def test_what_was_parked_is_applied_by_the_reconciler_once_the_order_is_there() -> None:
    shop = Shop()
    assert shop.webhook(paid_webhook(NOW - 900)).status == 200
    shop.checkout()
    report = run(reconcile(shop.app.engine, 10))
    assert (report.applied, shop.order(ORDER_ID).status) == (1, S.PAID)


def test_a_refund_that_differs_at_the_provider_is_found_in_both_directions() -> None:
    shop = Shop()
    shop.checkout()
    shop.webhook(paid_webhook(NOW))
    for total, drift in ((400, "refunded_there"), (0, "refund_failed_there")):
        shop.now += 1000
        shop.provider.answers = [answer({"id": "pi_1", "latest_charge": {"amount_refunded": total, "currency": "usd"}})]
        assert [finding.kind for finding in run(reconcile(shop.app.engine, 10)).discrepancies] == [drift]
        assert shop.order(ORDER_ID).refunded_minor == total


@pytest.mark.parametrize("status", ["open", "paid"])
def test_a_second_payment_is_reported(status: str) -> None:
    shop = Shop()
    shop.checkout()
    paid = 1000 if status == "paid" else 0
    shop.database.connection.execute(f"UPDATE orders SET payment_ref = 'pi_0', status = '{status}', paid_minor = {paid}")
    shop.now += 1000
    shop.provider.answers = [answer(stripe_session(**paid_session(ORDER_ID)))]
    assert [finding.kind for finding in run(reconcile(shop.app.engine, 10)).discrepancies] == ["second_payment"]
    assert (shop.order(ORDER_ID).status, shop.order(ORDER_ID).needs_review) == (status, True)


@pytest.mark.parametrize("known", ["payment", "subscription"])
def test_what_waited_for_a_payment_is_applied_though_the_process_died_right_after_it(known: str) -> None:
    shop = Shop()
    shop.checkout()
    names = {"payment_ref": "pi_1"} if known == "payment" else {"payment_ref": "", "subscription_ref": "sub_1"}
    run(shop.app.engine.inbox.record_event(make_event(EventKind.DISPUTED, order_id="", **names), NOW))
    run(run_batch(shop.database, record_event_batch(make_event(EventKind.PAID, **names), NOW)))
    assert shop.order(ORDER_ID).dispute is Dispute.NONE
    assert run(reconcile(shop.app.engine, 10)).applied == 1
    assert shop.order(ORDER_ID).dispute is Dispute.OPEN
    assert run(reconcile(shop.app.engine, 10)).applied == 0


def test_a_refund_that_cannot_be_read_lets_the_others_have_their_turn() -> None:
    shop = Shop()
    shop.checkout()
    run(shop.app.engine.inbox.record_event(make_event(EventKind.PAID), NOW))
    for number in range(2):
        wish = RefundWish(ORDER_ID, 100, "", f"key {number}")
        run(shop.app.engine.refunds.create_refund(wish, "USD", f"rfd_{number:026d}", NOW))
    shop.database.connection.execute("UPDATE refunds SET status = 'pending', provider_ref = 're_' || substr(id, -1)")
    shop.provider.answers = [answer({}, 404)]
    shop.provider.requests.clear()
    for _ in range(2):
        shop.now += 1000
        run(reconcile(shop.app.engine, 1))
    asked = {request.path for request in shop.provider.requests if "/refunds/" in request.path}
    assert {path.rpartition("/")[2] for path in asked} == {"re_0", "re_1"}


def test_a_payment_that_failed_there_ends_the_order_without_a_finding() -> None:
    shop = Shop()
    shop.checkout()
    shop.now += 1000
    shop.provider.answers = [answer(stripe_session(status="expired"))]
    report = run(reconcile(shop.app.engine, 10))
    assert (report.expired, report.discrepancies, shop.order(ORDER_ID).status) == (1, [], S.EXPIRED)


def test_a_provider_that_refuses_is_reported_and_the_others_go_on() -> None:
    shop = Shop()
    shop.checkout()
    shop.now += 1000
    shop.provider.answers = [answer({}, 404)]
    report = run(reconcile(shop.app.engine, 10))
    assert ([finding.kind for finding in report.discrepancies], report.skipped_providers) == (["refused"], [])
    counts = {"checked": 1, "settled": 0, "expired": 0, "applied": 0, "refunds": 0, "complete": True, "limited": []}
    finding = {"order_id": ORDER_ID, "drift": "refused", "detail": report.discrepancies[0].detail}
    assert json.loads(json_bytes(report.log_fields)) == {**counts, "findings": [finding]}


def test_an_order_on_which_a_run_ends_does_not_keep_the_others_waiting() -> None:
    shop = Shop()
    for key in ("a", "b"):
        shop.checkout(idempotency_key=key)
    shop.now += 1000
    shop.provider.answers = [RuntimeError("the runtime has had enough"), answer(stripe_session(status="expired"))]
    with pytest.raises(RuntimeError):
        run(reconcile(shop.app.engine, 10))
    run(reconcile(shop.app.engine, 10))
    assert [order.status for order in run(shop.app.engine.orders.list_orders())] == [S.EXPIRED, S.OPEN]  # newest first
    assert run(reconcile(shop.app.engine, 10)).expired == 1  # the next round comes by there again


def test_a_provider_that_is_silent_is_asked_once_a_run() -> None:
    shop = Shop()
    shop.checkout()
    shop.checkout()
    shop.now += 1000
    shop.provider.requests.clear()
    shop.provider.answers = [ProviderTimeout("stripe", "slow")]
    assert run(reconcile(shop.app.engine, 10)).skipped_providers == ["stripe"]
    assert len({request.url for request in shop.provider.requests}) == 1


def test_a_report_shows_what_it_counted() -> None:
    report = ReconcileReport()
    report.checked = 2
    shown = "checked=2, settled=0, expired=0, applied=0, refunds=0, complete=False, skipped_providers=[], discrepancies=[]"
    assert repr(report) == f"ReconcileReport({shown})"
