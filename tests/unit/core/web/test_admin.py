"""The operator's routes: who may call them, and what each shows and changes."""

import json
from typing import Any

import pytest

from lightning_cart.domain.order import OrderStatus
from lightning_cart.web.responses import Answer
from support.app import ENV, Shop, answer, problem, stripe_routes
from support.builders import ADMIN_TOKEN, ORDER_ID, paid_session
from support.stripe import event, stripe_session

ADMIN = f"/admin/orders/{ORDER_ID}"
POSTED = ["refunds", "cancel", "accept", "close", "forget"]
CHANGES = ["cancel", "accept", "close", "forget"]


class AdminShop(Shop):
    """A shop with one open order, and its operator."""

    def __init__(self, env: dict[str, str] = ENV) -> None:
        super().__init__(env)
        assert self.checkout().status == 201

    def pay(self, **changes: Any) -> None:
        self.webhook(event("checkout.session.completed", paid_session(ORDER_ID, **changes)))

    def show(self, method: str = "GET") -> Answer:
        return self.handle(method, ADMIN, authorization=f"Bearer {ADMIN_TOKEN}")

    def change(self, action: str, reason: str = "", **headers: str) -> Answer:
        body = json.dumps({"reason": reason}).encode() if reason else b""
        return self.handle("POST", f"{ADMIN}/{action}", body, authorization=f"Bearer {ADMIN_TOKEN}", **headers)


@pytest.mark.parametrize(("method", "path"), [("GET", ADMIN), *(("POST", f"{ADMIN}/{action}") for action in POSTED)])
@pytest.mark.parametrize(
    "authorization",
    ["", ADMIN_TOKEN, f"Basic {ADMIN_TOKEN}", "Bearer", f"Bearer {ADMIN_TOKEN}x", "Bearer é", f"Bearer {ADMIN_TOKEN[:-1]}"],
)
def test_without_the_operators_token_nothing_is_shown_or_done(method: str, path: str, authorization: str) -> None:
    shop = AdminShop()
    response = shop.handle(method, path, authorization=authorization, idempotency_key="k")
    assert (response.status, problem(response)["type"]) == (401, "/problems/admin-token-needed")
    assert shop.rows("SELECT * FROM operator_log") == []


def test_a_refused_operator_is_told_which_scheme_to_use() -> None:
    assert AdminShop().handle("GET", ADMIN).header("www-authenticate") == 'Bearer realm="admin"'


@pytest.mark.parametrize(
    "authorization", [f"Bearer {ADMIN_TOKEN}", f"bearer  {ADMIN_TOKEN}", "Bearer new-token-of-thirty-two-characters"]
)
def test_while_a_token_is_rotated_both_open(authorization: str) -> None:
    shop = AdminShop(ENV | {"ADMIN_TOKEN": f"new-token-of-thirty-two-characters,{ADMIN_TOKEN}"})
    assert shop.handle("GET", ADMIN, authorization=authorization).status == 200


def test_without_a_configured_token_the_routes_are_closed() -> None:
    shop = AdminShop({name: value for name, value in ENV.items() if name != "ADMIN_TOKEN"})
    assert shop.handle("GET", ADMIN, authorization="Bearer ").status == 503


@pytest.mark.parametrize(("method", "action"), [("GET", ""), *(("POST", f"/{action}") for action in POSTED)])
def test_an_order_that_is_not_there_is_not_found(method: str, action: str) -> None:
    response = AdminShop().handle(
        method,
        f"/admin/orders/ord_nothing{action}",
        b'{"reason": "x"}' if method == "POST" else b"",
        authorization=f"Bearer {ADMIN_TOKEN}",
        idempotency_key="k",
    )
    assert (response.status, problem(response)["type"]) == (404, "/problems/not-found")


