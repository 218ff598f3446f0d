"""PayPal's webhooks: registered, signed, verified by others and by PayPal itself, and tried 25 times."""

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
from support.paypal_client import PayPalClient, issues, money, unit

WEBHOOKS, VERIFY = "/v1/notifications/webhooks", "/v1/notifications/verify-webhook-signature"


@pytest.fixture
def shop(desk: Any) -> PayPalClient:
    return PayPalClient(desk)


def webhook_body(url: str = "https://shop.test/hook", *names: str) -> dict[str, Any]:
    return {"url": url, "event_types": [{"name": name} for name in names or ("*",)]}


def public_key(certificate: x509.Certificate) -> RSAPublicKey:
    key = certificate.public_key()
    assert isinstance(key, RSAPublicKey)
    return key


def test_the_signed_message_has_an_unsigned_decimal_checksum() -> None:
    assert signed_message("t", "2026-09-21T10:05:03Z", "W", b'{"hello":"world"}') == b"t|2026-09-21T10:05:03Z|W|3624485329"


def test_an_independent_verifier_accepts_every_transmission(shop: PayPalClient) -> None:
    webhook = shop.listen()
    shop.captured()
    shop.heard()
    assert len(shop.desk.receiver.requests) == 3
    for headers, body in shop.desk.receiver.requests:
        answer = shop.desk.ask("GET", headers["paypal-cert-url"])
        leaf, *_ = x509.load_pem_x509_certificates(answer.content)
        parts = (headers["paypal-transmission-id"], headers["paypal-transmission-time"], webhook["id"], str(zlib.crc32(body)))
        signature = base64.b64decode(headers["paypal-transmission-sig"], validate=True)
        public_key(leaf).verify(signature, "|".join(parts).encode(), PKCS1v15(), SHA256())
        assert (headers["paypal-auth-algo"], headers["paypal-auth-version"]) == ("SHA256withRSA", "v2")
        assert headers["paypal-transmission-time"] == "2026-05-28T20:26:40Z"


def test_the_certificate_is_paypals_by_name_and_the_test_authoritys_by_signature(shop: PayPalClient) -> None:
    shop.listen()
    leaf, *_ = x509.load_pem_x509_certificates(shop.desk.ask("GET", shop.paypal.certificate_url).content)
    anchor = x509.load_pem_x509_certificate(shop.paypal.trust_anchor_pem.encode())
    (name,) = leaf.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    leaf.verify_directly_issued_by(anchor)
    anchor.verify_directly_issued_by(anchor)
    assert name.value == "messageverificationcerts.sandbox.paypal.com"
    assert anchor.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is True
    assert leaf.not_valid_before_utc.timestamp() < shop.desk.now < leaf.not_valid_after_utc.timestamp()


def test_the_trust_anchor_is_served(shop: PayPalClient) -> None:
    shop.listen()
    assert shop.desk.ask("GET", "/paypal/trust-anchor.pem").text == shop.paypal.trust_anchor_pem


def test_the_authority_survives_a_restart(make_desk: Any, tmp_path: Path) -> None:
    desks = []
    for _ in range(2):
        desk = make_desk(str(tmp_path / "state"))
        desks.append((desk.sandbox.paypal.trust_anchor_pem, desk.sandbox.paypal.certificate_url))
        desk.sandbox.store.close()
    assert desks[0] == desks[1]


def transmission(shop: PayPalClient) -> tuple[dict[str, str], bytes]:
    """Return the parameters of a verification, and the body that was received."""
    webhook = shop.listen("CHECKOUT.ORDER.APPROVED")
    shop.visit(shop.order(purchase_units=[unit(custom_id="tea & café")]), "approve")
    shop.heard()
    ((headers, body),) = shop.desk.receiver.requests
    names = ("auth_algo", "cert_url", "transmission_id", "transmission_sig", "transmission_time")
    return {name: headers[f"paypal-{name.replace('_', '-')}"] for name in names} | {"webhook_id": webhook["id"]}, body


def verified(shop: PayPalClient, facts: dict[str, str], body: bytes) -> str:
    content = json.dumps(facts).encode()[:-1] + b', "webhook_event": ' + body + b"}"
    headers = {"authorization": f"Bearer {shop.token}", "content-type": "application/json"}
    answer = shop.desk.ask("POST", f"/paypal{VERIFY}", headers=headers, content=content)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["verification_status"])


def test_paypal_verifies_the_body_as_it_was_received(shop: PayPalClient) -> None:
    facts, body = transmission(shop)
    assert verified(shop, facts, body) == "SUCCESS"


def test_a_body_that_was_read_and_written_again_is_not_the_same(shop: PayPalClient) -> None:
    facts, body = transmission(shop)
    assert verified(shop, facts, json.dumps(json.loads(body)).encode()) == "FAILURE"


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
def test_anything_else_that_differs_is_a_failure(shop: PayPalClient, name: str, value: str) -> None:
    facts, body = transmission(shop)
    assert verified(shop, facts | {name: value}, body) == "FAILURE"


