"""Settings of Square: a token, a location, the webhook's key and URL, and the API's URL."""

from collections.abc import Mapping
from typing import NamedTuple

from lightning_cart.secret import Secret
from lightning_cart.settings import Setting, as_secrets, plain_http_fault, read_settings, valid_base_url
from lightning_cart.urls import is_https_or_loopback

NAME = "square"
LIVE, SANDBOX = "https://connect.squareup.com", "https://connect.squareupsandbox.com"


def _validate_url(value: str) -> str:
    is_valid = is_https_or_loopback(value)
    return "" if is_valid else plain_http_fault(value) or "must be the https URL of the webhook, as entered at Square"


SETTINGS = (
    Setting(
        "SQUARE_ACCESS_TOKEN",
        "The application's access token, of its sandbox or production: Square Developer Console.",
        "EAAA…",
        min_length=16,
        mistaken=(
            *((prefix, "is an application's id: enter its access token") for prefix in ("sq0idp-", "sandbox-sq0idb-")),
            *((prefix, "is an application's secret: enter its access token") for prefix in ("sq0csp-", "sandbox-sq0csb-")),
        ),
    ),
    Setting(
        "SQUARE_LOCATION_ID",
        "The id of the location that sells: Square Developer Console, Locations. Only its currency can be charged.",
        "L…",
        secret=False,
    ),
    Setting(
        "SQUARE_WEBHOOK_SIGNATURE_KEY",
        "The signature key of the webhook subscription: Square Developer Console, Webhooks.",
        "…",
        multiple=True,
        min_length=16,
        mistaken=(
            ("wbhk_", "is the subscription's id: enter its signature key, which the console reveals"),
            ("http", "is a URL: enter the subscription's signature key, which the console reveals"),
        ),
    ),
    Setting(
        "SQUARE_WEBHOOK_URL",
        "The notification URL of that subscription, exactly as entered there, because Square signs it.",
        "https://pay.shop.example/webhook/square",
        secret=False,
        validate=_validate_url,
    ),
    Setting(
        "SQUARE_API_BASE",
        f"The URL of Square's API: {SANDBOX} for a sandbox token, or the URL of a sandbox or a proxy.",
        LIVE,
        default=LIVE,
        secret=False,
        validate=valid_base_url,
    ),
)


class SquareConfig(NamedTuple):
    """Square's settings, read and checked.

    Args:
        token: The access token.
        location_id: The id of the location that sells.
        signature_keys: The webhook subscription's keys, newest first.
        webhook_url: The subscription's notification URL.
        api_base: The API's URL, without a slash at its end.
    """

    token: Secret
    location_id: str
    signature_keys: tuple[Secret, ...]
    webhook_url: str
    api_base: str

    @property
    def has_live_token(self) -> bool | None:
        """Whether the token is of production, or None if it does not show it: those that start with EAAA do not."""
        token = self.token.reveal()
        return False if token.startswith("sandbox-") else True if token.startswith("sq0atp-") else None

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "SquareConfig":
        """Read the settings.

        Raises:
            InvalidSettings: Settings are absent or malformed; the error names them all.
        """
        values = read_settings(env, SETTINGS)
        return cls(
            token=Secret(values["SQUARE_ACCESS_TOKEN"][0]),
            location_id=values["SQUARE_LOCATION_ID"][0],
            signature_keys=as_secrets(values["SQUARE_WEBHOOK_SIGNATURE_KEY"]),
            webhook_url=values["SQUARE_WEBHOOK_URL"][0],
            api_base=values["SQUARE_API_BASE"][0],
        )
