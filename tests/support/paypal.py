"""PayPal for tests: its responses, its webhooks, and the certificates and RSA signatures that it signs them with."""

import hashlib
import json
from base64 import b64encode, encodebytes
from binascii import crc32
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from lightning_cart.domain.order import CheckoutSession
from lightning_cart.domain.payment_event import PaymentEvent
from lightning_cart.flow import Flow, ProviderRequest, drive
from lightning_cart.http import HttpRequest, HttpResponse, json_bytes
from lightning_cart.providers.paypal.checkout import PayPal
from support import ROOT
from support.app import ENV, Provider, answer, run
from support.builders import NOW, ORDER_ID, PAYPAL_CLIENT_ID, PAYPAL_CLIENT_SECRET, make_order

_FILE = json.loads((ROOT / "tests" / "vectors" / "rsa_test_keys.json").read_text())
EXPONENT: int = _FILE["exponent"]
SHA256_RSA, SHA1_RSA = bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105")
NAME = "messageverificationcerts.sandbox.paypal.com"


_power = cache(pow)  # a private exponent takes its time, and tests sign the same again and again


@dataclass(frozen=True)
class Key:
    """A private key of 2048 bits."""

    modulus: int
    private_exponent: int

    def sign(self, message: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256."""
        digest = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(message).digest()
        padded = b"\x00\x01" + b"\xff" * (256 - 3 - len(digest)) + b"\x00" + digest
        return _power(int.from_bytes(padded, "big"), self.private_exponent, self.modulus).to_bytes(256, "big")


CA, LEAF, OTHER = (
    Key(*(int(_FILE["keys"][name][part], 16) for part in ("modulus", "private_exponent"))) for name in ("ca", "leaf", "other")
)


def tlv(tag: int, *contents: bytes) -> bytes:
    """One DER element."""
    content = b"".join(contents)
    if len(content) < 128:
        return bytes([tag, len(content)]) + content
    octets = (len(content).bit_length() + 7) // 8
    return bytes([tag, 0x80 | octets]) + len(content).to_bytes(octets, "big") + content


def integer(value: int) -> bytes:
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def name(common_name: str) -> bytes:
    country = tlv(0x31, tlv(0x30, tlv(0x06, bytes.fromhex("550406")), tlv(0x13, b"US")))
    return tlv(0x30, country, tlv(0x31, tlv(0x30, tlv(0x06, bytes.fromhex("550403")), tlv(0x0C, common_name.encode()))))


def public_key(modulus: int, exponent: int = EXPONENT, algorithm: str = "2a864886f70d010101") -> bytes:
    pair = tlv(0x30, integer(modulus), integer(exponent))
    return tlv(0x30, tlv(0x30, tlv(0x06, bytes.fromhex(algorithm)), tlv(0x05)), tlv(0x03, b"\0", pair))


def certificate(
    subject: str = NAME,
    issuer: str = "Test Root",
    key: Key = LEAF,
    signer: Key = CA,
    *,
    times: tuple[bytes, ...] = (tlv(0x17, b"200101000000Z"), tlv(0x18, b"21000101000000Z")),
    algorithm: bytes = SHA256_RSA,
    outer_algorithm: bytes = b"",
    spki: bytes = b"",
    version: bytes = tlv(0xA0, b"\x02\x01\x02"),
    subject_der: bytes = b"",
) -> bytes:
    """Return a certificate as DER, with any of its fields replaced."""
    body = tlv(
        0x30,
        version,
        integer(7),
        tlv(0x30, tlv(0x06, algorithm), tlv(0x05)),
        name(issuer),
        tlv(0x30, *times),
        subject_der or name(subject),
        spki or public_key(key.modulus),
    )
    outer = tlv(0x30, tlv(0x06, outer_algorithm or algorithm), tlv(0x05))
    return tlv(0x30, body, outer, tlv(0x03, b"\0", signer.sign(body)))


def pem(*ders: bytes) -> str:
    """Certificates as a PEM text."""
    return "".join(f"-----BEGIN CERTIFICATE-----\n{encodebytes(der).decode()}-----END CERTIFICATE-----\n" for der in ders)


ANCHOR = certificate("Test Root", "Test Root", CA)


def base64(signature: bytes) -> str:
    return b64encode(signature).decode()


BASE = "https://api-m.sandbox.paypal.com"
PAYPAL_ENV = {
    "PAYPAL_CLIENT_ID": PAYPAL_CLIENT_ID,
    "PAYPAL_CLIENT_SECRET": PAYPAL_CLIENT_SECRET,
    "PAYPAL_WEBHOOK_ID": "WEBHOOK-1",
    "PAYPAL_API_BASE": BASE,
}
BASIC = f"Basic {base64(f'{PAYPAL_CLIENT_ID}:{PAYPAL_CLIENT_SECRET}'.encode())}"
OFFLINE_ENV = PAYPAL_ENV | {"PAYPAL_TRUST_ANCHORS": pem(ANCHOR)}
PAYPAL_ID, CAPTURE_ID, REFUND_ID = "5O190127TN364715T", "3C679366HH908993F", "1JU08902781691411"
CUSTOM_ID = f"shop:{ORDER_ID}"
APPROVE_URL = f"https://www.sandbox.paypal.com/checkoutnow?token={PAYPAL_ID}"
CERT_URL = "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-a5cafa77"
OPENED = make_order(strategy="paypal", provider="paypal", session=CheckoutSession(PAYPAL_ID, APPROVE_URL, NOW + 6 * 3600))
USD_10 = {"currency_code": "USD", "value": "10.00"}


def paypal(env: dict[str, str] = PAYPAL_ENV) -> PayPal:
    """Return a strategy without a token or certificates."""
    return PayPal.from_env(ENV | env)


def token(text: str = "token-1", expires_in: Any = 32_400) -> HttpResponse:
    return answer({"access_token": text, "token_type": "Bearer", "expires_in": expires_in})


def make_capture(status: str = "COMPLETED", **changes: Any) -> dict[str, Any]:
    capture = {"id": CAPTURE_ID, "status": status, "amount": USD_10, "custom_id": CUSTOM_ID, "invoice_id": f"{ORDER_ID}-1"}
    return capture | changes


def paypal_order(
    status: str = "PAYER_ACTION_REQUIRED", *captures: dict[str, Any], refunds: Sequence[object] = (), **changes: Any
) -> dict[str, Any]:
    """Return an order as PayPal returns it."""
    unit: dict[str, Any] = {"reference_id": ORDER_ID, "custom_id": CUSTOM_ID, "amount": USD_10}
    if captures:
        unit["payments"] = {"captures": list(captures)} | ({"refunds": list(refunds)} if refunds else {})
    links = [
        {"href": f"{BASE}/v2/checkout/orders/{PAYPAL_ID}", "rel": "self", "method": "GET"},
        {"href": APPROVE_URL, "rel": "payer-action", "method": "GET"},
    ]
    return {"id": PAYPAL_ID, "status": status, "purchase_units": [unit], "links": links} | changes


def refusal(issue: str, status: int = 422, **changes: Any) -> HttpResponse:
    document = {
        "name": "UNPROCESSABLE_ENTITY",
        "message": "of ada@example.com",
        "debug_id": "90957fca61718",
        "details": [{"issue": issue, "field": "/payment_source", "description": "of ada@example.com"}],
    }
    return answer(document | changes, status)


def webhook_capture(status: str = "COMPLETED", **changes: Any) -> dict[str, Any]:
    """Return a capture as PayPal sends it in a webhook, with the order that it belongs to."""
    related = {"related_ids": {"order_id": PAYPAL_ID}}
    links = [
        {"href": f"{BASE}/v2/payments/captures/{CAPTURE_ID}", "rel": "self"},
        {"href": f"{BASE}/v2/checkout/orders/{PAYPAL_ID}", "rel": "up"},
    ]
    return make_capture(status) | {"supplementary_data": related, "links": links} | changes


def paypal_refund(status: str = "COMPLETED", **changes: Any) -> dict[str, Any]:
    """Return a refund of three dollars as PayPal returns it."""
    refund = {
        "id": REFUND_ID,
        "status": status,
        "amount": {"currency_code": "USD", "value": "3.00"},
        "custom_id": CUSTOM_ID,
        "links": [
            {"href": f"{BASE}/v2/payments/refunds/{REFUND_ID}", "rel": "self"},
            {"href": f"{BASE}/v2/payments/captures/{CAPTURE_ID}", "rel": "up"},
        ],
    }
    return refund | changes


def event_body(event_type: str, resource: object, event_id: str = "WH-1", **changes: object) -> bytes:
    event = {"id": event_id, "event_type": event_type, "resource_type": "x", "resource": resource}
    return json_bytes(event | changes)


def rfc3339(timestamp: int) -> str:
    """Return Unix seconds as PayPal and Square write a time."""
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def headers(
    body: bytes, key: Key = LEAF, webhook_id: str = "WEBHOOK-1", time: str = rfc3339(NOW), **changes: str
) -> dict[str, str]:
    """Return the headers with which PayPal sends a body."""
    sent_id = "69cd13f0-d67a-11e5-baa3-778b53f4ae55"
    signature = base64(key.sign(f"{sent_id}|{time}|{webhook_id}|{crc32(body)}".encode()))
    return {
        "paypal-transmission-id": sent_id,
        "paypal-transmission-time": time,
        "paypal-transmission-sig": signature,
        "paypal-cert-url": CERT_URL,
        "paypal-auth-algo": "SHA256withRSA",
    } | {name.replace("_", "-"): value for name, value in changes.items()}


def certificate_file(*ders: bytes) -> HttpResponse:
    return HttpResponse(200, {}, pem(*(ders or (certificate(signer=CA),))).encode())


VERIFIED = answer({"verification_status": "SUCCESS"})


def run_flow[T](flow: Flow[T], *answers: HttpResponse | Exception) -> tuple[T, list[ProviderRequest]]:
    """Run a flow without retries; return its value and its requests."""
    provider = Provider(list(answers))
    return run(drive(flow, provider, clock=lambda: 0.0, deadline=0.0)), provider.requests


def verified(event_type: str, resource: object, **changes: Any) -> PaymentEvent:
    """Return an event that PayPal has verified."""
    body = event_body(event_type, resource, **changes)
    flow = paypal().verify_webhook(HttpRequest("POST", "/webhook/paypal", headers(body), body), NOW)
    return run_flow(flow, token(), VERIFIED)[0]
