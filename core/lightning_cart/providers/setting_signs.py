"""What a strategy can say about its settings, so that those of all strategies can be compared.

A strategy need not have these methods. Of one that has not, nothing is compared.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol, runtime_checkable
from urllib.parse import urlsplit

from lightning_cart.urls import LOOPBACK


class ModeSign(NamedTuple):
    """What a setting says about real money.

    Args:
        setting: Its name.
        is_live: Whether real money moves, or None if the setting does not say.
    """

    setting: str
    is_live: bool | None


@runtime_checkable
class KnowsMode(Protocol):
    """A strategy whose settings say whether real money moves."""

    def mode_signs(self) -> Sequence[ModeSign]:
        """Return what each setting says, the key first. All of them have to agree."""
        ...


@runtime_checkable
class KnowsWebhookUrl(Protocol):
    """A strategy that verifies webhooks with their URL; `webhook_url_setting` is the name of that URL's setting."""

    webhook_url_setting: str

    def webhook_url(self) -> str:
        """Return the URL, which the provider signs."""
        ...


def base_sign(setting: str, url: str, *, live: str, test: str) -> ModeSign:
    """Return what the URL of an API says: live, test, test also on this machine, and nothing of any other.

    Args:
        setting: The name of the URL's setting.
        url: Its value.
        live: The URL at which real money moves, or empty if it does so only with a live key.
        test: The URL of the provider's sandbox, or empty.
    """
    if urlsplit(url).hostname in LOOPBACK:
        return ModeSign(setting, is_live=False)
    return ModeSign(setting, {live: True, test: False}.get(url))
