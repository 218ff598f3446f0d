"""What a tour of a provider's sandbox returns."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Visit:
    """One answer of the sandbox's API, or one webhook.

    Attributes:
        kind: The route, such as `GET checkout/sessions/*`, or the type of the event.
        status: The HTTP status; 0 for a webhook.
        document: The parsed body.
    """

    kind: str
    status: int
    document: Any
