"""The test authority and the certificate that webhooks are signed with.

The real certificate comes from a public authority. Here a local one is made at first need and kept with the rest of the state,
so that what a client was told to trust stays true after a restart.
"""

from functools import cached_property
from types import ModuleType

from lightning_cart_sandbox.paypal.account import Account
from lightning_cart_sandbox.types import Json

_KIND = "authority"


class Certificates:
    """What signs, and what vouches for it.

    Args:
        account: Where both are kept.
    """

    def __init__(self, account: Account) -> None:
        self._account = account

    @property
    def trust_anchor_pem(self) -> str:
        """The authority's own certificate, which a client that verifies offline must be told to trust."""
        return str(self._kept["anchor_pem"])

    @property
    def url(self) -> str:
        """Where the signing certificate is."""
        return self._account.address(f"/v1/notifications/certs/{self._kept['certificate']}")

    def pem(self, identifier: str) -> str | None:
        """Return a certificate by its id: first the one that signs, then the one that vouches for it."""
        kept = self._kept
        return f"{kept['leaf_pem']}{kept['anchor_pem']}" if identifier == kept["certificate"] else None

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message."""
        return bytes(_authority().sign(self._kept["key_pem"], message))

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Return whether a signature is one that `sign` made for a message."""
        return bool(_authority().is_signature(self._kept["key_pem"], message, signature))

    @cached_property
    def _kept(self) -> Json:
        kept = self._account.store.get(f"paypal.{_KIND}", _KIND)
        if kept is None:
            parts = "-".join(self._account.identifier("certificate", 8).lower() for _ in range(3))
            made = _authority().new_authority(self._account.now())
            kept = self._account.save(_KIND, {"id": _KIND, "certificate": f"CERT-{parts}", **made})
        return kept


def _authority() -> ModuleType:
    # Imported at first need, since a native package takes its time and a shop without PayPal does not need it.
    from lightning_cart_sandbox.paypal import authority  # noqa: PLC0415

    return authority