def test_an_order_is_shown_with_everything_that_happened_to_it() -> None:
    shop = AdminShop()
    shop.pay()
    shown = json.loads(shop.show().body)
    assert {name: len(shown[name]) for name in ("payments", "refunds", "disputes", "log", "events", "effects")} == {
        "payments": 1,
        "refunds": 0,
        "disputes": 0,
        "log": 0,
        "events": 1,
        "effects": 1,
    }


def test_an_order_is_shown_with_its_status_and_the_providers_ids() -> None:
    shop = AdminShop()
    shop.pay()
    shown = json.loads(shop.show().body)
    assert [shown[name] for name in ("order_id", "status", "session_id", "payment_ref", "review_reason")] == [
        ORDER_ID,
        "paid",
        "cs_test_1",
        "pi_1",
        None,
    ]


def test_what_the_buyer_wrote_is_shown_whole_and_is_not_in_the_log() -> None:
    shop = Shop()
    cart = {"items": [{"id": "test-10", "quantity": 1}], "customer_email": "ada@example.com", "note": "Ask for Ada"}
    created = shop.checkout(cart | {"delivery": {"country": "ES", "name": "Ada"}})
    shown = shop.handle("GET", ADMIN, authorization=f"Bearer {ADMIN_TOKEN}")
    order = json.loads(shown.body)
    assert (order["customer_email"], order["note"], order["address"]["country"]) == ("ada@example.com", "Ask for Ada", "ES")
    assert "ada" not in f"{created.log_fields} {shown.log_fields}".lower()


WHO = {
    "email": "jose@ejemplo.es",
    "name": "José Núñez",
    "phone": "+34600111222",
    "address": {"line1": "Calle Mayor 1", "city": "Madrid", "postal_code": "28013", "country": "ES"},
    "tax_ids": [{"type": "eu_vat", "value": "ESB12345678"}],
}


def test_who_paid_is_shown_with_the_pages_of_the_order() -> None:
    shop = AdminShop()
    shop.pay(customer_details=WHO)
    order = json.loads(shop.show().body)
    names = ("customer_email", "payer_email", "name", "phone", "vat_id", "address", "forgotten_at")
    assert [order[name] for name in names] == [
        "jose@ejemplo.es",
        None,
        "José Núñez",
        "+34600111222",
        "ESB12345678",
        None,
        None,
    ]
    assert (order["billing"]["name"], order["billing"]["line1"]) == ("José Núñez", "Calle Mayor 1")
    pages = f"https://pay.shop.example/orders/{ORDER_ID}"
    assert order["page_url"].startswith(f"{pages}/page/")
    assert order["receipt_url"].startswith(f"{pages}/receipt/")


def test_another_address_than_the_carts_is_shown_beside_it() -> None:
    shop = Shop()
    shop.checkout({"items": [{"id": "test-10", "quantity": 1}], "customer_email": "ada@example.com"})
    shop.webhook(event("checkout.session.completed", paid_session(ORDER_ID, customer_details=WHO)))
    order = json.loads(shop.handle("GET", ADMIN, authorization=f"Bearer {ADMIN_TOKEN}").body)
    assert (order["customer_email"], order["payer_email"]) == ("ada@example.com", "jose@ejemplo.es")


def test_an_order_that_is_not_paid_has_a_page_and_no_receipt() -> None:
    order = json.loads(AdminShop().show().body)
    assert (order["receipt_url"], order["receipt"], "/page/" in order["page_url"]) == (None, None, True)


def test_an_engine_that_lacks_its_settings_shows_an_order_without_its_pages() -> None:
    shop = AdminShop()
    bare = Shop({name: value for name, value in ENV.items() if name != "PUBLIC_URL"})
    bare.database.connection.close()
    bare.app.engine.ports.database.connection = shop.database.connection  # type: ignore[attr-defined]
    order = json.loads(bare.handle("GET", ADMIN, authorization=f"Bearer {ADMIN_TOKEN}").body)
    assert (order["order_id"], order["page_url"], order["receipt_url"]) == (ORDER_ID, None, None)


