"""PayPal's webhooks: registration, signatures, verification by the API and by others, and 25 attempts."""

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from lightning_cart_sandbox.paypal.errors import PayPalError
from lightning_cart_sandbox.paypal.signing import signed_message
from support.sandbox_clients import PayPalClient, StripeClient, issues, paypal_money, unit

WEBHOOKS, VERIFY = "/v1/notifications/webhooks", "/v1/notifications/verify-webhook-signature"


@pytest.fixture
def paypal(stripe: Any) -> PayPalClient:
    return PayPalClient(stripe)


def webhook_body(url: str = "https://shop.test/hook", *names: str) -> dict[str, Any]:
    return {"url": url, "event_types": [{"name": name} for name in names or ("*",)]}


def public_key(certificate: x509.Certificate) -> RSAPublicKey:
    key = certificate.public_key()
    assert isinstance(key, RSAPublicKey)
    return key


def test_the_signed_message_has_an_unsigned_decimal_checksum() -> None:
    assert signed_message("t", "2026-09-21T10:05:03Z", "W", b'{"hello":"world"}') == b"t|2026-09-21T10:05:03Z|W|3624485329"


def test_an_independent_verifier_accepts_every_transmission(paypal: PayPalClient) -> None:
    webhook = paypal.listen()
    paypal.captured()
    paypal.heard()
    assert len(paypal.client.receiver.requests) == 3
    for headers, body in paypal.client.receiver.requests:
        answer = paypal.client.ask("GET", headers["paypal-cert-url"])
        leaf, *_ = x509.load_pem_x509_certificates(answer.content)
        parts = (headers["paypal-transmission-id"], headers["paypal-transmission-time"], webhook["id"], str(zlib.crc32(body)))
        signature = base64.b64decode(headers["paypal-transmission-sig"], validate=True)
        public_key(leaf).verify(signature, "|".join(parts).encode(), PKCS1v15(), SHA256())
        assert (headers["paypal-auth-algo"], headers["paypal-auth-version"]) == ("SHA256withRSA", "v2")
        assert headers["paypal-transmission-time"] == "2026-05-28T20:26:40Z"


def test_the_certificate_is_paypals_by_name_and_the_test_authoritys_by_signature(paypal: PayPalClient) -> None:
    paypal.listen()
    leaf, *_ = x509.load_pem_x509_certificates(paypal.client.ask("GET", paypal.provider.certificate_url).content)
    anchor = x509.load_pem_x509_certificate(paypal.provider.trust_anchor_pem.encode())
    (name,) = leaf.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    leaf.verify_directly_issued_by(anchor)
    anchor.verify_directly_issued_by(anchor)
    assert name.value == "messageverificationcerts.sandbox.paypal.com"
    assert anchor.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is True
    assert leaf.not_valid_before_utc.timestamp() < paypal.client.now < leaf.not_valid_after_utc.timestamp()


def test_the_trust_anchor_is_served(paypal: PayPalClient) -> None:
    paypal.listen()
    assert paypal.client.ask("GET", "/paypal/trust-anchor.pem").text == paypal.provider.trust_anchor_pem


def test_the_authority_survives_a_restart(tmp_path: Path) -> None:
    desks = []
    for _ in range(2):
        stripe = StripeClient(str(tmp_path / "state"))
        desks.append((stripe.sandbox.paypal.trust_anchor_pem, stripe.sandbox.paypal.certificate_url))
        stripe.sandbox.store.close()
    assert desks[0] == desks[1]


def transmission(paypal: PayPalClient) -> tuple[dict[str, str], bytes]:
    """Return the parameters of a verification, and the body that was received."""
    webhook = paypal.listen("CHECKOUT.ORDER.APPROVED")
    paypal.visit(paypal.order(purchase_units=[unit(custom_id="tea & café")]), "approve")
    paypal.heard()
    ((headers, body),) = paypal.client.receiver.requests
    names = ("auth_algo", "cert_url", "transmission_id", "transmission_sig", "transmission_time")
    return {name: headers[f"paypal-{name.replace('_', '-')}"] for name in names} | {"webhook_id": webhook["id"]}, body


