"""The Worker responds as the engine does, with few round trips, and names missing bindings."""

import json
import time
from typing import Any

import pytest
from pyodide.ffi import JsException

from lightning_cart.http import HttpResponse, json_bytes
from support.app import problem
from support.builders import ADMIN_TOKEN, paid_session
from support.javascript import Edge, Limit, internet
from support.merchants import SIGNING_SECRET, merchants_catalog
from support.stripe import event, sign
from worker import assembly
from worker.schedule import Work

CART = json_bytes({"items": [{"id": "test-10", "quantity": 1}]})


@pytest.fixture
def edge() -> Edge:
    return Edge()


def checkout(edge: Edge, **headers: str) -> HttpResponse:
    return edge.fetch("POST", "/checkout", CART, content_type="application/json", **headers)


def parse_order(answer: HttpResponse) -> dict[str, Any]:
    assert answer.status == 201
    created: dict[str, Any] = json.loads(answer.body)
    return created


def pay(edge: Edge, order_id: str, number: str = "1") -> HttpResponse:
    body = event("checkout.session.completed", paid_session(order_id, payment_intent=f"pi_{number}"), f"evt_{number}")
    return edge.fetch("POST", "/webhook/stripe", body, stripe_signature=sign(body, int(time.time())))


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_checkout_costs_one_provider_call_and_two_round_trips(edge: Edge) -> None:
    parse_order(checkout(edge))
    assert (len(internet.provider.requests), edge.d1.memory.round_trips) == (1, 2)


def test_a_webhook_costs_one_round_trip(edge: Edge) -> None:
    created = parse_order(checkout(edge))
    before = edge.d1.memory.round_trips
    assert pay(edge, created["order_id"]).status == 200
    assert edge.d1.memory.round_trips - before == 1
    assert len(internet.provider.requests) == 1


def test_a_paid_order_is_read_with_its_receipt(edge: Edge) -> None:
    created = parse_order(checkout(edge))
    pay(edge, created["order_id"])
    answer = edge.fetch("GET", f"/orders/{created['order_id']}", authorization=f"Bearer {created['receipt']}")
    assert json.loads(answer.body)["status"] == "paid"


def test_the_engine_is_built_once_for_an_isolate(edge: Edge) -> None:
    edge.fetch("GET", "/health")
    first = edge.worker._app()
    edge.fetch("GET", "/health")
    assert edge.worker._app() is first


def test_a_healthy_worker_says_so(edge: Edge) -> None:
    assert json.loads(edge.fetch("GET", "/health").body) == {"status": "ok"}


def test_a_health_check_costs_one_round_trip(edge: Edge) -> None:
    edge.fetch("GET", "/health")
    assert edge.d1.memory.round_trips == 1


def test_a_database_without_its_tables_cannot_take_orders(edge: Edge) -> None:
    edge.d1.memory.connection.execute("DROP TABLE reconciling")
    assert edge.fetch("GET", "/health").status == 503


def test_an_isolate_logs_once_what_is_missing_or_refused(capsys: pytest.CaptureFixture[str]) -> None:
    edge = Edge(DB=None, STRIPE_WEBHOOK_SECRET="whsec_")
    edge.fetch("GET", "/products")
    edge.fetch("GET", "/products")
    told = [(line["level"], line["name"], line["reason"]) for line in lines(capsys) if line["event"] == "setting"]
    assert told == [
        ("warning", "STRIPE_WEBHOOK_SECRET", "is only the prefix whsec_: copy the whole value"),
        ("warning", "DB", "is not bound: see [[d1_databases]] in wrangler.toml"),
    ]


@pytest.mark.parametrize("name", ["DB", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "RECEIPT_SECRET", "PUBLIC_URL"])
def test_health_names_what_is_missing(name: str) -> None:
    answer = Edge(**{name: None}).fetch("GET", "/health", authorization=f"Bearer {ADMIN_TOKEN}")
    assert answer.status == 503
    assert json.loads(answer.body)["missing"] == [name]


