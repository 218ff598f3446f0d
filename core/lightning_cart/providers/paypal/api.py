"""One call to PayPal's API: a token, JSON, and what an error answer means. Source: PayPal REST API reference, Authentication.

A token lives some nine hours and is kept until shortly before its end. The core has no clock, but each call is about something
with a time, an order's or a webhook's, and that is never later than now. Counted by it, a token seems to be younger than it
is at worst; then PayPal answers 401, which charges nothing, and the call is repeated once with a fresh one.
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

TOKEN_MARGIN_SECONDS = 60  # seconds before its end in which a token is no longer used
_TOKEN = re.compile(r"[!-~]{1,8192}", re.ASCII)
# The order is being captured by another call of ours at this moment.
_IN_PROGRESS_ISSUES = frozenset({"ORDER_COMPLETION_IN_PROGRESS", "PREVIOUS_REQUEST_IN_PROGRESS"})


def parse_issue(response: HttpResponse) -> str:
    """What an error answer is about: the issue of its first detail, else its name."""
    document = parse_object(response.body)
    issues = (get(document, "details", 0, "issue"), document.get("name"), document.get("error"))
    return next((issue for found in issues if (issue := safe_code(found))), "")


def parse_refusal(response: HttpResponse) -> ProviderRefused | ProviderUnavailable:
    """What an error answer means to us. Its messages are left out: they may hold personal data."""
    document, code = parse_object(response.body), parse_issue(response)
    place = safe_code(get(document, "details", 0, "field"))
    later = response.status >= 500 or response.status in RETRYABLE_STATUSES or code in _IN_PROGRESS_ISSUES
    kind = ProviderUnavailable if later else ProviderRefused
    reference = safe_code(response.header("paypal-debug-id")) or safe_code(document.get("debug_id"))
    return kind(
        NAME,
        f"answered {response.status}{f' about {place}' if place else ''}",
        status=response.status,
        code=code,
        reference=reference,
    )


def _with_token(request: ProviderRequest, token: Secret) -> ProviderRequest:
    return replace(request, headers={"authorization": f"Bearer {token.reveal()}", **request.headers})


class PayPalApi:
    """PayPal's API with one app's credentials, and the token that they were last given.

    Args:
        config: Credentials and address.
    """

    def __init__(self, config: PayPalConfig) -> None:
        self.config = config
        self._token: Secret | None = None
        self._until = 0

    def _ask_for_token(self) -> Flow[HttpResponse]:
        """`POST /v1/oauth2/token`."""
        credentials = f"{self.config.client_id}:{self.config.client_secret.reveal()}".encode()
        headers = {
            "authorization": f"Basic {b2a_base64(credentials, newline=False).decode()}",
            "content-type": "application/x-www-form-urlencoded",
            "accept": "application/json",
        }
        url = f"{self.config.api_base}/v1/oauth2/token"
        return (yield ProviderRequest("POST", url, headers, b"grant_type=client_credentials", idempotent=True))

    def _authorize(self, time: int) -> Flow[Secret]:
        """The token at hand, or a fresh one."""
        if self._token is not None and time < self._until:
            return self._token
        response = yield from self._ask_for_token()
        if response.status != 200:
            raise parse_refusal(response)
        document = parse_object(response.body)
        token, lifetime = document.get("access_token"), document.get("expires_in")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise ProviderRefused(NAME, "answered no token")
        self._token = Secret(token)
        self._until = time + (lifetime if type(lifetime) is int else 0) - TOKEN_MARGIN_SECONDS
        return self._token

    def check(self) -> Flow[None]:
        """Ask for a token.

        Raises:
            InvalidSettings: What answers there is not PayPal's API.
            ProviderRefused: The credentials are wrong.
            ProviderUnavailable: No answer.
        """
        response = yield from self._ask_for_token()
        if response.status == 404 or (response.status == 200 and not get(parse_object(response.body), "access_token")):
            reason = f"PAYPAL_API_BASE is not where PayPal's API is: it answered {response.status} to the question for a token"
            raise InvalidSettings(["PAYPAL_API_BASE"], reason)
        if response.status != 200:
            raise parse_refusal(response)

    def exchange(
        self, time: int, method: str, path: str, body: bytes = b"", *, request_id: str = "", repeatable: bool = False
    ) -> Flow[HttpResponse]:
        """Make one call, whatever is answered.

        Args:
            time: Unix seconds, not later than now: by it a token that is at hand is judged.
            method: `GET` or `POST`.
            path: Below the API's origin.
            body: JSON.
            request_id: At most 36 characters; with it a `POST` may be repeated (PayPal docs, Idempotency).
            repeatable: Whether a `POST` may be repeated without one, because it changes nothing.

        Raises:
            ProviderRefused: The credentials are wrong.
            ProviderUnavailable: No answer.
        """
        headers = {"accept": "application/json"}
        if method == "POST":
            # Also where the body is empty: without a type PayPal answers 415. It answers with no more than an id unasked.
            headers |= {"content-type": "application/json", "prefer": "return=representation"}
        if request_id:
            headers["paypal-request-id"] = request_id
        idempotent = method == "GET" or bool(request_id) or repeatable
        request = ProviderRequest(method, f"{self.config.api_base}{path}", headers, body, idempotent)
        token = yield from self._authorize(time)
        response = yield _with_token(request, token)
        if response.status == 401:
            if self._token is token:
                self._token = None
            token = yield from self._authorize(time)
            response = yield _with_token(request, token)
        return response

    def call(self, time: int, method: str, path: str, body: bytes = b"", *, request_id: str = "") -> Flow[Json]:
        """Make one call that must succeed; arguments as of `exchange`.

        Raises:
            ProviderRefused: A definite no.
            ProviderUnavailable: No answer, or one that says "later".
        """
        response = yield from self.exchange(time, method, path, body, request_id=request_id)
        if response.status not in {200, 201}:
            raise parse_refusal(response)
        return parse_object(response.body)
