"""What a call of the API leads to."""

from dataclasses import dataclass

from lightning_cart_sandbox.paypal.errors import PayPalError
from lightning_cart_sandbox.types import Json


@dataclass(frozen=True)
class Repeated:
    """An object that an earlier request has changed already, so that the status is 200."""

    document: Json


type Outcome = Json | Repeated | PayPalError | None
"""An object, a refusal that is kept like one, or nothing (204)."""