def test_another_webhooks_signature_is_a_failure(shop: PayPalClient) -> None:
    facts, body = transmission(shop)
    other = shop.paypal.add_webhook("http://127.0.0.1:9999/other")
    assert verified(shop, facts | {"webhook_id": other["id"]}, body) == "FAILURE"


@pytest.mark.parametrize("change", [{"webhook_id": None}, {"webhook_id": "x" * 51}, {"colour": "red"}, {"webhook_id": 7}])
def test_a_verification_needs_all_its_fields_and_no_more(shop: PayPalClient, change: dict[str, Any]) -> None:
    facts, _ = transmission(shop)
    body = {name: value for name, value in {**facts, "webhook_event": {}, **change}.items() if value is not None}
    answer = shop.api("POST", VERIFY, body)
    assert (answer.status_code, answer.json()["name"]) == (400, "INVALID_REQUEST")


def test_a_verification_without_an_event_is_refused(shop: PayPalClient) -> None:
    facts, _ = transmission(shop)
    assert issues(shop.api("POST", VERIFY, facts), 400) == ["MISSING_REQUIRED_PARAMETER"]


def test_a_tampered_body_has_no_valid_signature(shop: PayPalClient) -> None:
    facts, body = transmission(shop)
    leaf, *_ = x509.load_pem_x509_certificates(shop.desk.ask("GET", facts["cert_url"]).content)
    message = signed_message(facts["transmission_id"], facts["transmission_time"], facts["webhook_id"], body + b" ")
    with pytest.raises(InvalidSignature):
        public_key(leaf).verify(base64.b64decode(facts["transmission_sig"]), message, PKCS1v15(), SHA256())


def test_a_payment_sends_three_events_in_this_order(shop: PayPalClient) -> None:
    shop.listen()
    shop.captured()
    events = shop.heard()
    assert [event["event_type"] for event in events] == [
        "CHECKOUT.ORDER.APPROVED",
        "PAYMENT.CAPTURE.COMPLETED",
        "CHECKOUT.ORDER.COMPLETED",
    ]
    assert [event["resource"]["status"] for event in events] == ["APPROVED", "COMPLETED", "COMPLETED"]
    assert [event["resource_type"] for event in events] == ["checkout-order", "capture", "checkout-order"]


@pytest.mark.parametrize(("action", "event"), [("settle", "COMPLETED"), ("deny", "DENIED")])
def test_a_pending_payment_completes_the_order_long_before_it_is_decided(shop: PayPalClient, action: str, event: str) -> None:
    shop.act(shop.captured("approve_pending"), action)
    assert shop.event_types() == [
        "CHECKOUT.ORDER.APPROVED",
        "PAYMENT.CAPTURE.PENDING",
        "CHECKOUT.ORDER.COMPLETED",
        f"PAYMENT.CAPTURE.{event}",
    ]


def test_a_decline_is_approved_twice_and_tells_nothing_in_between(shop: PayPalClient) -> None:
    order = shop.order()
    shop.visit(order, "approve_declined")
    shop.capture(order)
    shop.visit(order, "approve")
    assert shop.event_types() == ["CHECKOUT.ORDER.APPROVED"] * 2


def test_a_refund_event_has_the_refund_and_a_cumulative_sum(shop: PayPalClient) -> None:
    shop.listen("PAYMENT.CAPTURE.REFUNDED")
    capture = shop.captured()
    for value in ("4.00", "1.00"):
        shop.refund(capture, value)
    events = shop.heard()
    sums = [event["resource"]["seller_payable_breakdown"]["total_refunded_amount"] for event in events]
    assert [event["resource_type"] for event in events] == ["refund"] * 2
    assert sums == [money("4.00"), money("5.00")]
    assert events[0]["resource"]["links"][1]["href"].endswith(f"/captures/{capture['id']}")


@pytest.mark.parametrize(
    ("end", "outcome", "types"),
    [
        ("dispute_won", "RESOLVED_SELLER_FAVOUR", ["CUSTOMER.DISPUTE.RESOLVED"]),
        ("dispute_lost", "RESOLVED_BUYER_FAVOUR", ["PAYMENT.CAPTURE.REVERSED", "CUSTOMER.DISPUTE.RESOLVED"]),
    ],
)
def test_a_dispute_names_the_capture_and_then_its_outcome(shop: PayPalClient, end: str, outcome: str, types: list[str]) -> None:
    capture = shop.captured(purchase_units=[unit(invoice_id="inv-1")])
    shop.listen()
    for action in ("dispute", end):
        shop.act(capture, action)
    opened, *rest = shop.heard()
    (disputed,) = opened["resource"]["disputed_transactions"]
    assert (disputed["seller_transaction_id"], disputed["custom"], disputed["invoice_number"]) == (
        capture["id"],
        "site:ord_1",
        "inv-1",
    )
    assert (opened["event_type"], opened["resource"]["dispute_amount"]) == ("CUSTOMER.DISPUTE.CREATED", money("10.00"))
    assert [event["event_type"] for event in rest] == types
    assert rest[-1]["resource"]["dispute_outcome"]["outcome_code"] == outcome


