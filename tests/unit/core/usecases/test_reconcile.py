"""The reconciler: what webhooks missed is recorded, every difference is reported, and whose turn it is."""

import json
from typing import Any

import pytest

from lightning_cart.domain.order import OrderStatus
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.domain.refund import RefundWish
from lightning_cart.errors import ProviderTimeout
from lightning_cart.http import HttpRequest, HttpResponse, json_bytes
from lightning_cart.storage.reconcile_queue import WAITING, ReconcileQueue
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.reconcile import STATEMENTS_PER_ORDER, reconcile
from lightning_cart.usecases.reconcile_report import ReconcileReport
from lightning_cart.usecases.refund import refund_order
from support.app import ENV, Reply, Shop, answer, run, stripe_routes
from support.builders import NOW, ORDER_ID, make_event, paid_session
from support.every_provider import CATALOG, EveryProvider, order_id
from support.paypal import paypal_order
from support.square import payment, square_order
from support.stripe import event, stripe_session

S = OrderStatus
OPEN: dict[str, Reply] = {"/v1/checkout/sessions": answer(stripe_session())}


@pytest.fixture
def shop() -> Shop:
    """Open a shop with one open order, whose provider shows what the test says."""
    shop = Shop()
    shop.checkout()
    return shop


def check(shop: Shop, limit: int = 10, later: int = 1000, budget: int | None = None) -> ReconcileReport:
    shop.now += later
    return run(reconcile(shop.app.engine, limit, budget))


def kinds(report: ReconcileReport) -> list[str]:
    return [one.kind.value for one in report.discrepancies]


def looked_at(shop: Shop) -> list[int]:
    """Return which orders were asked about, by their number."""
    return [int(row[0][4:]) for row in shop.rows("SELECT id FROM orders WHERE looked_at > 0 ORDER BY id")]


# ---- what is found


def test_a_lost_payment_is_recorded_and_reported(shop: Shop) -> None:
    shop.provider.routes = stripe_routes()
    report = check(shop)
    assert (kinds(report), report.settled, shop.order().status, shop.messages()) == (["paid_there"], 1, S.PAID, ["order.paid"])


def test_a_refund_that_differs_at_the_provider_is_found_in_both_directions(shop: Shop) -> None:
    shop.webhook(event("checkout.session.completed", paid_session(ORDER_ID)))
    for total, kind in ((400, "refunded_there"), (0, "refund_failed_there")):
        shop.provider.routes = stripe_routes(total)
        assert kinds(check(shop)) == [kind]
        assert shop.order().refunded_minor == total


def test_a_second_payment_is_reported(shop: Shop) -> None:
    shop.webhook(event("checkout.session.completed", paid_session(ORDER_ID)))
    shop.provider.routes = stripe_routes(payment_intent="pi_2")
    report = check(shop)
    assert (kinds(report), shop.order().review_reason, shop.order().paid_minor) == (["second_payment"], "second_payment", 2000)


def test_a_payment_of_another_amount_is_reported_once(shop: Shop) -> None:
    shop.provider.routes = stripe_routes(amount_total=900)
    assert [kinds(check(shop)) for _ in range(3)] == [["wrong_amount"], [], []]
    assert (shop.order().status, shop.order().paid_minor, shop.order().review_reason) == (S.PENDING, 900, "amount")


def test_a_payment_for_another_place_is_reported_and_waits_for_an_operator(shop: Shop) -> None:
    shop.database.connection.execute("UPDATE orders SET ship_country = 'ES'")
    address = {"name": "Ada", "address": {"country": "FR", "postal_code": "75001"}}
    shop.provider.routes = stripe_routes(collected_information={"shipping_details": address})
    assert kinds(check(shop)) == ["other_place"]
    assert (shop.order().status, shop.order().review_reason) == (S.PAID, "delivery")


def test_several_payments_of_one_checkout_add_up() -> None:
    shop = EveryProvider()
    shop.add_order(1, "square")
    gift_card = payment(id="P1", order_id="cs_1", amount_money={"amount": 400, "currency": "USD"})
    card = payment(id="P2", order_id="cs_1", amount_money={"amount": 600, "currency": "USD"})
    shop.provider.routes = {
        "/v2/orders/": answer(square_order("OPEN", "P1", "P2")),
        "/v2/payments/P1": answer({"payment": gift_card}),
        "/v2/payments/P2": answer({"payment": card}),
    }
    assert kinds(check(shop)) == ["paid_there"]
    assert (shop.order().status, shop.order().paid_minor, shop.database.count("payments")) == (S.PAID, 1000, 2)


