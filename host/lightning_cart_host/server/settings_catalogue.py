"""The host's own settings, beside those of the engine and its payment strategies."""

import re
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
_SCHEMES = re.compile(r"(?!postgres(?:ql)?://)[a-z][a-z0-9+.]*://")


def _database_fault(value: str) -> str:
    if _SCHEMES.match(value.lower()):
        return "must be a file, or begin with postgresql://"
    return ""


DATABASE = Setting(
    "DATABASE",
    "The SQLite file that keeps the orders, or the URL of PostgreSQL, which any number of engines share: "
    "postgresql://user:password@host/database.",
    "lightning-cart.db",
    default="lightning-cart.db",
    validate=_database_fault,
)
HOST_SETTINGS = (ALLOW_PRIVATE, DATABASE)


def allows_private(env: Mapping[str, str]) -> bool:
    """Tell whether fulfilment webhooks may go to private addresses.

    Raises:
        InvalidSettings: The setting is neither 1 nor left out.
    """
    return bool(read_settings(env, [ALLOW_PRIVATE])[ALLOW_PRIVATE.name])
