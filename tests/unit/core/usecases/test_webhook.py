"""Webhooks: which order an event belongs to, what waits for its payment, what is not ours, and what has to be sent again."""

from typing import Any

import pytest

from lightning_cart.domain.order import OrderStatus
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.storage.reconcile_queue import ReconcileQueue
from support.app import Reply, Shop, answer, problem, run, stripe_routes
from support.builders import NOW, ORDER_ID, make_event, paid_session
from support.every_provider import EveryProvider
from support.paypal import headers, paypal_order
from support.square import payment, signature, square_order
from support.stripe import sign

S = OrderStatus
USD_10 = {"currency_code": "USD", "value": "10.00"}
CAPTURE = {"id": "CAP1", "status": "COMPLETED", "amount": USD_10}
SIBLING = "ord_0000000000000000000000SIBL"


def stripe(event_type: str, subject: dict[str, Any], event_id: str = "evt_1", **more: Any) -> dict[str, Any]:
    return {"id": event_id, "object": "event", "type": event_type, "data": {"object": subject}} | more


def paypal(event_type: str, resource: dict[str, Any], event_id: str = "WH-1", **more: Any) -> dict[str, Any]:
    return {"id": event_id, "event_type": event_type, "resource_type": "x", "resource": resource} | more


def square(event_type: str, subject: dict[str, Any], event_id: str = "sq-1", **more: Any) -> dict[str, Any]:
    return {"event_id": event_id, "type": event_type, "data": {"object": {event_type.partition(".")[0]: subject}}} | more


def session(**changes: Any) -> dict[str, Any]:
    return paid_session(ORDER_ID, id="cs_1") | changes


def of_paypal(*captures: dict[str, Any], status: str = "COMPLETED", **unit: Any) -> Reply:
    """Return PayPal's order as its API shows it."""
    document = paypal_order(status, *captures, id="cs_1")
    document["purchase_units"][0]["payments"] = {"captures": list(captures)} | unit
    return answer(document)


def foreign(shop: Shop) -> dict[str, int]:
    """Return how many events of others were counted, by provider."""
    return {name: count for name, (count, _) in run(ReconcileQueue(shop.database).foreign_events()).items()}


def links(url: str) -> list[dict[str, str]]:
    return [{"rel": "up", "href": url}]


# ---- what names our checkout


@pytest.mark.parametrize(
    ("strategy", "provider", "document"),
    [
        ("stripe_checkout", "stripe", stripe("checkout.session.completed", session())),
        ("stripe_checkout", "stripe", stripe("checkout.session.async_payment_succeeded", session())),
        ("stripe_links", "stripe", stripe("checkout.session.completed", session(id="cs_visit", payment_link="cs_1"))),
        ("paypal", "paypal", paypal("CHECKOUT.ORDER.APPROVED", {"id": "cs_1"})),
        ("paypal", "paypal", paypal("CHECKOUT.ORDER.COMPLETED", {"id": "cs_1"})),
        (
            "paypal",
            "paypal",
            paypal("PAYMENT.CAPTURE.COMPLETED", CAPTURE | {"supplementary_data": {"related_ids": {"order_id": "cs_1"}}}),
        ),
        (
            "paypal",
            "paypal",
            paypal("PAYMENT.CAPTURE.COMPLETED", CAPTURE | {"links": links("https://api.paypal.com/v2/checkout/orders/cs_1")}),
        ),
        ("paypal", "paypal", paypal("PAYMENT.CAPTURE.COMPLETED", CAPTURE | {"custom_id": f"shop:{ORDER_ID}"})),
        ("square", "square", square("payment.updated", payment(order_id="cs_1"))),
    ],
    ids=[
        "a session",
        "a session paid later",
        "a visit of a link",
        "an approved order",
        "a completed order",
        "a capture by its order",
        "a capture by its link",
        "a capture that claims the order",
        "a payment",
    ],
)
def test_an_event_that_names_our_checkout_pays_its_order(strategy: str, provider: str, document: dict[str, Any]) -> None:
    shop = EveryProvider()
    shop.add_order(strategy=strategy)
    shop.provider.routes["/v2/checkout/orders/cs_1"] = of_paypal(CAPTURE)
    response = shop.post(provider, document)
    assert (response.status, response.log_fields["verdict"], response.log_fields["order_status"]) == (200, "applied", "paid")
    assert shop.post(provider, document).log_fields["verdict"] == "repeated"
    assert (shop.database.count("events"), shop.messages(), foreign(shop)) == (1, ["order.paid"], {})


