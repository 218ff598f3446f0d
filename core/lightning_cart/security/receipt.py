"""Receipts: the token with which a static page, and nobody else, may read one order's status."""

from collections.abc import Sequence

import jwt

from lightning_cart.domain.order import Order
from lightning_cart.errors import ReceiptRequired
from lightning_cart.secret import Secret

RECEIPT_SECONDS = 30 * 24 * 3600  # seconds: long enough for every refund window a buyer asks about
_ALGORITHM = "HS256"
_HELP = "send the receipt that came with this order's checkout, as `Authorization: Bearer …`"


class Receipts:
    """Signs and checks receipts, as JSON Web Tokens (RFC 7519) with HMAC-SHA256.

    Args:
        secrets: At least one, newest first; the first signs, any verifies.
    """

    def __init__(self, secrets: Sequence[Secret]) -> None:
        self.secrets = tuple(secrets)

    def issue(self, order: Order) -> str:
        """An order's receipt: the same text for the same order, so a repeated checkout gives the same answer."""
        claims = {"sub": order.id, "iat": order.created_at, "exp": order.created_at + RECEIPT_SECONDS}
        return jwt.encode(claims, self.secrets[0].reveal(), _ALGORITHM)

    def check(self, token: str, order_id: str, now: int) -> None:
        """Check that a token is this order's receipt.

        Raises:
            Unauthorized: It is not, or it is too old.
        """
        if not token.isascii():
            raise ReceiptRequired(_HELP)
        for secret in self.secrets:
            try:
                # The clock is ours, not the library's.
                claims = jwt.decode(
                    token,
                    secret.reveal(),
                    [_ALGORITHM],
                    options={"verify_exp": False, "verify_iat": False, "require": ["sub", "exp"]},
                )
            except jwt.InvalidTokenError:
                continue
            if claims["sub"] == order_id and isinstance(claims["exp"], int) and now < claims["exp"]:
                return
        raise ReceiptRequired(_HELP)
