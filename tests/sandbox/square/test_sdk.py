"""The official SDK works with the sandbox over real HTTP, and its helper verifies our signatures."""

import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from square import Square
from square.core.api_error import ApiError
from square.utils.webhooks_helper import verify_signature
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lightning_cart_sandbox import create_sandbox
from lightning_cart_sandbox.square import BUYER as SQUARE_BUYER
from support.http_server import serving
from support.sandbox_clients import SQUARE_CARD, order, square_money

pytestmark = pytest.mark.process


class Live:
    """A sandbox and a shop's receiver on one loopback port."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.url = f"{base}/shop?k=v"
        self.received: list[tuple[str, str]] = []
        self.sandbox = create_sandbox(base, retry_seconds=(0.05,))
        self.app = Starlette(
            lifespan=self.sandbox.router.lifespan_context, routes=[Route("/shop", self.take, methods=["POST"])]
        )
        self.app.mount("/", self.sandbox)
        self.expected = 0
        self.arrived = threading.Event()

    async def take(self, request: Request) -> Response:
        """Receive a webhook."""
        body = (await request.body()).decode()
        self.received.append((body, request.headers["x-square-hmacsha256-signature"]))
        if len(self.received) == self.expected:
            self.arrived.set()
        return Response("ok", 202)


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    """Serve a sandbox."""
    with serving(Live) as made:
        yield made


@pytest.fixture(scope="module")
def client(live: Live) -> Iterator[Square]:
    """Return the SDK with the sandbox's URL as its only setting."""
    with httpx.Client(trust_env=False) as http:
        yield Square(token="sandbox-access-token", base_url=f"{live.base}/square", httpx_client=http)


def make(client: Square, **changes: Any) -> Any:
    wanted: Any = {"order": order(), "checkout_options": {"redirect_url": "https://shop.test/ok"}, **changes}
    return client.checkout.payment_links.create(**wanted)


def pay(link: Any) -> httpx.Response:
    return httpx.post(link.url, data=SQUARE_CARD, trust_env=False)


def test_a_purchase_from_link_to_refund(live: Live, client: Square) -> None:
    live.expected = 4
    hook: Any = {
        "name": "cart",
        "event_types": ["payment.updated", "refund.updated", "order.updated"],
        "notification_url": live.url,
    }
    made_hook = client.webhooks.subscriptions.create(subscription=hook, idempotency_key="hook").subscription
    made = make(client, idempotency_key="chk-ord_1-1", payment_note="ord_1", pre_populated_data={"buyer_email": "a@b.co"})
    link, (before,) = made.payment_link, made.related_resources.orders
    assert pay(link).headers["location"] == "https://shop.test/ok"
    after = client.orders.get(order_id=link.order_id).order
    payment = client.payments.get(payment_id=after.tenders[0].payment_id).payment
    assert (before.state, before.total_money.amount, after.state, after.reference_id) == ("DRAFT", 1000, "OPEN", "ord_1")
    assert (payment.status, payment.order_id, payment.amount_money.amount) == ("COMPLETED", link.order_id, 1000)
    assert payment.card_details.card.last4 == "1111"
    refund = client.refunds.refund_payment(
        idempotency_key="rfd-1", payment_id=payment.id, amount_money=square_money(400), reason="one back"
    ).refund
    assert (refund.status, client.refunds.get(refund_id=refund.id).refund.status) == ("PENDING", "COMPLETED")
    assert live.arrived.wait(5)
    client.webhooks.subscriptions.delete(subscription_id=made_hook.id)
    for body, header in live.received:
        key = made_hook.signature_key
        assert verify_signature(request_body=body, signature_header=header, signature_key=key, notification_url=live.url)
        assert not verify_signature(
            request_body=body + " ", signature_header=header, signature_key=key, notification_url=live.url
        )


def test_links_are_read_listed_updated_and_deleted(client: Square) -> None:
    links = client.checkout.payment_links
    made = [make(client).payment_link for _ in range(3)]
    changed = links.update(id=made[0].id, payment_link={"version": 1, "description": "new"}).payment_link
    assert links.get(id=made[0].id).payment_link == changed
    assert {one.id for one in made} <= {one.id for one in links.list(limit=2)}
    gone = links.delete(id=made[1].id)
    assert (gone.id, gone.cancelled_order_id) == (made[1].id, made[1].order_id)


def test_a_quick_pay(client: Square) -> None:
    quick_pay = {"name": "Auto detailing", "price_money": square_money(12500), "location_id": "LSANDBOXUSD"}
    made = client.checkout.payment_links.create(quick_pay=quick_pay, idempotency_key="quick")
    again = client.checkout.payment_links.create(quick_pay=quick_pay, idempotency_key="quick")
    assert (made.related_resources.orders[0].total_money.amount, again.payment_link.id) == (12500, made.payment_link.id)


