"""The test authority and the certificate that webhooks are signed with.

PayPal's certificate comes from a public authority. This one is created on first use and stored with the rest of the state, so a
client that trusts it still does so after a restart.
"""

from functools import cached_property
from types import ModuleType

from lightning_cart_sandbox.paypal.account import Account
from lightning_cart_sandbox.types import Json

_KIND = "authority"


class Certificates:
    """The signing certificate and that of its authority.

    Args:
        account: The account that stores both.
    """

    def __init__(self, account: Account) -> None:
        self._account = account

    @property
    def trust_anchor_pem(self) -> str:
        """The authority's certificate, which a client has to trust."""
        return str(self._kept["anchor_pem"])

    def url(self, root: str) -> str:
        """Return the URL of the signing certificate, at a base URL of this PayPal."""
        return f"{root}/v1/notifications/certs/{self._kept['certificate']}"

    def url_for(self, webhook: Json) -> str:
        """Return the URL of the certificate at the base URL that a webhook was registered at.

        The receiver knows that one, and a verifier accepts certificates from nowhere else.
        """
        return self.url(webhook["links"][0]["href"].partition("/v1/")[0])

    def pem(self, identifier: str) -> str | None:
        """Return the signing certificate and that of its authority, or `None` if the id is unknown."""
        kept = self._kept
        return f"{kept['leaf_pem']}{kept['anchor_pem']}" if identifier == kept["certificate"] else None

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message."""
        return bytes(_authority().sign(self._kept["key_pem"], message))

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Return whether `sign` created a signature for a message."""
        return bool(_authority().is_signature(self._kept["key_pem"], message, signature))

    @cached_property
    def _kept(self) -> Json:
        kept = self._account.store.get(f"paypal.{_KIND}", _KIND)
        if kept is None:
            parts = "-".join(self._account.identifier("certificate", 8).lower() for _ in range(3))
            created = _authority().new_authority(self._account.now())
            kept = self._account.save(_KIND, {"id": _KIND, "certificate": f"CERT-{parts}", **created})
        return kept


def _authority() -> ModuleType:
    # Imported on first use, because `cryptography` is slow to import and only PayPal needs it.
    from lightning_cart_sandbox.paypal import authority  # noqa: PLC0415

    return authority