def test_an_approved_payment_is_captured_and_reported() -> None:
    shop = EveryProvider()
    shop.add_order(1, "paypal")
    capture = {"id": "CAP", "status": "COMPLETED", "amount": {"currency_code": "USD", "value": "10.00"}}
    shop.provider.routes |= {
        "/capture": answer(paypal_order("COMPLETED", capture), 201),
        "/v2/checkout/orders/": answer(paypal_order("APPROVED")),
    }
    assert (kinds(check(shop)), shop.order().status) == (["never_captured"], S.PAID)


def test_what_a_provider_says_of_a_payment_that_it_cannot_take_is_reported_by_its_name() -> None:
    shop = EveryProvider()
    shop.add_order(1, "paypal")
    refused = answer({"details": [{"issue": "DUPLICATE_INVOICE_ID"}]}, 422)
    shop.provider.routes |= {
        "/capture": refused,
        "/v2/checkout/orders/": answer(paypal_order("APPROVED")),
    }
    (found,) = check(shop).discrepancies
    assert (found.kind, found.detail, shop.order().review_reason) == ("refused", "DUPLICATE_INVOICE_ID", "second_payment")


def test_a_checkout_that_ended_ends_the_order_without_a_finding(shop: Shop) -> None:
    shop.provider.routes = {"/v1/checkout/sessions": answer(stripe_session(status="expired"))}
    report = check(shop)
    assert (report.expired, report.discrepancies, shop.order().status) == (1, [], S.EXPIRED)


def test_a_checkout_is_closed_once_its_time_is_over(shop: Shop) -> None:
    shop.provider.routes = {
        "/expire": answer(stripe_session(status="expired")),
        "/v1/checkout/sessions": answer(stripe_session()),
    }
    assert (check(shop, later=82_800 + 600).expired, shop.order().status) == (0, S.OPEN)
    assert (check(shop, later=1).expired, shop.order().status, shop.messages()) == (1, S.EXPIRED, ["order.expired"])


def test_a_checkout_that_another_call_looks_at_is_not_closed_at_that_moment(shop: Shop) -> None:
    class Rival:
        """A provider during whose answer another call takes the order's lease after the reading."""

        def __init__(self) -> None:
            self.methods: list[str] = []

        async def __call__(self, request: HttpRequest) -> HttpResponse:
            self.methods.append(request.method)
            shop.database.connection.execute(f"UPDATE orders SET busy_until = {int(shop.now) + 59}")
            return answer(stripe_session())

    shop.app.engine.ports = shop.app.engine.ports._replace(send=(rival := Rival()))
    check(shop, later=90_000)
    assert (rival.methods, shop.order().status) == (["GET"], S.OPEN)


@pytest.mark.parametrize("status", ["open", "paid"])
def test_an_order_that_another_call_asks_about_is_left_to_it(shop: Shop, status: str) -> None:
    shop.database.connection.execute(f"UPDATE orders SET status = '{status}', busy_until = {int(shop.now) + 1059}")
    shop.provider.requests.clear()
    assert (check(shop).checked, shop.provider.requests) == (1, [])


def test_an_order_without_a_payment_page_ends_after_a_day_with_a_message_and_no_call() -> None:
    shop = Shop()
    shop.provider.answers = [ProviderTimeout("stripe", "slow")]
    shop.checkout()
    shop.provider.requests.clear()
    shop.now = NOW + 24 * 3600 - 1
    check(shop, later=0)
    assert (shop.order().status, shop.messages()) == (S.OPEN, [])
    check(shop, later=1)
    assert (shop.order().status, shop.messages(), shop.provider.requests) == (S.EXPIRED, ["order.expired"], [])


# ---- readings of an unchanged order leave no rows


@pytest.mark.parametrize(
    "session",
    [{}, {"amount_total": 900}, {"amount_total": 1100}, {"currency": "eur"}, {"payment_status": "unpaid"}],
    ids=["paid", "less", "more", "another currency", "pending"],
)
def test_twenty_readings_of_an_unchanged_payment_write_one_row(shop: Shop, session: dict[str, Any]) -> None:
    shop.provider.routes = stripe_routes(300 if not session else 0, **session)
    rows = {(check(shop).complete, shop.database.count("events"), shop.database.count("outbox")) for _ in range(20)}
    assert rows == {(True, 1, 2 if "amount_total" in session else 1)} | ({(True, 2, 2)} if not session else set())


