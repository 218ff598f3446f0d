"""Each provider at the root of a port of its own: APIs, pages and webhooks begin with the base that a client used."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from lightning_cart_sandbox import create_sandbox
from support.sandbox_clients import STRIPE_CARD, Receiver, session_params

PORTS = {"stripe": 12111, "paypal": 12112, "square": 12113}
STRIPE, PAYPAL, SQUARE = (f"http://localhost:{port}" for port in PORTS.values())
STRIPE_KEY = {"authorization": "Bearer sk_test_sandbox"}
SQUARE_KEY = {"authorization": "Bearer sandbox-access-token"}
ORDER = {"intent": "CAPTURE", "purchase_units": [{"amount": {"currency_code": "USD", "value": "10.00"}}]}
LINK: dict[str, Any] = {
    "idempotency_key": "k",
    "quick_pay": {"name": "Tee", "price_money": {"amount": 1000, "currency": "USD"}},
}


class Ports:
    """A sandbox whose providers have ports of their own, and the receiver of its webhooks."""

    def __init__(self, base_url: str = "http://sandbox.test", **options: Any) -> None:
        self.receiver = Receiver()
        client = httpx.AsyncClient(transport=httpx.ASGITransport(self.receiver))
        self.app = create_sandbox(base_url, client=client, ports=PORTS, wait_seconds=0, **options)
        self.sandbox = self.app.state.sandbox

    def ask(self, method: str, url: str, **options: Any) -> httpx.Response:
        async def exchange() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app)) as client:
                return await client.request(method, url, **options)

        return asyncio.run(exchange())

    def paypal(self, method: str, path: str, **options: Any) -> Any:
        granted = self.ask(
            "POST",
            f"{PAYPAL}/v1/oauth2/token",
            auth=("sandbox-client", "sandbox-client-secret"),
            data={"grant_type": "client_credentials"},
        )
        headers = {"authorization": f"Bearer {granted.json()['access_token']}", "content-type": "application/json"}
        return self.ask(method, f"{PAYPAL}{path}", headers=headers, **options).json()

    def link(self) -> Any:
        body = {**LINK, "quick_pay": {**LINK["quick_pay"], "location_id": self.sandbox.square.location_id}}
        made = self.ask("POST", f"{SQUARE}/v2/online-checkout/payment-links", headers=SQUARE_KEY, json=body)
        return made.json()["payment_link"]


@pytest.fixture(scope="module")
def ports() -> Iterator[Ports]:
    made = Ports()
    yield made
    made.sandbox.store.close()


def session(ports: Ports, base: str, **headers: str) -> Any:
    url = f"{base}/v1/checkout/sessions"
    return ports.ask("POST", url, headers={**STRIPE_KEY, **headers}, data=session_params()).json()


def test_stripe_answers_at_the_root_of_its_port_with_pages_there(ports: Ports) -> None:
    made = session(ports, STRIPE)
    assert made["url"].startswith(f"{STRIPE}/c/pay/{made['id']}")
    assert ports.ask("GET", made["url"]).status_code == 200


def test_a_payment_page_at_the_root_leads_on_to_pages_that_are_there(ports: Ports) -> None:
    made = session(ports, STRIPE)
    onward = ports.ask("POST", made["url"], data=STRIPE_CARD | {"card_number": "4000 0025 0000 3155"})
    assert onward.status_code == 303
    assert ports.ask("GET", f"{STRIPE}{onward.headers['location']}").status_code == 200


def test_paypal_answers_at_the_root_of_its_port_with_links_there(ports: Ports) -> None:
    made = ports.paypal("POST", "/v2/checkout/orders", json=ORDER)
    assert {f"{urlsplit(one['href']).scheme}://{urlsplit(one['href']).netloc}" for one in made["links"]} == {PAYPAL}
    page = next(one["href"] for one in made["links"] if one["rel"] == "approve")
    assert ports.ask("GET", page).status_code == 200


def test_square_answers_at_the_root_of_its_port_with_pages_there(ports: Ports) -> None:
    link = ports.link()
    assert (urlsplit(link["url"]).netloc, urlsplit(link["long_url"]).netloc) == ("localhost:12113", "localhost:12113")
    assert ports.ask("GET", link["url"]).status_code == 200


def test_the_paths_with_the_provider_s_name_are_at_its_port_too(ports: Ports) -> None:
    assert ports.ask("GET", f"{STRIPE}/stripe/v1/events", headers=STRIPE_KEY).json()["object"] == "list"


@pytest.mark.parametrize("path", ["/", "/ledger", "/deliveries", "/chaos", "/static/sandbox.css", "/api/ledger", "/health"])
def test_the_sandbox_s_own_pages_are_at_each_port(ports: Ports, path: str) -> None:
    assert [ports.ask("GET", f"{base}{path}").status_code for base in (STRIPE, PAYPAL, SQUARE)] == [200, 200, 200]


def test_urls_begin_with_the_host_that_the_client_used(ports: Ports) -> None:
    assert session(ports, STRIPE, host="payments:12111")["url"].startswith("http://payments:12111/c/pay/")


@pytest.mark.parametrize("host", ["evil.example/path", "a b", "<script>", "x" * 300])
def test_a_host_header_that_is_no_host_gives_the_address_of_the_port(ports: Ports, host: str) -> None:
    assert session(ports, STRIPE, host=host)["url"].startswith(f"{STRIPE}/c/pay/")


def test_with_a_public_url_the_urls_begin_with_that() -> None:
    ports = Ports(follow_host=False)
    assert session(ports, STRIPE)["url"].startswith("http://sandbox.test/stripe/c/pay/")
    ports.sandbox.store.close()


def test_the_main_port_keeps_its_own_urls(ports: Ports) -> None:
    assert session(ports, "http://sandbox.test/stripe")["url"].startswith("http://sandbox.test/stripe/c/pay/")


def test_a_sandbox_that_listens_on_every_address_names_the_one_that_was_called() -> None:
    ports = Ports("http://0.0.0.0:8090")
    assert session(ports, "http://payments:8090/stripe")["url"].startswith("http://payments:8090/stripe/c/pay/")
    ports.sandbox.store.close()


def test_a_request_to_one_port_leaves_no_base_to_the_next(ports: Ports) -> None:
    session(ports, STRIPE)
    assert ports.sandbox.stripe.connect("http://127.0.0.1:9/hook")["STRIPE_API_BASE"] == "http://sandbox.test/stripe"


def test_a_webhook_registered_at_paypal_s_port_is_signed_with_a_certificate_there() -> None:
    ports = Ports()
    hook = {"url": "https://shop.test/hook", "event_types": [{"name": "*"}]}
    webhook = ports.paypal("POST", "/v1/notifications/webhooks", json=hook)
    order = ports.paypal("POST", "/v2/checkout/orders", json=ORDER)
    ports.ask("POST", f"{PAYPAL}/checkoutnow?token={order['id']}", data={"action": "approve"})
    asyncio.run(ports.sandbox.deliveries.drain())
    headers, body = ports.receiver.requests[0]
    assert headers["paypal-cert-url"].startswith(f"{PAYPAL}/v1/notifications/certs/")
    assert ports.ask("GET", headers["paypal-cert-url"]).text.startswith("-----BEGIN CERTIFICATE")
    names = ("transmission_id", "transmission_time", "transmission_sig", "cert_url", "auth_algo")
    sent = {name: headers[f"paypal-{name.replace('_', '-')}"] for name in names} | {"webhook_id": webhook["id"]}
    asked = json.dumps({**sent, "webhook_event": "event"}).replace('"event"', body.decode())
    verified = ports.paypal("POST", "/v1/notifications/verify-webhook-signature", content=asked)
    assert verified == {"verification_status": "SUCCESS"}
    ports.sandbox.store.close()
