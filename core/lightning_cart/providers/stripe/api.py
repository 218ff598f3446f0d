"""Calls to Stripe's API: form encoding, headers, and which error responses may be retried."""

import re
from typing import cast

from lightning_cart.errors import ProviderRefused, ProviderUnavailable
from lightning_cart.flow import RETRYABLE_STATUSES, Flow, ProviderRequest
from lightning_cart.http import HttpResponse, Json
from lightning_cart.providers.stripe.config import NAME, StripeConfig
from lightning_cart.providers.untrusted_json import get, parse_object, safe_code

VERSION = "2026-09-30.endive"
_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*")
_QUOTED = [chr(byte) if _PLAIN.fullmatch(chr(byte)) else f"%{byte:02X}" for byte in range(256)]


def _quote(text: str) -> str:
    # Most texts are names of parameters, which need no quoting, and seeing that takes less time than the pattern.
    if (text.isidentifier() and text.isascii()) or _PLAIN.fullmatch(text):
        return text
    return "".join([_QUOTED[byte] for byte in text.encode()])


def _add_pairs(pairs: list[str], name: str, value: object) -> None:
    """Add the pairs of a text, a number, a list or an object in Stripe's bracket notation, quoted: `a[b]=x`, `a[0][b]=x`."""
    if isinstance(value, str):
        pairs.append(f"{name}={_quote(value)}")
    elif isinstance(value, int):
        pairs.append(f"{name}={value}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _add_pairs(pairs, f"{name}%5B{index}%5D", inner)
    else:
        for key, inner in cast("Json", value).items():
            _add_pairs(pairs, f"{name}%5B{_quote(key)}%5D", inner)


def form(parameters: Json) -> str:
    """Encode parameters as a form. An empty string would unset a field at Stripe, so leave absent ones out."""
    pairs: list[str] = []
    for name, value in parameters.items():
        _add_pairs(pairs, _quote(name), value)
    return "&".join(pairs)


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
