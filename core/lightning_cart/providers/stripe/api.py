"""Calls to Stripe's API: form encoding, headers, and which error responses may be retried."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from urllib.parse import quote_plus

from lightning_cart.errors import ProviderRefused, ProviderUnavailable
from lightning_cart.flow import RETRYABLE_STATUSES, Flow, ProviderRequest
from lightning_cart.http import HttpResponse, Json
from lightning_cart.providers.stripe.config import NAME, StripeConfig
from lightning_cart.providers.untrusted_json import get, parse_object, safe_code

VERSION = "2026-09-30.endive"
_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*")  # needs no quoting, which takes longer than to see that
_quote_name = lru_cache(1024)(quote_plus)  # most checkouts have the same names


def _pairs(value: object, name: str) -> Iterator[tuple[str, str]]:
    """Yield the pairs of Stripe's bracket notation: `a[b]=x`, `a[0][b]=x`."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _pairs(inner, f"{name}[{key}]" if name else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _pairs(inner, f"{name}[{index}]")
    else:
        yield name, str(value)


def form(parameters: Json) -> str:
    """Encode parameters as a form. An empty string would unset a field at Stripe, so leave absent ones out."""
    pairs = _pairs(parameters, "")
    return "&".join(f"{_quote_name(name)}={value if _PLAIN.fullmatch(value) else quote_plus(value)}" for name, value in pairs)


def _refusal(response: HttpResponse) -> ProviderRefused | ProviderUnavailable:
    error = get(parse_object(response.body), "error")
    code = safe_code(get(error, "code")) or safe_code(get(error, "type"))
    parameter = safe_code(get(error, "param"))
    reason = f"answered {response.status}{f' about {parameter}' if parameter else ''}"
    retryable = response.status >= 500 or response.status in RETRYABLE_STATUSES
    kind = ProviderUnavailable if retryable else ProviderRefused
    return kind(NAME, reason, status=response.status, code=code, reference=safe_code(response.header("request-id")))


def call(config: StripeConfig, method: str, path: str, parameters: Json, idempotency_key: str = "") -> Flow[Json]:
    """Make one call.

    Args:
        config: The key and the API's URL.
        method: `GET` or `POST`.
        path: The path below the API's URL, `/v1/…`.
        parameters: The nested parameters, sent as a form or in the query of a `GET`.
        idempotency_key: At most 255 characters; makes a `POST` safe to repeat. Source: Stripe docs, Idempotent requests.

    Returns:
        The response's JSON object.

    Raises:
        ProviderRefused: Stripe refused.
        ProviderUnavailable: There was no response, or Stripe failed; retry later.
    """
    headers = {"authorization": f"Bearer {config.key.reveal()}", "stripe-version": VERSION}
    if config.account:
        headers["stripe-account"] = config.account  # Source: Stripe docs, Connect, Making API calls for connected accounts.
    url, body = f"{config.api_base}{path}", b""
    if method == "GET":
        url += f"?{form(parameters)}" if parameters else ""
    else:
        headers["content-type"] = "application/x-www-form-urlencoded"
        body = form(parameters).encode()
    if idempotency_key:
        headers["idempotency-key"] = idempotency_key
    idempotent = method == "GET" or bool(idempotency_key)
    response = yield ProviderRequest(method, url, headers, body, idempotent, "stripe-should-retry")
    if response.status != 200:
        raise _refusal(response)
    return parse_object(response.body)