@pytest.mark.parametrize("strategy", ["stripe_checkout", "square"])
def test_a_webhook_of_a_payment_makes_no_call(strategy: str) -> None:
    shop = EveryProvider()
    shop.add_order(strategy=strategy)
    document = square("payment.updated", payment(order_id="cs_1"))
    if strategy == "stripe_checkout":
        document = stripe("checkout.session.completed", session())
    shop.database.round_trips = 0
    shop.post(strategy.partition("_")[0], document)
    assert (shop.database.round_trips, shop.provider.requests, shop.order().status) == (1, [], S.PAID)


def test_a_webhook_of_a_paypal_payment_asks_twice_and_takes_two_round_trips() -> None:
    shop = EveryProvider()
    shop.add_order(strategy="paypal")
    shop.provider.routes["/v2/checkout/orders/cs_1"] = of_paypal(CAPTURE)
    shop.database.round_trips = 0
    shop.post("paypal", paypal("PAYMENT.CAPTURE.COMPLETED", CAPTURE | {"custom_id": f"shop:{ORDER_ID}"}))
    assert [request.path for request in shop.provider.requests] == [
        "/v1/oauth2/token",  # the next webhook uses the same token
        "/v1/notifications/verify-webhook-signature",
        "/v2/checkout/orders/cs_1",
    ]
    assert (shop.database.round_trips, shop.order().status) == (2, S.PAID)


def paid_shop(strategy: str) -> EveryProvider:
    """Open a shop with one order that is paid by the payment `pi_1`."""
    shop = EveryProvider()
    shop.add_order(strategy=strategy)
    shop.provider.routes |= {
        **stripe_routes(),
        "/v2/checkout/orders/cs_1": of_paypal(CAPTURE | {"id": "pi_1"}),
        "/v2/orders/cs_1": answer(square_order("OPEN", "pi_1", id="cs_1")),
        "/v2/payments/pi_1": answer({"payment": payment(id="pi_1", order_id="cs_1")}),
    }
    provider = strategy.partition("_")[0]
    run(shop.app.engine.inbox.record_event(make_event(EventKind.PAID, id="evt_paid", provider=provider), NOW))
    assert shop.order().status is S.PAID
    shop.provider.requests.clear()
    return shop


DISPUTES = [
    ("stripe", stripe("charge.dispute.created", {"id": "dp_1", "payment_intent": "pi_1", "status": "needs_response"})),
    (
        "paypal",
        paypal(
            "CUSTOMER.DISPUTE.CREATED",
            {"dispute_id": "dp_1", "status": "OPEN", "disputed_transactions": [{"seller_transaction_id": "pi_1"}]},
        ),
    ),
    (
        "square",
        square("dispute.created", {"id": "dp_1", "state": "EVIDENCE_REQUIRED", "disputed_payment": {"payment_id": "pi_1"}}),
    ),
]
STRATEGIES = {"stripe": "stripe_checkout", "paypal": "paypal", "square": "square"}
NAMES = ["stripe", "paypal", "square"]


@pytest.mark.parametrize(("provider", "document"), DISPUTES, ids=NAMES)
def test_a_dispute_is_bound_by_its_payment(provider: str, document: dict[str, Any]) -> None:
    shop = paid_shop(STRATEGIES[provider])
    assert shop.post(provider, document).log_fields["verdict"] == "applied"
    assert shop.rows("SELECT dispute_id, order_id FROM disputes") == [("dp_1", ORDER_ID)]
    assert "order.disputed:dp_1" in shop.messages()


def test_a_dispute_that_no_longer_names_its_payment_is_bound_by_its_own_id() -> None:
    shop = paid_shop("paypal")
    shop.post(*DISPUTES[1])
    closed = {"dispute_id": "dp_1", "status": "RESOLVED", "dispute_outcome": {"outcome_code": "RESOLVED_BUYER_FAVOUR"}}
    response = shop.post("paypal", paypal("CUSTOMER.DISPUTE.RESOLVED", closed, "WH-2", create_time="2026-06-01T00:00:00Z"))
    assert (response.log_fields["verdict"], shop.order().dispute) == ("applied", "lost")


REFUNDS = [
    ("stripe", stripe("charge.refunded", {"id": "ch_1", "payment_intent": "pi_1"})),
    ("stripe", stripe("refund.failed", {"id": "re_1", "payment_intent": "pi_1"})),
    (
        "paypal",
        paypal("PAYMENT.CAPTURE.REFUNDED", {"id": "re_1", "links": links("https://x.example/v2/payments/captures/pi_1")}),
    ),
    (
        "paypal",
        paypal("PAYMENT.CAPTURE.REVERSED", {"id": "re_1", "links": links("https://x.example/v2/payments/captures/pi_1")}),
    ),
    ("paypal", paypal("PAYMENT.REFUND.FAILED", {"id": "re_1", "links": links("https://x.example/v2/payments/captures/pi_1")})),
    ("square", square("refund.updated", {"id": "re_1", "payment_id": "pi_1", "status": "COMPLETED"})),
    ("square", square("refund.updated", {"id": "re_1", "payment_id": "pi_1", "status": "REJECTED"})),
]


