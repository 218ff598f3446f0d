"""Reads the five headers that PayPal sends with a webhook."""

import re
from typing import NamedTuple

from lightning_cart.errors import BadSignature
from lightning_cart.http import HttpRequest
from lightning_cart.providers.untrusted_json import parse_timestamp

HEADER = "paypal-transmission-sig"
ALGORITHM = "SHA256withRSA"
# PayPal retries for 3 days, and it is not documented whether a retry has a new time. Source: PayPal docs, Webhooks.
MAX_AGE_SECONDS = 4 * 24 * 3600
TOLERANCE_SECONDS = 300  # for clocks that differ
_VISIBLE = re.compile(r"[!-~]+", re.ASCII)
# In characters. Source: PayPal REST API reference, Verify webhook signature.
_MAX_LENGTHS = {
    "paypal-transmission-id": 50,
    "paypal-transmission-time": 100,
    HEADER: 500,
    "paypal-cert-url": 500,
    "paypal-auth-algo": 100,
}


class Transmission(NamedTuple):
    """One delivery of a webhook.

    Args:
        id: The delivery's id, not the event's.
        time: The time as PayPal wrote it, because that is signed.
        signature: The signature in base64.
        cert_url: The URL of the certificate that signed it.
    """

    id: str
    time: str
    signature: str
    cert_url: str

    @classmethod
    def read(cls, request: HttpRequest) -> "Transmission":
        """Read the headers.

        Raises:
            BadSignature: A header is absent or malformed.
        """
        values = [request.header(name) for name in _MAX_LENGTHS]
        for value, (name, max_length) in zip(values, _MAX_LENGTHS.items(), strict=True):
            if len(value) > max_length or not _VISIBLE.fullmatch(value):
                raise BadSignature(f"the header {name} is absent or malformed")
        if values[4] != ALGORITHM:
            raise BadSignature(f"the webhook is not signed with {ALGORITHM}")
        return cls(*values[:4])

    def check_age(self, now: int) -> None:
        """Refuse a delivery that is older than PayPal's retries, or from the future.

        Args:
            now: Unix seconds.

        Raises:
            BadSignature: The time is malformed or too far from now.
        """
        sent_at = parse_timestamp(self.time)
        if sent_at is None or not now - MAX_AGE_SECONDS <= sent_at <= now + TOLERANCE_SECONDS:
            raise BadSignature("the header paypal-transmission-time is malformed or too old: check this machine's clock")
