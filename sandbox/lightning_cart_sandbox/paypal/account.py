"""The merchant's account at PayPal, and its formats of ids, times and links."""

import hashlib
import string
from datetime import UTC, datetime
from functools import cached_property

from lightning_cart_sandbox.paypal import errors
from lightning_cart_sandbox.provider_account import ProviderAccount
from lightning_cart_sandbox.types import Json

MERCHANT_ID, MERCHANT_EMAIL = "SANDBXMERCHNT", "merchant@sandbox.example"

_CHARACTERS = string.digits + string.ascii_uppercase
_CLEAR_CHARACTERS = "".join(one for one in _CHARACTERS if one not in "01IO")
"""The characters of account ids, of which none looks like another (PayPal: Orders v2, `payer_id`)."""


class Account(ProviderAccount):
    """The merchant's account, with PayPal's formats of ids, times and links."""

    kind_prefix = "paypal."
    mount = "/paypal"

    @cached_property
    def leave_out(self) -> set[str]:
        """The ids that webhooks leave out, as `left_out.CHOICES` names them."""
        return set()

    @property
    def payee(self) -> Json:
        """The merchant, as orders and captures name it."""
        return {"email_address": MERCHANT_EMAIL, "merchant_id": MERCHANT_ID}

    def timestamp(self) -> str:
        """Return the time in PayPal's format: `2026-09-21T10:05:00Z`."""
        return timestamp(self.now())

    def identifier(self, kind: str, characters: int = 17) -> str:
        """Return a fresh identifier of digits and capital letters, such as `5O190127TN364715T`."""
        return derived_id(self.new_id(kind), characters)

    def link(self, path: str, rel: str, method: str = "GET") -> Json:
        """Return a link in PayPal's format."""
        return {"href": self.url(path), "rel": rel, "method": method}

    def not_found(self, kind: str, identifier: str, field: str | None) -> Exception:
        """Return the error 404 `INVALID_RESOURCE_ID`."""
        return errors.not_found(field or f"{kind}_id", identifier)

    def find(self, kind: str, *, limit: int = -1, **equal: object) -> list[Json]:
        """Return the objects of a kind whose fields have the given values, newest first."""
        return self.store.find(f"paypal.{kind}", limit=limit, **equal)


def timestamp(seconds: float) -> str:
    """Return Unix seconds in PayPal's format of times."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def payer_id(email_address: str) -> str:
    """Return the id of a payer's account, which depends only on the email address."""
    return derived_id(email_address, 13, _CLEAR_CHARACTERS)


def derived_id(seed: str, characters: int = 17, alphabet: str = _CHARACTERS) -> str:
    """Return an identifier of digits and capital letters that depends only on a seed."""
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest(), "big")
    letters = []
    for _ in range(characters):
        number, index = divmod(number, len(alphabet))
        letters.append(alphabet[index])
    return "".join(letters)
