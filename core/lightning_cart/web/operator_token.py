"""The operator's token, which the admin routes require, and with which `/health` says what is missing."""

import hashlib
import hmac

from lightning_cart.errors import AdminTokenRequired, InvalidSettings
from lightning_cart.http import HttpRequest
from lightning_cart.usecases.engine import Engine


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _has_token(engine: Engine, request: HttpRequest) -> bool:
    """Compare the operator's token, in a time that does not depend on the token."""
    scheme, _, given = request.header("authorization").partition(" ")
    given_digest = _digest(given.strip())
    matches = False
    for token in engine.admin_tokens:
        matches |= hmac.compare_digest(given_digest, _digest(token.reveal()))
    return matches and scheme.lower() == "bearer"


def is_operator(engine: Engine, request: HttpRequest) -> bool:
    """Return whether a request has the operator's token; never if none is set."""
    try:
        return _has_token(engine, request)
    except InvalidSettings:
        return False


def require_admin(engine: Engine, request: HttpRequest) -> None:
    """Check the operator's token.

    Raises:
        InvalidSettings: No token is set, so every request is refused.
        AdminTokenRequired: The request has no token, or a wrong one.
    """
    if not _has_token(engine, request):
        raise AdminTokenRequired("send one of ADMIN_TOKEN as `Authorization: Bearer …`")
