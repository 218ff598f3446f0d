"""HTTP for the API: tokens, JSON bodies, request ids, mocked errors and errors (PayPal: REST reference)."""

import asyncio
import json

from starlette.requests import Request
from starlette.responses import Response

from lightning_cart_sandbox.document_store import storage_errors_as
from lightning_cart_sandbox.endpoint import match
from lightning_cart_sandbox.idempotency import fingerprint
from lightning_cart_sandbox.paypal.account import Account, derived_id
from lightning_cart_sandbox.paypal.call import PayPalCall
from lightning_cart_sandbox.paypal.captures import declined
from lightning_cart_sandbox.paypal.certificates import Certificates
from lightning_cart_sandbox.paypal.endpoints import ENDPOINTS, PayPalEndpoint
from lightning_cart_sandbox.paypal.errors import PayPalError, problem, refusal, refused
from lightning_cart_sandbox.paypal.idempotency import HEADER, Idempotency
from lightning_cart_sandbox.paypal.issues import ISSUES
from lightning_cart_sandbox.paypal.jsontext import parse_json
from lightning_cart_sandbox.paypal.orders import current_order
from lightning_cart_sandbox.paypal.outcomes import Outcome, Repeated
from lightning_cart_sandbox.paypal.paths import PATHS
from lightning_cart_sandbox.paypal.schema import read
from lightning_cart_sandbox.paypal.sentences import worded_by
from lightning_cart_sandbox.paypal.tokens import check_bearer, grant_token
from lightning_cart_sandbox.request_body import media_type, read_body
from lightning_cart_sandbox.types import Json

_WITH_BODY = {"POST", "PATCH"}
_MOCK, _PREFER = "PayPal-Mock-Response", "Prefer"