@pytest.mark.parametrize(("provider", "document"), REFUNDS)
def test_an_event_of_a_refund_is_bound_by_its_payment_and_its_total_is_read(provider: str, document: dict[str, Any]) -> None:
    shop = paid_shop(STRATEGIES[provider])
    refunded = payment(id="pi_1", order_id="cs_1", refunded_money={"amount": 300, "currency": "USD"})
    shop.provider.routes |= {
        **stripe_routes(300),
        "/v2/checkout/orders/cs_1": of_paypal(
            CAPTURE | {"id": "pi_1", "status": "PARTIALLY_REFUNDED"},
            refunds=[{"status": "COMPLETED", "amount": {"currency_code": "USD", "value": "3.00"}}],
        ),
        "/v2/payments/pi_1": answer({"payment": refunded}),
    }
    assert shop.post(provider, document).log_fields["verdict"] == "applied"
    assert (shop.order().refunded_minor, shop.order().status) == (300, S.PARTIALLY_REFUNDED)
    assert shop.post(provider, document).log_fields["verdict"] == "repeated"


def subscribed() -> EveryProvider:
    """Open a shop with one order that is paid by the subscription `sub_1`."""
    shop = EveryProvider()
    shop.add_order()
    shop.post("stripe", stripe("checkout.session.completed", session(payment_intent=None, subscription="sub_1"), "evt_paid"))
    return shop


@pytest.mark.parametrize(
    ("event_type", "subject", "message"),
    [
        ("invoice.paid", {"id": "in_2", "subscription": "sub_1", "billing_reason": "subscription_cycle"}, "order.renewed:in_2"),
        (
            "invoice.payment_failed",
            {"id": "in_2", "subscription": "sub_1", "billing_reason": "subscription_cycle"},
            "order.renewal_failed:in_2",
        ),
        ("customer.subscription.deleted", {"id": "sub_1"}, "order.subscription_ended"),
    ],
)
def test_what_a_subscription_brings_is_bound_by_it(event_type: str, subject: dict[str, Any], message: str) -> None:
    shop = subscribed()
    assert shop.post("stripe", stripe(event_type, subject)).log_fields["verdict"] == "applied"
    assert message in shop.messages()


def test_a_dispute_of_a_subscriptions_charge_is_bound_by_its_invoice() -> None:
    shop = subscribed()
    invoice = {"id": "in_1", "subscription": "sub_1", "billing_reason": "subscription_create"}
    shop.provider.routes["/v1/invoice_payments"] = answer({"data": [{"invoice": invoice}]})
    document = stripe("charge.dispute.created", {"id": "dp_1", "payment_intent": "pi_9", "status": "needs_response"})
    assert (shop.post("stripe", document).log_fields["verdict"], shop.order().dispute) == ("applied", "open")


# ---- what is not ours


OTHERS = [
    ("stripe", stripe("checkout.session.completed", session(id="cs_other", metadata={}, client_reference_id=None))),
    ("stripe", stripe("checkout.session.completed", session(id="cs_other", metadata={}, client_reference_id=ORDER_ID))),
    ("stripe", stripe("checkout.session.completed", session(id="cs_visit", payment_link="plink_other", metadata={}))),
    ("stripe", stripe("checkout.session.completed", session(id="cs_other", metadata={"order_id": SIBLING}))),
    ("stripe", stripe("checkout.session.expired", session(id="cs_other", status="expired"))),
    ("stripe", stripe("charge.refunded", {"id": "ch_9", "payment_intent": "pi_9", "metadata": {"order_id": SIBLING}})),
    ("paypal", paypal("CHECKOUT.ORDER.APPROVED", {"id": "PP-OTHER"})),
    ("paypal", paypal("PAYMENT.CAPTURE.COMPLETED", CAPTURE | {"custom_id": "wc_order_1"})),
    ("paypal", paypal("PAYMENT.CAPTURE.COMPLETED", CAPTURE | {"custom_id": f"another-shop:{SIBLING}"})),
    (
        "paypal",
        paypal("PAYMENT.CAPTURE.COMPLETED", CAPTURE | {"links": links("https://api.paypal.com/v2/checkout/orders/PP-OTHER")}),
    ),
    ("paypal", paypal("PAYMENT.CAPTURE.DENIED", CAPTURE)),
    ("square", square("payment.updated", payment(order_id="SQ-OTHER"))),
]


