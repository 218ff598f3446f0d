"""An order's whole life over real HTTP: what happens at the provider arrives as signed webhooks, and the order follows."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import stripe

from running import Door

pytestmark = pytest.mark.process

CARD = {"card_number": "4242424242424242", "expiry": "12/39", "cvc": "123", "name": "Ada", "email": "ada@example.com"}
DISPUTED, THREE_D_SECURE, DECLINED = "4000000000000259", "4000002760003184", "4000000000009995"
PATIENCE = 15  # seconds


class Purchase:
    """One buyer with one order."""

    def __init__(self, door: Door, product: str = "test-10", **cart: Any) -> None:
        self.door = door
        body = {"site": "shop", "items": [{"id": product, "quantity": 1}]} | cart
        self.checkout = door.client.post("/checkout", json=body).json()
        self.id = self.checkout["order_id"]

    def pay(self, action: str = "pay", **changes: str) -> httpx.Response:
        return httpx.post(self.checkout["url"], data=CARD | changes | {"action": action}, timeout=30, trust_env=False)

    def at_provider(self, action: str, **fields: str) -> None:
        url = f"{self.door.sandbox}/stripe/sessions/{self.checkout['session_id']}"
        assert httpx.post(url, data={"action": action} | fields, trust_env=False).status_code == 303

    def read(self) -> dict[str, Any]:
        receipt = {"authorization": f"Bearer {self.checkout['receipt']}"}
        order: dict[str, Any] = self.door.client.get(f"/orders/{self.id}", headers=receipt).json()
        return order

    def until(self, true_of: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while not true_of(order := self.read()):
            assert time.monotonic() < deadline, order
            time.sleep(0.05)
        return order

    def until_status(self, status: str) -> dict[str, Any]:
        return self.until(lambda order: order["status"] == status)


@pytest.fixture
def buy(door: Door) -> Callable[..., Purchase]:
    return lambda *args, **cart: Purchase(door, *args, **cart)


def test_a_card_pays_and_the_buyer_comes_back_with_a_receipt(buy: Callable[..., Purchase]) -> None:
    purchase = buy()
    back = purchase.pay()
    assert (back.status_code, back.headers["location"].endswith(f"/return/{purchase.id}")) == (303, True)
    page = httpx.get(back.headers["location"], trust_env=False)
    assert page.headers["location"] == f"https://shop.example/thanks#order={purchase.id}&receipt={purchase.checkout['receipt']}"
    assert purchase.until_status("paid")["paid_minor"] == 1000


def test_a_declined_card_leaves_the_order_open(buy: Callable[..., Purchase]) -> None:
    purchase = buy()
    assert purchase.pay(card_number=DECLINED).status_code == 402
    assert purchase.read()["status"] == "open"


def test_a_card_that_asks_its_bank_pays_after_the_answer(buy: Callable[..., Purchase]) -> None:
    purchase = buy()
    challenge = purchase.pay(card_number=THREE_D_SECURE).headers["location"]
    url = httpx.URL(purchase.checkout["url"]).join(challenge)
    assert httpx.post(url, data={"action": "authenticate"}, timeout=30, trust_env=False).status_code == 303
    purchase.until_status("paid")


@pytest.mark.parametrize(("outcome", "status"), [("async_success", "paid"), ("async_failure", "failed")])
def test_a_delayed_payment_is_pending_until_the_bank_decides(buy: Callable[..., Purchase], outcome: str, status: str) -> None:
    purchase = buy()
    purchase.pay("delayed")
    purchase.until_status("pending")
    purchase.at_provider(outcome)
    purchase.until_status(status)


def test_a_session_that_expires_expires_the_order(buy: Callable[..., Purchase]) -> None:
    purchase = buy()
    purchase.at_provider("expire")
    purchase.until_status("expired")


def test_refunds_at_the_provider_are_followed_to_the_cent(buy: Callable[..., Purchase]) -> None:
    purchase = buy()
    purchase.pay()
    purchase.until_status("paid")
    purchase.at_provider("refund", amount_minor="300")
    assert purchase.until_status("partially_refunded")["refunded_minor"] == 300
    purchase.at_provider("refund")
    assert purchase.until_status("refunded")["refunded_minor"] == 1000


def test_a_dispute_is_flagged_and_unflagged_when_it_is_won(buy: Callable[..., Purchase]) -> None:
    purchase = buy()
    purchase.pay(card_number=DISPUTED)
    assert purchase.until(lambda order: order["disputed"])["status"] == "paid"
    purchase.at_provider("dispute_won")
    purchase.until(lambda order: not order["disputed"])


def test_a_subscription_is_paid_renewed_and_ended(buy: Callable[..., Purchase]) -> None:
    purchase = buy("club")
    purchase.pay()
    purchase.until_status("paid")
    for action in ("renew", "fail_renewal", "cancel_subscription"):
        purchase.at_provider(action)
    deadline = time.monotonic() + PATIENCE
    wanted = {"order.paid", "order.renewed", "order.renewal_failed", "order.subscription_ended"}
    while {effect.partition(":")[0] for effect in purchase.door.effects(purchase.id)} != wanted:
        assert time.monotonic() < deadline, purchase.door.effects(purchase.id)
        time.sleep(0.05)


def test_a_form_without_javascript_leads_to_the_pay_page(door: Door) -> None:
    response = door.client.post("/checkout", data={"site": "shop", "id": "test-10", "quantity": "1", "customer_email": ""})
    assert (response.status_code, response.headers["location"].startswith(door.sandbox)) == (303, True)


def test_the_official_sdk_sees_what_we_sent(door: Door, buy: Callable[..., Purchase]) -> None:
    purchase = buy(customer_email="ada@example.com", metadata={"table": "7"})
    purchase.pay()
    client = stripe.StripeClient("sk_test_of_the_tests", base_addresses={"api": f"{door.sandbox}/stripe"})
    session = client.v1.checkout.sessions.retrieve(
        purchase.checkout["session_id"], params={"expand": ["payment_intent", "line_items"]}
    )
    metadata = {"table": "7", "order_id": purchase.id, "site_id": "shop"}
    assert (session.client_reference_id, session.amount_total, session.metadata.to_dict()) == (purchase.id, 1000, metadata)
    assert session.payment_intent.metadata.to_dict() == metadata
    assert session.payment_intent.statement_descriptor_suffix == "SHOP"
    assert session.customer_email == "ada@example.com"


def test_the_same_key_twice_over_http_is_one_order(door: Door) -> None:
    body, headers = {"site": "shop", "items": [{"id": "test-10", "quantity": 1}]}, {"idempotency-key": "flow-key-1"}
    before = door.rows("orders")
    answers = {door.client.post("/checkout", json=body, headers=headers).text for _ in range(3)}
    assert (len(answers), door.rows("orders")) == (1, before + 1)
