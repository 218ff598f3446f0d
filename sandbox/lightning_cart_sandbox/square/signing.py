"""Square's webhook signature (Square: validate event notifications).

The key is the subscription's signature key. The signed message is the notification URL as it was registered, followed by the
raw body, with nothing between them and no timestamp.
"""

import base64
import hashlib
import hmac


def signature(key: str, url: str, body: bytes) -> str:
    """Return the value of `x-square-hmacsha256-signature`.

    Args:
        key: The signature key.
        url: The notification URL of the subscription.
        body: The exact bytes that are sent.
    """
    return base64.b64encode(hmac.new(key.encode(), url.encode() + body, hashlib.sha256).digest()).decode()