def test_a_buyer_is_forgotten_and_the_log_does_not_say_who_it_was() -> None:
    shop = AdminShop()
    shop.pay(customer_details=WHO)
    answered = shop.change("forget", "asked by letter")
    assert (answered.status, json.loads(answered.body)["status"]) == (200, "paid")
    order = json.loads(shop.show().body)
    assert {order[name] or None for name in ("customer_email", "payer_email", "name", "billing", "vat_id")} == {None}
    assert [(row["action"], row["who"], row["reason"]) for row in order["log"]] == [("forget", "admin", "asked by letter")]
    assert "jose" not in f"{answered.log_fields} {order}".lower()


def test_the_buyer_of_an_order_that_can_still_be_paid_is_not_forgotten() -> None:
    answered = AdminShop().change("forget")
    assert (answered.status, "cancel it first" in problem(answered)["detail"]) == (409, True)


def test_a_buyer_reads_the_order_without_personal_data() -> None:
    shop = Shop()
    cart = {"items": [{"id": "test-10", "quantity": 1}], "customer_email": "ada@example.com", "note": "Ask for Ada"}
    receipt = json.loads(shop.checkout(cart).body)["receipt"]
    shown = shop.handle("GET", f"/orders/{ORDER_ID}", authorization=f"Bearer {receipt}")
    assert (shown.status, b"ada" in shown.body.lower()) == (200, False)


def test_a_payment_is_shown_with_its_amounts() -> None:
    shop = AdminShop()
    shop.pay()
    (payment,) = json.loads(shop.show().body)["payments"]
    assert [payment[name] for name in ("payment_ref", "amount_minor", "tip_minor", "refunded_minor", "state")] == [
        "pi_1",
        1000,
        0,
        0,
        "paid",
    ]


def test_an_order_that_needs_review_is_shown_with_its_reason() -> None:
    shop = AdminShop()
    shop.pay(amount_total=900)
    shown = json.loads(shop.show().body)
    assert (shown["needs_review"], shown["review_reason"]) == (True, "amount")


def test_head_shows_no_body() -> None:
    response = AdminShop().show("HEAD")
    assert (response.status, response.body) == (200, b"")


def test_an_order_under_review_is_accepted_as_it_is() -> None:
    shop = AdminShop()
    shop.pay(amount_total=900)
    response = shop.change("accept", "agreed by phone")
    assert (response.status, json.loads(response.body)) == (
        200,
        {"order_id": ORDER_ID, "status": "paid", "needs_review": False},
    )


@pytest.mark.parametrize("reason", ["", " "])
def test_an_order_is_not_accepted_without_a_reason(reason: str) -> None:
    shop = AdminShop()
    shop.pay(amount_total=900)
    response = shop.change("accept", reason)
    assert (response.status, problem(response)["field"], shop.order().needs_review) == (422, "reason", True)


def test_an_order_that_needs_no_review_is_not_accepted() -> None:
    response = AdminShop().change("accept", "just so")
    assert (response.status, problem(response)["type"]) == (409, "/problems/not-possible")


@pytest.mark.parametrize(("action", "status"), [("cancel", "expired"), ("close", "expired")])
def test_an_open_order_ends_once_its_checkout_is_closed_at_the_provider(action: str, status: str) -> None:
    shop = AdminShop()
    shop.provider.answers = [answer(stripe_session(status="expired"))]
    response = shop.change(action, "out of stock")
    assert (response.status, json.loads(response.body)["status"]) == (200, status)
    assert shop.provider.requests[-1].path == "/v1/checkout/sessions/cs_test_1/expire"


def test_an_order_is_not_closed_while_money_is_kept() -> None:
    shop = AdminShop()
    shop.pay(amount_total=900)
    response = shop.change("close", "duplicate")
    assert (response.status, problem(response)["detail"]) == (
        409,
        "$9.00 of $10.00 was paid and $9.00 is kept: refund it first, or accept the order",
    )


