"""The keys that the providers know, so that wrong, revoked and expired ones can be rehearsed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from re import Pattern

from lightning_cart_sandbox.document_store import DocumentStore

DEFAULT_KEYS: Mapping[str, Sequence[str]] = {
    "stripe": ("sk_test_sandbox",),
    "paypal": ("sandbox-client:sandbox-client-secret",),
    "square": ("sandbox-access-token",),
}
MAX_CHARACTERS = 300
_KIND = "sandbox.key"


class KeyState(StrEnum):
    """Whether a key is accepted, and if not, why."""

    ACTIVE = "active"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Key:
    """A key of one provider.

    Attributes:
        provider: The provider's name.
        key: The key, or PayPal's client id.
        secret: PayPal's client secret; empty at other providers.
        state: Whether it is accepted.
        permissions: What it may do, in the provider's names; `None` means everything.
        added: Whether it was added while the sandbox ran. Such a key stays after a restart that does not name it.
    """

    provider: str
    key: str
    secret: str = ""
    state: KeyState = KeyState.ACTIVE
    permissions: tuple[str, ...] | None = None
    added: bool = False

    def allows(self, *wanted: str) -> bool:
        """Return whether the key has one of some permissions."""
        return self.permissions is None or not set(wanted).isdisjoint(self.permissions)


class KeyRing:
    """The keys of all providers.

    Args:
        store: The store of the keys. A key that was revoked stays so after a restart.
        keys: The keys of each provider, as `parse_key` reads them; `DEFAULT_KEYS` for a provider that is not named. They
            replace those that an earlier start has named.
        any_key: Whether keys that are not known are accepted, too. Those that are revoked or expired never are.

    Raises:
        ValueError: A key cannot be parsed.
    """

    def __init__(self, store: DocumentStore, keys: Mapping[str, Sequence[str]] | None = None, *, any_key: bool = False) -> None:
        self._store = store
        self.any_key = any_key
        named = [parse_key(provider, text) for provider, texts in {**DEFAULT_KEYS, **(keys or {})}.items() for text in texts]
        kept = {_identifier(key) for key in named}
        for known in self.all():
            if not known.added and _identifier(known) not in kept:
                store.delete(_KIND, _identifier(known))
        for key in named:
            before = self.find(key.provider, key.key)
            self._put(replace(key, state=before.state) if before else key)

    def find(self, provider: str, key: str) -> Key | None:
        """Return a known key, or `None`."""
        found = self._store.get(_KIND, _identifier(Key(provider, key)))
        return _from_document(found) if found else None

    def accept(self, provider: str, key: str, well_formed: Pattern[str]) -> Key | None:
        """Return a known key, or with `any_key` one that is not known if it is well-formed; otherwise `None`."""
        known = self.find(provider, key)
        if known is None and self.any_key and well_formed.fullmatch(key):
            return Key(provider, key)
        return known

    def all(self) -> list[Key]:
        """Return every known key, oldest first."""
        return [_from_document(found) for found in reversed(self._store.find(_KIND))]

    def usable(self, provider: str) -> Key:
        """Return the oldest key of a provider that may do everything; if there is none, the oldest of all."""
        keys = [key for key in self.all() if key.provider == provider]
        good = [key for key in keys if key.state is KeyState.ACTIVE and key.permissions is None]
        return (good or keys)[0]

    def add(self, provider: str, text: str) -> Key:
        """Add a key, or replace one.

        Raises:
            ValueError: The text is no key.
        """
        key = replace(parse_key(provider, text), added=True)
        self._put(key)
        return key

    def change(self, provider: str, key: str, state: KeyState) -> Key:
        """Set the state of a known key.

        Raises:
            LookupError: The provider has no such key.
        """
        known = self.find(provider, key)
        if known is None:
            raise LookupError(f"{provider} has no such key")
        changed = replace(known, state=state)
        self._put(changed)
        return changed

    def _put(self, key: Key) -> None:
        self._store.put(_KIND, {"id": _identifier(key), **asdict(key)})


def parse_key(provider: str, text: str) -> Key:
    """Return the key in a text: `KEY`, or `KEY=PERMISSION,PERMISSION`; for PayPal `CLIENT_ID:SECRET`.

    Raises:
        ValueError: It is empty, too long, has a space, or lacks PayPal's secret.
    """
    written, equals, listed = text.partition("=") if provider != "paypal" else (text, "", "")
    key, _, secret = written.partition(":") if provider == "paypal" else (written, "", "")
    if not key or len(text) > MAX_CHARACTERS or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(f"a key has 1 to {MAX_CHARACTERS} printable ASCII characters and no space")
    if provider == "stripe" and not key.startswith(("sk_test_", "rk_test_")):
        raise ValueError("a key for Stripe is a secret or a restricted key of test mode")
    if provider == "paypal" and not secret:
        raise ValueError("a key for PayPal is CLIENT_ID:SECRET")
    return Key(provider, key, secret, permissions=tuple(listed.split(",")) if equals else None)


def _identifier(key: Key) -> str:
    return f"{key.provider} {key.key}"


def _from_document(document: Mapping[str, object]) -> Key:
    permissions = document["permissions"]
    return Key(
        provider=str(document["provider"]),
        key=str(document["key"]),
        secret=str(document["secret"]),
        state=KeyState(str(document["state"])),
        permissions=tuple(permissions) if isinstance(permissions, list) else None,
        added=bool(document.get("added")),
    )