def test_twenty_readings_of_a_tip_that_was_refunded_write_no_row() -> None:
    shop = EveryProvider()
    shop.add_order(1, "square")
    tipped = payment(id="P1", order_id="cs_1", tip_money={"amount": 200, "currency": "USD"}, refunded_money=None)
    refunded = tipped | {"refunded_money": {"amount": 1200, "currency": "USD"}}
    shop.provider.routes = {"/v2/orders/": answer(square_order("OPEN", "P1")), "/v2/payments/": answer({"payment": tipped})}
    check(shop)
    shop.provider.routes["/v2/payments/"] = answer({"payment": refunded})
    check(shop)
    before = shop.database.count("events")
    for _ in range(20):
        assert check(shop).discrepancies == []
    assert (shop.database.count("events") - before, shop.order().status, shop.order().tip_minor) == (0, S.REFUNDED, 200)


# ---- who cannot be asked


def test_a_provider_that_refuses_is_reported_and_the_others_go_on(shop: Shop) -> None:
    shop.provider.routes = {"/v1/checkout/sessions": answer({}, 404)}
    report = check(shop)
    assert (kinds(report), report.skipped_providers) == (["refused"], [])
    counts = {"checked": 1, "settled": 0, "expired": 0, "applied": 0, "refunds": 0, "complete": True, "limited": []}
    finding = {"order_id": ORDER_ID, "drift": "refused", "detail": report.discrepancies[0].detail}
    assert json.loads(json_bytes(report.log_fields)) == {**counts, "findings": [finding]}


def test_an_order_of_an_unknown_strategy_is_reported_and_the_others_go_on() -> None:
    shop = EveryProvider()
    shop.add_order()
    shop.add_order(9, "former_pay")
    shop.provider.routes = stripe_routes()
    report = check(shop)
    assert {one.order_id: one.kind.value for one in report.discrepancies} == {
        order_id(9): "unknown_strategy",
        ORDER_ID: "paid_there",
    }
    assert shop.order(order_id(9)).status is S.OPEN


def test_a_refund_of_an_unknown_strategy_is_reported() -> None:
    shop = EveryProvider()
    shop.add_order(9, "former_pay")
    run(shop.app.engine.inbox.record_event(make_event(EventKind.PAID, provider="former", order_id=order_id(9)), NOW))
    run(shop.app.engine.refunds.create_refund(RefundWish(order_id(9), 100, "", "k"), "USD", f"rfd_{1:026d}", NOW))
    shop.provider.routes = OPEN
    report = check(shop)
    assert (report.refunds, kinds(report)) == (1, ["unknown_strategy", "unknown_strategy"])  # the refund, then its order


def test_an_order_whose_strategy_is_not_configured_is_reported() -> None:
    shop = EveryProvider()
    shop.add_order(1, "paypal")
    shop.app.engine = Engine(ENV, CATALOG, shop.app.engine.ports)
    (found,) = check(shop).discrepancies
    assert (found.kind, "PAYPAL_CLIENT_ID" in found.detail) == ("refused", True)


def test_a_provider_that_is_silent_is_asked_once_a_run(shop: Shop) -> None:
    shop.checkout()
    shop.provider.requests.clear()
    shop.provider.answers = [ProviderTimeout("stripe", "slow")]
    assert check(shop).skipped_providers == ["stripe"]
    assert len({request.url for request in shop.provider.requests}) == 1


def test_a_provider_that_is_silent_keeps_nobody_elses_order_waiting() -> None:
    shop = EveryProvider()
    shop.add_order(1, "square")
    for number in range(2, 30):
        shop.add_order(number, created_at=NOW + 1)
    shop.provider.routes = {"stripe.com": ProviderTimeout("stripe", "slow"), "squareup": answer(square_order())}
    check(shop, limit=5, later=400)
    check(shop, limit=5, later=60)
    assert 1 in looked_at(shop)