def test_a_paid_order_is_not_cancelled() -> None:
    shop = AdminShop()
    shop.pay()
    response = shop.change("cancel")
    assert (response.status, problem(response)["detail"]) == (409, "the order is paid: refund it instead")


@pytest.mark.parametrize("action", CHANGES)
def test_a_change_is_logged_with_who_and_why(action: str) -> None:
    shop = AdminShop()
    shop.provider.answers = [answer(stripe_session(status="expired"))]
    if action in {"accept", "forget"}:
        shop.pay(amount_total=900 if action == "accept" else 1000)
    shop.change(action, "asked for by the buyer")
    assert shop.rows("SELECT who, action, subject, reason FROM operator_log") == [
        ("admin", action, ORDER_ID, "asked for by the buyer")
    ]


def test_a_refund_is_logged_with_who_and_why() -> None:
    shop = AdminShop()
    shop.pay()
    shop.provider.answers = [answer({"id": "re_1", "status": "succeeded"})]
    shop.change("refunds", "torn", idempotency_key="k")
    assert shop.rows("SELECT who, action, subject, reason FROM operator_log") == [("admin", "refund", ORDER_ID, "torn")]


def test_a_refund_is_made_and_shown() -> None:
    shop = AdminShop()
    shop.pay()
    charge = {"amount_refunded": 1000, "currency": "usd"}
    shop.provider.answers = [answer({"id": "re_1", "status": "succeeded", "charge": charge})]
    response = shop.change("refunds", idempotency_key="k")
    shown = json.loads(response.body)
    assert response.status == 201
    assert [shown[name] for name in ("status", "amount_minor", "order_status", "provider_ref")] == [
        "succeeded",
        1000,
        "refunded",
        "re_1",
    ]


def test_a_refund_in_review_needs_no_acceptance() -> None:
    shop = AdminShop()
    shop.pay(amount_total=900)
    charge = {"amount_refunded": 900, "currency": "usd"}
    shop.provider.answers = [answer({"id": "re_1", "status": "succeeded", "charge": charge})]
    shop.change("refunds", idempotency_key="k")
    assert (shop.order().status, shop.order().needs_review) == (OrderStatus.CANCELLED, False)


def test_a_refund_without_an_idempotency_key_is_refused() -> None:
    shop = AdminShop()
    shop.pay()
    response = shop.change("refunds")
    assert (response.status, problem(response)["field"]) == (422, "Idempotency-Key")


@pytest.mark.parametrize("action", ["cancel", "close", "refunds"])
def test_an_order_of_an_unknown_strategy_is_named_and_left(action: str) -> None:
    shop = AdminShop()
    if action == "refunds":
        shop.pay()
    shop.database.connection.execute("UPDATE orders SET strategy = 'cash'")
    response = shop.change(action, "x", idempotency_key="k")
    assert (response.status, problem(response)["type"]) == (409, "/problems/unknown-strategy")
    assert problem(response)["detail"].startswith("the strategy cash is not in this engine")


def test_an_order_that_is_being_read_is_not_cancelled_meanwhile() -> None:
    shop = AdminShop()
    shop.database.connection.execute(f"UPDATE orders SET busy_until = {int(shop.now) + 20}")
    assert problem(shop.change("cancel"))["type"] == "/problems/not-possible"


def test_a_change_is_logged_by_the_orders_id_and_status() -> None:
    shop = AdminShop()
    shop.provider.answers = [answer(stripe_session(status="expired"))]
    assert shop.change("cancel").log_fields == {"order_id": ORDER_ID, "order_status": "expired"}


def test_a_refund_that_the_dashboard_made_is_shown_in_the_sums() -> None:
    shop = AdminShop()
    shop.pay()
    shop.provider.routes = stripe_routes(300)
    shop.webhook(event("charge.refunded", {"id": "ch_1", "payment_intent": "pi_1"}, "evt_2"))
    assert json.loads(shop.show().body)["refunded_minor"] == 300