def test_an_envelope_has_all_that_paypals_have(shop: PayPalClient) -> None:
    shop.listen("PAYMENT.CAPTURE.COMPLETED")
    capture = shop.captured()
    (event,) = shop.heard()
    assert event["id"].startswith("WH-")
    assert (event["event_version"], event["resource_version"]) == ("1.0", "2.0")
    assert event["create_time"] == "2026-05-28T20:26:40.000Z"
    assert event["summary"] == "Payment completed for USD 10.00"
    assert event["resource"] == capture
    assert shop.api("GET", f"/v1/notifications/webhooks-events/{event['id']}").json() == event


def test_a_webhook_is_tried_25_times_and_then_given_up(make_desk: Any) -> None:
    shop = PayPalClient(make_desk(retry_seconds=(1, 2)))
    shop.listen("CHECKOUT.ORDER.APPROVED")
    shop.desk.receiver.answers = [500] * 30
    shop.visit(shop.order(), "approve")
    for _ in range(30):
        shop.desk.drain()
        shop.desk.now += 2
    (delivery,) = shop.desk.ask("GET", "/api/deliveries").json()["deliveries"]
    assert (delivery["state"], delivery["tries"], len(shop.desk.receiver.requests)) == ("failed", 25, 25)
    assert len({headers["paypal-transmission-id"] for headers, _ in shop.desk.receiver.requests}) == 25


def test_a_webhook_without_retries_is_sent_once(make_desk: Any) -> None:
    shop = PayPalClient(make_desk(retry_seconds=()))
    shop.listen("CHECKOUT.ORDER.APPROVED")
    shop.desk.receiver.answers = [500]
    shop.visit(shop.order(), "approve")
    shop.desk.drain()
    (delivery,) = shop.desk.ask("GET", "/api/deliveries").json()["deliveries"]
    assert delivery["state"] == "failed"


def test_an_event_can_be_sent_again_to_one_webhook_or_to_all(shop: PayPalClient) -> None:
    first, second = shop.listen("CHECKOUT.ORDER.APPROVED"), shop.paypal.add_webhook("http://127.0.0.1:9999/b", ["*"])
    shop.visit(shop.order(), "approve")
    event = shop.heard()[0]
    path = f"/v1/notifications/webhooks-events/{event['id']}/resend"
    answers = [shop.api("POST", path, body) for body in ({"webhook_ids": [second["id"]]}, {})]
    assert [one.status_code for one in answers] == [202, 202]
    assert shop.heard() == [event] * 5
    assert first["id"] != second["id"]


def test_a_webhook_gets_only_what_it_asked_for(shop: PayPalClient) -> None:
    shop.listen("PAYMENT.CAPTURE.COMPLETED")
    shop.captured()
    assert [event["event_type"] for event in shop.heard()] == ["PAYMENT.CAPTURE.COMPLETED"]


def test_webhooks_are_made_read_listed_and_deleted(shop: PayPalClient) -> None:
    made = shop.api("POST", WEBHOOKS, webhook_body())
    identifier = made.json()["id"]
    listed = shop.api("GET", WEBHOOKS).json()["webhooks"]
    read = shop.api("GET", f"{WEBHOOKS}/{identifier}").json()
    deleted = shop.api("DELETE", f"{WEBHOOKS}/{identifier}")
    assert (made.status_code, listed, read) == (201, [made.json()], made.json())
    assert (deleted.status_code, shop.api("GET", WEBHOOKS).json()) == (204, {"webhooks": []})


def test_what_is_on_its_way_to_a_deleted_webhook_is_cancelled(shop: PayPalClient) -> None:
    webhook = shop.listen()
    shop.visit(shop.order(), "approve")
    shop.api("DELETE", f"{WEBHOOKS}/{webhook['id']}")
    assert shop.heard() == []
    assert shop.desk.ask("GET", "/api/deliveries").json()["deliveries"][0]["state"] == "cancelled"


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
def test_webhooks_are_https_on_its_own_port_except_here(shop: PayPalClient, url: str, status: int) -> None:
    assert shop.api("POST", WEBHOOKS, webhook_body(url)).status_code == status


def test_an_event_type_must_exist(shop: PayPalClient) -> None:
    answer = shop.api("POST", WEBHOOKS, webhook_body("https://x.test", "PAYMENT.CAPTURE.COMPLETE"))
    assert issues(answer, 400) == ["INVALID_PARAMETER_VALUE"]


def test_an_address_has_one_webhook_and_an_account_ten(shop: PayPalClient) -> None:
    made = [shop.api("POST", WEBHOOKS, webhook_body(f"https://x.test/{number}")) for number in range(11)]
    again = shop.api("POST", WEBHOOKS, webhook_body("https://x.test/0"))
    assert [one.status_code for one in made] == [201] * 10 + [400]
    assert (made[10].json()["name"], again.json()["name"]) == ("WEBHOOK_NUMBER_LIMIT_EXCEEDED", "WEBHOOK_URL_ALREADY_EXISTS")


def test_a_webhook_added_in_code_is_checked_as_well(shop: PayPalClient) -> None:
    with pytest.raises(PayPalError):
        shop.paypal.add_webhook("http://x.test/hook")
