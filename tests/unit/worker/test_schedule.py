"""What a scheduled run does: one kind of work in at most 45 statements, of which a later run does the rest."""

import json
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.flow import Flow
from lightning_cart.http import HttpRequest, HttpResponse, json_bytes
from lightning_cart.providers.strategy import CheckoutReading
from lightning_cart.providers.stripe.checkout import StripeCheckout
from lightning_cart.storage.inbox import record_event_batch
from lightning_cart.storage.new_orders import free_event, new_order_statements
from lightning_cart.usecases.fulfil import STATEMENTS_PER_MESSAGE
from support.app import answer
from support.builders import make_order, paid_session
from support.javascript import Edge, internet
from support.merchants import SIGNING_SECRET, merchants_catalog
from support.stripe import event, sign
from worker import assembly
from worker.schedule import DELIVERIES_PER_RUN, STATEMENTS_AFTER_ANSWER, STATEMENTS_PER_RUN, Work, choose_work

CART = json_bytes({"items": [{"id": "test-10", "quantity": 1}]})
MIDNIGHT = 1_779_926_400
MANY = 20  # orders
RUNS = 60  # more than any backlog here needs

REFUND = """
    INSERT INTO refunds (id, order_id, amount_minor, reason, status, idempotency_key, request_digest, created_at, updated_at)
    SELECT 'rfd_' || id, id, 100, '', 'requested', 'key', '', 0, 0 FROM orders WHERE status = 'paid'
"""
PARK = """
    INSERT INTO events (
        provider, event_id, type, kind, order_id, amount_minor, currency, payment_ref, subscription_ref, subject, verdict,
        fresh, received_at, created_at
    )
    SELECT 'stripe', 'evt_parked_' || order_id, '', :kind, NULL, 100, 'USD', payment_ref, '', 'object_' || order_id, 'parked',
        0, :now, :now
    FROM payments
"""
FORGOTTEN = """
    INSERT INTO events (
        provider, event_id, type, kind, order_id, payment_ref, subscription_ref, subject, verdict, fresh, received_at
    ) VALUES ('stripe', 'evt_forgotten', '', 'disputed', NULL, 'pi_other', '', 'dp_1', 'parked', 0, 0)
"""


@pytest.fixture
def edge(monkeypatch: pytest.MonkeyPatch) -> Edge:
    monkeypatch.setattr(assembly, "CATALOG", merchants_catalog())
    return Edge(FULFILMENT_SECRET=SIGNING_SECRET)


def open_orders(edge: Edge, count: int, age: int = 3600) -> list[dict[str, Any]]:
    """Open checkouts, and let so many seconds pass for their orders."""
    orders: list[dict[str, Any]] = []
    for number in range(count):
        created = edge.fetch("POST", "/checkout", CART, content_type="application/json", idempotency_key=f"key-{number}")
        assert created.status == 201
        orders.append(json.loads(created.body))
    edge.d1.memory.connection.execute("UPDATE orders SET created_at = created_at - ?", (age,))
    return orders


def session_of(order: dict[str, Any]) -> dict[str, Any]:
    return paid_session(order["order_id"], id=order["session_id"], payment_intent=f"pi_{order['order_id']}")


def pay(edge: Edge, orders: list[dict[str, Any]]) -> None:
    """Tell the engine that each order is paid, and end the isolate before it sends any message."""
    for order in orders:
        body = event("checkout.session.completed", session_of(order), f"evt_{order['order_id']}")
        edge.fetch("POST", "/webhook/stripe", body, stripe_signature=sign(body, int(time.time())))
    edge.stop()


def count(edge: Edge, sql: str) -> int:
    return len(edge.d1.memory.connection.execute(sql).fetchall())


def statuses(edge: Edge) -> Counter[str]:
    return Counter(row["status"] for row in edge.d1.memory.connection.execute("SELECT status FROM orders"))


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


class StripeDouble:
    """Stripe with paid sessions of some orders, of each of which so much is refunded."""

    def __init__(self, orders: list[dict[str, Any]], refunded_minor: int = 0) -> None:
        self._sessions = {order["session_id"]: session_of(order) for order in orders}
        self._charge = {"id": "ch_1", "amount_refunded": refunded_minor, "currency": "usd"}
        self.requests: list[HttpRequest] = []

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        if request.path.startswith("/v1/checkout/sessions/"):
            return answer(self._sessions[request.path.split("/")[4]])
        if request.path == "/v1/refunds":
            return answer({"id": f"re_{len(self.requests)}", "status": "succeeded", "charge": self._charge})
        return answer({"id": "pi_1", "latest_charge": self._charge})


