"""The official SDK works with the sandbox over real HTTP."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import stripe
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lightning_cart_sandbox import create_sandbox

pytestmark = pytest.mark.process


class Live:
    """A sandbox and a shop's receiver on one loopback port."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.received: list[tuple[bytes, str]] = []
        self.sandbox = create_sandbox(base, retry_seconds=(0.05, 0.05))
        self.app = Starlette(
            lifespan=self.sandbox.router.lifespan_context, routes=[Route("/shop", self.take, methods=["POST"])]
        )
        self.app.mount("/", self.sandbox)
        self.refuse_next = 0
        self.arrived = threading.Event()

    async def take(self, request: Request) -> Response:
        """Receive a webhook."""
        self.received.append((await request.body(), request.headers["stripe-signature"]))
        if self.refuse_next:
            self.refuse_next -= 1
            return Response("not now", 503)
        self.arrived.set()
        return Response("ok")

    def pay(self, session: Any, **changes: str) -> httpx.Response:
        """Pay on the hosted page."""
        form = {
            "action": "pay",
            "card_number": "4242424242424242",
            "expiry": "12/40",
            "cvc": "123",
            "name": "Ada",
            "email": "a@b.co",
        }
        return httpx.post(session.url, data=form | changes, trust_env=False)


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    """Serve a sandbox, and stop it at the end."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    made = Live(f"http://127.0.0.1:{listening.getsockname()[1]}")
    server = uvicorn.Server(uvicorn.Config(made.app, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield made
    server.should_exit = True
    thread.join()
    listening.close()


@pytest.fixture
def client(live: Live) -> Iterator[stripe.StripeClient]:
    """Return the SDK with the sandbox's URL as its only setting."""
    http: Any = stripe.RequestsClient()
    made = stripe.StripeClient("sk_test_sandbox", base_addresses={"api": f"{live.base}/stripe"}, http_client=http)
    yield made
    http.close()


def create_session(client: Any, **changes: Any) -> Any:
    item = {"quantity": 2, "price_data": {"currency": "usd", "unit_amount": 500, "product_data": {"name": "Mug & lid"}}}
    params: Any = {
        "mode": "payment",
        "success_url": "https://shop.test/ok",
        "cancel_url": "https://shop.test/",
        "line_items": [item],
    }
    return client.v1.checkout.sessions.create(params | changes)


def test_a_purchase_from_session_to_refund(live: Live, client: Any) -> None:
    session = create_session(client, metadata={"order_id": "ord_1"}, payment_intent_data={"metadata": {"order_id": "ord_1"}})
    live.pay(session)
    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["line_items", "payment_intent.latest_charge"]})
    refund = client.v1.refunds.create({"payment_intent": paid.payment_intent.id, "amount": 400})
    charge = client.v1.charges.retrieve(refund.charge, {"expand": ["balance_transaction"]})
    assert (paid.status, paid.line_items.data[0].quantity, paid.payment_intent.latest_charge.paid) == ("complete", 2, True)
    assert (charge.amount_refunded, charge.balance_transaction.net, charge.metadata["order_id"]) == (400, 941, "ord_1")


def test_every_list_pages_by_itself(live: Live, client: Any) -> None:
    for _ in range(3):
        live.pay(create_session(client))
    v1 = client.v1
    lists = (v1.checkout.sessions, v1.payment_intents, v1.charges, v1.balance_transactions, v1.events)
    assert all(len(list(one.list({"limit": 2}).auto_paging_iter())) >= 3 for one in lists)
    assert v1.refunds.list().object == v1.disputes.list().object == v1.invoices.list().object == "list"


def test_line_items_expire_and_update(client: Any) -> None:
    session = create_session(client)
    items = client.v1.checkout.sessions.line_items.list(session.id)
    updated = client.v1.checkout.sessions.update(session.id, {"metadata": {"a": "1"}})
    expired = client.v1.checkout.sessions.expire(session.id)
    assert (items.data[0].description, updated.metadata["a"], expired.status) == ("Mug & lid", "1", "expired")


def test_a_subscription(live: Live, client: Any) -> None:
    price = {"currency": "usd", "unit_amount": 700, "product_data": {"name": "Club"}, "recurring": {"interval": "month"}}
    session = create_session(client, mode="subscription", line_items=[{"quantity": 1, "price_data": price}])
    live.pay(session)
    done = client.v1.checkout.sessions.retrieve(session.id)
    invoice = client.v1.invoices.retrieve(done.invoice)
    intent = client.v1.invoices.retrieve(done.invoice, {"expand": ["payments"]}).payments.data[0].payment.payment_intent
    filters: Any = {"payment": {"type": "payment_intent", "payment_intent": intent}, "expand": ["data.invoice"]}
    (payment,) = client.v1.invoice_payments.list(filters).data
    assert (payment.invoice.id, payment.status) == (done.invoice, "paid")
    customer = client.v1.customers.retrieve(done.customer)
    cancelled = client.v1.subscriptions.cancel(done.subscription)
    assert (invoice.amount_paid, customer.email, cancelled.status) == (700, "a@b.co", "canceled")
    assert cancelled["items"].data[0].price.recurring.interval == "month"


