"""API keys (Stripe: authentication, restricted keys, error codes)."""

import base64
import re

from lightning_cart_sandbox.keys import Key, KeyRing, KeyState
from lightning_cart_sandbox.stripe.errors import StripeError

ACCOUNT_ID = "acct_1SandboxOfTheShop"
_MISSING = (
    "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth "
    "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can "
    "help at https://support.stripe.com/."
)
_LIVE = "This is a sandbox, and you sent it a LIVE key. Never send a live key to a sandbox: roll this key now."
_PUBLISHABLE = (
    "This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API "
    "keys at https://dashboard.stripe.com/account/apikeys."
)
_TEST_KEY = re.compile(r"[sr]k_test_\S+")
_PREFIX = re.compile(r"(?:[a-z]{2}_(?:test|live)_)?")
_MAX_SHOWN = 4
# What a permission is named after, if it is not the path's first segment in the singular.
_PERMISSIONS = {
    "checkout/sessions": "checkout_session",
    "refunds": "charge",
    "webhook_endpoints": "webhook",
    "invoice_payments": "invoice",
    "balance_transactions": "balance_transaction_source",
}


def check_key(keys: KeyRing, authorization: str) -> Key:
    """Return the key of a request.

    Args:
        keys: The known keys.
        authorization: The header: Bearer, or Basic with the key as the user name.

    Raises:
        StripeError: 401 if the key is missing, unknown, revoked, expired or live; 403 if it is publishable.
    """
    text = _read_key(authorization)
    if not text:
        raise StripeError(_MISSING, status=401)
    if text.startswith(("sk_live_", "rk_live_")):
        raise StripeError(_LIVE, status=401)
    if text.startswith("pk_"):
        raise StripeError(_PUBLISHABLE, status=403, code="secret_key_required")
    key = keys.accept("stripe", text, _TEST_KEY)
    if key is None:
        raise StripeError(f"Invalid API Key provided: {mask_key(text)}", status=401)
    if key.state is not KeyState.ACTIVE:
        raise StripeError(f"Expired API Key provided: {mask_key(text)}", status=401, code="api_key_expired")
    return key


def check_account(identifier: str) -> None:
    """Raise the 403 for an account that is not the key's: the sandbox has no connected accounts.

    Args:
        identifier: The id that a path or the header `Stripe-Account` has, or "".
    """
    if identifier not in {"", ACCOUNT_ID}:
        raise StripeError(
            f"The provided key does not have access to account '{identifier[:60]}' (or that account does not exist). "
            "Application access may have been revoked.",
            status=403,
            code="account_invalid",
        )


def check_permission(key: Key, method: str, path: str) -> None:
    """Check that a restricted key may call an endpoint; a permission to write includes the one to read.

    Args:
        key: The key.
        method: The HTTP method.
        path: The endpoint's path.

    Raises:
        StripeError: 403.
    """
    name = _permission_name(path)
    wanted = f"{name}_read" if method == "GET" else f"{name}_write"
    if not key.allows(wanted, f"{name}_write"):
        raise StripeError(
            f"The provided key '{mask_key(key.key)}' does not have the required permissions for this endpoint on account "
            f"'{ACCOUNT_ID}'. Having the 'rak_{wanted}' permission would allow this request to continue.",
            status=403,
        )


def mask_key(key: str) -> str:
    """Return a key as Stripe shows it: its prefix, stars, and at most the last 4 characters."""
    prefix = _PREFIX.match(key[:20])
    start = prefix.end() if prefix else 0
    shown = min(_MAX_SHOWN, (len(key) - start) // 2)
    end = len(key) - shown
    tail = key[end:].encode("ascii", "replace").decode()
    return f"{key[:start]}{'*' * min(end - start, 100)}{tail}"


def _permission_name(path: str) -> str:
    for start, name in _PERMISSIONS.items():
        if path.startswith(start):
            return name
    return path.partition("/")[0].removesuffix("s")


def _read_key(authorization: str) -> str:
    scheme, _, credentials = authorization.partition(" ")
    key = credentials.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(key, validate=True).decode().partition(":")[0]
        except ValueError:  # not Base64, or not UTF-8
            return ""
    return key if scheme.lower() == "bearer" else ""
