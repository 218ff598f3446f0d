"""Reads test keys from the environment, to use the provider's own sandbox. Live keys are refused."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from lightning_cart_notebook.notebook_error import NotebookError

_PAYPAL, _SQUARE = "https://api-m.sandbox.paypal.com", "https://connect.squareupsandbox.com"


@dataclass(frozen=True, slots=True)
class _TestKeys:
    """The settings of a provider's test account.

    Args:
        required: Settings that select the provider's own sandbox. Without them, the notebook uses the local sandbox.
        also_required: Settings that must be set as well.
        base_url: The setting of the API's base URL and the only URL that moves no money, or "" if the keys decide.
        test_prefixes: The prefixes of test keys, or none if the URL decides.
        generated: Settings that may be random, because no webhook reaches this machine: prefix by name.
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
    """Return the engine's settings for a provider's own sandbox.

    Args:
        provider: The provider's name, such as `stripe`.
        environ: The environment variables.

    Returns:
        The settings, or none if the environment has no keys and the local sandbox is used.

    Raises:
        NotebookError: The keys are live, or one of them is missing.
    """
    account = _ACCOUNTS.get(provider)
    if account is None or not any(environ.get(name, "").strip() for name in account.required):
        return {}
    missing = [name for name in (*account.required, *account.also_required) if not environ.get(name, "").strip()]
    if missing:
        raise NotebookError(
            f"The environment has a key of {provider}, but {' and '.join(missing)} beside it must be set as well."
        )
    _refuse_live(account, environ)
    generated = {name: environ.get(name) or f"{prefix}{secrets.token_hex(16)}" for name, prefix in account.generated.items()}
    name, address = account.base_url
    base = address or environ.get(name, "")
    given = {key: environ[key] for key in (*account.required, *account.also_required)}
    return given | generated | ({name: base} if base else {})