def test_errors_become_the_sdks_own(client: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        create_session(client, colour="red")
    with pytest.raises(stripe.InvalidRequestError) as absent:
        client.v1.charges.retrieve("ch_nothing")
    assert (unknown.value.code, unknown.value.param, absent.value.http_status) == ("parameter_unknown", "colour", 404)
    assert str(unknown.value.request_id).startswith("req_")


def test_a_wrong_key_is_an_authentication_error(live: Live) -> None:
    http: Any = stripe.RequestsClient()
    client: Any = stripe.StripeClient("sk_live_oh_no", base_addresses={"api": f"{live.base}/stripe"}, http_client=http)
    with pytest.raises(stripe.AuthenticationError, match="Never send a live key"):
        client.v1.charges.list()
    http.close()


def test_an_idempotency_key_used_twice_is_an_idempotency_error(client: Any) -> None:
    params: Any = {"mode": "payment", "success_url": "https://shop.test/ok"}
    item = {"quantity": 1, "price_data": {"currency": "usd", "unit_amount": 500, "product_data": {"name": "Mug"}}}
    options: Any = {"idempotency_key": "chk-sdk-1"}
    made = [client.v1.checkout.sessions.create(params | {"line_items": [item]}, options).id for _ in range(2)]
    with pytest.raises(stripe.IdempotencyError):
        client.v1.checkout.sessions.create(params | {"line_items": [item | {"quantity": 3}]}, options)
    assert made[0] == made[1]


def test_the_sdk_accepts_our_signature_and_a_refused_webhook_comes_again(live: Live, client: Any) -> None:
    live.received.clear()
    live.arrived.clear()
    live.refuse_next = 1
    endpoint = client.v1.webhook_endpoints.create(
        {"url": f"{live.base}/shop", "enabled_events": ["checkout.session.completed"]}
    )
    session = create_session(client)
    live.pay(session)
    assert live.arrived.wait(5)
    client.v1.webhook_endpoints.delete(endpoint.id)
    events = [stripe.Webhook.construct_event(body, header, endpoint.secret) for body, header in live.received]
    assert [event.data.object["id"] for event in events] == [session.id] * 2
    assert events[0].id == events[1].id


def test_a_shop_with_its_own_catalogue_and_customers(live: Live, client: Any) -> None:
    v1 = client.v1
    customer = v1.customers.create({"email": "a@b.co"})
    product = v1.products.create({"name": "Tea", "default_price_data": {"currency": "usd", "unit_amount": 900}})
    coupon = v1.coupons.create({"percent_off": 50})
    code = v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "HALF"})
    session = create_session(
        client,
        customer=customer.id,
        line_items=[{"price": product.default_price, "quantity": 1}],
        discounts=[{"promotion_code": code.id}],
    )
    live.pay(session)
    paid = v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.payment_method"]})
    assert (paid.amount_total, paid.payment_intent.customer, paid.payment_intent.payment_method.type) == (
        450,
        customer.id,
        "card",
    )


def test_a_payment_without_a_page(client: Any) -> None:
    intents = client.v1.payment_intents
    intent = intents.create({"amount": 2000, "currency": "eur", "capture_method": "manual", "payment_method": "pm_card_visa"})
    held = intents.confirm(intent.id)
    captured = intents.capture(intent.id, {"amount_to_capture": 1500})
    with pytest.raises(stripe.CardError) as declined:
        intents.create({"amount": 2000, "currency": "eur", "confirm": True, "payment_method": "pm_card_chargeDeclined"})
    assert (held.status, captured.status, captured.amount_received) == ("requires_capture", "succeeded", 1500)
    error: Any = declined.value.error
    assert (declined.value.code, error.decline_code) == ("card_declined", "generic_decline")
    assert error.payment_intent.status == "requires_payment_method"


def test_another_version_is_one_setting(client: Any) -> None:
    session = create_session(client, ui_mode="hosted_page")
    old: Any = {"stripe_version": "2024-06-20"}
    read = client.v1.checkout.sessions.retrieve(session.id, {}, old)
    assert (read.ui_mode, read.last_response.headers["sandbox-note"]) == ("hosted", "served as 2026-09-30.endive")


def test_what_is_not_imitated_is_a_clear_error(client: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="POST /v1/quotes is not imitated by this sandbox") as refused:
        client.v1.quotes.create({"customer": "cus_1"})
    assert (refused.value.http_status, refused.value.code) == (404, "sandbox_not_imitated")
