"""One call to Stripe's API: form encoding, headers, and what an error answer means."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

from lightning_cart.errors import ProviderRefused, ProviderUnavailable
from lightning_cart.flow import RETRYABLE_STATUSES, Flow, ProviderRequest
from lightning_cart.http import HttpResponse, Json
from lightning_cart.providers.stripe.config import NAME, StripeConfig
from lightning_cart.providers.untrusted_json import get, parse_object, safe_code

VERSION = "2026-09-30.endive"


def _pairs(value: object, name: str) -> Iterator[tuple[str, str]]:
    """Stripe's bracket notation: `a[b]=x`, `a[0][b]=x`."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _pairs(inner, f"{name}[{key}]" if name else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _pairs(inner, f"{name}[{index}]")
    else:
        yield name, str(value)


def form(parameters: Json) -> str:
    """Parameters as Stripe reads them. An empty text would unset a field, so leave out what is not there."""
    return urlencode(list(_pairs(parameters, "")))


def _refusal(response: HttpResponse) -> ProviderRefused | ProviderUnavailable:
    error = get(parse_object(response.body), "error")
    code = safe_code(get(error, "code")) or safe_code(get(error, "type"))
    parameter = safe_code(get(error, "param"))
    reason = f"answered {response.status}{f' about {parameter}' if parameter else ''}"
    later = response.status >= 500 or response.status in RETRYABLE_STATUSES
    kind = ProviderUnavailable if later else ProviderRefused
    return kind(NAME, reason, status=response.status, code=code, reference=safe_code(response.header("request-id")))


def call(config: StripeConfig, method: str, path: str, parameters: Json, idempotency_key: str = "") -> Flow[Json]:
    """Make one call.

    Args:
        config: Key and address.
        method: `GET` or `POST`.
        path: Below the API's origin, `/v1/…`.
        parameters: Nested; sent as a form, or in the query of a `GET`.
        idempotency_key: At most 255 characters; with it a `POST` may be repeated (Stripe docs, Idempotent requests).

    Returns:
        The answer's object.

    Raises:
        ProviderRefused: A definite no.
        ProviderUnavailable: No answer, or one that says "later".
    """
    headers = {"authorization": f"Bearer {config.key.reveal()}", "stripe-version": VERSION}
    url, body = f"{config.api_base}{path}", b""
    if method == "GET":
        url += f"?{form(parameters)}" if parameters else ""
    else:
        headers["content-type"] = "application/x-www-form-urlencoded"
        body = form(parameters).encode()
    if idempotency_key:
        headers["idempotency-key"] = idempotency_key
    repeatable = method == "GET" or bool(idempotency_key)
    response = yield ProviderRequest(method, url, headers, body, repeatable, "stripe-should-retry")
    if response.status != 200:
        raise _refusal(response)
    return parse_object(response.body)
