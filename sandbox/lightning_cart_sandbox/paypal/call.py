"""One request to PayPal's API, as a handler gets it."""

from dataclasses import dataclass

from lightning_cart_sandbox.endpoint import Call
from lightning_cart_sandbox.paypal.account import Account
from lightning_cart_sandbox.paypal.certificates import Certificates


@dataclass(frozen=True)
class PayPalCall(Call[Account]):
    """One request after its checks.

    Attributes:
        text: The JSON exactly as it was sent.
        certificates: What webhooks are signed with.
        request_id: The header `PayPal-Request-Id`, or "".
    """

    text: str
    certificates: Certificates
    request_id: str = ""
