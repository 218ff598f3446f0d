"""The official SDK judges us: what it sends for the same order, and whether its signatures and ours are the same."""

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
import stripe

from lightning_cart.catalog import Interval
from lightning_cart.flow import drive
from lightning_cart.http import HttpRequest
from lightning_cart.money import Money
from lightning_cart.order import LineItem, Order
from lightning_cart.providers.stripe.api import VERSION
from lightning_cart.providers.stripe.checkout import StripeCheckout, session_parameters
from lightning_cart.secret import Secret
from lightning_cart.signing import sign as sign_bytes
from support import ENV, NOW, ORDER_ID, SECRET, Provider, event, make_order, paid_session, run, sign, stripe_session

STRIPE = StripeCheckout.from_env(ENV)
SUCCESS, CANCEL = "https://pay.shop.example/return/x", "https://shop.example/cart"


class Recorder(stripe.HTTPClient):
    """Stands where the SDK's HTTP client stands, and keeps what it was given."""

    name = "recorder"

    def request(
        self, method: str, url: str, headers: Any, post_data: Any = None, **_: Any
    ) -> tuple[bytes, int, dict[str, str]]:
        self.sent = (method.upper(), url, {name.lower(): value for name, value in headers.items()}, post_data or "")
        return json.dumps(stripe_session(object="checkout.session")).encode(), 200, {}

    request_with_retries = request

    def close(self) -> None:
        pass


def sdk_sends(call: str, *args: Any, **options: Any) -> tuple[str, str, dict[str, str], list[tuple[str, str]]]:
    recorder = Recorder()
    client = stripe.StripeClient("sk_test_key", http_client=recorder, stripe_version=VERSION)
    getattr(client.v1.checkout.sessions, call)(*args, options=options)
    method, url, headers, body = recorder.sent
    return method, url, headers, sorted(parse_qsl(body, keep_blank_values=True))


ORDERS = {
    "one time": make_order(customer_email="ada@example.com", metadata={"table": "7"}, statement_descriptor_suffix="SHOP"),
    "recurring": make_order(
        lines=(
            LineItem("club", "Club", Money(500, "USD"), 1, interval=Interval.MONTH),
            LineItem(
                "mug", "Mug & lid “é” 🫖", Money(1250, "USD"), 2, "350 ml", "https://x.example/a b.png", None, {"sku": "M"}
            ),
        )
    ),
    "no decimals": make_order(lines=(LineItem("mug", "Mug", Money(1800, "JPY"), 3),)),
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS.keys())
def test_we_send_what_the_sdk_sends_for_the_same_order(order: Order) -> None:
    ours = next(STRIPE.create_checkout(order, SUCCESS, CANCEL))
    method, url, headers, body = sdk_sends(
        "create", session_parameters(order, SUCCESS, CANCEL), idempotency_key=f"chk-{order.id}-1"
    )
    assert (ours.method, ours.url, sorted(parse_qsl(ours.body.decode(), keep_blank_values=True))) == (method, url, body)
    assert dict(ours.headers).items() <= headers.items()


def test_we_read_a_session_as_the_sdk_does() -> None:
    session = run(drive(STRIPE.create_checkout(make_order(), SUCCESS, CANCEL), Provider()))
    ours = next(STRIPE.read_checkout(make_order(session=session)))
    method, url, _, _ = sdk_sends("retrieve", "cs_test_1")
    assert (ours.method, ours.url) == (method, url)


def test_the_sdk_accepts_a_signature_made_with_our_signing() -> None:
    body = event("checkout.session.completed", paid_session(ORDER_ID))
    header = f"t={NOW},v1={sign_bytes(Secret(SECRET), b'%d.%b' % (NOW, body)).hex()}"
    assert stripe.WebhookSignature.verify_header(body.decode(), header, SECRET, tolerance=None)


def test_we_accept_the_sdks_signature() -> None:
    body = event("checkout.session.completed", paid_session(ORDER_ID))
    theirs = stripe.WebhookSignature._compute_signature(f"{NOW}.{body.decode()}", SECRET)
    request = HttpRequest("POST", "/webhook", {"stripe-signature": f"t={NOW},v1={theirs}"}, body)
    assert run(drive(STRIPE.verify_webhook(request, NOW), Provider())).id == "evt_1"
    assert theirs in sign(body)