def test_a_setting_that_is_bound_to_something_else_is_missing() -> None:
    answer = Edge(STRIPE_SECRET_KEY=Limit(1)).fetch("GET", "/health", authorization=f"Bearer {ADMIN_TOKEN}")
    assert json.loads(answer.body)["missing"] == ["STRIPE_SECRET_KEY"]


def test_without_a_database_nothing_is_acknowledged() -> None:
    edge = Edge(DB=None)
    answer = pay(edge, "ord_00000000000000000000000001")
    assert (answer.status, problem(answer)["type"]) == (503, "/problems/not-configured")


def test_without_a_database_what_needs_none_still_works() -> None:
    assert Edge(DB=None).fetch("GET", "/products").status == 200


def test_without_a_providers_keys_its_routes_say_so_and_the_others_work() -> None:
    edge = Edge(STRIPE_WEBHOOK_SECRET=None)
    assert [edge.fetch("POST", "/webhook/stripe", b"{}").status, edge.fetch("GET", "/products").status] == [503, 200]


def test_a_webhook_is_not_acknowledged_while_d1_is_down(edge: Edge) -> None:
    created = parse_order(checkout(edge))
    edge.d1.memory.broken = True
    assert pay(edge, created["order_id"]).status == 503
    edge.d1.memory.broken = False
    assert pay(edge, created["order_id"]).status == 200


def test_a_provider_that_does_not_answer_in_time_leaves_the_order_open_for_the_same_key(edge: Edge) -> None:
    internet.broken = JsException("TimeoutError", "The operation was aborted due to timeout")
    answer = checkout(edge, idempotency_key="key-1")
    assert (answer.status, problem(answer)["type"]) == (504, "/problems/provider-timeout")
    assert edge.d1.memory.connection.execute("SELECT status FROM orders").fetchone()["status"] == "open"
    internet.broken = None
    created = parse_order(checkout(edge, idempotency_key="key-1"))
    assert edge.d1.memory.count("orders") == 1
    assert created["url"].startswith("https://checkout.stripe.com/")


class TestTheRateLimit:
    def test_lets_so_many_in_from_one_address(self) -> None:
        limit = Limit(2)
        edge = Edge(CHECKOUT_LIMIT=limit)
        answers = [checkout(edge, cf_connecting_ip="203.0.113.7").status for _ in range(3)]
        assert (answers, set(limit.keys)) == ([201, 201, 429], {"203.0.113.7"})

    def test_says_when_to_come_again_and_lets_pages_read_that(self) -> None:
        answer = checkout(Edge(CHECKOUT_LIMIT=Limit(0)), origin="https://shop.example")
        assert problem(answer)["type"] == "/problems/too-many-requests"
        assert (answer.header("retry-after"), answer.header("access-control-allow-origin")) == ("60", "https://shop.example")

    def test_counts_checkouts_alone(self) -> None:
        limit = Limit(0)
        edge = Edge(CHECKOUT_LIMIT=limit)
        assert edge.fetch("GET", "/products").status == 200
        assert limit.keys == []

    def test_keeps_nobody_out_where_it_does_not_work(self) -> None:
        limit = Limit(0)
        limit.broken = True
        assert checkout(Edge(CHECKOUT_LIMIT=limit)).status == 201

    def test_saves_no_order_of_who_is_turned_away(self) -> None:
        edge = Edge(CHECKOUT_LIMIT=Limit(0))
        checkout(edge)
        assert (edge.d1.memory.count("orders"), internet.provider.requests) == (0, [])


