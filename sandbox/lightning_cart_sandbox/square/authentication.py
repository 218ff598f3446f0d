"""Access tokens and their scopes (Square: access tokens, OAuth permissions reference)."""

import re
from collections.abc import Mapping

from lightning_cart_sandbox.keys import Key, KeyRing, KeyState
from lightning_cart_sandbox.square.errors import SquareError

_TOKEN = re.compile(r"(EAAA|sandbox-)[A-Za-z0-9_-]*")
_REFUSALS = {
    KeyState.REVOKED: ("ACCESS_TOKEN_REVOKED", "The provided access token has been revoked."),
    KeyState.EXPIRED: ("ACCESS_TOKEN_EXPIRED", "The provided access token has expired."),
}
_SCOPES: Mapping[str, str] = {
    "customers": "CUSTOMERS",
    "disputes": "DISPUTES",
    "locations": "MERCHANT_PROFILE",
    "orders": "ORDERS",
    "payments": "PAYMENTS",
    "refunds": "PAYMENTS",
}
_LINK_SCOPES = {"GET": ("ORDERS_READ",), "DELETE": ("ORDERS_READ", "ORDERS_WRITE")}
_CHANGE_LINK = ("PAYMENTS_WRITE", "ORDERS_READ", "ORDERS_WRITE")
_READS = ("/search", "/batch-retrieve")
_FREE = ("orders/calculate",)


def check_token(keys: KeyRing, authorization: str) -> Key:
    """Return the token of a request.

    With `any_key`, every token that begins with `EAAA`, as Square's do, or with `sandbox-` is accepted. Live tokens look the
    same, so without it a live token is refused like any other that is not known.

    Args:
        keys: The known tokens.
        authorization: The header.

    Raises:
        SquareError: 401 `UNAUTHORIZED`, `ACCESS_TOKEN_REVOKED` or `ACCESS_TOKEN_EXPIRED`.
    """
    scheme, _, credentials = authorization.partition(" ")
    text = credentials.strip() if scheme.lower() == "bearer" else ""
    key = keys.accept("square", text, _TOKEN)
    if key is None:
        raise _refused("UNAUTHORIZED", "This request could not be authorized.", 401)
    if key.state is not KeyState.ACTIVE:
        raise _refused(*_REFUSALS[key.state], 401)
    return key


def check_scopes(token: Key, method: str, path: str) -> None:
    """Check that a token may call an endpoint.

    Args:
        token: The token.
        method: The HTTP method.
        path: The endpoint's path.

    Raises:
        SquareError: 403 `INSUFFICIENT_SCOPES`.
    """
    missing = [scope for scope in _scopes(method, path) if not token.allows(scope)]
    if missing:
        raise _refused(
            "INSUFFICIENT_SCOPES",
            "The merchant has not given your application sufficient permissions to do that. The merchant must authorize your "
            f"application for the following scopes: {', '.join(missing)}",
            403,
        )


def _scopes(method: str, path: str) -> tuple[str, ...]:
    """Return the scopes that an endpoint needs; webhooks belong to the application and need none."""
    if path.startswith("online-checkout/"):
        return _LINK_SCOPES.get(method, _CHANGE_LINK)
    name = _SCOPES.get(path.partition("/")[0])
    if name is None or path in _FREE:
        return ()
    return (f"{name}_READ" if method == "GET" or path.endswith(_READS) else f"{name}_WRITE",)


def _refused(code: str, detail: str, status: int) -> SquareError:
    return SquareError(code, detail, status=status, category="AUTHENTICATION_ERROR")
