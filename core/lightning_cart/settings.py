"""The settings that each part declares for itself: what it needs, why, and what a right value looks like."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from lightning_cart.errors import MissingKeys
from lightning_cart.secret import Secret
from lightning_cart.urls import is_web_address

PLACEHOLDER = "…"  # stands in every example for what only the person who sets it knows


def _anything(_value: str) -> str:
    return ""


class Need(NamedTuple):
    """One setting, as its part declares it.

    Args:
        name: of the environment variable or binding.
        purpose: a sentence for the person who sets it, with where to get it.
        example: what `.env.example` shows; of a secret, with the placeholder in it.
        default: used where it is not set; without one it must be set.
        secret: whether it belongs in a secret store rather than in a file.
        several: whether it may hold several values separated by commas, newest first, while one is rotated.
        optional: whether it may be left out without a default; then it has no value.
        complaint: says what is wrong with a value, or gives an empty text; it must not repeat the value.
    """

    name: str
    purpose: str
    example: str
    default: str = ""
    secret: bool = True
    several: bool = False
    optional: bool = False
    complaint: Callable[[str], str] = _anything


def starts_with(*prefixes: str) -> Callable[[str], str]:
    """A complaint about values that do not begin as they should."""

    def complaint(value: str) -> str:
        return "" if value.startswith(prefixes) else f"must start with {' or '.join(prefixes)}"

    return complaint


def at_least(length: int) -> Callable[[str], str]:
    """A complaint about values that are too short to be safe."""

    def complaint(value: str) -> str:
        return "" if len(value) >= length else f"must have at least {length} characters"

    return complaint


def base_url(value: str) -> str:
    """A complaint about values that are not the address of an origin (with a path, perhaps)."""
    if not is_web_address(value) or "?" in value or "#" in value:
        return "must be an https address without a query (http is for loopback hosts only)"
    return "must not end with a slash" if value.endswith("/") else ""


def _complaint_of(value: str, need: Need) -> str:
    # An example that was copied and not filled in is known to everybody, so it must never verify anything.
    return f"is still the example's {PLACEHOLDER}" if PLACEHOLDER in value else need.complaint(value)


def read_needs(env: Mapping[str, str], needs: Sequence[Need]) -> dict[str, tuple[str, ...]]:
    """Read settings from an environment.

    Args:
        env: names and values; an empty or blank value counts as not set.
        needs: what to read.

    Returns:
        By name, the values: exactly one, or one and more where `several` is declared, or none where `optional` is.

    Raises:
        MissingKeys: with every name that is absent or malformed, and why; never with a value.
    """
    values: dict[str, tuple[str, ...]] = {}
    wrong: dict[str, str] = {}
    for need in needs:
        text = (env.get(need.name) or need.default).strip()
        parts = tuple(part.strip() for part in text.split(",") if part.strip()) if need.several else (text,)
        if need.optional and not text:
            values[need.name] = ()
            continue
        complaints = [complaint for part in parts if (complaint := _complaint_of(part, need))]
        if not text or not parts:
            wrong[need.name] = "is not set"
        elif complaints:
            wrong[need.name] = complaints[0]
        values[need.name] = parts
    if wrong:
        raise MissingKeys(list(wrong), "; ".join(f"{name} {reason}" for name, reason in wrong.items()))
    return values


def secrets_of(values: Sequence[str]) -> tuple[Secret, ...]:
    """The same values, hidden."""
    return tuple(Secret(value) for value in values)
