"""Calls to Acorn's API: headers, JSON, and which error responses may be retried."""

from lightning_cart.errors import ProviderRefused, ProviderUnavailable
from lightning_cart.flow import RETRYABLE_STATUSES, Flow, ProviderRequest
from lightning_cart.http import Json, json_bytes
from lightning_cart.providers.acorn.config import NAME, AcornConfig
from lightning_cart.providers.untrusted_json import parse_object, safe_code


def call(config: AcornConfig, method: str, path: str, body: Json | None = None, idempotency_key: str = "") -> Flow[Json]:
    """Make one call.

    Args:
        config: The key and the API's URL.
        method: `GET` or `POST`.
        path: The path below the API's URL.
        body: The JSON to send, if any.
        idempotency_key: At most 36 characters; makes a `POST` safe to repeat.

    Raises:
        ProviderRefused: Acorn refused.
        ProviderUnavailable: There was no response, or Acorn failed; retry later.
    """
    headers = {"authorization": f"Bearer {config.key.reveal()}"}
    if body is not None:
        headers["content-type"] = "application/json"
    if idempotency_key:
        headers["idempotency-key"] = idempotency_key
    content = json_bytes(body) if body is not None else b""
    idempotent = method == "GET" or bool(idempotency_key)
    response = yield ProviderRequest(method, f"{config.api_base}{path}", headers, content, idempotent=idempotent)
    if response.status not in {200, 201}:
        retryable = response.status >= 500 or response.status in RETRYABLE_STATUSES
        error = ProviderUnavailable if retryable else ProviderRefused
        code = safe_code(parse_object(response.body).get("code"))
        raise error(NAME, f"answered {response.status}", status=response.status, code=code)
    return parse_object(response.body)
