"""The host's own settings, beside those of the engine and its payment strategies."""

from collections.abc import Mapping

from lightning_cart.settings import Setting, read_settings

ALLOW_PRIVATE = Setting(
    "FULFILMENT_ALLOW_PRIVATE",
    "1 lets fulfilment webhooks go to private and loopback addresses, and there by http, too. For development alone.",
    "1",
    secret=False,
    optional=True,
    validate=lambda value: "" if value == "1" else "must be 1, or left out",
)
DATABASE = Setting(
    "DATABASE", "The SQLite file that keeps the orders.", "lightning-cart.db", default="lightning-cart.db", secret=False
)
HOST_SETTINGS = (ALLOW_PRIVATE, DATABASE)


def allows_private(env: Mapping[str, str]) -> bool:
    """Tell whether fulfilment webhooks may go to private addresses.

    Raises:
        InvalidSettings: The setting is neither 1 nor left out.
    """
    return bool(read_settings(env, [ALLOW_PRIVATE])[ALLOW_PRIVATE.name])
