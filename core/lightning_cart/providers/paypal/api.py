"""Calls to PayPal's API: token, JSON and errors. Source: PayPal REST API reference, Authentication.

A token is valid for about 9 hours and is kept until shortly before it expires. Token expiry is checked against the order's or
webhook's time, because the core has no clock. That time is never later than now, so an expired token may be used; PayPal
answers 401 and the call is repeated once with a new one.
"""

import re
from binascii import b2a_base64
from dataclasses import replace

from lightning_cart.errors import InvalidSettings, ProviderRefused, ProviderUnavailable
from lightning_cart.flow import RETRYABLE_STATUSES, Flow, ProviderRequest
from lightning_cart.http import HttpResponse, Json
from lightning_cart.providers.paypal.config import NAME, PayPalConfig
from lightning_cart.providers.untrusted_json import get, parse_object, safe_code
from lightning_cart.secret import Secret

TOKEN_MARGIN_SECONDS = 60  # a token is not used this close to its expiry
_TOKEN = re.compile(r"[!-~]{1,8192}", re.ASCII)
# Another call is capturing the order at this moment.
_IN_PROGRESS_ISSUES = frozenset({"ORDER_COMPLETION_IN_PROGRESS", "PREVIOUS_REQUEST_IN_PROGRESS"})


def parse_issue(response: HttpResponse) -> str:
    """Return the issue of an error response's first detail, else the error's name."""
    document = parse_object(response.body)
    issues = (get(document, "details", 0, "issue"), document.get("name"), document.get("error"))
    return next((code for issue in issues if (code := safe_code(issue))), "")


def parse_refusal(response: HttpResponse) -> ProviderRefused | ProviderUnavailable:
    """Return the error of a response, without its messages, which may contain personal data."""
    document, code = parse_object(response.body), parse_issue(response)
    field = safe_code(get(document, "details", 0, "field"))
    retryable = response.status >= 500 or response.status in RETRYABLE_STATUSES or code in _IN_PROGRESS_ISSUES
    kind = ProviderUnavailable if retryable else ProviderRefused
    reference = safe_code(response.header("paypal-debug-id")) or safe_code(document.get("debug_id"))
    return kind(
        NAME,
        f"answered {response.status}{f' about {field}' if field else ''}",
        status=response.status,
        code=code,
        reference=reference,
    )


def _with_token(request: ProviderRequest, token: Secret) -> ProviderRequest:
    return replace(request, headers={"authorization": f"Bearer {token.reveal()}", **request.headers})


class PayPalApi:
    """PayPal's API with one app's credentials and their current token.

    Args:
        config: The credentials and the API's URL.
    """

    def __init__(self, config: PayPalConfig) -> None:
        self.config = config
        self._token: Secret | None = None
        self._token_expires_at = 0

    def _request_token(self) -> Flow[HttpResponse]:
        """Request a token: `POST /v1/oauth2/token`."""
        credentials = f"{self.config.client_id}:{self.config.client_secret.reveal()}".encode()
        headers = {
            "authorization": f"Basic {b2a_base64(credentials, newline=False).decode()}",
            "content-type": "application/x-www-form-urlencoded",
            "accept": "application/json",
        }
        url = f"{self.config.api_base}/v1/oauth2/token"
        return (yield ProviderRequest("POST", url, headers, b"grant_type=client_credentials", idempotent=True))

    def _authorize(self, not_after_now: int) -> Flow[Secret]:
        """Return the current token, or a new one."""
        if self._token is not None and not_after_now < self._token_expires_at:
            return self._token
        response = yield from self._request_token()
        if response.status != 200:
            raise parse_refusal(response)
        document = parse_object(response.body)
        token, lifetime = document.get("access_token"), document.get("expires_in")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise ProviderRefused(NAME, "returned no token")
        self._token = Secret(token)
        self._token_expires_at = not_after_now + (lifetime if type(lifetime) is int else 0) - TOKEN_MARGIN_SECONDS
        return self._token

    def check(self) -> Flow[None]:
        """Request a token, which checks the credentials and the URL.

        Raises:
            InvalidSettings: The URL is not PayPal's API.
            ProviderRefused: The credentials are wrong.
            ProviderUnavailable: There was no response, or PayPal failed.
        """
        response = yield from self._request_token()
        if response.status == 404 or (response.status == 200 and not get(parse_object(response.body), "access_token")):
            reason = f"PAYPAL_API_BASE is not the URL of PayPal's API: it answered {response.status} to the request for a token"
            raise InvalidSettings(["PAYPAL_API_BASE"], reason)
        if response.status != 200:
            raise parse_refusal(response)

    def exchange(
        self, not_after_now: int, method: str, path: str, body: bytes = b"", *, request_id: str = "", repeatable: bool = False
    ) -> Flow[HttpResponse]:
        """Make one call and return its response, whatever its status.

        Args:
            not_after_now: Unix seconds, at most now; the token's expiry is checked against it.
            method: `GET` or `POST`.
            path: The path below the API's URL.
            body: The JSON to send.
            request_id: At most 36 characters; makes a `POST` safe to repeat. Source: PayPal docs, Idempotency.
            repeatable: Whether a `POST` without a request id is safe to repeat, because it changes nothing.

        Raises:
            ProviderRefused: The credentials are wrong.
            ProviderUnavailable: There was no response.
        """
        headers = {"accept": "application/json"}
        if method == "POST":
            # PayPal answers 415 without a content type, even if the body is empty. By default it returns little but the id.
            headers |= {"content-type": "application/json", "prefer": "return=representation"}
        if request_id:
            headers["paypal-request-id"] = request_id
        idempotent = method == "GET" or bool(request_id) or repeatable
        request = ProviderRequest(method, f"{self.config.api_base}{path}", headers, body, idempotent)
        token = yield from self._authorize(not_after_now)
        response = yield _with_token(request, token)
        if response.status == 401:
            if self._token is token:
                self._token = None
            token = yield from self._authorize(not_after_now)
            response = yield _with_token(request, token)
        return response

    def call(self, not_after_now: int, method: str, path: str, body: bytes = b"", *, request_id: str = "") -> Flow[Json]:
        """Make one call and return the JSON object of its response. The arguments are those of `exchange`.

        Raises:
            ProviderRefused: PayPal refused.
            ProviderUnavailable: There was no response, or PayPal failed; retry later.
        """
        response = yield from self.exchange(not_after_now, method, path, body, request_id=request_id)
        if response.status not in {200, 201}:
            raise parse_refusal(response)
        return parse_object(response.body)