@pytest.mark.parametrize(("provider", "document"), OTHERS)
def test_what_is_not_ours_is_acknowledged_without_a_row_and_counted(provider: str, document: dict[str, Any]) -> None:
    shop = EveryProvider()
    shop.add_order(strategy=STRATEGIES[provider])
    response = shop.post(provider, document)
    assert (response.status, response.log_fields["verdict"]) == (200, "ignored")
    assert (shop.database.count("events"), shop.database.count("payments"), foreign(shop)) == (0, 0, {provider: 1})
    assert (shop.order().status, shop.order().needs_review) == (S.OPEN, False)


def test_a_hundred_events_of_others_are_one_row_that_counts() -> None:
    shop = EveryProvider()
    for number in range(100):
        shop.post("square", square("payment.updated", payment(order_id=f"SQ-{number}"), f"sq-{number}"))
    assert (shop.database.count("events"), shop.database.count("reconciling"), foreign(shop)) == (0, 1, {"square": 100})


def test_a_payment_at_another_checkout_that_the_accounts_key_wrote_for_our_order_needs_review() -> None:
    shop = EveryProvider()
    shop.add_order()
    response = shop.post("stripe", stripe("checkout.session.completed", session(id="cs_other")))
    assert (response.status, response.log_fields["review_reason"]) == (200, "another_checkout")
    order = shop.order()
    assert (order.status, order.paid_minor, order.needs_review, order.review_reason) == (S.OPEN, 0, True, "another_checkout")
    assert shop.messages() == ["order.needs_review:evt_1"]


def test_a_paypal_capture_that_claims_our_order_and_was_paid_elsewhere_changes_nothing() -> None:
    shop = EveryProvider()
    shop.add_order(strategy="paypal")
    shop.provider.routes["/v2/checkout/orders/cs_1"] = of_paypal(status="CREATED")
    response = shop.post("paypal", paypal("PAYMENT.CAPTURE.COMPLETED", CAPTURE | {"custom_id": f"shop:{ORDER_ID}"}))
    assert (response.status, shop.order().status, shop.order().needs_review) == (200, S.OPEN, False)
    assert (shop.database.count("events"), shop.rows("SELECT busy_until FROM orders")) == (0, [(0,)])


# ---- what waits for its payment


@pytest.mark.parametrize(("provider", "document"), DISPUTES, ids=NAMES)
def test_a_dispute_that_comes_first_is_recorded_by_the_call_that_brings_the_payment(
    provider: str, document: dict[str, Any]
) -> None:
    shop = EveryProvider()
    shop.add_order(strategy=STRATEGIES[provider])
    shop.provider.routes |= {
        "/v1/invoice_payments": answer({"data": []}),
        "/v2/checkout/orders/cs_1": of_paypal(CAPTURE | {"id": "pi_1"}),
    }
    assert shop.post(provider, document).log_fields["verdict"] == "parked"
    pays = {
        "stripe": stripe("checkout.session.completed", session(), "evt_paid"),
        "paypal": paypal("CHECKOUT.ORDER.APPROVED", {"id": "cs_1"}, "evt_paid"),
        "square": square("payment.updated", payment(id="pi_1", order_id="cs_1"), "evt_paid"),
    }
    assert shop.post(provider, pays[provider]).status == 200
    assert (shop.order().status, shop.order().dispute) == (S.PAID, "open")
    assert shop.rows("SELECT count(*) FROM events WHERE verdict = 'parked'") == [(0,)]


def parked_shop(disputes: int, refunds: int = 0) -> EveryProvider:
    """Open a shop with one open order, and events that wait for its payment."""
    shop = EveryProvider()
    shop.add_order()
    shop.provider.routes |= stripe_routes()
    for number in range(disputes):
        subject = {"id": f"dp_{number}", "payment_intent": "pi_1", "status": "needs_response"}
        shop.post("stripe", stripe("charge.dispute.created", subject, f"evt_d{number}"))
    for number in range(refunds):
        shop.post("stripe", stripe("charge.refunded", {"id": "ch_1", "payment_intent": "pi_1"}, f"evt_r{number}"))
    assert shop.rows("SELECT count(*) FROM events WHERE verdict = 'parked'") == [(disputes + refunds,)]
    shop.provider.requests.clear()
    shop.database.round_trips = 0
    return shop


