"""HTTP for the API: keys, versions, form bodies, idempotency and errors (Stripe: API reference)."""

import asyncio
import json
import re
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response

from lightning_cart_sandbox.endpoint import match
from lightning_cart_sandbox.request_body import media_type, read_body
from lightning_cart_sandbox.stripe.account import API_VERSION, Account, StripeCall, caused_by
from lightning_cart_sandbox.stripe.authentication import check_key, check_permission
from lightning_cart_sandbox.stripe.endpoints import ENDPOINTS, StripeEndpoint
from lightning_cart_sandbox.stripe.errors import StripeError, invalid
from lightning_cart_sandbox.stripe.form import parse_form
from lightning_cart_sandbox.stripe.idempotency import IdempotentRequest, idempotency_store
from lightning_cart_sandbox.stripe.schema import read
from lightning_cart_sandbox.stripe.views import expanded
from lightning_cart_sandbox.types import Json

_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?")
_FORM = "application/x-www-form-urlencoded"


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
        headers = {"request-id": request_id, "stripe-version": request.headers.get("stripe-version", API_VERSION)}
        try:
            status, body, replayed = await self._respond(request, request_id)
        except StripeError as error:
            status, body, replayed = error.status, error.body(request_id), False
        if replayed:
            headers["idempotent-replayed"] = "true"
        if request.headers.get("idempotency-key"):
            headers["idempotency-key"] = request.headers["idempotency-key"]
        text = json.dumps(body, indent=2, ensure_ascii=False)
        return Response(text, status_code=status, headers=headers, media_type="application/json")

    async def _respond(self, request: Request, request_id: str) -> tuple[int, Json, bool]:
        api_key = check_key(self._account.keys, request.headers.get("authorization", ""))
        _check_version(request.headers.get("stripe-version", API_VERSION))
        endpoint, identifier = _endpoint(request)
        check_permission(api_key, endpoint.method, endpoint.path)
        params = read(endpoint.fields, parse_form(await _form_text(request)))
        call = StripeCall(self._account, identifier, params)
        key = request.headers.get("idempotency-key", "")
        if request.method != "POST" or not key:
            return 200, await self._run(endpoint, call, (request_id, None)), False
        idempotent = IdempotentRequest(self._idempotency, api_key.key, key, request.url.path, params)
        with idempotent.running():
            kept = idempotent.earlier()
            if kept:
                return *kept, True
            try:
                status, body = 200, await self._run(endpoint, call, (request_id, key))
            except StripeError as error:
                if error.validation:
                    raise
                status, body = error.status, error.body(request_id)
            idempotent.keep(status, body)
        return status, body, False

    async def _run(self, endpoint: StripeEndpoint, call: StripeCall, cause: tuple[str, str | None]) -> Json:
        if self.thinking_seconds:
            await asyncio.sleep(self.thinking_seconds)
        with caused_by(*cause), self._account.transaction():
            document = endpoint.handler(call)
            return expanded(self._account, document, call.params.get("expand", []))


def _endpoint(request: Request) -> tuple[StripeEndpoint, str]:
    path = request.path_params["path"].strip("/")
    segments = [unquote(segment) for segment in path.split("/")]
    for endpoint, identifier in match(ENDPOINTS, segments):
        if endpoint.method == request.method:
            return endpoint, identifier
    raise StripeError(
        f"Unrecognized request URL ({request.method}: /v1/{path}). Please see https://stripe.com/docs or we can help at "
        "https://support.stripe.com/.",
        status=404,
    )


async def _form_text(request: Request) -> str:
    """Return the encoded parameters: the query of GET and DELETE, the body of POST."""
    if request.method != "POST":
        return request.url.query
    if request.url.query:
        raise invalid("Parameters of a POST request go in its body.")
    body = await read_body(request)
    if body is None:
        raise StripeError("Request body too large.", status=413)
    if body and media_type(request, _FORM) != _FORM:
        raise invalid(
            f"Invalid request (check that your POST content type is {_FORM}). If you have any questions, we can help at "
            "https://support.stripe.com/."
        )
    try:
        return body.decode("ascii")
    except UnicodeDecodeError as error:
        raise invalid("Invalid request: the body must be percent-encoded.") from error


def _check_version(version: str) -> None:
    if not _VERSION.fullmatch(version):
        raise invalid(f"Invalid Stripe API version: {version[:40]}")
    # Dates compare as strings. Older versions have other parameters and objects, which this sandbox does not have.
    if version[:10] < API_VERSION[:10]:
        raise invalid(f"Sandbox: only {API_VERSION} and later versions are imitated, not {version}.")
