"""The settings that each part declares for itself: what it needs, why, and what a right value looks like."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from lightning_cart.errors import InvalidSettings
from lightning_cart.secret import Secret
from lightning_cart.urls import is_https_or_loopback

PLACEHOLDER = "…"  # stands in every example for what only the person who sets it knows


def _anything(_value: str) -> str:
    return ""


class Setting(NamedTuple):
    """One setting, as its part declares it.

    Args:
        name: Of the environment variable or binding.
        purpose: A sentence for the person who sets it, with where to get it.
        example: What `.env.example` shows; of a secret, with the placeholder in it.
        default: Used where it is not set; without one it must be set.
        secret: Whether it belongs in a secret store rather than in a file.
        several: Whether it may hold several values separated by commas, newest first, while one is rotated.
        optional: Whether it may be left out without a default; then it has no value.
        complaint: Says what is wrong with a value, or gives an empty text; it must not repeat the value.
    """

    name: str
    purpose: str
    example: str
    default: str = ""
    secret: bool = True
    multiple: bool = False
    optional: bool = False
    validate: Callable[[str], str] = _anything


def has_prefix(*prefixes: str) -> Callable[[str], str]:
    """A complaint about values that do not begin as they should."""

    def validate(value: str) -> str:
        return "" if value.startswith(prefixes) else f"must start with {' or '.join(prefixes)}"

    return validate


def min_length(length: int) -> Callable[[str], str]:
    """A complaint about values that are too short to be safe."""

    def validate(value: str) -> str:
        return "" if len(value) >= length else f"must have at least {length} characters"

    return validate


def valid_base_url(value: str) -> str:
    """A complaint about values that are not the address of an origin (with a path, perhaps)."""
    if not is_https_or_loopback(value) or "?" in value or "#" in value:
        return "must be an https address without a query (http is for loopback hosts only)"
    return "must not end with a slash" if value.endswith("/") else ""


def _validate(value: str, setting: Setting) -> str:
    # An example that was copied and not filled in is known to everybody, so it must never verify anything.
    return f"is still the example's {PLACEHOLDER}" if PLACEHOLDER in value else setting.validate(value)


def read_settings(env: Mapping[str, str], settings: Sequence[Setting]) -> dict[str, tuple[str, ...]]:
    """Read settings from an environment.

    Args:
        env: Names and values; an empty or blank value counts as not set.
        settings: What to read.

    Returns:
        By name, the values: exactly one, or one and more where `several` is declared, or none where `optional` is.

    Raises:
        InvalidSettings: With every name that is absent or malformed, and why; never with a value.
    """
    values: dict[str, tuple[str, ...]] = {}
    wrong: dict[str, str] = {}
    for setting in settings:
        text = (env.get(setting.name) or setting.default).strip()
        parts = tuple(part.strip() for part in text.split(",") if part.strip()) if setting.multiple else (text,)
        if setting.optional and not text:
            values[setting.name] = ()
            continue
        complaints = [complaint for part in parts if (complaint := _validate(part, setting))]
        if not text or not parts:
            wrong[setting.name] = "is not set"
        elif complaints:
            wrong[setting.name] = complaints[0]
        values[setting.name] = parts
    if wrong:
        raise InvalidSettings(list(wrong), "; ".join(f"{name} {reason}" for name, reason in wrong.items()))
    return values


def as_secrets(values: Sequence[str]) -> tuple[Secret, ...]:
    """The same values, hidden."""
    return tuple(Secret(value) for value in values)
