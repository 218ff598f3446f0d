"""Stripe's own test mode in the sandbox's place: the demo's one provider that a key in the environment is enough for."""

import secrets
from collections.abc import Mapping

from lightning_cart.errors import ConfigurationError

KEY = "STRIPE_SECRET_KEY"
_WEBHOOK_SECRET, _API_BASE = "STRIPE_WEBHOOK_SECRET", "STRIPE_API_BASE"


def is_asked_for(environ: Mapping[str, str]) -> bool:
    """Whether there is a key of Stripe's."""
    return bool(environ.get(KEY, "").strip())


def is_live(environ: Mapping[str, str]) -> bool:
    """Whether it takes real money."""
    return "_live_" in environ.get(KEY, "")


def check_key(environ: Mapping[str, str], *, may_be_live: bool) -> None:
    """Check that nobody pays who did not mean to.

    Raises:
        ConfigurationError: The key is a live one, and that is not allowed.
    """
    if is_live(environ) and not may_be_live:
        raise ConfigurationError(f"{KEY} is a live key and this would cost real money: use a test key, or add --live")


def read_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """What an engine needs for it. Webhooks cannot reach this machine, so any secret does for them."""
    given = {name: environ[name] for name in (_WEBHOOK_SECRET, _API_BASE) if environ.get(name)}
    return {KEY: environ[KEY], _WEBHOOK_SECRET: f"whsec_{secrets.token_hex(16)}", **given}