PAYS = stripe("checkout.session.completed", session(), "evt_paid")


@pytest.mark.parametrize("number", [0, 1, 3])
def test_parked_events_of_one_payment_cost_one_round_trip_each(number: int) -> None:
    shop = parked_shop(number)
    assert shop.post("stripe", PAYS).status == 200
    assert (shop.database.round_trips, shop.database.count("disputes")) == (1 + number, number)


def test_a_parked_refund_is_read_by_the_call_that_brings_the_payment() -> None:
    shop = parked_shop(disputes=1, refunds=2)
    shop.provider.routes |= stripe_routes(400)
    response = shop.post("stripe", PAYS)
    assert response.log_fields["order_status"] == "partially_refunded"
    assert (shop.order().refunded_minor, shop.order().dispute) == (400, "open")
    assert shop.rows("SELECT count(*) FROM events WHERE verdict = 'parked'") == [(0,)]
    assert shop.rows("SELECT busy_until FROM orders") == [(0,)]


@pytest.mark.parametrize("trouble", [HttpResponse(503), HttpResponse(401)], ids=["no answer", "refused"])
def test_a_parked_refund_that_cannot_be_read_now_stays_parked_and_the_payment_counts(trouble: HttpResponse) -> None:
    shop = parked_shop(disputes=0, refunds=1)
    shop.provider.routes["/v1/payment_intents/"] = trouble
    assert shop.post("stripe", PAYS).status == 200
    assert (shop.order().status, shop.order().refunded_minor) == (S.PAID, 0)
    assert shop.rows("SELECT count(*) FROM events WHERE verdict = 'parked'") == [(1,)]
    assert shop.rows("SELECT busy_until FROM orders") == [(0,)]


def test_a_parked_refund_stays_parked_while_another_call_asks_the_provider() -> None:
    shop = parked_shop(disputes=0, refunds=1)
    shop.database.connection.execute(f"UPDATE orders SET busy_until = {NOW + 9}")
    assert (shop.post("stripe", PAYS).status, shop.provider.requests, shop.order().status) == (200, [], S.PAID)
    assert shop.rows("SELECT count(*) FROM events WHERE verdict = 'parked'") == [(1,)]


def test_a_parked_refund_of_a_payment_that_a_reading_brings_is_recorded_by_that_reading() -> None:
    shop = EveryProvider()
    shop.add_order(strategy="paypal")
    refunded = of_paypal(CAPTURE | {"id": "pi_1", "status": "REFUNDED"})
    shop.provider.routes["/v2/checkout/orders/cs_1"] = refunded
    assert shop.post(*REFUNDS[2]).log_fields["verdict"] == "parked"
    shop.post("paypal", paypal("CHECKOUT.ORDER.COMPLETED", {"id": "cs_1"}, "WH-2"))
    assert (shop.order().status, shop.order().refunded_minor) == (S.REFUNDED, 1000)
    assert shop.rows("SELECT count(*) FROM events WHERE verdict = 'parked'") == [(0,)]


def test_a_refund_that_is_read_before_its_payment_was_heard_of_brings_the_payment_too() -> None:
    shop = paid_shop("square")
    other = payment(id="pi_2", order_id="cs_1", refunded_money={"amount": 1000, "currency": "USD"})
    shop.provider.routes |= {
        "/v2/orders/cs_1": answer(square_order("OPEN", "pi_1", "pi_2", id="cs_1")),
        "/v2/payments/pi_2": answer({"payment": other}),
    }
    run(shop.app.engine.inbox.record_event(make_event(EventKind.PENDING, id="p", provider="square", payment_ref="pi_2"), NOW))
    refund = square("refund.updated", {"id": "re_2", "payment_id": "pi_2", "status": "COMPLETED"})
    assert shop.post("square", refund).status == 200
    order = shop.order()
    assert (order.paid_minor, order.refunded_minor, order.status) == (2000, 1000, S.PAID)


# ---- what has to be sent again


def without_checkout(strategy: str) -> EveryProvider:
    """Open a shop with one order whose checkout is not saved."""
    shop = EveryProvider()
    shop.add_order(strategy=strategy)
    shop.database.connection.execute("UPDATE orders SET session_id = NULL, session_url = NULL")
    return shop


MONEY = [
    ("stripe", "created", stripe("checkout.session.completed", session())),
    ("paypal", "create_time", paypal("PAYMENT.CAPTURE.COMPLETED", CAPTURE | {"custom_id": f"shop:{ORDER_ID}"})),
]


