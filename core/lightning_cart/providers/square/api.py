"""Calls to Square's API: JSON, version, and which error responses may be retried. Source: Square API reference."""

from lightning_cart.errors import ProviderRefused, ProviderUnavailable
from lightning_cart.flow import RETRYABLE_STATUSES, Flow, ProviderRequest
from lightning_cart.http import HttpResponse, Json, json_bytes
from lightning_cart.providers.square.config import NAME, SquareConfig
from lightning_cart.providers.untrusted_json import get, parse_object, safe_code

VERSION = "2026-09-16"


def parse_refusal(response: HttpResponse) -> ProviderRefused | ProviderUnavailable:
    """Return the error of a response, without its details, which may contain personal data."""
    error = get(parse_object(response.body), "errors", 0)
    field, code = safe_code(get(error, "field")), safe_code(get(error, "code"))
    retryable = response.status >= 500 or response.status in RETRYABLE_STATUSES or code == "TEMPORARY_ERROR"
    kind = ProviderUnavailable if retryable else ProviderRefused
    return kind(NAME, f"answered {response.status}{f' about {field}' if field else ''}", status=response.status, code=code)


def exchange(config: SquareConfig, method: str, path: str, body: Json | None = None) -> Flow[HttpResponse]:
    """Make one call and return its response, whatever its status.

    Args:
        config: The token and the API's URL.
        method: `GET`, `POST` or `DELETE`.
        path: The path below the API's URL.
        body: The JSON to send. Its `idempotency_key` makes a `POST` safe to repeat.
    """
    headers = {"authorization": f"Bearer {config.token.reveal()}", "square-version": VERSION}
    if body is not None:
        headers["content-type"] = "application/json"
    content = json_bytes(body) if body is not None else b""
    return (yield ProviderRequest(method, f"{config.api_base}{path}", headers, content, idempotent=True))


def call(config: SquareConfig, method: str, path: str, body: Json | None = None) -> Flow[Json]:
    """Make one call and return the JSON object of its response. The arguments are those of `exchange`.

    Raises:
        ProviderRefused: Square refused.
        ProviderUnavailable: There was no response, or Square failed; retry later.
    """
    response = yield from exchange(config, method, path, body)
    if response.status != 200:
        raise parse_refusal(response)
    return parse_object(response.body)
