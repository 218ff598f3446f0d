"""Programs and SDKs of others buy and refund in the sandbox, as they come: nothing is set but where the provider is."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import stripe
from paypalserversdk.configuration import Environment
from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
from paypalserversdk.models.amount_with_breakdown import AmountWithBreakdown
from paypalserversdk.models.order_request import OrderRequest
from paypalserversdk.models.purchase_unit_request import PurchaseUnitRequest
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient
from square import Square

from support import ROOT
from support.paypal_detour import PAYPAL, Detour
from support.processes import CliProcess
from support.sandbox_clients import SQUARE_CARD, STRIPE_CARD

pytestmark = pytest.mark.process

PROGRAMS = Path(__file__).parent / "programs"
NODE = ROOT / "node_modules" / ".bin" / "node"
DJANGO_PAYMENTS = ROOT / ".venv" / "clients" / "django-payments"
STRIPE_KEY, SQUARE_TOKEN = "sk_test_sandbox", "sandbox-access-token"
PAYPAL_KEYS = ("sandbox-client", "sandbox-client-secret")


@dataclass(frozen=True)
class Roots:
    """Where each provider of a running sandbox is."""

    stripe: str
    paypal: str
    square: str


@pytest.fixture(scope="module")
def roots() -> Iterator[Roots]:
    """Run a sandbox in which each provider has a port of its own."""
    with CliProcess("sandbox", "--port", "0", *(f"--{name}-port=0" for name in ("stripe", "paypal", "square"))) as sandbox:
        sandbox.wait_until_serving()
        yield Roots(**sandbox.serving["ports"])


@pytest.fixture(scope="module")
def web() -> Iterator[httpx.Client]:
    """Return a browser that follows no redirect by itself."""
    with httpx.Client(trust_env=False, timeout=20) as client:
        yield client


@contextlib.contextmanager
def running(*command: str, **env: str) -> Iterator[str]:
    """Run a shop of `programs`, and give its address, which is the first line that it prints."""
    env = {**os.environ, "NO_PROXY": "*", **env}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, text=True) as process:
        assert process.stdout is not None
        try:
            address = process.stdout.readline().strip()
            assert address, f"{command} did not start"
            yield address
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def django_shop(roots: Roots) -> Iterator[str]:
    """Run the shop with django-payments."""
    assert DJANGO_PAYMENTS.is_dir(), "run scripts/setup-clients django-payments"
    program = str(PROGRAMS / "django_payments_shop.py")
    with running(sys.executable, program, roots.stripe, STRIPE_KEY, PYTHONPATH=str(DJANGO_PAYMENTS)) as address:
        yield address


@pytest.fixture(scope="module")
def sample_shop(roots: Roots) -> Iterator[str]:
    """Run PayPal's sample shop."""
    with running(str(NODE), str(PROGRAMS / "paypal_sample_shop.mjs"), roots.paypal, *PAYPAL_KEYS) as address:
        yield address


def test_a_shop_with_django_payments_sells_and_refunds(roots: Roots, django_shop: str, web: httpx.Client) -> None:
    page = web.get(f"{django_shop}/buy").headers["location"]
    order = web.post(page, data=STRIPE_CARD).headers["location"]
    paid = web.get(order).json()
    assert (paid["status"], paid["captured"]) == ("confirmed", "12.50")
    refunded = web.post(f"{order}/refund").json()
    assert (refunded["status"], refunded["captured"]) == ("refunded", "0.00")
    (refund,) = web.get(f"{roots.stripe}/v1/refunds", auth=(STRIPE_KEY, "")).json()["data"]
    assert (refund["amount"], refund["status"], refund["reason"]) == (1250, "succeeded", "requested_by_customer")


def test_a_shop_with_django_payments_does_not_believe_a_webhook_that_the_sandbox_did_not_sign(
    django_shop: str, web: httpx.Client
) -> None:
    page = web.get(f"{django_shop}/buy").headers["location"]
    order = f"{django_shop}/orders/2"
    session = {
        "id": page.partition("#")[0].rpartition("/")[2],
        "object": "checkout.session",
        "client_reference_id": web.get(order).json()["token"],
        "status": "complete",
        "payment_status": "paid",
    }
    event = {"id": "evt_1", "object": "event", "type": "checkout.session.completed", "data": {"object": session}}
    forged = f"t={int(time.time())},v1={'0' * 64}"
    web.post(f"{django_shop}/payments/process/stripe/", json=event, headers={"stripe-signature": forged})
    assert web.get(order).json()["status"] == "waiting"


