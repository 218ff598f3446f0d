"""The official SDK as a reference: its requests for the same calls, and its signatures."""

import base64
import json
from typing import Any

import httpx
import pytest
from square import Square as SdkSquare
from square.utils.webhooks_helper import verify_signature

from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.flow import drive
from lightning_cart.http import HttpRequest
from lightning_cart.providers.square.checkout import Square
from lightning_cart.providers.square.link import link_body
from lightning_cart.secret import Secret
from lightning_cart.security.signing import sign
from support.app import Provider, answer, run
from support.builders import ORDER_ID, SQUARE_TOKEN, make_order
from support.full_orders import make_addressed_order, make_full_order
from support.square import (
    KEY,
    LINK_ID,
    OPENED,
    PAYMENT_ID,
    SQUARE_ORDER,
    URL,
    event_body,
    link,
    payment,
    signature,
    square,
    square_order,
    verify,
)

BASE = "https://connect.squareupsandbox.com"
SUCCESS, CANCEL = f"https://pay.shop.example/return/{ORDER_ID}", "https://shop.example/cart"


class Sdk:
    """The SDK's client, with a recorder for a network."""

    def __init__(self) -> None:
        self.sent: list[httpx.Request] = []
        network = httpx.Client(transport=httpx.MockTransport(self._answer))
        self.client = SdkSquare(token=SQUARE_TOKEN, base_url=BASE, httpx_client=network)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        return httpx.Response(200, json={})


def same(ours: HttpRequest, theirs: httpx.Request) -> None:
    """Check that method, URL and body are equal, and that the SDK sends each of our headers."""
    assert (ours.method, ours.url) == (theirs.method, str(theirs.url))
    assert json.loads(ours.body or b"{}") == json.loads(theirs.content or b"{}")
    assert dict(ours.headers).items() <= dict(theirs.headers).items()


ORDERS = {
    "delivery, tax and discount": make_full_order(),
    "with a whole address": make_addressed_order(),
    "one line": make_order(customer_email="ada@example.com"),
    "no decimals": make_order(lines=(LineItem("mug", "Mug", Money(1800, "JPY"), 3),)),
    "not only ASCII": make_order(
        lines=(
            LineItem("mug", "Mug & lid “é” 🫖", Money(1250, "USD"), 2, "350 ml"),
            LineItem("pin", "Pin", Money(5, "USD"), 9),
        )
    ),
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS.keys())
def test_we_send_what_the_sdk_sends_for_the_same_order(order: Order) -> None:
    total = {"amount": order.total.minor, "currency": order.total.currency}
    location = answer({"location": {"currency": order.total.currency}})
    provider = Provider([location, answer(link(related_resources={"orders": [{"total_money": total}]}))])
    run(drive(square().create_checkout(order, SUCCESS, CANCEL), provider))
    sdk = Sdk()
    sdk.client.locations.get("L1")
    body: Any = link_body(order, "L1", SUCCESS, Square.limits)
    sdk.client.checkout.payment_links.create(**body)
    for mine, theirs in zip(provider.requests, sdk.sent, strict=True):
        same(mine, theirs)


def test_we_read_an_order_and_its_payment_as_the_sdk_does() -> None:
    provider = Provider([answer(square_order("OPEN", PAYMENT_ID)), answer({"payment": payment()})])
    run(drive(square().read_checkout(OPENED, capture=True), provider))
    sdk = Sdk()
    sdk.client.orders.get(SQUARE_ORDER)
    sdk.client.payments.get(PAYMENT_ID)
    for mine, theirs in zip(provider.requests, sdk.sent, strict=True):
        same(mine, theirs)


def test_we_delete_a_link_as_the_sdk_does() -> None:
    provider = Provider([answer({"cancelled_order_id": SQUARE_ORDER})])
    run(drive(square().expire_checkout(OPENED), provider))
    sdk = Sdk()
    sdk.client.checkout.payment_links.delete(LINK_ID)
    same(provider.requests[0], sdk.sent[0])


BODY = event_body("payment.updated", "payment", payment())


def test_the_sdk_accepts_a_signature_made_with_our_signing() -> None:
    ours = base64.b64encode(sign(Secret(KEY), URL.encode() + BODY)).decode()
    assert verify_signature(request_body=BODY.decode(), signature_header=ours, signature_key=KEY, notification_url=URL)


def test_we_accept_what_the_sdk_accepts() -> None:
    header = signature(BODY)
    assert verify_signature(request_body=BODY.decode(), signature_header=header, signature_key=KEY, notification_url=URL)
    assert verify(BODY, header=header)[0].kind is EventKind.PAID
