"""The official SDK as a reference: its requests for the same order, and its signatures."""

import json
from operator import attrgetter
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import stripe

from lightning_cart.domain.catalog import Interval
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, Order
from lightning_cart.flow import drive
from lightning_cart.http import HttpRequest
from lightning_cart.providers.stripe.api import VERSION
from lightning_cart.providers.stripe.checkout import StripeCheckout, session_parameters
from lightning_cart.providers.stripe.payment_links import StripeLinks, link_parameters
from lightning_cart.secret import Secret
from lightning_cart.security.signing import sign as sign_bytes
from support.app import ENV, Provider, answer, run
from support.builders import NOW, ORDER_ID, STRIPE_KEY, make_order, paid_session
from support.full_orders import make_addressed_order, make_full_order, make_recurring_order
from support.stripe import WEBHOOK_SECRET, event, sign, stripe_session

STRIPE = StripeCheckout.from_env(ENV)
SUCCESS, CANCEL = "https://pay.shop.example/return/x", "https://shop.example/cart"


class Recorder(stripe.HTTPClient):
    """Records the requests of the SDK instead of sending them."""

    name = "recorder"

    def request(self, method: str, url: str, headers: Any, post_data: Any = None, **_: Any) -> tuple[str, int, dict[str, str]]:
        self.sent = (method.upper(), url, {name.lower(): value for name, value in headers.items()}, post_data or "")
        return json.dumps(stripe_session(object="checkout.session")), 200, {}

    request_with_retries: Any = request

    def close(self) -> None:
        pass


def sdk_sends(
    call: str, *args: Any, of: str = "checkout.sessions", **options: Any
) -> tuple[str, str, dict[str, str], list[tuple[str, str]]]:
    recorder = Recorder()
    client = stripe.StripeClient(STRIPE_KEY, http_client=recorder, stripe_version=VERSION)
    attrgetter(f"{of}.{call}")(client.v1)(*args, options=options)
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
    "delivery, tax and discount": make_full_order(),
    "with a whole address": make_addressed_order(),
    "delivery and tax that recur": make_recurring_order(),
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
    ours = next(STRIPE.read_checkout(make_order(session=session), capture=True))
    method, url, _, _ = sdk_sends("retrieve", "cs_test_1")
    assert (ours.method, ours.url) == (method, url)


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS.keys())
def test_we_make_a_link_as_the_sdk_does(order: Order) -> None:
    ours = next(StripeLinks.from_env(ENV).create_checkout(order, SUCCESS, CANCEL))
    parameters = link_parameters(order, SUCCESS)
    method, url, headers, body = sdk_sends("create", parameters, of="payment_links", idempotency_key=f"lnk-{order.id}-1")
    assert (ours.method, ours.url, sorted(parse_qsl(ours.body.decode(), keep_blank_values=True))) == (method, url, body)
    assert dict(ours.headers).items() <= headers.items()


def test_we_deactivate_a_link_and_list_its_visits_as_the_sdk_does() -> None:
    links, order = StripeLinks.from_env(ENV), make_order(session=CheckoutSession("plink_1", "https://x.example", None))
    provider = Provider([answer({}), answer({"data": []})])
    run(drive(links.expire_checkout(order), provider))
    update, listing = provider.requests[:2]
    method, url, _, body = sdk_sends("update", "plink_1", {"active": False}, of="payment_links")
    assert (update.method, update.url, parse_qsl(update.body.decode())) == (method, url, body)
    query = {"payment_link": "plink_1", "status": "open", "limit": 100}
    method, url, _, _ = sdk_sends("list", query)
    assert (listing.method, listing.path, listing.query) == (
        method,
        urlsplit(url).path,
        dict(parse_qsl(urlsplit(url).query)),
    )


def test_we_ask_for_the_invoice_of_a_disputed_payment_as_the_sdk_does() -> None:
    body, provider = event("charge.dispute.created", {"id": "du_1", "payment_intent": "pi_1"}), Provider([answer({"data": []})])
    run(drive(STRIPE.verify_webhook(HttpRequest("POST", "/webhook", {"stripe-signature": sign(body)}, body), NOW), provider))
    query = {"payment": {"type": "payment_intent", "payment_intent": "pi_1"}, "limit": 1, "expand": ["data.invoice"]}
    method, url, _, _ = sdk_sends("list", query, of="invoice_payments")
    (ours,) = provider.requests
    assert (ours.method, ours.path, ours.query) == (method, urlsplit(url).path, dict(parse_qsl(urlsplit(url).query)))


def test_the_sdk_accepts_a_signature_made_with_our_signing() -> None:
    body = event("checkout.session.completed", paid_session(ORDER_ID))
    header = f"t={NOW},v1={sign_bytes(Secret(WEBHOOK_SECRET), b'%d.%b' % (NOW, body)).hex()}"
    assert stripe.WebhookSignature.verify_header(body.decode(), header, WEBHOOK_SECRET, tolerance=None)


def test_we_accept_the_sdks_signature() -> None:
    body = event("checkout.session.completed", paid_session(ORDER_ID))
    theirs = stripe.WebhookSignature._compute_signature(f"{NOW}.{body.decode()}", WEBHOOK_SECRET)
    request = HttpRequest("POST", "/webhook", {"stripe-signature": f"t={NOW},v1={theirs}"}, body)
    assert run(drive(STRIPE.verify_webhook(request, NOW), Provider())).id == "evt_1"
    assert theirs in sign(body)
