"""Reads the five headers that PayPal sends with a webhook."""

import re
from typing import NamedTuple

from lightning_cart.errors import BadSignature
from lightning_cart.http import HttpRequest

HEADER = "paypal-transmission-sig"
ALGORITHM = "SHA256withRSA"
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
        """Read the headers. The time is not checked, because PayPal retries a webhook for 3 days.

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