@pytest.fixture
def buy_sample(roots: Roots, sample_shop: str, web: httpx.Client) -> Callable[[str], Any]:
    """Order in PayPal's sample shop, press a button of PayPal's page, and return what the shop hears of its capture."""

    def buy(action: str) -> Any:
        created = web.post(f"{sample_shop}/api/orders").json()
        web.post(f"{roots.paypal}/checkoutnow", params={"token": created["id"]}, data={"action": action})
        return web.post(f"{sample_shop}/api/orders/{created['id']}/capture").json()

    return buy


def test_the_sample_shop_of_paypal_finds_its_capture_in_the_minimal_answer(buy_sample: Callable[[str], Any]) -> None:
    captured = buy_sample("approve")
    transaction = captured["purchase_units"][0]["payments"]["captures"][0]
    assert (transaction["status"], transaction["amount"]["value"]) == ("COMPLETED", "100.00")


def test_the_sample_shop_of_paypal_asks_the_buyer_again_after_a_declined_card(buy_sample: Callable[[str], Any]) -> None:
    refused = buy_sample("approve_declined")
    assert refused["details"][0]["issue"] == "INSTRUMENT_DECLINED"


def test_stripe_node_buys_and_refunds(roots: Roots) -> None:
    command = [str(NODE), str(PROGRAMS / "stripe_node.mjs"), roots.stripe, STRIPE_KEY]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    assert json.loads(done.stdout) == {"page": 303, "paid": ["paid", 900, "succeeded"], "refund": ["succeeded", 900]}


def test_stripe_python_buys_and_refunds(roots: Roots, web: httpx.Client) -> None:
    http: Any = stripe.RequestsClient()  # the default one, but it can be closed
    client = stripe.StripeClient(STRIPE_KEY, base_addresses={"api": roots.stripe}, http_client=http)
    line: Any = {"quantity": 2, "price_data": {"currency": "eur", "unit_amount": 450, "product_data": {"name": "Tea"}}}
    session = client.v1.checkout.sessions.create(
        {"mode": "payment", "success_url": "https://shop.example/thanks", "line_items": [line]}
    )
    assert session.url
    assert web.post(session.url, data=STRIPE_CARD).status_code == 303
    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert (paid.payment_status, paid.amount_total) == ("paid", 900)
    refund = client.v1.refunds.create({"payment_intent": str(paid.payment_intent), "amount": 450})
    assert (refund.status, refund.amount) == ("succeeded", 450)
    http.close()


def test_squareup_buys_and_refunds(roots: Roots, web: httpx.Client) -> None:
    client: Any = Square(token=SQUARE_TOKEN, base_url=roots.square, httpx_client=web)
    location = client.locations.list().locations[0].id
    price = {"amount": 900, "currency": "USD"}
    wanted = {"name": "Tea", "price_money": price, "location_id": location}
    link = client.checkout.payment_links.create(idempotency_key="link-1", quick_pay=wanted).payment_link
    assert web.post(link.url, data=SQUARE_CARD).is_error is False
    (tender,) = client.orders.get(order_id=link.order_id).order.tenders
    refund = client.refunds.refund_payment(idempotency_key="refund-1", payment_id=tender.payment_id, amount_money=price).refund
    read = client.refunds.get(refund_id=refund.id).refund
    assert (read.payment_id, read.amount_money.amount) == (tender.payment_id, 900)


def test_paypal_server_sdk_buys_and_refunds(roots: Roots, web: httpx.Client) -> None:
    with requests.Session() as session:
        session.trust_env = False
        session.mount(PAYPAL, Detour(roots.paypal))
        client = PaypalServersdkClient(
            http_client_instance=session,
            environment=Environment.SANDBOX,
            client_credentials_auth_credentials=ClientCredentialsAuthCredentials(*PAYPAL_KEYS),
        )
        unit = PurchaseUnitRequest(amount=AmountWithBreakdown("USD", "9.00"))
        order = client.orders.create_order({"body": OrderRequest(intent="CAPTURE", purchase_units=[unit])}).body
        (page,) = (link.href for link in order.links if link.rel == "approve")
        web.post(page, data={"action": "approve"})
        captured = client.orders.capture_order({"id": order.id}).body
        (payment,) = captured.purchase_units[0].payments.captures
        refund = client.payments.refund_captured_payment({"capture_id": payment.id}).body
    assert (captured.status, payment.amount.value, refund.status) == ("COMPLETED", "9.00", "COMPLETED")