def run_until(edge: Edge, work: Work, done: Callable[[], bool]) -> list[int]:
    """Run one kind of work until it is done, and return how many statements each run took."""
    spent = list[int]()
    for _ in range(RUNS):
        if done():
            return spent
        spent.append(edge.tick(work))
    raise AssertionError(f"not done after {RUNS} runs: {spent}")


@pytest.mark.parametrize(("minute", "work"), [(0, Work.DELIVER), (1, Work.RECONCILE), (2, Work.TIDY), (3, Work.DELIVER)])
def test_the_minute_chooses_the_work(minute: int, work: Work) -> None:
    assert choose_work(MIDNIGHT + 60 * minute) is work


def test_the_work_of_a_minute_is_the_same_in_each_of_its_seconds() -> None:
    assert {choose_work(MIDNIGHT + second) for second in range(60)} == {Work.DELIVER}


def test_each_kind_of_work_has_its_turn_in_three_minutes() -> None:
    assert {choose_work(MIDNIGHT + 60 * minute) for minute in range(7, 10)} == set(Work)


@pytest.mark.parametrize("work", Work)
def test_a_run_that_finds_nothing_says_nothing(edge: Edge, capsys: pytest.CaptureFixture[str], work: Work) -> None:
    edge.tick(work)
    assert lines(capsys) == []


@pytest.mark.parametrize(
    ("work", "told"),
    [(Work.DELIVER, "fulfilment_failed"), (Work.RECONCILE, "reconciling_failed"), (Work.TIDY, "tidying_failed")],
)
def test_a_run_that_fails_says_in_what(edge: Edge, capsys: pytest.CaptureFixture[str], work: Work, told: str) -> None:
    edge.d1.memory.broken = True
    edge.tick(work)
    (line,) = lines(capsys)
    assert (line["event"], line["level"], line["error"]) == (told, "error", "StorageUnavailable")


