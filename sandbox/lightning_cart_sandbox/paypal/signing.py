"""Webhook signatures and their verification (PayPal: webhooks, verification).

The signed message is `transmission-id|transmission-time|webhook-id|crc32`, the checksum of the exact body in unsigned decimal.
"""

import base64
import binascii
import zlib

from lightning_cart_sandbox.paypal.account import Account, timestamp
from lightning_cart_sandbox.paypal.call import PayPalCall
from lightning_cart_sandbox.paypal.certificates import Certificates
from lightning_cart_sandbox.paypal.jsontext import raw_member
from lightning_cart_sandbox.types import Json

ALGORITHM = "SHA256withRSA"


def signed_message(transmission_id: str, transmission_time: str, webhook_id: str, body: bytes) -> bytes:
    """Return the bytes that are signed."""
    return f"{transmission_id}|{transmission_time}|{webhook_id}|{zlib.crc32(body)}".encode()


def sign(account: Account, certificates: Certificates, webhook_id: str, body: bytes, now: int) -> dict[str, str] | None:
    """Return the signature headers of one transmission, or `None` if there is no such webhook."""
    webhook = account.store.get("paypal.webhook", webhook_id)
    if webhook is None:
        return None
    digest = account.identifier("transmission", 32).lower()
    transmission_id = "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:]))
    sent_at = timestamp(now)
    signature = certificates.sign(signed_message(transmission_id, sent_at, webhook_id, body))
    return {
        "user-agent": "PayPal/AUHD-214.0 (lightning-cart-sandbox)",
        "paypal-transmission-id": transmission_id,
        "paypal-transmission-time": sent_at,
        "paypal-transmission-sig": base64.b64encode(signature).decode(),
        "paypal-cert-url": certificates.url_for(webhook),
        "paypal-auth-algo": ALGORITHM,
        "paypal-auth-version": "v2",
    }


def verify(call: PayPalCall) -> Json:
    """Return whether this sandbox signed a transmission (PayPal: verify webhook signature).

    The event is checked as it was sent, character by character.
    """
    account, certificates, params, text = call.account, call.certificates, call.params, call.text
    message = signed_message(
        params["transmission_id"], params["transmission_time"], params["webhook_id"], raw_member(text, "webhook_event").encode()
    )
    try:
        signature = base64.b64decode(params["transmission_sig"], validate=True)
    except (binascii.Error, ValueError):
        signature = b""
    webhook = account.store.get("paypal.webhook", params["webhook_id"])
    is_valid = (
        params["auth_algo"] == ALGORITHM
        and webhook is not None
        and params["cert_url"] == certificates.url_for(webhook)
        and certificates.verifies(message, signature)
    )
    return {"verification_status": "SUCCESS" if is_valid else "FAILURE"}