class TestTheLog:
    def test_is_one_line_for_each_request(self, edge: Edge, capsys: pytest.CaptureFixture[str]) -> None:
        created = parse_order(checkout(edge, x_request_id="req-1"))
        (line,) = lines(capsys)
        assert {name: line[name] for name in ("event", "level", "method", "path", "status", "request_id", "order_id")} == {
            "event": "request",
            "level": "info",
            "method": "POST",
            "path": "/checkout",
            "status": 201,
            "request_id": "req-1",
            "order_id": created["order_id"],
        }

    def test_holds_no_address_and_no_key(self, edge: Edge, capsys: pytest.CaptureFixture[str]) -> None:
        edge.fetch("GET", "/ada@example.com/sk_live_1234")
        (line,) = lines(capsys)
        assert line["path"] == "/[redacted]/[redacted]"

    def test_holds_no_token_of_an_orders_page(self, edge: Edge, capsys: pytest.CaptureFixture[str]) -> None:
        path = f"/orders/ord_{'0' * 26}/receipt/"
        edge.fetch("GET", f"{path}0a1b2c3d")
        (line,) = lines(capsys)
        assert (line["path"], line["status"]) == (f"{path}[redacted]", 404)

    @pytest.mark.parametrize(
        ("headers", "named"),
        [
            ({"x_request_id": "mine"}, "mine"),
            ({"cf_ray": "8f1-AMS"}, "8f1-AMS"),
            ({"x_request_id": "a b", "cf_ray": "ray"}, "ray"),
        ],
        ids=["the caller's name", "Cloudflare's name", "a name that will not do is passed over"],
    )
    def test_is_found_by_the_answers_request_id(self, edge: Edge, headers: Any, named: str) -> None:
        assert edge.fetch("GET", "/health", **headers).header("x-request-id") == named

    def test_names_a_request_that_brought_no_name(self, edge: Edge) -> None:
        assert len(edge.fetch("GET", "/health").header("x-request-id")) == 26

    def test_tells_of_a_failure_its_sort_and_place_alone(
        self, edge: Edge, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def fail(_request: object) -> HttpResponse:
            raise RuntimeError("ada@example.com")

        monkeypatch.setattr(edge.worker._app(), "handle", fail)
        answer = edge.fetch("GET", "/health")
        assert (answer.status, problem(answer)["type"]) == (500, "/problems/internal-error")
        failure, request = lines(capsys)
        assert (failure["error"], failure["where"].partition(":")[0]) == ("RuntimeError", "test_entry.py")
        assert (failure["request_id"], request["level"]) == (request["request_id"], "warning")


class TestWhatGoesOnBehindAnAnswer:
    @pytest.fixture
    def telling(self, monkeypatch: pytest.MonkeyPatch) -> Edge:
        monkeypatch.setattr(assembly, "CATALOG", merchants_catalog())
        return Edge(FULFILMENT_SECRET=SIGNING_SECRET)

    def paid(self, telling: Edge) -> None:
        created = parse_order(checkout(telling))
        internet.provider.answers = [HttpResponse(200)]
        pay(telling, created["order_id"])

    def test_waits_until_the_answer_is_given(self, telling: Edge) -> None:
        self.paid(telling)
        assert (len(telling.behind), len(internet.provider.requests)) == (1, 1)
        telling.go_on()
        assert [request.url for request in internet.provider.requests[1:]] == ["https://merchant.example/hook"]

    def test_is_logged(self, telling: Edge, capsys: pytest.CaptureFixture[str]) -> None:
        self.paid(telling)
        telling.go_on()
        last = lines(capsys)[-1]
        assert (last["event"], last["state"], last["level"]) == ("fulfilment", "delivered", "info")

    def test_may_fail_without_hurting_anybody(self, telling: Edge, capsys: pytest.CaptureFixture[str]) -> None:
        self.paid(telling)
        telling.d1.memory.broken = True
        telling.go_on()
        last = lines(capsys)[-1]
        assert (last["event"], last["level"], last["error"]) == ("fulfilment_failed", "error", "StorageUnavailable")

    def test_is_tried_again_on_schedule(self, telling: Edge) -> None:
        self.paid(telling)
        telling.stop()
        telling.tick(Work.DELIVER)
        assert [request.url for request in internet.provider.requests[1:]] == ["https://merchant.example/hook"]
