"""The responses of the application, with the headers that all of them share."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lightning_cart.http import HttpResponse, json_bytes

BODILESS_STATUSES = frozenset({204, 304})


@dataclass(frozen=True, slots=True, repr=False)
class Answer(HttpResponse):
    """A response of `App.handle`, with what its adapter has to know.

    Args:
        log_fields: What the log line of the request includes, such as the order id or the error.
        has_deliveries: Whether fulfilment webhooks are due: `App.deliver_after` sends them after the response.
    """

    log_fields: Mapping[str, str] = field(default_factory=dict)
    has_deliveries: bool = False


def json_response(
    status: int,
    value: object,
    headers: Mapping[str, str] | None = None,
    log_fields: Mapping[str, str] | None = None,
    *,
    has_deliveries: bool = False,
) -> Answer:
    """Return a JSON response that no cache stores, unless `headers` says otherwise."""
    base = {"content-type": "application/json", "cache-control": "no-store", "x-content-type-options": "nosniff"}
    return Answer(status, base | dict(headers or {}), json_bytes(value), log_fields or {}, has_deliveries)
