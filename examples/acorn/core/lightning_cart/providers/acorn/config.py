"""Settings of Acorn Pay: an API key, the webhook's secret and the API's URL."""

from collections.abc import Mapping
from typing import NamedTuple

from lightning_cart.secret import Secret
from lightning_cart.settings import Setting, as_secrets, read_settings, valid_base_url

NAME = "acorn"
SETTINGS = (
    Setting(
        "ACORN_KEY",
        "The API key: Acorn's dashboard, Keys.",
        "acorn_test_…",
        prefixes=("acorn_test_", "acorn_live_"),
        min_length=7,
    ),
    Setting(
        "ACORN_WEBHOOK_SECRET",
        "The secret of the webhook PUBLIC_URL/webhook/acorn: Acorn's dashboard, Webhooks.",
        "…",
        multiple=True,
        min_length=16,
    ),
    Setting(
        "ACORN_API_BASE",
        "The URL of Acorn's API. Set it only to use a sandbox or a proxy.",
        "https://api.acorn.example",
        default="https://api.acorn.example",
        secret=False,
        validate=valid_base_url,
    ),
)


class AcornConfig(NamedTuple):
    """Acorn's settings, read and checked.

    Args:
        key: The API key.
        webhook_secrets: The webhook's secrets, newest first.
        api_base: The API's URL, without a slash at its end.
    """

    key: Secret
    webhook_secrets: tuple[Secret, ...]
    api_base: str

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "AcornConfig":
        """Read the settings.

        Raises:
            InvalidSettings: Settings are absent or malformed; the error names them all.
        """
        values = read_settings(env, SETTINGS)
        return cls(
            key=Secret(values["ACORN_KEY"][0]),
            webhook_secrets=as_secrets(values["ACORN_WEBHOOK_SECRET"]),
            api_base=values["ACORN_API_BASE"][0],
        )
