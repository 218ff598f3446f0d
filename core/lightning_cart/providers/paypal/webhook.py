"""Verifies PayPal's webhooks by certificate if trust anchors are set, else by asking PayPal.

Source: PayPal REST API reference, Webhooks, Verify webhook signature. PayPal gets the received bytes, because JSON that was
parsed and written again can differ and would not verify.
"""

import hashlib

from lightning_cart.domain.payment_event import PaymentEvent
from lightning_cart.errors import BadSignature
from lightning_cart.flow import Flow
from lightning_cart.http import HttpRequest, json_bytes
from lightning_cart.providers.paypal.api import PayPalApi, parse_refusal
from lightning_cart.providers.paypal.certificate import Certificates
from lightning_cart.providers.paypal.events import webhook_event
from lightning_cart.providers.paypal.transmission import ALGORITHM, Transmission
from lightning_cart.providers.untrusted_json import parse_object
from lightning_cart.providers.webhook_json import parse_webhook

_PATH = "/v1/notifications/verify-webhook-signature"


def _ask(api: PayPalApi, sent: Transmission, body: bytes, now: int) -> Flow[bool]:
    envelope = {
        "auth_algo": ALGORITHM,
        "cert_url": sent.cert_url,
        "transmission_id": sent.id,
        "transmission_sig": sent.signature,
        "transmission_time": sent.time,
        "webhook_id": api.config.webhook_id,
    }
    spliced = json_bytes(envelope)[:-1] + b',"webhook_event":' + body + b"}"
    response = yield from api.exchange(now, "POST", _PATH, spliced, repeatable=True)
    if response.status in {400, 422}:  # PayPal rejects the headers
        return False
    if response.status != 200:
        raise parse_refusal(response)
    return parse_object(response.body).get("verification_status") == "SUCCESS"


def verify(api: PayPalApi, certificates: Certificates, request: HttpRequest, now: int) -> Flow[PaymentEvent]:
    """Verify one webhook and read it. The event has the delivery's id and the SHA-256 of its body, which PayPal does not sign.

    Args:
        api: PayPal's API.
        certificates: PayPal's webhook certificates.
        request: The request as received.
        now: Unix seconds.

    Raises:
        BadSignature: PayPal did not send it to this webhook, or it is no event.
        ProviderRefused: PayPal refused the call, because the credentials are wrong.
        ProviderUnavailable: PayPal did not answer.
    """
    sent = Transmission.read(request)
    sent.check_age(now)
    # The body is parsed before it is verified, because `_ask` inserts it into our own JSON: bytes that are not one JSON value
    # could add another webhook id there.
    event = webhook_event(parse_webhook(request.body, strict=True))
    genuine = yield from certificates.verify(sent, request.body, now)
    if genuine is None:
        genuine = yield from _ask(api, sent, request.body, now)
    if not genuine:
        raise BadSignature("PayPal did not sign the webhook: check that PAYPAL_WEBHOOK_ID is its id in this environment")
    return event._replace(delivery_id=sent.id, body_digest=hashlib.sha256(request.body).hexdigest())
