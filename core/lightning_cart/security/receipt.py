"""Tokens of one order: the receipt, with which a static page may read its status, and the secret part of its return URL."""

import hmac
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

import jwt
from jwt.algorithms import HMACAlgorithm

from lightning_cart.domain.order import Order
from lightning_cart.errors import ReceiptRequired
from lightning_cart.http import json_bytes
from lightning_cart.secret import Secret

RECEIPT_SECONDS = 30 * 24 * 3600  # 30 days cover the refund windows that buyers ask about
_ALGORITHM = "HS256"
_HELP = "send the receipt that came with this order's checkout, as `Authorization: Bearer …`"


def network_of(address: str) -> str:
    """Return an IPv4 address as it is, of an IPv6 address its first 64 bits, and "" if the address is neither."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or IPv6Address(int(parsed) >> 64 << 64))


def opens_pages(order: Order, token: str) -> bool:
    """Return whether a token is that of an order's page and receipt, compared in constant time. No token opens an old order."""
    same = hmac.compare_digest(order.page_token.encode(), token.encode(errors="replace"))
    return same and order.page_token != ""


class _Hmac(HMACAlgorithm):
    """HMAC-SHA256 that checks a key once. PyJWT looks at each use whether it is a key of another kind, longer than it signs."""

    def __init__(self) -> None:
        super().__init__(HMACAlgorithm.SHA256)
        self._checked: dict[str | bytes, bytes] = {}

    def prepare_key(self, key: str | bytes) -> bytes:
        """Return the key as bytes."""
        if key not in self._checked:
            self._checked[key] = super().prepare_key(key)
        return self._checked[key]


class Receipts:
    """Issues and checks receipts, which are JSON Web Tokens (RFC 7519) with HMAC-SHA256.

    Args:
        secrets: At least one, newest first. The first one signs, any one verifies.
    """

    def __init__(self, secrets: Sequence[Secret]) -> None:
        self.secrets = tuple(secrets)
        self._tokens = jwt.PyJWS(algorithms=[])
        self._tokens.register_algorithm(_ALGORITHM, _Hmac())

    def issue(self, order: Order) -> str:
        """Return an order's receipt. It is always the same, so a repeated checkout has the same response."""
        claims = {"sub": order.id, "iat": order.created_at, "exp": order.created_at + RECEIPT_SECONDS}
        return self._tokens.encode(json_bytes(claims), self.secrets[0].reveal(), _ALGORITHM)

    def return_token(self, order_id: str) -> str:
        """Return the secret part of a new order's return URL, 128 bits in hex. It is stored, so a new secret changes none."""
        return self._mac(f"return {order_id}")

    def page_token(self, order_id: str) -> str:
        """Return the secret part of the URLs of a new order's page and receipt, 128 bits in hex, which is stored as well."""
        return self._mac(f"page {order_id}")

    def caller_key(self, address: str) -> str:
        """Return by which key tries of a caller are counted: of an IPv6 address the network, which one household has.

        Args:
            address: The caller's internet address, or empty if it is not known: all of those are one caller.
        """
        return self._mac(f"caller {network_of(address)}")

    def email_key(self, email: str, goods: str) -> str:
        """Return by which key free orders of an e-mail address are counted.

        Args:
            email: The e-mail address.
            goods: The code of the order, or its goods.
        """
        return self._mac(f"free {email.lower()} {goods}")

    def _mac(self, text: str) -> str:
        return hmac.digest(self.secrets[0].reveal().encode(), text.encode(), "sha256").hex()[:32]

    def check(self, token: str, order_id: str, now: int) -> None:
        """Check that a token is this order's receipt.

        Raises:
            ReceiptRequired: The token is invalid, expired or another order's.
        """
        if not token.isascii():
            raise ReceiptRequired(_HELP)
        for secret in self.secrets:
            try:
                # Times are checked below, because the library would read the system's clock.
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