@pytest.mark.parametrize(("provider", "field", "document"), MONEY, ids=["stripe", "paypal"])
@pytest.mark.parametrize(("created", "status"), [("now", 503), ("899", 503), ("900", 200), ("", 503), ("nonsense", 503)])
def test_an_order_whose_checkout_is_not_saved_is_waited_for_a_quarter_of_an_hour(
    provider: str, field: str, document: dict[str, Any], created: str, status: int
) -> None:
    shop = without_checkout(STRATEGIES[provider])
    times: dict[str, Any] = {
        "now": {"created": NOW, "create_time": "2026-05-28T20:26:40Z"},
        "899": {"created": NOW - 899, "create_time": "2026-05-28T20:11:41Z"},
        "900": {"created": NOW - 900, "create_time": "2026-05-28T20:11:40Z"},
        "nonsense": {"created": "x", "create_time": 7},
        "": {},
    }
    response = shop.post(provider, document | {name: time for name, time in times[created].items() if name == field})
    assert (response.status, shop.database.count("events")) == (status, int(status == 200))
    assert shop.order().review_reason == ("another_checkout" if status == 200 else "")
    if status == 503:
        assert (response.log_fields["order_id"], response.header("retry-after")) == (ORDER_ID, "5")


def test_an_event_without_a_time_is_waited_for_from_when_its_order_was_created() -> None:
    shop = without_checkout("stripe_checkout")
    shop.now += 899
    assert shop.post("stripe", MONEY[0][2]).status == 503
    shop.now += 1
    assert (shop.post("stripe", MONEY[0][2]).status, shop.messages()) == (200, ["order.needs_review:evt_1"])


@pytest.mark.parametrize(
    ("provider", "document"),
    [
        ("stripe", stripe("checkout.session.async_payment_failed", session(payment_status="unpaid"))),
        ("paypal", paypal("PAYMENT.CAPTURE.DENIED", CAPTURE | {"custom_id": f"shop:{ORDER_ID}"})),
    ],
)
def test_where_no_money_came_an_order_without_a_checkout_is_not_flagged(provider: str, document: dict[str, Any]) -> None:
    shop = without_checkout(STRATEGIES[provider])
    shop.now += 900
    assert (shop.post(provider, document).status, shop.database.count("events"), shop.order().needs_review) == (200, 0, False)


def test_a_claim_to_an_order_of_another_provider_is_not_waited_for() -> None:
    shop = without_checkout("square")
    assert (shop.post("stripe", MONEY[0][2]).status, shop.post("paypal", MONEY[1][2]).status) == (200, 200)
    assert foreign(shop) == {"stripe": 1, "paypal": 1}


def test_once_the_checkout_is_saved_the_event_that_came_again_counts() -> None:
    shop = without_checkout("stripe_checkout")
    assert shop.post("stripe", MONEY[0][2]).status == 503
    shop.database.connection.execute("UPDATE orders SET session_id = 'cs_1', session_url = 'https://x.example/'")
    assert shop.post("stripe", MONEY[0][2]).log_fields["order_status"] == "paid"


@pytest.mark.parametrize(("provider", "document"), [DISPUTES[1], REFUNDS[2], REFUNDS[5]])
def test_an_event_that_has_to_be_read_is_sent_again_while_another_call_reads(provider: str, document: dict[str, Any]) -> None:
    shop = paid_shop(STRATEGIES[provider])
    shop.database.connection.execute(f"UPDATE orders SET busy_until = {NOW + 9}")
    response = shop.post(provider, document)
    reads = "dispute" not in document.get("event_type", "").lower()
    assert (response.status, shop.provider.requests[2:]) == (503 if reads else 200, [])
    shop.now += 9
    assert shop.post(provider, document).status == 200


@pytest.mark.parametrize("trouble", [HttpResponse(503), HttpResponse(401)], ids=["no answer", "refused"])
def test_an_event_whose_checkout_cannot_be_read_is_sent_again_and_ends_its_lease(trouble: HttpResponse) -> None:
    shop = paid_shop("square")
    shop.provider.routes["/v2/orders/cs_1"] = trouble
    assert (shop.post(*REFUNDS[5]).status, shop.rows("SELECT busy_until FROM orders")) == (503, [(0,)])


def test_an_event_that_has_to_be_read_of_an_order_whose_strategy_is_gone_is_logged_and_ends_its_lease() -> None:
    shop = paid_shop("square")
    shop.database.connection.execute("UPDATE orders SET strategy = 'square_terminal'")
    response = shop.post(*REFUNDS[5])
    assert (response.status, response.log_fields["verdict"]) == (200, "unknown_strategy")
    assert "square_terminal" in response.log_fields["reason"]
    assert shop.rows("SELECT busy_until FROM orders") == [(0,)]


