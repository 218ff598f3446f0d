"""One call to Square's API: JSON, version, and what an error answer means. Source: Square API reference."""

from lightning_cart.errors import ProviderRefused, ProviderUnavailable
from lightning_cart.flow import RETRYABLE_STATUSES, Flow, ProviderRequest
from lightning_cart.http import HttpResponse, Json, json_bytes
from lightning_cart.providers.square.config import NAME, SquareConfig
from lightning_cart.providers.untrusted_json import get, parse_object, safe_code

VERSION = "2026-09-16"


def parse_refusal(response: HttpResponse) -> ProviderRefused | ProviderUnavailable:
    """What an error answer means to us. Its details are left out: they may hold personal data."""
    error = get(parse_object(response.body), "errors", 0)
    place, code = safe_code(get(error, "field")), safe_code(get(error, "code"))
    later = response.status >= 500 or response.status in RETRYABLE_STATUSES or code == "TEMPORARY_ERROR"
    kind = ProviderUnavailable if later else ProviderRefused
    return kind(NAME, f"answered {response.status}{f' about {place}' if place else ''}", status=response.status, code=code)


def exchange(config: SquareConfig, method: str, path: str, body: Json | None = None) -> Flow[HttpResponse]:
    """Make one call, whatever is answered.

    Args:
        config: Token and address.
        method: `GET`, `POST` or `DELETE`.
        path: Below the API's origin.
        body: With its own `idempotency_key`, which stands in the body here and makes a `POST` safe to repeat.
    """
    headers = {"authorization": f"Bearer {config.token.reveal()}", "square-version": VERSION}
    if body is not None:
        headers["content-type"] = "application/json"
    content = json_bytes(body) if body is not None else b""
    return (yield ProviderRequest(method, f"{config.api_base}{path}", headers, content, idempotent=True))


def call(config: SquareConfig, method: str, path: str, body: Json | None = None) -> Flow[Json]:
    """Make one call that must succeed; arguments as of `exchange`.

    Raises:
        ProviderRefused: A definite no.
        ProviderUnavailable: No answer, or one that says "later".
    """
    response = yield from exchange(config, method, path, body)
    if response.status != 200:
        raise parse_refusal(response)
    return parse_object(response.body)
