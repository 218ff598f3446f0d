"""Settings for a demo against Stripe's test mode, which needs only a key in the environment."""

import secrets
from collections.abc import Mapping

from lightning_cart.errors import ConfigurationError

KEY = "STRIPE_SECRET_KEY"
_WEBHOOK_SECRET, _API_BASE = "STRIPE_WEBHOOK_SECRET", "STRIPE_API_BASE"


def has_key(environ: Mapping[str, str]) -> bool:
    """Return whether the environment has a Stripe key."""
    return bool(environ.get(KEY, "").strip())


def is_live(environ: Mapping[str, str]) -> bool:
    """Return whether the key charges real money."""
    return "_live_" in environ.get(KEY, "")


def check_key(environ: Mapping[str, str], *, may_be_live: bool) -> None:
    """Refuse a live key unless it is allowed.

    Raises:
        ConfigurationError: The key is live and `may_be_live` is false.
    """
    if is_live(environ) and not may_be_live:
        raise ConfigurationError(f"{KEY} is a live key and this would cost real money: use a test key, or add --live")


def read_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the engine's Stripe settings. Webhooks cannot reach this machine, so a random secret is enough."""
    given = {name: environ[name] for name in (_WEBHOOK_SECRET, _API_BASE) if environ.get(name)}
    return {KEY: environ[KEY], _WEBHOOK_SECRET: f"whsec_{secrets.token_hex(16)}", **given}