class Api:
    """The routes below `/v1` and `/v2`.

    Args:
        account: The merchant's account; it belongs to every client that is accepted.
        certificates: What webhooks are signed with.

    Attributes:
        thinking_seconds: Seconds that each request takes while it holds its request id; a test raises it to make two requests
            overlap.
    """

    def __init__(self, account: Account, certificates: Certificates) -> None:
        self._account = account
        self._certificates = certificates
        self._idempotency = Idempotency(account)
        self.thinking_seconds = 0.0

    async def __call__(self, request: Request) -> Response:
        """Return the response to one request; errors have PayPal's format, too."""
        debug_id = derived_id(self._account.new_id("debug"), 13).lower()
        body: Json | None
        try:
            with storage_errors_as(lambda: PayPalError("SERVICE_UNAVAILABLE")):
                status, body = await self._respond(request)
        except PayPalError as error:
            status, body = error.status, error.body(debug_id)
        text = "" if body is None else json.dumps(body, ensure_ascii=False)
        media_type = None if body is None else "application/json"
        return Response(text, status_code=status, headers={"paypal-debug-id": debug_id}, media_type=media_type)

    async def _respond(self, request: Request) -> tuple[int, Json | None]:
        authorization = request.headers.get("authorization", "")
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        if (request.method, path) == ("POST", "/v1/oauth2/token"):
            return 200, grant_token(self._account, authorization, media_type(request), await _read(request))
        check_bearer(self._account, authorization)
        endpoint, identifier = _endpoint(request.method, path)
        with worded_by(f"{endpoint.method} {endpoint.path}"):
            return await self._answer(request, endpoint, identifier)

    async def _answer(self, request: Request, endpoint: PayPalEndpoint, identifier: str) -> tuple[int, Json | None]:
        body = await _read(request)
        if request.method in _WITH_BODY and media_type(request) != "application/json":
            raise PayPalError("UNSUPPORTED_MEDIA_TYPE")
        params = read(endpoint.fields, parse_json(body) if request.method in _WITH_BODY else {})
        full = _wants_all(request.headers.get(_PREFER, "")) or endpoint.always_full
        request_id = request.headers.get(HEADER, "")
        call = PayPalCall(self._account, identifier, params, body.decode("utf-8", "replace"), self._certificates, request_id)
        self._mock(endpoint, identifier, request.headers.get(_MOCK, ""))
        return await self._run(endpoint, call, full=full)

    async def _run(self, endpoint: PayPalEndpoint, call: PayPalCall, *, full: bool) -> tuple[int, Json | None]:
        if not endpoint.kept_seconds:
            with self._account.transaction():
                outcome = endpoint.handler(call)
            return self._shown(endpoint, outcome, endpoint.status, full=full)
        operation = endpoint.path.replace("*", call.identifier)
        asked = fingerprint(call.params) if endpoint.compares else ""
        request_id = call.request_id
        slots = [slot for slot in (request_id, call.identifier) if slot]
        with self._idempotency.running(slots, endpoint.busy):
            kept = self._idempotency.earlier(request_id, operation, asked)
            if kept:
                return self._shown(endpoint, self._repeated(endpoint, kept), 200, full=full)
            if self.thinking_seconds:
                await asyncio.sleep(self.thinking_seconds)
            with self._account.transaction():
                outcome = endpoint.handler(call)
                if request_id and outcome is not None and not isinstance(outcome, Repeated):
                    self._idempotency.keep(request_id, endpoint.kept_seconds, outcome, operation=operation, asked=asked)
        return self._shown(endpoint, outcome, endpoint.status, full=full)

    def _repeated(self, endpoint: PayPalEndpoint, kept: Json) -> Json | PayPalError:
        if kept["object"] is None:
            return refusal(kept["issue"], "/payment_source", links=kept["links"])
        if endpoint.kind == "order":
            return current_order(self._account, kept["object"])
        return self._account.get(endpoint.kind, kept["object"])

    def _shown(self, endpoint: PayPalEndpoint, outcome: Outcome, status: int, *, full: bool) -> tuple[int, Json | None]:
        if outcome is None:
            return 204, None
        if isinstance(outcome, PayPalError):
            raise outcome
        if isinstance(outcome, Repeated):
            status, outcome = 200, outcome.document
        return status, endpoint.view(self._account, outcome, full=full)

    def _mock(self, endpoint: PayPalEndpoint, identifier: str, header: str) -> None:
        """Raise the error that the header asks for (PayPal: negative testing); codes of other calls are ignored."""
        if not header:
            return
        try:
            code = json.loads(header)["mock_application_codes"]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise refused([problem("INVALID_PARAMETER_SYNTAX", _MOCK, header, "header")]) from error
        if not isinstance(code, str) or code not in endpoint.mocks:
            return
        order = self._account.store.get("paypal.order", identifier)
        if code == "INSTRUMENT_DECLINED" and order is not None:
            raise declined(self._account, order)
        raise refusal(code) if code in ISSUES else PayPalError(code)


def _endpoint(method: str, path: str) -> tuple[PayPalEndpoint, str]:
    for endpoint, identifier in match(ENDPOINTS, path.split("/")):
        if endpoint.method == method and (identifier or "*" not in endpoint.path):
            return endpoint, identifier
    if (method, path.strip("/").split("/")) in PATHS:
        sentence = f"{method} {path} is not imitated by this sandbox. PayPal has it: test it against PayPal's own sandbox."
        raise PayPalError("RESOURCE_NOT_FOUND", [{"issue": "SANDBOX_NOT_IMITATED", "description": sentence}])
    raise PayPalError("RESOURCE_NOT_FOUND")


def _wants_all(prefer: str) -> bool:
    wanted = prefer.replace(" ", "").lower()
    if wanted not in {"", "return=minimal", "return=representation"}:
        raise refused([problem("INVALID_PARAMETER_VALUE", _PREFER, prefer, "header")])
    return wanted == "return=representation"


async def _read(request: Request) -> bytes:
    body = await read_body(request)
    if body is None:
        raise PayPalError("PAYLOAD_TOO_LARGE")
    return body
