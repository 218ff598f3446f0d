"""HTTP for the API: keys, versions, form bodies, idempotency and errors (Stripe: API reference)."""

import asyncio
import json
from collections.abc import Callable
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response

from lightning_cart_sandbox.document_store import storage_errors_as
from lightning_cart_sandbox.endpoint import match
from lightning_cart_sandbox.request_body import media_type, read_body
from lightning_cart_sandbox.stripe.account import Account, StripeCall, caused_by
from lightning_cart_sandbox.stripe.authentication import check_account, check_key, check_permission
from lightning_cart_sandbox.stripe.endpoints import ENDPOINTS
from lightning_cart_sandbox.stripe.errors import StripeError, invalid, storage_failure
from lightning_cart_sandbox.stripe.form import parse_form
from lightning_cart_sandbox.stripe.handlers import StripeEndpoint
from lightning_cart_sandbox.stripe.idempotency import IdempotentRequest, idempotency_store
from lightning_cart_sandbox.stripe.paths import PATHS
from lightning_cart_sandbox.stripe.schema import NOT_IMITATED, read
from lightning_cart_sandbox.stripe.versions import as_of, check_version, fields_of, upgraded, version_headers
from lightning_cart_sandbox.stripe.views import expanded
from lightning_cart_sandbox.types import Json

_FORM = "application/x-www-form-urlencoded"
_MAX_SHOWN = 200


class Api:
    """The routes below `/v1`.

    Args:
        account: The merchant's account; it belongs to every key that is accepted.

    Attributes:
        thinking_seconds: Seconds that each request takes while it holds its idempotency key; a test raises it to make two
            requests overlap.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._idempotency = idempotency_store(account)
        self.thinking_seconds = 0.0

    async def __call__(self, request: Request) -> Response:
        """Return the response to one request; errors have Stripe's format, too."""
        request_id = self._account.new_id("req")
        version, headers = request.headers.get("stripe-version", self._account.default_version), {"request-id": request_id}
        try:
            check_version(version)
            headers |= version_headers(version)
            with storage_errors_as(storage_failure):
                status, body, replayed = await self._respond(request, request_id, version)
        except StripeError as error:
            (status, body), replayed = self._refusal(error, request_id, version), False
        if replayed:
            headers["idempotent-replayed"] = "true"
        if request.headers.get("idempotency-key"):
            headers["idempotency-key"] = request.headers["idempotency-key"]
        text = json.dumps(body, indent=2, ensure_ascii=False)
        return Response(text, status_code=status, headers=headers, media_type="application/json")

    async def _respond(self, request: Request, request_id: str, version: str) -> tuple[int, Json, bool]:
        api_key = check_key(self._account.keys, request.headers.get("authorization", ""))
        check_account(request.headers.get("stripe-account", ""))
        endpoint, identifier = _endpoint(request)
        check_permission(api_key, endpoint.method, endpoint.path)
        posted = request.method == "POST"
        fields = fields_of(endpoint.path, endpoint.fields, version) if posted else endpoint.fields
        params = read(fields, parse_form(await _form_text(request)))
        call = StripeCall(self._account, identifier, upgraded(endpoint.path, params) if posted else params)
        key = request.headers.get("idempotency-key", "")
        if not posted or not key:
            return *await self._run(endpoint, call, (request_id, None), version), False
        idempotent = IdempotentRequest(self._idempotency, api_key.key, key, request.url.path, params)
        with idempotent.running():
            kept = idempotent.earlier()
            if kept:
                return *kept, True
            try:
                answer = await self._run(endpoint, call, (request_id, key), version, idempotent.keep)
            except StripeError as error:
                if error.validation:
                    raise
                answer = self._refusal(error, request_id, version)
                idempotent.keep(*answer)
        return *answer, False

    async def _run(
        self,
        endpoint: StripeEndpoint,
        call: StripeCall,
        cause: tuple[str, str | None],
        version: str,
        keep: Callable[[int, Json], None] | None = None,
    ) -> tuple[int, Json]:
        if self.thinking_seconds:
            await asyncio.sleep(self.thinking_seconds)
        with caused_by(*cause), self._account.transaction():
            document = endpoint.handler(call)
            if isinstance(document, StripeError):  # a declined payment, whose traces are saved
                answer = self._refusal(document, cause[0], version)
            else:
                answer = 200, expanded(self._account, document, call.params.get("expand", []), version)
            if keep:
                keep(*answer)
        return answer

    def _refusal(self, error: StripeError, request_id: str, version: str) -> tuple[int, Json]:
        return error.status, as_of(self._account, error.body(request_id), version)


def _endpoint(request: Request) -> tuple[StripeEndpoint, str]:
    path = request.path_params["path"].strip("/")
    segments = [unquote(segment) for segment in path.split("/")]
    for endpoint, identifier in match(ENDPOINTS, segments):
        # `customers/search` names no customer.
        fits = "*" not in endpoint.path or (identifier and not PATHS.has_exactly(request.method, segments))
        if endpoint.method == request.method and fits:
            return endpoint, identifier
    if (request.method, segments) in PATHS:
        message = NOT_IMITATED.format(what=f"{request.method} /v1/{path[:_MAX_SHOWN]}")
        raise StripeError(message, status=404, code="sandbox_not_imitated", validation=True)
    raise StripeError(
        f"Unrecognized request URL ({request.method}: /v1/{path[:_MAX_SHOWN]}). Please see https://stripe.com/docs or we can "
        "help at https://support.stripe.com/.",
        status=404,
    )


async def _form_text(request: Request) -> str:
    """Return the encoded parameters: the query of GET and DELETE, the body of POST."""
    if request.method != "POST":
        return _ascii(request.scope["query_string"])
    if request.scope["query_string"]:
        raise invalid("Parameters of a POST request go in its body.")
    body = await read_body(request)
    if body is None:
        raise StripeError("Request body too large.", status=413)
    if body and media_type(request, _FORM) != _FORM:
        raise invalid(
            f"Invalid request (check that your POST content type is {_FORM}). If you have any questions, we can help at "
            "https://support.stripe.com/."
        )
    return _ascii(body)


def _ascii(encoded: bytes) -> str:
    try:
        return encoded.decode("ascii")
    except UnicodeDecodeError as error:
        raise invalid("Invalid request: the parameters must be percent-encoded.") from error