def test_a_refund_that_cannot_be_read_lets_the_others_have_their_turn(shop: Shop) -> None:
    shop.webhook(event("checkout.session.completed", paid_session(ORDER_ID)))
    for number in range(2):
        wish = RefundWish(ORDER_ID, 100, "", f"key {number}")
        run(shop.app.engine.refunds.create_refund(wish, "USD", f"rfd_{number:026d}", NOW))
    shop.database.connection.execute("UPDATE refunds SET status = 'pending', provider_ref = 're_' || substr(id, -1)")
    shop.provider.answers = [answer({}, 404)]
    shop.provider.requests.clear()
    for _ in range(2):
        check(shop, limit=1)
    asked = {request.path for request in shop.provider.requests if "/refunds/" in request.path}
    assert {path.rpartition("/")[2] for path in asked} == {"re_0", "re_1"}


def test_a_refund_in_progress_is_continued(shop: Shop) -> None:
    shop.webhook(event("checkout.session.completed", paid_session(ORDER_ID)))
    refund = {"id": "re_1", "status": "pending"}
    shop.provider.answers = [answer(refund)]
    run(refund_order(shop.app.engine, RefundWish(ORDER_ID, None, "", "k")))
    charge = {"amount_refunded": 1000, "currency": "usd"}
    shop.provider.routes = {"/v1/refunds/": answer(refund | {"status": "succeeded", "charge": charge}), **stripe_routes(1000)}
    report = check(shop)
    assert (report.refunds, report.discrepancies, shop.order().status) == (1, [], S.REFUNDED)


# ---- whose turn it is


def test_a_run_that_may_not_go_on_leaves_the_next_order_to_another_run() -> None:
    shop = Shop()
    for key in ("a", "b", "c"):
        shop.checkout(idempotency_key=key)
    shop.now += 1000
    may = iter([True, True, False])
    assert run(reconcile(shop.app.engine, 10, go_on=lambda: next(may))).checked == 2
    assert len(looked_at(shop)) == 2


def test_a_run_that_may_not_go_on_leaves_the_next_refund_to_another_run(shop: Shop) -> None:
    shop.webhook(event("checkout.session.completed", paid_session(ORDER_ID)))
    run(shop.app.engine.refunds.create_refund(RefundWish(ORDER_ID, 100, "", "key"), "USD", f"rfd_{0:026d}", NOW))
    shop.now += 1000
    report = run(reconcile(shop.app.engine, 10, go_on=lambda: False))
    assert (report.refunds, report.checked, report.complete) == (0, 0, False)


def test_an_order_on_which_a_run_ends_does_not_keep_the_others_waiting() -> None:
    shop = Shop()
    for key in ("a", "b"):
        shop.checkout(idempotency_key=key)
    shop.now += 1000
    shop.provider.answers = [RuntimeError("the runtime has had enough"), answer(stripe_session(status="expired"))]
    with pytest.raises(RuntimeError):
        run(reconcile(shop.app.engine, 10))
    run(reconcile(shop.app.engine, 10))
    assert [order.status for order in run(shop.app.engine.orders.list_orders())] == [S.OPEN, S.EXPIRED]  # newest first
    assert check(shop).expired == 1  # the next round comes by there again, once its lease is over


def test_the_young_come_before_the_old_and_each_has_its_turn() -> None:
    shop = EveryProvider()
    for number in range(1, 7):
        shop.add_order(number, created_at=NOW - 10_000 + number)
    shop.provider.routes = OPEN
    turns = []
    for _ in range(3):
        check(shop, limit=2, later=60)
        turns.append(looked_at(shop))
    assert turns == [[5, 6], [3, 4, 5, 6], [1, 2, 3, 4, 5, 6]]


def test_an_order_that_was_never_asked_about_comes_before_those_that_were() -> None:
    shop = EveryProvider()
    for number in range(1, 7):
        shop.add_order(number, created_at=NOW - 10_000 + number)
    shop.provider.routes = OPEN
    check(shop, limit=6, later=60)
    check(shop, limit=2, later=60)
    shop.add_order(7, created_at=NOW - 9_000)
    check(shop, limit=1, later=60)
    assert 7 in looked_at(shop)


def test_a_round_that_ends_with_orders_that_were_never_asked_about_is_followed_by_a_whole_one() -> None:
    shop = EveryProvider()
    for number in range(1, 5):
        shop.add_order(number, created_at=NOW - 10_000 + number)
    shop.provider.routes = OPEN
    shop.database.connection.execute("UPDATE orders SET looked_at = 1 WHERE id NOT LIKE '%1'")
    run(ReconcileQueue(shop.database).save_cursor(WAITING, f"ord_{2:026d}", NOW - 9998))
    rounds = [check(shop), check(shop)]
    assert [(report.checked, report.complete) for report in rounds] == [(1, True), (4, True)]


