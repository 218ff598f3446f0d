"""The five headers that PayPal sends with a webhook, as far as they can be what PayPal sends."""

import re
from typing import NamedTuple

from lightning_cart.errors import BadSignature
from lightning_cart.http import HttpRequest

HEADER = "paypal-transmission-sig"
ALGORITHM = "SHA256withRSA"
_VISIBLE = re.compile(r"[!-~]+", re.ASCII)
# Source: PayPal REST API reference, Verify webhook signature: the longest that it takes of each.
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
        id: Of this delivery; not of the event.
        time: As PayPal wrote it, because it is signed so.
        signature: In base64.
        cert_url: Where the certificate is that signed it.
    """

    id: str
    time: str
    signature: str
    cert_url: str

    @classmethod
    def read(cls, request: HttpRequest) -> "Transmission":
        """Read the headers. PayPal promises no time window and repeats for three days, so their age says nothing.

        Raises:
            BadSignature: One is absent, or cannot be PayPal's.
        """
        values = [request.header(name) for name in _MAX_LENGTHS]
        for value, (name, longest) in zip(values, _MAX_LENGTHS.items(), strict=True):
            if len(value) > longest or not _VISIBLE.fullmatch(value):
                raise BadSignature(f"the header {name} is absent or malformed")
        if values[4] != ALGORITHM:
            raise BadSignature("it is signed in another way than PayPal does")
        return cls(*values[:4])