def verified(paypal: PayPalClient, facts: dict[str, str], body: bytes) -> str:
    content = json.dumps(facts).encode()[:-1] + b', "webhook_event": ' + body + b"}"
    headers = {"authorization": f"Bearer {paypal.token}", "content-type": "application/json"}
    answer = paypal.client.ask("POST", f"/paypal{VERIFY}", headers=headers, content=content)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["verification_status"])


def test_paypal_verifies_the_body_as_it_was_received(paypal: PayPalClient) -> None:
    facts, body = transmission(paypal)
    assert verified(paypal, facts, body) == "SUCCESS"


def test_a_body_that_was_read_and_written_again_is_not_the_same(paypal: PayPalClient) -> None:
    facts, body = transmission(paypal)
    assert verified(paypal, facts, json.dumps(json.loads(body)).encode()) == "FAILURE"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("auth_algo", "SHA1withRSA"),
        ("cert_url", "https://evil.test/v1/notifications/certs/CERT-one-two-three"),
        ("transmission_id", "another"),
        ("transmission_time", "2026-05-28T20:26:41Z"),
        ("transmission_sig", "AAAA"),
        ("transmission_sig", "not base64"),
        ("webhook_id", "another"),
    ],
)
def test_anything_else_that_differs_is_a_failure(paypal: PayPalClient, name: str, value: str) -> None:
    facts, body = transmission(paypal)
    assert verified(paypal, facts | {name: value}, body) == "FAILURE"


def test_another_webhooks_signature_is_a_failure(paypal: PayPalClient) -> None:
    facts, body = transmission(paypal)
    other = paypal.provider.add_webhook("http://127.0.0.1:9999/other")
    assert verified(paypal, facts | {"webhook_id": other["id"]}, body) == "FAILURE"


@pytest.mark.parametrize("change", [{"webhook_id": None}, {"webhook_id": "x" * 51}, {"colour": "red"}, {"webhook_id": 7}])
def test_a_verification_needs_all_its_fields_and_no_more(paypal: PayPalClient, change: dict[str, Any]) -> None:
    facts, _ = transmission(paypal)
    body = {name: value for name, value in {**facts, "webhook_event": {}, **change}.items() if value is not None}
    answer = paypal.api("POST", VERIFY, body)
    assert (answer.status_code, answer.json()["name"]) == (400, "INVALID_REQUEST")


def test_a_verification_without_an_event_is_refused(paypal: PayPalClient) -> None:
    facts, _ = transmission(paypal)
    assert issues(paypal.api("POST", VERIFY, facts), 400) == ["MISSING_REQUIRED_PARAMETER"]


def test_a_tampered_body_has_no_valid_signature(paypal: PayPalClient) -> None:
    facts, body = transmission(paypal)
    leaf, *_ = x509.load_pem_x509_certificates(paypal.client.ask("GET", facts["cert_url"]).content)
    message = signed_message(facts["transmission_id"], facts["transmission_time"], facts["webhook_id"], body + b" ")
    with pytest.raises(InvalidSignature):
        public_key(leaf).verify(base64.b64decode(facts["transmission_sig"]), message, PKCS1v15(), SHA256())


def test_a_payment_sends_three_events_in_this_order(paypal: PayPalClient) -> None:
    paypal.listen()
    paypal.captured()
    events = paypal.heard()
    assert [event["event_type"] for event in events] == [
        "CHECKOUT.ORDER.APPROVED",
        "PAYMENT.CAPTURE.COMPLETED",
        "CHECKOUT.ORDER.COMPLETED",
    ]
    assert [event["resource"]["status"] for event in events] == ["APPROVED", "COMPLETED", "COMPLETED"]
    assert [event["resource_type"] for event in events] == ["checkout-order", "capture", "checkout-order"]


@pytest.mark.parametrize(("action", "event"), [("settle", "COMPLETED"), ("deny", "DENIED")])
def test_a_pending_payment_completes_the_order_long_before_it_is_decided(paypal: PayPalClient, action: str, event: str) -> None:
    paypal.act(paypal.captured("approve_pending"), action)
    assert paypal.event_types() == [
        "CHECKOUT.ORDER.APPROVED",
        "PAYMENT.CAPTURE.PENDING",
        "CHECKOUT.ORDER.COMPLETED",
        f"PAYMENT.CAPTURE.{event}",
    ]


