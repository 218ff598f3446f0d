"""Settings of Stripe: an API key, the webhook's secret and the API's URL."""

from collections.abc import Mapping
from typing import NamedTuple

from lightning_cart.secret import Secret
from lightning_cart.settings import Setting, as_secrets, read_settings, valid_base_url

NAME = "stripe"
SETTINGS = (
    Setting(
        "STRIPE_SECRET_KEY",
        "Stripe Dashboard, Developers, API keys. sk_test_… pays with test cards, sk_live_… takes real money.",
        "sk_test_…",
        prefixes=("sk_test_", "sk_live_", "rk_test_", "rk_live_"),
        min_length=7,
        mistaken=(
            ("pk_", "is a publishable key, which pages may show: enter the secret key beside it (sk_… or rk_…)"),
            ("whsec_", "is a webhook's signing secret: enter it as STRIPE_WEBHOOK_SECRET, and here the API key (sk_… or rk_…)"),
        ),
    ),
    Setting(
        "STRIPE_WEBHOOK_SECRET",
        "The signing secret of the endpoint PUBLIC_URL/webhook/stripe: Stripe Dashboard, Developers, Webhooks.",
        "whsec_…",
        multiple=True,
        prefixes=("whsec_",),
        min_length=16,
        mistaken=(
            *((prefix, "is an API key: enter the endpoint's signing secret (whsec_…)") for prefix in ("sk_", "rk_", "pk_")),
            ("we_", "is the endpoint's id: enter its signing secret (whsec_…), which the dashboard reveals"),
        ),
    ),
    Setting(
        "STRIPE_ACCOUNT",
        "The connected account that sells, if STRIPE_SECRET_KEY is a platform's. Events of any other account are refused.",
        "acct_…",
        secret=False,
        optional=True,
        prefixes=("acct_",),
    ),
    Setting(
        "STRIPE_API_BASE",
        "The URL of Stripe's API. Set it only to use a sandbox or a proxy.",
        "https://api.stripe.com",
        default="https://api.stripe.com",
        secret=False,
        validate=valid_base_url,
    ),
)


class StripeConfig(NamedTuple):
    """Stripe's settings, read and checked.

    Args:
        key: The API key.
        webhook_secrets: The endpoint's signing secrets, newest first.
        api_base: The API's URL, without a slash at its end.
        account: The connected account that sells, or empty.
    """

    key: Secret
    webhook_secrets: tuple[Secret, ...]
    api_base: str
    account: str = ""

    @property
    def is_live(self) -> bool | None:
        """Whether the key is of live mode, or None if it does not say."""
        modes = {"live": True, "test": False}
        return modes.get(self.key.reveal().split("_")[1]) if self.key.reveal().count("_") > 1 else None

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "StripeConfig":
        """Read the settings.

        Raises:
            InvalidSettings: Settings are absent or malformed; the error names them all.
        """
        values = read_settings(env, SETTINGS)
        return cls(
            key=Secret(values["STRIPE_SECRET_KEY"][0]),
            webhook_secrets=as_secrets(values["STRIPE_WEBHOOK_SECRET"]),
            api_base=values["STRIPE_API_BASE"][0],
            account=next(iter(values["STRIPE_ACCOUNT"]), ""),
        )