def test_a_payment_is_read_without_capturing_once_its_order_was_cancelled() -> None:
    shop = EveryProvider()
    shop.add_order(strategy="paypal")
    shop.database.connection.execute("UPDATE orders SET status = 'cancelled'")
    shop.provider.routes["/v2/checkout/orders/cs_1"] = of_paypal(status="APPROVED")
    shop.post("paypal", paypal("CHECKOUT.ORDER.APPROVED", {"id": "cs_1"}))
    assert (shop.order().status, [request.method for request in shop.provider.requests]) == (
        S.CANCELLED,
        ["POST", "POST", "GET"],  # the token, the verification, the order
    )
    shop.provider.routes["/v2/checkout/orders/cs_1"] = of_paypal(CAPTURE)
    shop.post("paypal", paypal("CHECKOUT.ORDER.COMPLETED", {"id": "cs_1"}, "WH-2"))
    assert shop.order().status is S.PAID  # money counts


# ---- who sent it


@pytest.mark.parametrize(
    "document", [paypal("CHECKOUT.ORDER.APPROVED", {"id": "cs_1"}), DISPUTES[1][1]], ids=["read", "not read"]
)
def test_a_transmission_id_with_another_body_is_refused_and_blocks_nothing(document: dict[str, Any]) -> None:
    shop = paid_shop("paypal")
    shop.post("paypal", document, paypal_transmission_id="t-1")
    before = shop.database.count("events")
    forged = shop.post("paypal", document | {"id": "WH-FORGED"}, paypal_transmission_id="t-1")
    assert (forged.status, problem(forged)["type"]) == (400, "/problems/bad-signature")
    assert (shop.database.count("events"), shop.rows("SELECT busy_until FROM orders")) == (before, [(0,)])


def test_the_same_transmission_may_come_again() -> None:
    shop = EveryProvider()
    shop.add_order(strategy="paypal")
    shop.provider.routes["/v2/checkout/orders/cs_1"] = of_paypal(CAPTURE)
    document = paypal("CHECKOUT.ORDER.APPROVED", {"id": "cs_1"})
    for verdict in ("applied", "repeated"):
        response = shop.post("paypal", document, paypal_transmission_id="t-1")
        assert (response.status, response.log_fields["verdict"]) == (200, verdict)


@pytest.mark.parametrize("time", ["2026-05-24T20:26:39Z", "2026-05-28T20:31:41Z", "", "yesterday", "2026-99-99T00:00:00Z"])
def test_a_paypal_transmission_that_is_old_or_has_no_time_is_refused_before_anybody_is_asked(time: str) -> None:
    shop = EveryProvider()
    shop.add_order(strategy="paypal")
    response = shop.post("paypal", paypal("CHECKOUT.ORDER.APPROVED", {"id": "cs_1"}), paypal_transmission_time=time)
    assert (response.status, shop.provider.requests) == (400, [])


# ---- bad input: nothing but 200 and 400, and no row that stays for ever

ACCEPTED = {"stripe": PAYS, "paypal": MONEY[1][2], "square": square("payment.updated", payment(order_id="cs_1"))}
EVERY = [
    *((provider, document) for provider, document in [*DISPUTES, *REFUNDS, *OTHERS]),
    *ACCEPTED.items(),
    ("stripe", stripe("invoice.paid", {"id": "in_2", "subscription": "sub_1", "billing_reason": "subscription_cycle"})),
    ("stripe", stripe("customer.subscription.deleted", {"id": "sub_1"})),
    ("paypal", paypal("CHECKOUT.ORDER.APPROVED", {"id": "cs_1"})),
]
WRONG: list[Any] = [None, "", "x", 7, -1, 10**30, 1.5, True, [], {}, ["x"], {"id": 7}, "\ud800", "é" * 300, "x" * 300]


def changed(value: Any, wrong: Any) -> list[Any]:
    """Return a JSON value once for each of its parts, with that part replaced; and once without each of its keys."""
    found = [wrong]
    if isinstance(value, dict):
        for name in value:
            found += [value | {name: part} for part in changed(value[name], wrong)]
            found.append({key: part for key, part in value.items() if key != name})
    if isinstance(value, list):
        for index, inner in enumerate(value):
            found += [[*value[:index], part, *value[index + 1 :]] for part in changed(inner, wrong)]
    return found


def kept_for_ever(shop: Shop) -> int:
    """Return the number of events that belong to no order and do not wait for their payment."""
    rows = shop.rows("SELECT count(*) FROM events WHERE order_id IS NULL AND verdict <> 'parked'")
    return int(rows[0][0])