def test_a_decline_is_approved_twice_and_tells_nothing_in_between(paypal: PayPalClient) -> None:
    order = paypal.order()
    paypal.visit(order, "approve_declined")
    paypal.capture(order)
    paypal.visit(order, "approve")
    assert paypal.event_types() == ["CHECKOUT.ORDER.APPROVED"] * 2


def test_a_refund_event_has_the_refund_and_a_cumulative_sum(paypal: PayPalClient) -> None:
    paypal.listen("PAYMENT.CAPTURE.REFUNDED")
    capture = paypal.captured()
    for value in ("4.00", "1.00"):
        paypal.refund(capture, value)
    events = paypal.heard()
    sums = [event["resource"]["seller_payable_breakdown"]["total_refunded_amount"] for event in events]
    assert [event["resource_type"] for event in events] == ["refund"] * 2
    assert sums == [paypal_money("4.00"), paypal_money("5.00")]
    assert events[0]["resource"]["links"][1]["href"].endswith(f"/captures/{capture['id']}")


@pytest.mark.parametrize(
    ("end", "outcome", "types"),
    [
        ("dispute_won", "RESOLVED_SELLER_FAVOUR", ["CUSTOMER.DISPUTE.RESOLVED"]),
        ("dispute_lost", "RESOLVED_BUYER_FAVOUR", ["PAYMENT.CAPTURE.REVERSED", "CUSTOMER.DISPUTE.RESOLVED"]),
    ],
)
def test_a_dispute_names_the_capture_and_then_its_outcome(
    paypal: PayPalClient, end: str, outcome: str, types: list[str]
) -> None:
    capture = paypal.captured(purchase_units=[unit(invoice_id="inv-1")])
    paypal.listen()
    for action in ("dispute", end):
        paypal.act(capture, action)
    opened, *rest = paypal.heard()
    (disputed,) = opened["resource"]["disputed_transactions"]
    assert (disputed["seller_transaction_id"], disputed["custom"], disputed["invoice_number"]) == (
        capture["id"],
        "site:ord_1",
        "inv-1",
    )
    assert (opened["event_type"], opened["resource"]["dispute_amount"]) == ("CUSTOMER.DISPUTE.CREATED", paypal_money("10.00"))
    assert [event["event_type"] for event in rest] == types
    assert rest[-1]["resource"]["dispute_outcome"]["outcome_code"] == outcome


def test_an_envelope_has_all_that_paypals_have(paypal: PayPalClient) -> None:
    paypal.listen("PAYMENT.CAPTURE.COMPLETED")
    capture = paypal.captured()
    (event,) = paypal.heard()
    assert event["id"].startswith("WH-")
    assert (event["event_version"], event["resource_version"]) == ("1.0", "2.0")
    assert event["create_time"] == "2026-05-28T20:26:40.000Z"
    assert event["summary"] == "Payment completed for USD 10.00"
    assert event["resource"] == paypal.capture_now(capture)
    assert paypal.api("GET", f"/v1/notifications/webhooks-events/{event['id']}").json() == event


def test_a_webhook_is_tried_25_times_and_then_given_up() -> None:
    paypal = PayPalClient(StripeClient(retry_seconds=(1, 2)))
    paypal.listen("CHECKOUT.ORDER.APPROVED")
    paypal.client.receiver.answers = [500] * 30
    paypal.visit(paypal.order(), "approve")
    for _ in range(30):
        paypal.client.drain()
        paypal.client.now += 2
    (delivery,) = paypal.client.ask("GET", "/api/deliveries").json()["deliveries"]
    assert (delivery["state"], delivery["tries"], len(paypal.client.receiver.requests)) == ("failed", 25, 25)
    assert len({headers["paypal-transmission-id"] for headers, _ in paypal.client.receiver.requests}) == 25


