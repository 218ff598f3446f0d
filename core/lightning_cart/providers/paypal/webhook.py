"""Checks that PayPal sent a webhook: by its certificate where that is configured and clear, else by asking PayPal.

Source: PayPal REST API reference, Webhooks, Verify webhook signature. PayPal is sent the received bytes themselves: reading
and writing JSON again would change numbers and order, and the answer would be no.
"""

import json

from lightning_cart.domain.order import PaymentEvent
from lightning_cart.errors import BadSignature
from lightning_cart.flow import Flow
from lightning_cart.http import HttpRequest, json_bytes, reject_nan
from lightning_cart.providers.paypal.api import PayPalApi, parse_refusal
from lightning_cart.providers.paypal.certificate import Certificates
from lightning_cart.providers.paypal.events import webhook_event
from lightning_cart.providers.paypal.transmission import ALGORITHM, Transmission
from lightning_cart.providers.untrusted_json import parse_object

_PATH = "/v1/notifications/verify-webhook-signature"


def _parse(body: bytes) -> object:
    """The one JSON value that a body is.

    It is read before it is verified, because it will stand inside our own question: a body that closed its braces early could
    put a webhook id of its sender's choice beside itself.
    """
    try:
        return json.loads(body.decode(), parse_constant=reject_nan)
    except (ValueError, RecursionError) as error:
        raise BadSignature("it is not JSON in UTF-8") from error


def _ask(api: PayPalApi, sent: Transmission, body: bytes, now: int) -> Flow[bool]:
    question = {
        "auth_algo": ALGORITHM,
        "cert_url": sent.cert_url,
        "transmission_id": sent.id,
        "transmission_sig": sent.signature,
        "transmission_time": sent.time,
        "webhook_id": api.config.webhook_id,
    }
    spliced = json_bytes(question)[:-1] + b',"webhook_event":' + body + b"}"
    response = yield from api.exchange(now, "POST", _PATH, spliced, repeatable=True)
    if response.status in {400, 422}:  # the headers are not such as PayPal writes
        return False
    if response.status != 200:
        raise parse_refusal(response)
    return parse_object(response.body).get("verification_status") == "SUCCESS"


def verify(api: PayPalApi, certificates: Certificates, request: HttpRequest, now: int) -> Flow[PaymentEvent]:
    """Check one webhook and read it.

    Args:
        api: PayPal's.
        certificates: PayPal's, as far as they are known.
        request: As received.
        now: Unix seconds.

    Raises:
        BadSignature: Not sent by PayPal to this webhook, or not an event.
        ProviderRefused: PayPal refuses to be asked: the credentials are wrong.
        ProviderUnavailable: PayPal could not be asked.
    """
    sent = Transmission.read(request)
    event = webhook_event(_parse(request.body))
    genuine = yield from certificates.verify(sent, request.body, now)
    if genuine is None:
        genuine = yield from _ask(api, sent, request.body, now)
    if not genuine:
        raise BadSignature("PayPal did not sign it: is PAYPAL_WEBHOOK_ID the id of this webhook, and of this environment?")
    return event