def test_an_order_that_is_younger_than_five_minutes_is_left_to_its_buyer(shop: Shop) -> None:
    shop.provider.routes = OPEN
    assert (check(shop, later=299).checked, check(shop, later=1).checked) == (0, 1)


@pytest.mark.parametrize("status", ["open", "paid"])
@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
def test_every_order_is_asked_about_again_whatever_the_limit(status: str, limit: int) -> None:
    shop = EveryProvider()
    for number in range(1, 5):
        shop.add_order(number)
    if status == "paid":
        shop.database.connection.execute("UPDATE orders SET status = 'paid', paid_minor = 1000, payment_ref = 'pi_' || id")
    shop.provider.routes = stripe_routes() if status == "paid" else OPEN
    for _ in range(12):
        check(shop, limit=limit, later=60)
    half = int(shop.now)
    for _ in range(12):
        check(shop, limit=limit, later=60)
    assert shop.rows(f"SELECT count(*) FROM orders WHERE looked_at > {half}") == [(4,)]


def test_paid_orders_get_a_third_of_the_room_while_many_wait() -> None:
    shop = EveryProvider()
    for number in range(1, 21):
        shop.add_order(number)
    shop.database.connection.execute("UPDATE orders SET status = 'paid', paid_minor = 1000 WHERE id <= ?", (order_id(10),))
    shop.provider.routes = OPEN
    check(shop, limit=6)
    assert [sum(number <= 10 for number in looked_at(shop)), sum(number > 10 for number in looked_at(shop))] == [2, 4]


def test_a_run_of_one_order_still_comes_to_the_waiting_ones() -> None:
    shop = EveryProvider()
    for number in (1, 2):
        shop.add_order(number)
    shop.database.connection.execute("UPDATE orders SET status = 'paid', paid_minor = 1000 WHERE id = ?", (order_id(1),))
    shop.provider.routes = OPEN
    check(shop, limit=1)
    assert looked_at(shop) == [2]


def test_a_paid_order_is_checked_for_180_days() -> None:
    shop = EveryProvider()
    shop.add_order(1)
    shop.database.connection.execute("UPDATE orders SET status = 'paid', paid_minor = 1000")
    shop.provider.routes = stripe_routes()
    assert (check(shop, later=180 * 86_400 - 1).checked, check(shop, later=2).checked) == (1, 0)


# ---- the budget


@pytest.mark.parametrize("budget", [5, 10, 20, 45])
def test_a_run_executes_no_more_statements_than_its_budget(budget: int) -> None:
    shop = EveryProvider()
    for number in range(1, 9):
        shop.add_order(number)
    shop.provider.routes = stripe_routes()
    executed = shop.count_statements()
    report = check(shop, budget=budget)
    assert (sum(executed) <= budget, report.complete) == (True, False)


def test_runs_with_a_small_budget_come_to_every_order() -> None:
    shop = EveryProvider()
    for number in range(1, 9):
        shop.add_order(number)
    shop.provider.routes = OPEN
    for _ in range(8):
        check(shop, limit=5, later=60, budget=45)
    assert looked_at(shop) == list(range(1, 9))


def test_a_run_whose_budget_ends_within_an_order_is_continued_by_the_next() -> None:
    shop = EveryProvider()
    shop.add_order(1, "square")
    parts = [payment(id=f"P{part}", order_id="cs_1", amount_money={"amount": 200, "currency": "USD"}) for part in range(5)]
    shop.provider.routes = {"/v2/orders/": answer(square_order("OPEN", *(part["id"] for part in parts)))}
    shop.provider.routes |= {f"/v2/payments/{part['id']}": answer({"payment": part}) for part in parts}
    first = check(shop, budget=STATEMENTS_PER_ORDER + 10)
    assert (first.checked, first.complete, 0 < shop.order().paid_minor < 1000) == (1, False, True)
    assert (check(shop).complete, shop.order().status, shop.order().paid_minor) == (True, S.PAID, 1000)


def test_a_report_shows_what_it_counted() -> None:
    report = ReconcileReport()
    report.checked = 2
    shown = "checked=2, settled=0, expired=0, applied=0, refunds=0, complete=False, skipped_providers=[], discrepancies=[]"
    assert repr(report) == f"ReconcileReport({shown})"
