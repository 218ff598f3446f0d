"""What Square needs of us: a token, a location, the webhook's key and its very address, and where its API is."""

from collections.abc import Mapping
from typing import NamedTuple

from lightning_cart.secret import Secret
from lightning_cart.settings import Setting, as_secrets, read_settings, valid_base_url
from lightning_cart.urls import is_https_or_loopback

NAME = "square"


def _address(value: str) -> str:
    return "" if is_https_or_loopback(value) else "must be the https address of the webhook (http is for loopback hosts only)"


SETTINGS = (
    Setting(
        "SQUARE_ACCESS_TOKEN",
        "Square Developer Console, the application's access token, of its sandbox or production.",
        "EAAA…",
    ),
    Setting(
        "SQUARE_LOCATION_ID",
        "The location that sells: Square Developer Console, Locations. Its currency is the only one that can be charged.",
        "L…",
        secret=False,
    ),
    Setting(
        "SQUARE_WEBHOOK_SIGNATURE_KEY",
        "The signature key of the webhook subscription: Square Developer Console, Webhooks.",
        "…",
        multiple=True,
    ),
    Setting(
        "SQUARE_WEBHOOK_URL",
        "The notification URL of that subscription, character by character: Square signs it.",
        "https://pay.shop.example/webhook/square",
        secret=False,
        validate=_address,
    ),
    Setting(
        "SQUARE_API_BASE",
        "Where Square's API is. https://connect.squareupsandbox.com for a sandbox token, or a sandbox or proxy of your own.",
        "https://connect.squareup.com",
        default="https://connect.squareup.com",
        secret=False,
        validate=valid_base_url,
    ),
)


class SquareConfig(NamedTuple):
    """Square's settings, read and checked.

    Args:
        token: The access token.
        location_id: The location that sells.
        signature_keys: Of the webhook subscription, newest first.
        webhook_url: The subscription's notification URL.
        api_base: The API's origin, and perhaps a path, without a slash at its end.
    """

    token: Secret
    location_id: str
    signature_keys: tuple[Secret, ...]
    webhook_url: str
    api_base: str

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "SquareConfig":
        """Read the settings.

        Raises:
            InvalidSettings: Naming what is absent or malformed.
        """
        values = read_settings(env, SETTINGS)
        return cls(
            token=Secret(values["SQUARE_ACCESS_TOKEN"][0]),
            location_id=values["SQUARE_LOCATION_ID"][0],
            signature_keys=as_secrets(values["SQUARE_WEBHOOK_SIGNATURE_KEY"]),
            webhook_url=values["SQUARE_WEBHOOK_URL"][0],
            api_base=values["SQUARE_API_BASE"][0],
        )