def test_an_order_with_adjustments_is_calculated_delivered_and_paid(client: Square) -> None:
    adjusted: Any = {
        **order(),
        "discounts": [{"uid": "ten", "name": "Ten", "type": "FIXED_PERCENTAGE", "percentage": "10", "scope": "ORDER"}],
        "taxes": [{"name": "Tax", "type": "ADDITIVE", "percentage": "8.875", "scope": "ORDER"}],
        "service_charges": [{"name": "Wrapping", "amount_money": square_money(300), "taxable": False}],
    }
    before = client.orders.calculate(order=adjusted).order
    options = {"ask_for_shipping_address": True, "allow_tipping": True, "custom_fields": [{"title": "Engraving"}]}
    link = make(client, order=adjusted, checkout_options=options).payment_link
    paid = httpx.post(link.url, data={**SQUARE_BUYER["pay"], "tip": "2.00", "custom_0": "Ada"}, trust_env=False)
    after = client.orders.get(order_id=link.order_id).order
    assert (paid.status_code, before.total_money.amount, after.total_money.amount) == (303, 1280, 1480)
    assert [one.applied_money.amount for one in (*after.discounts, *after.taxes, *after.service_charges)] == [100, 80, 300]
    recipient = after.fulfillments[0].shipment_details.recipient
    assert (after.fulfillments[0].type, recipient.display_name, recipient.address.country) == ("SHIPMENT", "Ada Lovelace", "ES")
    payment = client.payments.get(payment_id=after.tenders[0].payment_id).payment
    assert (payment.tip_money.amount, payment.shipping_address.locality) == (200, "Sabadell")


def test_a_shipped_order_is_complete(client: Square) -> None:
    link = make(client, checkout_options={"ask_for_shipping_address": True}).payment_link
    httpx.post(link.url, data=SQUARE_BUYER["pay"], trust_env=False)
    paid = client.orders.get(order_id=link.order_id).order
    change: Any = {"uid": paid.fulfillments[0].uid, "state": "COMPLETED", "shipment_details": {"tracking_number": "1"}}
    sparse: Any = {"location_id": "LSANDBOXUSD", "version": paid.version, "fulfillments": [change]}
    made = client.orders.update(order_id=link.order_id, order=sparse).order
    assert (made.state, made.fulfillments[0].shipment_details.tracking_number) == ("COMPLETED", "1")


def test_an_order_is_picked_up(client: Square) -> None:
    details = {"recipient": {"display_name": "Ada"}, "pickup_at": "2030-01-01T12:00:00Z"}
    made = make(client, order={**order(), "fulfillments": [{"type": "PICKUP", "pickup_details": details}]})
    (only,) = made.related_resources.orders[0].fulfillments
    assert (only.state, only.pickup_details.schedule_type) == ("PROPOSED", "SCHEDULED")


def test_the_customer_of_a_payment_is_read_searched_and_listed(client: Square) -> None:
    link = make(client).payment_link
    httpx.post(link.url, data={**SQUARE_CARD, "email": "grace@navy.example"}, trust_env=False)
    tender = client.orders.get(order_id=link.order_id).order.tenders[0]
    customer = client.customers.get(customer_id=tender.customer_id).customer
    found = client.customers.search(query={"filter": {"email_address": {"exact": "grace@navy.example"}}}, count=True)
    assert (customer.email_address, customer.creation_source) == ("grace@navy.example", "INSTANT_PROFILE")
    assert ([one.id for one in found.customers], found.count) == ([customer.id], 1)
    assert customer.id in {one.id for one in client.customers.list(limit=1, sort_field="CREATED_AT")}


def test_orders_are_searched(client: Square) -> None:
    link = make(client).payment_link
    found = client.orders.search(
        location_ids=["LSANDBOXUSD"], query={"filter": {"state_filter": {"states": ["DRAFT"]}}}, return_entries=False
    )
    assert link.order_id in {one.id for one in found.orders}
    assert client.orders.batch_get(order_ids=[link.order_id]).orders[0].id == link.order_id


def test_locations_name_their_currency(client: Square) -> None:
    main = client.locations.get(location_id="main").location
    assert (main.currency, main.id in {one.id for one in client.locations.list().locations}) == ("USD", True)


def test_a_subscription_is_tested_changed_and_listed(live: Live, client: Square) -> None:
    hooks = client.webhooks.subscriptions
    wanted: Any = {"name": "cart", "event_types": ["payment.updated"], "notification_url": live.url}
    made = hooks.create(subscription=wanted, idempotency_key="tested").subscription
    result = hooks.test(subscription_id=made.id, event_type="payment.updated").subscription_test_result
    assert (result.status_code, result.passes_filter, result.payload["type"]) == (202, True, "payment.updated")
    assert hooks.update_signature_key(subscription_id=made.id).signature_key != made.signature_key
    assert hooks.update(subscription_id=made.id, subscription={"enabled": False}).subscription.enabled is False
    assert made.id in {one.id for one in hooks.list(include_disabled=True)}
    assert hooks.get(subscription_id=made.id).subscription.enabled is False


def test_a_dispute_is_read(live: Live, client: Square) -> None:
    link = make(client).payment_link
    pay(link)
    httpx.post(f"{live.base}/square/links/{link.id}", data={"action": "dispute"}, trust_env=False)
    (dispute,) = list(client.disputes.list())
    assert client.disputes.get(dispute_id=dispute.id).dispute.state == "EVIDENCE_REQUIRED"


def test_errors_become_the_sdks_own(live: Live, client: Square) -> None:
    with pytest.raises(ApiError) as wrong:
        make(client, order=order(line_items=[{"name": "Mug", "quantity": 1}]))
    assert (wrong.value.status_code, wrong.value.errors[0].code) == (400, "EXPECTED_STRING")
    assert wrong.value.errors[0].field == "order.line_items[0].quantity"
    with httpx.Client(trust_env=False) as http, pytest.raises(ApiError) as closed:
        Square(token="wrong", base_url=f"{live.base}/square", httpx_client=http).locations.list()
    assert (closed.value.status_code, closed.value.errors[0].category) == (401, "AUTHENTICATION_ERROR")
