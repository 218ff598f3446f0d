"""HTTP for the API: tokens, versions, JSON bodies, idempotency and errors (Square: using the REST API)."""

import json
import re
from typing import NoReturn
from urllib.parse import parse_qsl, unquote

from starlette.requests import Request
from starlette.responses import Response

from lightning_cart_sandbox.document_store import storage_errors_as
from lightning_cart_sandbox.endpoint import match
from lightning_cart_sandbox.request_body import media_type, read_body
from lightning_cart_sandbox.square.account import API_VERSION, OLDEST_VERSION, Account, SquareCall
from lightning_cart_sandbox.square.authentication import check_scopes, check_token
from lightning_cart_sandbox.square.endpoints import ENDPOINTS, SquareEndpoint
from lightning_cart_sandbox.square.errors import NOT_IMITATED, SquareError, storage_failure
from lightning_cart_sandbox.square.idempotency import Idempotency
from lightning_cart_sandbox.square.paths import PATHS
from lightning_cart_sandbox.square.schema import read, read_query
from lightning_cart_sandbox.types import Json


class Api:
    """The routes below `/v2`.

    Args:
        account: The seller's account.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._idempotency = Idempotency(account)

    async def __call__(self, request: Request) -> Response:
        """Return the response to one request; errors have Square's format, too."""
        headers = {"square-version": request.headers.get("square-version", API_VERSION)[:20]}
        try:
            with storage_errors_as(storage_failure):
                status, body = 200, await self._respond(request)
        except SquareError as error:
            status, body = error.status, error.body()
        return Response(json.dumps(body, indent=1), status_code=status, headers=headers, media_type="application/json")

    async def _respond(self, request: Request) -> Json:
        token = check_token(self._account.keys, request.headers.get("authorization", ""))
        _check_version(request.headers.get("square-version", API_VERSION))
        endpoint, identifier = _endpoint(request)
        check_scopes(token, endpoint.method, endpoint.path)
        params = await _parameters(request, endpoint)
        operation = f"{endpoint.method} {endpoint.path} {identifier}"
        with self._account.transaction():
            earlier = self._idempotency.earlier(operation, params)
            if earlier is not None:
                return earlier
            response = endpoint.handler(SquareCall(self._account, identifier, params))
            self._idempotency.keep(operation, params, response)
        return await endpoint.finish(self._account, response) if endpoint.finish else response


def _endpoint(request: Request) -> tuple[SquareEndpoint, str]:
    segments = [unquote(segment) for segment in request.path_params["path"].strip("/").split("/")]
    found = match(ENDPOINTS, segments)
    for endpoint, identifier in found:
        if endpoint.method == request.method:
            return endpoint, identifier
    if (request.method, segments) in PATHS:
        what = f"{request.method} /v2/{'/'.join(segments)}"
        raise SquareError("SANDBOX_NOT_SUPPORTED", NOT_IMITATED.format(what=what), status=404)
    if found:
        raise SquareError("METHOD_NOT_ALLOWED", "The method is not allowed for this endpoint.", status=405)
    raise SquareError("NOT_FOUND", "Resource not found.", status=404)


async def _parameters(request: Request, endpoint: SquareEndpoint) -> Json:
    if request.method in {"GET", "DELETE"}:
        try:
            text = request.scope["query_string"].decode("ascii")
            query = _unique(parse_qsl(text, keep_blank_values=True, errors="strict"))
        except ValueError as error:
            raise SquareError("BAD_REQUEST", "The query could not be read.") from error
        return read_query(endpoint.fields, query)
    if request.scope["query_string"]:
        raise SquareError("UNKNOWN_QUERY_PARAMETER", "Parameters of this request go in its body.")
    body = await read_body(request)
    if body is None:
        raise SquareError("REQUEST_ENTITY_TOO_LARGE", "The request body is too large.", status=413)
    if body and media_type(request) != "application/json":
        raise SquareError("INVALID_CONTENT_TYPE", "The Content-Type header must be application/json.")
    return read(endpoint.fields, _parse(body))


def _parse(body: bytes) -> object:
    if not body:
        return {}
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise SquareError("EXPECTED_JSON_BODY", "The request body could not be parsed as JSON.") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _unique[V](pairs: list[tuple[str, V]]) -> dict[str, V]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name is given twice")
    return members


def _check_version(version: str) -> None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", version):
        raise SquareError("INVALID_SQUARE_VERSION_FORMAT", "The Square-Version header must be a date, YYYY-MM-DD.")
    # Dates compare as strings. Older versions have other objects, which this sandbox does not have.
    if version < OLDEST_VERSION:
        raise SquareError(
            "API_VERSION_INCOMPATIBLE", f"Sandbox: only {OLDEST_VERSION} and later versions are imitated, not {version}."
        )
