"""Converts exceptions to problem details (RFC 9457). One table maps each class to its status."""

from typing import NamedTuple

from lightning_cart import errors
from lightning_cart.domain.catalog import Catalog
from lightning_cart.http import HttpRequest, json_bytes
from lightning_cart.web.buyer_words import Words, buyer_words, is_for_buyer
from lightning_cart.web.problem_page import PROBLEM_HEADERS, find_site, problem_page
from lightning_cart.web.responses import Answer


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
    errors.TooManyWrongCodes: _Problem(429, "too-many-codes", "Too many codes that do not exist were tried"),
    errors.TooManyFreeOrders: _Problem(429, "too-many-free-orders", "Too many free orders of one address or buyer"),
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
        "the operator has to correct the settings that lightning-cart doctor names",
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
_NO_CATALOG = Catalog({}, {})


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


def _headline(sentence: str) -> str:
    return f"{sentence[:1].upper()}{sentence[1:]}."


def problem_response(error: errors.LightningCartError, request: HttpRequest, catalog: Catalog = _NO_CATALOG) -> Answer:
    """Convert an exception to problem+json, or to a page if a browser asks for one.

    On the routes of buyers and their shop's pages, `detail` speaks to the buyer and `reason` to the developer. On all others
    `detail` is the developer's.

    Args:
        error: The exception.
        request: The request that raised it.
        catalog: The shops to which a page can link.
    """
    problem = _find_problem(error)
    reason = error.reason if isinstance(error, errors.InvalidField) else problem.detail or str(error)
    is_operators = request.path.startswith(("/admin/", "/webhook", "/health"))
    words = Words(_headline(reason)) if is_operators else buyer_words(error, problem.slug, request)
    content: dict[str, object] = {
        "type": f"/problems/{problem.slug}",
        "title": problem.title,
        "status": problem.status,
        "detail": reason,
    }
    if is_for_buyer(request):
        content |= {"detail": words.text, "reason": reason}
    headers = {
        "content-type": "application/problem+json",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    if isinstance(error, errors.InvalidField):
        content["field"] = error.field
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
        headers |= PROBLEM_HEADERS
        note = f"{content.get('field', '')} {reason} ({problem.status}, {problem.slug})".lstrip()
        body = problem_page(words, note, request, find_site(catalog, request, error.site_id))
    return Answer(problem.status, headers, body, _log_fields(error, problem.slug))


def internal_error(request: HttpRequest, catalog: Catalog = _NO_CATALOG) -> Answer:
    """Return the 500 response for an unexpected exception; it contains no details."""
    return problem_response(errors.LightningCartError(), request, catalog)
