"""Access tokens (PayPal: authentication; OAuth 2.0 client credentials, RFC 6749 section 4.4)."""

import base64
import binascii
import hmac
from urllib.parse import parse_qsl

from lightning_cart_sandbox.keys import KeyState
from lightning_cart_sandbox.paypal.account import Account
from lightning_cart_sandbox.paypal.errors import OAuthError, PayPalError
from lightning_cart_sandbox.types import Json

VALID_SECONDS = 32_400
FORM = "application/x-www-form-urlencoded"
_FIELDS = {"grant_type", "scope", "response_type"}


def grant_token(account: Account, authorization: str, kind: str, form: bytes) -> Json:
    """Return a fresh access token.

    Args:
        account: The account that it belongs to.
        authorization: The header: Basic, with client id and secret.
        kind: The media type of the body.
        form: The body.

    Raises:
        OAuthError: The credentials are unknown, wrong, revoked or expired, the grant is another one, or the body is not a form.
    """
    client = _client(account, authorization)
    if kind != FORM:
        raise OAuthError("invalid_request", f"Content type must be {FORM}", 400)
    try:
        fields = dict(parse_qsl(form.decode("ascii"), keep_blank_values=True, strict_parsing=bool(form)))
    except ValueError as error:
        raise OAuthError("invalid_request", "The request body is not a form", 400) from error
    if "grant_type" not in fields:
        raise OAuthError("unsupported_grant_type", "Grant Type is NULL", 400)
    if fields["grant_type"] != "client_credentials":
        raise OAuthError("unsupported_grant_type", "unsupported grant_type", 400)
    if unknown := fields.keys() - _FIELDS:
        raise OAuthError("invalid_request", f"Sandbox: unknown parameter {min(unknown)}", 400)
    return _token(account, client)


def check_bearer(account: Account, authorization: str) -> None:
    """Check the authorization header of a call.

    Raises:
        PayPalError: 401, if there is no token.
        OAuthError: 401, if the token is unknown or has expired, or its client was revoked.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise PayPalError("AUTHENTICATION_FAILURE")
    kept = account.store.get("paypal.token", token.strip())
    if kept is None or not _is_active(account, kept["client"]):
        raise OAuthError("invalid_token", "Token signature verification failed")
    if kept["until"] <= account.now():
        raise OAuthError("invalid_token", "The token passed in has expired")


def revoke_tokens(account: Account) -> None:
    """Revoke all tokens."""
    for token in account.find("token"):
        account.store.delete("paypal.token", token["id"])


def _is_active(account: Account, client: str) -> bool:
    key = account.keys.find("paypal", client)
    return key.state is KeyState.ACTIVE if key else account.keys.any_key


def _client(account: Account, authorization: str) -> str:
    scheme, _, encoded = authorization.partition(" ")
    client = secret = ""
    if scheme.lower() == "basic":
        try:
            client, _, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            client = secret = ""
    key = account.keys.find("paypal", client)
    known = key is not None and hmac.compare_digest(key.secret.encode(), secret.encode())
    if not client or not secret or not _is_active(account, client) or not (known or (key is None and account.keys.any_key)):
        raise OAuthError("invalid_client", "Client Authentication failed")
    return client


def _token(account: Account, client: str) -> Json:
    now = account.now()
    for old in account.find("token"):
        if old["until"] <= now:
            account.store.delete("paypal.token", old["id"])
    token = f"A21AA{account.identifier('token', 43)}"
    account.save("token", {"id": token, "client": client, "until": now + VALID_SECONDS})
    return {
        "scope": "https://uri.paypal.com/services/payments/realtimepayment "
        "https://uri.paypal.com/services/payments/refund https://uri.paypal.com/services/applications/webhooks",
        "access_token": token,
        "token_type": "Bearer",
        "app_id": "APP-80W284485P519543T",
        "expires_in": VALID_SECONDS,
        "nonce": f"{account.timestamp()}{account.identifier('nonce', 43)}",
    }
