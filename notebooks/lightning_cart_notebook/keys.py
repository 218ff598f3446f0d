"""Test keys in the environment: with them a notebook talks to the provider's own sandbox. Live keys are refused."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from lightning_cart_notebook.trouble import NotebookError

_PAYPAL, _SQUARE = "https://api-m.sandbox.paypal.com", "https://connect.squareupsandbox.com"


@dataclass(frozen=True, slots=True)
class _TestKeys:
    """What an account for tests is told by.

    Args:
        asks: The settings without which there is no account here; all of them, or the notebook uses its own sandbox.
        needs: Those that must be set as well.
        base: The setting of its API's address, and the only address of the provider's that moves no money; empty where the
            keys themselves tell.
        test: What its keys begin with, where they tell.
        made: Settings that may be anything, since no webhook reaches this machine: name to beginning.
    """

    required: tuple[str, ...]
    also_required: tuple[str, ...]
    base_url: tuple[str, str]
    test_prefixes: tuple[str, ...]
    generated: Mapping[str, str]


_ACCOUNTS: Mapping[str, _TestKeys] = {
    "stripe": _TestKeys(
        ("STRIPE_SECRET_KEY",), (), ("STRIPE_API_BASE", ""), ("sk_test_", "rk_test_"), {"STRIPE_WEBHOOK_SECRET": "whsec_"}
    ),
    "paypal": _TestKeys(
        ("PAYPAL_CLIENT_ID", "PAYPAL_CLIENT_SECRET"), (), ("PAYPAL_API_BASE", _PAYPAL), (), {"PAYPAL_WEBHOOK_ID": "none"}
    ),
    "square": _TestKeys(
        ("SQUARE_ACCESS_TOKEN",),
        ("SQUARE_LOCATION_ID",),
        ("SQUARE_API_BASE", _SQUARE),
        (),
        {"SQUARE_WEBHOOK_SIGNATURE_KEY": "none"},
    ),
}


def _refuse_live(account: _TestKeys, environ: Mapping[str, str]) -> None:
    name, address = account.base_url
    for key in account.required:
        if account.test_prefixes and not environ[key].startswith(account.test_prefixes):
            raise NotebookError(
                f"{key} is not a test key, and a notebook spends no real money: set one that starts with sk_test_."
            )
    if address and environ.get(name, address).rstrip("/") != address:
        raise NotebookError(f"{name} is not the provider's sandbox, and a notebook spends no real money: set it to {address}.")


def real_settings(provider: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The settings for a provider's own sandbox.

    Args:
        provider: Such as `stripe`.
        environ: The environment.

    Returns:
        What an engine needs for it; nothing where the environment has no keys, and the local sandbox is to be used.

    Raises:
        Trouble: The keys are live ones, or one is missing beside the others.
    """
    account = _ACCOUNTS.get(provider)
    if account is None or not any(environ.get(name, "").strip() for name in account.required):
        return {}
    absent = [name for name in (*account.required, *account.also_required) if not environ.get(name, "").strip()]
    if absent:
        raise NotebookError(
            f"The environment has a key of {provider}'s, and {' and '.join(absent)} beside it must be set as well."
        )
    _refuse_live(account, environ)
    made = {name: environ.get(name) or f"{beginning}{secrets.token_hex(16)}" for name, beginning in account.generated.items()}
    name, address = account.base_url
    base = address or environ.get(name, "")
    given = {key: environ[key] for key in (*account.required, *account.also_required)}
    return given | made | ({name: base} if base else {})