class TestDelivering:
    @pytest.fixture
    def owing(self, edge: Edge) -> Edge:
        """Owe the merchant a message about each of many orders."""
        pay(edge, open_orders(edge, MANY))
        internet.provider.answers = [HttpResponse(200)]
        return edge

    def test_sends_as_many_messages_as_fit_into_a_run(self, owing: Edge, capsys: pytest.CaptureFixture[str]) -> None:
        capsys.readouterr()
        internet.provider.answers = [HttpResponse(500)]
        run_until(owing, Work.DELIVER, lambda: not count(owing, "SELECT 1 FROM outbox WHERE attempts = 0"))
        capsys.readouterr()
        internet.provider.answers = [HttpResponse(200)]
        owing.tick(Work.DELIVER)
        sent = [line["state"] for line in lines(capsys)]
        assert sent == ["delivered"] * ((STATEMENTS_PER_RUN - STATEMENTS_PER_MESSAGE) // 3 + 1)
        assert len(sent) <= DELIVERIES_PER_RUN

    def test_stays_within_the_statements_of_a_run(self, owing: Edge) -> None:
        spent = run_until(owing, Work.DELIVER, lambda: not count(owing, "SELECT 1 FROM outbox WHERE state = 'waiting'"))
        assert max(spent) <= STATEMENTS_PER_RUN

    def test_numbers_a_receipt_before_it_is_told(self, owing: Edge) -> None:
        owing.tick(Work.DELIVER)
        told = [json.loads(request.body)["data"]["receipt"]["number"] for request in internet.provider.requests[MANY:]]
        assert [int(number.partition("-")[2]) for number in told] == list(range(1, len(told) + 1))

    @pytest.mark.parametrize("after", [0, MANY - 1], ids=["nothing else to send", "many others to send"])
    def test_after_a_webhook_stays_within_what_an_invocation_has(self, edge: Edge, after: int) -> None:
        orders = open_orders(edge, after + 1)
        pay(edge, orders[:after])
        internet.provider.answers = [HttpResponse(200)]
        before = edge.d1.statements
        body = event("checkout.session.completed", session_of(orders[-1]), "evt_last")
        edge.fetch("POST", "/webhook/stripe", body, stripe_signature=sign(body, int(time.time())))
        edge.go_on()
        assert edge.d1.statements - before <= 50
        assert count(edge, "SELECT 1 FROM outbox WHERE state = 'delivered'") > 0

    def test_after_a_free_order_stays_within_what_an_invocation_has(self) -> None:
        finding, free = 2, free_event(make_order(provider="engine", strategy="free"))  # of a code: count a wrong one, select
        saving = new_order_statements(has_key=True, has_buyer=True, has_code=True, is_free=True)
        assert finding + len(saving) + len(record_event_batch(free, 0)) + STATEMENTS_AFTER_ANSWER <= 50

    def test_asks_no_provider(self, owing: Edge) -> None:
        before = len(internet.provider.requests)
        owing.tick(Work.DELIVER)
        assert {request.url for request in internet.provider.requests[before:]} == {"https://merchant.example/hook"}


class TestReconciling:
    def test_records_what_webhooks_missed(self, edge: Edge, capsys: pytest.CaptureFixture[str]) -> None:
        (order,) = open_orders(edge, 1)
        internet.provider.answers = [answer(session_of(order))]
        capsys.readouterr()
        edge.tick(Work.RECONCILE)
        (line,) = lines(capsys)
        assert (line["event"], line["settled"]) == ("reconciled", 1)
        assert line["findings"] == [{"order_id": order["order_id"], "drift": "paid_there", "detail": ""}]

    def test_of_many_orders_that_all_changed_stays_within_the_statements(
        self, edge: Edge, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(internet, "provider", StripeDouble(open_orders(edge, MANY)))
        spent = run_until(edge, Work.RECONCILE, lambda: statuses(edge) == {"paid": MANY})
        assert max(spent) <= STATEMENTS_PER_RUN

    def test_of_orders_whose_checkouts_have_ended_stays_within_the_statements(self, edge: Edge) -> None:
        open_orders(edge, MANY)
        internet.provider.answers = [answer({"id": "cs_test_1", "status": "expired", "payment_status": "unpaid"})]
        spent = run_until(edge, Work.RECONCILE, lambda: statuses(edge) == {"expired": MANY})
        assert max(spent) <= STATEMENTS_PER_RUN

    def test_of_refunds_in_progress_stays_within_the_statements(self, edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
        orders = open_orders(edge, MANY)
        pay(edge, orders)
        edge.d1.memory.connection.execute(REFUND)
        monkeypatch.setattr(internet, "provider", StripeDouble(orders, 100))
        spent = run_until(edge, Work.RECONCILE, lambda: not count(edge, "SELECT 1 FROM refunds WHERE status <> 'succeeded'"))
        assert max(spent) <= STATEMENTS_PER_RUN

    def test_of_orders_with_many_payments_stays_within_the_statements(
        self, edge: Edge, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(StripeCheckout, "read_checkout", read_ten_payments)
        open_orders(edge, 3)
        spent = run_until(edge, Work.RECONCILE, lambda: statuses(edge) == {"paid": 3})
        assert max(spent) <= STATEMENTS_PER_RUN

    def test_of_paid_orders_comes_after_those_that_wait(self, edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
        orders = open_orders(edge, MANY)
        pay(edge, orders[1:])
        stripe = StripeDouble(orders)
        monkeypatch.setattr(internet, "provider", stripe)
        edge.tick(Work.RECONCILE)
        assert stripe.requests[0].path.endswith(f"/{orders[0]['session_id']}")


def read_ten_payments(_: StripeCheckout, order: Order, *, capture: bool) -> Flow[CheckoutReading]:
    """Read ten payments that add up to the order's total."""
    assert capture
    yield from ()
    return CheckoutReading(
        tuple(
            PaymentEvent(
                provider="stripe",
                id=f"read:{order.id}:{part}",
                type="payment",
                kind=EventKind.PAID,
                order_id=order.id,
                amount=Money(100, "USD"),
                payment_ref=f"{order.id}:{part}",
                is_part=True,
                was_read=True,
            )
            for part in range(10)
        )
    )


class TestTidying:
    @pytest.mark.parametrize("kind", ["disputed", "refunded"])
    def test_of_many_parked_events_stays_within_the_statements(
        self, edge: Edge, monkeypatch: pytest.MonkeyPatch, kind: str
    ) -> None:
        orders = open_orders(edge, MANY)
        pay(edge, orders)
        edge.d1.memory.connection.execute(PARK, {"kind": kind, "now": int(time.time())})
        monkeypatch.setattr(internet, "provider", StripeDouble(orders, 100))
        spent = run_until(edge, Work.TIDY, lambda: not count(edge, "SELECT 1 FROM events WHERE verdict = 'parked'"))
        assert max(spent) <= STATEMENTS_PER_RUN

    def test_says_how_many_events_it_recorded(self, edge: Edge, capsys: pytest.CaptureFixture[str]) -> None:
        pay(edge, open_orders(edge, 1))
        edge.d1.memory.connection.execute(PARK, {"kind": "disputed", "now": int(time.time())})
        capsys.readouterr()
        edge.tick(Work.TIDY)
        (line,) = lines(capsys)
        assert (line["event"], line["applied"]) == ("tidied", 1)

    def test_ends_what_waited_for_a_week(self, edge: Edge) -> None:
        edge.d1.memory.connection.execute(FORGOTTEN)
        edge.tick(Work.TIDY)
        assert count(edge, "SELECT 1 FROM events") == 0