def test_a_webhook_without_retries_is_sent_once() -> None:
    paypal = PayPalClient(StripeClient(retry_seconds=()))
    paypal.listen("CHECKOUT.ORDER.APPROVED")
    paypal.client.receiver.answers = [500]
    paypal.visit(paypal.order(), "approve")
    paypal.client.drain()
    (delivery,) = paypal.client.ask("GET", "/api/deliveries").json()["deliveries"]
    assert delivery["state"] == "failed"


def test_an_event_can_be_sent_again_to_one_webhook_or_to_all(paypal: PayPalClient) -> None:
    first, second = paypal.listen("CHECKOUT.ORDER.APPROVED"), paypal.provider.add_webhook("http://127.0.0.1:9999/b", ["*"])
    paypal.visit(paypal.order(), "approve")
    event = paypal.heard()[0]
    path = f"/v1/notifications/webhooks-events/{event['id']}/resend"
    answers = [paypal.api("POST", path, body) for body in ({"webhook_ids": [second["id"]]}, {})]
    assert [one.status_code for one in answers] == [202, 202]
    assert paypal.heard() == [event] * 5
    assert first["id"] != second["id"]


def test_a_webhook_gets_only_what_it_asked_for(paypal: PayPalClient) -> None:
    paypal.listen("PAYMENT.CAPTURE.COMPLETED")
    paypal.captured()
    assert [event["event_type"] for event in paypal.heard()] == ["PAYMENT.CAPTURE.COMPLETED"]


def test_webhooks_are_made_read_listed_and_deleted(paypal: PayPalClient) -> None:
    made = paypal.api("POST", WEBHOOKS, webhook_body())
    identifier = made.json()["id"]
    listed = paypal.api("GET", WEBHOOKS).json()["webhooks"]
    read = paypal.api("GET", f"{WEBHOOKS}/{identifier}").json()
    deleted = paypal.api("DELETE", f"{WEBHOOKS}/{identifier}")
    assert (made.status_code, listed, read) == (201, [made.json()], made.json())
    assert (deleted.status_code, paypal.api("GET", WEBHOOKS).json()) == (204, {"webhooks": []})


def test_what_is_on_its_way_to_a_deleted_webhook_is_cancelled(paypal: PayPalClient) -> None:
    webhook = paypal.listen()
    paypal.visit(paypal.order(), "approve")
    paypal.api("DELETE", f"{WEBHOOKS}/{webhook['id']}")
    assert paypal.heard() == []
    assert paypal.client.ask("GET", "/api/deliveries").json()["deliveries"][0]["state"] == "cancelled"


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("https://x.test/hook", 201),
        ("https://x.test:443/hook", 201),
        ("https://x.test:8443/hook", 400),
        ("http://x.test/hook", 400),
        ("http://127.0.0.1:8000/hook", 201),
        ("http://localhost/hook", 201),
        ("shop.test/hook", 400),
    ],
)
def test_webhooks_are_https_on_its_own_port_except_here(paypal: PayPalClient, url: str, status: int) -> None:
    assert paypal.api("POST", WEBHOOKS, webhook_body(url)).status_code == status


def test_an_event_type_must_exist(paypal: PayPalClient) -> None:
    answer = paypal.api("POST", WEBHOOKS, webhook_body("https://x.test", "PAYMENT.CAPTURE.COMPLETE"))
    assert issues(answer, 400) == ["INVALID_PARAMETER_VALUE"]


def test_an_address_has_one_webhook_and_an_account_ten(paypal: PayPalClient) -> None:
    made = [paypal.api("POST", WEBHOOKS, webhook_body(f"https://x.test/{number}")) for number in range(11)]
    again = paypal.api("POST", WEBHOOKS, webhook_body("https://x.test/0"))
    assert [one.status_code for one in made] == [201] * 10 + [400]
    assert (made[10].json()["name"], again.json()["name"]) == ("WEBHOOK_NUMBER_LIMIT_EXCEEDED", "WEBHOOK_URL_ALREADY_EXISTS")


def test_a_webhook_added_in_code_is_checked_as_well(paypal: PayPalClient) -> None:
    with pytest.raises(PayPalError):
        paypal.provider.add_webhook("http://x.test/hook")