@pytest.mark.parametrize("is_paid", [False, True], ids=["open", "paid"])
@pytest.mark.parametrize(("provider", "document"), EVERY)
def test_fields_that_are_absent_or_of_another_type_are_answered_with_200_or_400(
    provider: str, document: dict[str, Any], is_paid: bool
) -> None:
    shop = paid_shop(STRATEGIES[provider])
    if not is_paid:
        shop.database.connection.execute("DELETE FROM payments")
        shop.database.connection.execute("UPDATE orders SET status = 'open', paid_minor = 0, payment_ref = ''")
    id_field = "event_id" if provider == "square" else "id"
    statuses = set()
    for index, wrong in enumerate(WRONG):
        for number, body in enumerate(changed(document, wrong)):
            if isinstance(body, dict):
                named = {id_field: f"{body[id_field]}-{index}-{number}"} if body.get(id_field) == document[id_field] else {}
                statuses.add(shop.post(provider, body | named).status)
    assert (statuses, kept_for_ever(shop)) == ({200, 400}, 0)


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"7", b"{", b"\xff", b'"x"', b"[" * 5000, b'{"id":"\\ud800"}'])
@pytest.mark.parametrize("provider", NAMES)
def test_a_signed_body_that_is_no_event_is_refused(provider: str, body: bytes) -> None:
    shop = EveryProvider()
    signed = {
        "stripe": {"stripe-signature": sign(body)},
        "square": {"x-square-hmacsha256-signature": signature(body)},
        "paypal": headers(body, paypal_transmission_time="2026-05-28T20:26:40Z"),
    }[provider]
    request = HttpRequest("POST", f"/webhook/{provider}", signed, body)
    assert run(shop.app.handle(request)).status == 400


@pytest.mark.parametrize(
    ("provider", "document", "reason"),
    [
        ("stripe", PAYS | {"account": "acct_other"}, "another_account"),
        ("stripe", PAYS | {"livemode": True}, "another_mode"),
        ("stripe", stripe("checkout.session.completed", session(currency="eur")), "currency"),
        ("stripe", stripe("checkout.session.completed", session(amount_total=None)), "amount"),
        (
            "square",
            square("payment.updated", payment(order_id="cs_1", amount_money={"amount": 1000, "currency": "EUR"})),
            "currency",
        ),
    ],
    ids=["another account", "another mode", "another currency", "no amount", "another currency at Square"],
)
def test_money_that_does_not_fit_its_order_needs_review_for_a_reason(
    provider: str, document: dict[str, Any], reason: str
) -> None:
    shop = EveryProvider()
    shop.add_order(strategy=STRATEGIES[provider])
    assert shop.post(provider, document).status == 200
    order = shop.order()
    assert (order.status in {S.OPEN, S.PENDING}, order.needs_review, order.review_reason) == (True, True, reason)


@pytest.mark.parametrize("provider", ["stripe", "square"])
def test_the_same_event_id_with_other_content_needs_review_and_changes_nothing_else(provider: str) -> None:
    shop = EveryProvider()
    shop.add_order(strategy=STRATEGIES[provider])
    other = {
        "stripe": stripe("checkout.session.completed", session(amount_total=999), "evt_paid"),
        "square": square("payment.updated", payment(order_id="cs_1", amount_money={"amount": 999, "currency": "USD"})),
    }
    shop.post(provider, ACCEPTED[provider])
    for _ in range(3):
        assert shop.post(provider, other[provider]).status == 200
    order = shop.order()
    assert (order.status, order.paid_minor, order.review_reason) == (S.PAID, 1000, "same_id_other_content")
    assert shop.database.count("events") == 2


@pytest.mark.parametrize("provider", ["stripe", "square"])
def test_an_event_of_before_the_engine_is_treated_as_any_other(provider: str) -> None:
    shop = EveryProvider()
    shop.add_order(strategy=STRATEGIES[provider])
    old = {"created": 1, "created_at": "2011-01-01T00:00:00Z"}
    assert shop.post(provider, ACCEPTED[provider] | old).log_fields["order_status"] == "paid"
    others = OTHERS[0] if provider == "stripe" else OTHERS[-1]
    other = others[1] | old | {"id": "evt_other", "event_id": "sq-other"}
    assert (shop.post(provider, other).status, foreign(shop)) == (200, {provider: 1})


def test_an_event_of_an_order_of_a_site_that_is_gone_counts_all_the_same() -> None:
    shop = EveryProvider()
    shop.add_order(site_id="former")
    assert shop.post("stripe", PAYS).log_fields["order_status"] == "paid"
