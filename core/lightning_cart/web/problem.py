"""Converts exceptions to problem details (RFC 9457). One table maps each class to its status."""

import hashlib
from binascii import b2a_base64
from collections.abc import Mapping
from typing import NamedTuple

from lightning_cart import errors
from lightning_cart.http import HttpRequest, json_bytes
from lightning_cart.web.responses import Answer

# Not `html.escape`: its module loads a table of 2,000 names, which takes 10 % of the Worker's start.
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})


class _Problem(NamedTuple):
    status: int
    slug: str
    title: str
    detail: str = ""  # replaces the exception's own sentence, if that is not for the caller


PROBLEMS: dict[type[errors.LightningCartError], _Problem] = {
    errors.MalformedRequest: _Problem(400, "malformed-request", "The request cannot be parsed"),
    errors.InvalidField: _Problem(422, "invalid-field", "A field of the request has a wrong value"),
    errors.BodyTooLarge: _Problem(413, "body-too-large", "The request body is too large"),
    errors.UnsupportedMediaType: _Problem(415, "unsupported-content", "The route does not accept this content type"),
    errors.NotFound: _Problem(404, "not-found", "No route, order or provider matches this URL"),
    errors.MethodNotAllowed: _Problem(405, "method-not-allowed", "The route does not have this method"),
    errors.ReceiptRequired: _Problem(401, "receipt-needed", "The order's receipt is required"),
    errors.AdminTokenRequired: _Problem(401, "admin-token-needed", "An operator's token is required"),
    errors.OrderStateConflict: _Problem(409, "not-possible", "The order's status does not allow this"),
    errors.CheckoutEnded: _Problem(409, "checkout-ended", "The checkout of this idempotency key has ended"),
    errors.TooManyRequests: _Problem(429, "too-many-requests", "Too many checkouts from one address"),
    errors.IdempotencyConflict: _Problem(409, "idempotency-conflict", "The idempotency key was used with another body"),
    errors.BadSignature: _Problem(
        400,
        "bad-signature",
        "The webhook is not signed by the provider",
        "check that the engine has the endpoint's signing secret, and that its clock is right",
    ),
    errors.ProviderTimeout: _Problem(
        504,
        "provider-timeout",
        "The payment provider did not answer in time",
        "nothing was charged; send the same request again with the same Idempotency-Key",
    ),
    errors.ProviderUnavailable: _Problem(
        502,
        "provider-unavailable",
        "The payment provider could not be reached",
        "nothing was charged; send the same request again with the same Idempotency-Key",
    ),
    errors.ProviderRefused: _Problem(
        502,
        "provider-refused",
        "The payment provider refused",
        "nothing was charged or refunded; the operator finds the reason in the engine's log",
    ),
    errors.InvalidSettings: _Problem(
        503,
        "not-configured",
        "This part of the engine is not configured",
        "the operator has to set what GET /health names",
    ),
    errors.UnknownStrategy: _Problem(409, "unknown-strategy", "The order's payment strategy is not in this engine"),
    errors.TemporarilyUnavailable: _Problem(
        503,
        "come-again",
        "The request could not be completed now",
        "nothing was acknowledged; retry in 5 seconds",
    ),
    errors.LightningCartError: _Problem(
        500, "internal-error", "The engine failed", "the operator finds the reason in the engine's log"
    ),
}
_STYLE = (
    "body{margin:0;font:1.1rem/1.6 system-ui,sans-serif;color:#1a1d2e;background:#f6f5f1}"
    "main{max-width:34rem;margin:15vh auto;padding:0 1.5rem}h1{font-size:1.6rem;line-height:1.25}"
    "@media(prefers-color-scheme:dark){body{color:#eceaf4;background:#14151f}}"
)
_STYLE_HASH = b2a_base64(hashlib.sha256(_STYLE.encode()).digest(), newline=False).decode()
_PAGE_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'"
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title><style>{style}</style></head>
<body><main><h1>{title}</h1><p>{detail}.</p><p>Your browser's back button leads back to the shop.</p></main></body></html>
"""


def _find_problem(error: errors.LightningCartError) -> _Problem:
    return next(PROBLEMS[kind] for kind in type(error).__mro__ if kind in PROBLEMS)


def _log_fields(error: errors.LightningCartError, slug: str) -> dict[str, str]:
    fields = {"problem": slug}
    if isinstance(error, errors.ProviderError):
        fields |= {"provider": error.provider, "reason": error.reason, "code": error.code, "reference": error.reference}
    elif isinstance(error, errors.TemporarilyUnavailable | errors.ConfigurationError | errors.BadSignature):
        fields["reason"] = str(error)
    if isinstance(error, errors.OrderNotFoundYet | errors.OrderBusy):
        fields["order_id"] = error.order_id
    return {name: value for name, value in fields.items() if value}


def _render_page(title: str, content: Mapping[str, object]) -> bytes:
    sentence = " ".join(str(content[part]) for part in ("field", "detail") if part in content)
    detail = (sentence[:1].upper() + sentence[1:]).translate(_ESCAPED)
    return _PAGE.format(title=title, detail=detail, style=_STYLE).encode()


def problem_response(error: errors.LightningCartError, request: HttpRequest) -> Answer:
    """Convert an exception to problem+json, or to a page if a browser asks for one.

    Args:
        error: The exception.
        request: The request that raised it.
    """
    problem = _find_problem(error)
    content: dict[str, object] = {
        "type": f"/problems/{problem.slug}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail or str(error),
    }
    headers = {
        "content-type": "application/problem+json",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    if isinstance(error, errors.InvalidField):
        content |= {"detail": error.reason, "field": error.field}
    elif isinstance(error, errors.CheckoutEnded):
        content |= {"order_id": error.order_id, "order_status": error.status}
    elif isinstance(error, errors.MethodNotAllowed):
        headers["allow"] = ", ".join(error.allowed)
    elif isinstance(error, errors.TooManyRequests):
        headers["retry-after"] = str(error.retry_after)
    elif isinstance(error, errors.TemporarilyUnavailable | errors.ProviderUnavailable):
        headers["retry-after"] = "5"
    elif isinstance(error, errors.ReceiptRequired):
        headers["www-authenticate"] = 'Bearer realm="receipt"'
    elif isinstance(error, errors.AdminTokenRequired):
        headers["www-authenticate"] = 'Bearer realm="admin"'
    body = json_bytes(content)
    if "text/html" in request.header("accept"):
        headers |= {"content-type": "text/html; charset=utf-8", "content-security-policy": _PAGE_POLICY}
        body = _render_page(problem.title, content)
    return Answer(problem.status, headers, body, _log_fields(error, problem.slug))


def internal_error(request: HttpRequest) -> Answer:
    """Return the 500 response for an unexpected exception; it contains no details."""
    return problem_response(errors.LightningCartError(), request)
