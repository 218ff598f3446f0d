"""Declares and reads settings: what each part of the engine needs, why, and which values are valid."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from lightning_cart.errors import InvalidSettings
from lightning_cart.secret import Secret
from lightning_cart.setting_values import NOT_SET, SettingProblem, characters_fault, strength_fault, value_fault
from lightning_cart.urls import is_https_or_loopback


def _accept(_value: str) -> str:
    return ""


class Setting(NamedTuple):
    """One declared setting.

    Args:
        name: The name of the environment variable or binding.
        purpose: What it is for and where to get it, as a sentence for the operator.
        example: The value in `.env.example`; a secret's has the placeholder.
        default: Used if it is not set. A setting without a default is required.
        secret: Whether it belongs in a secret store rather than in a file.
        multiple: Whether it may have several values, separated by commas, newest first, for rotation. If one is refused, the
            whole setting is.
        optional: Whether it may be missing without a default.
        validate: Returns what is wrong with a value, without repeating it, or "".
        prefixes: Those with one of which each value starts, if there are any.
        min_length: Of a key or secret, the minimum of characters after its prefix; 0 if there is none. With a minimum, a value
            must also be ASCII without white space, and not repeat a few characters.
        mistaken: What a value with another prefix is and what to enter instead, by that prefix.
    """

    name: str
    purpose: str
    example: str
    default: str = ""
    secret: bool = True
    multiple: bool = False
    optional: bool = False
    validate: Callable[[str], str] = _accept
    prefixes: tuple[str, ...] = ()
    min_length: int = 0
    mistaken: tuple[tuple[str, str], ...] = ()


def has_prefix(*prefixes: str) -> Callable[[str], str]:
    """Return a validator for values that start with one of the prefixes."""

    def validate(value: str) -> str:
        return "" if value.startswith(prefixes) else f"must start with {' or '.join(prefixes)}"

    return validate


def plain_http_fault(value: str) -> str:
    """Return why a URL cannot be http, or "" if it is no http URL or the host is a loopback one."""
    if not value.lower().startswith("http://") or is_https_or_loopback(value):
        return ""
    return "must start with https://: over http, anybody in between can read and change it (http is for loopback hosts only)"


def valid_base_url(value: str) -> str:
    """Validate the URL of an origin, with an optional path."""
    if reason := plain_http_fault(value):
        return reason
    if not value.isascii():
        return "must be in ASCII: write the host as xn--… (Punycode), and other letters percent-encoded"
    if not is_https_or_loopback(value) or "?" in value or "#" in value:
        return "must be an https URL without a query (http is for loopback hosts only)"
    return "must not end with a slash" if value.endswith("/") else ""


def _prefix_fault(value: str, setting: Setting) -> str:
    for prefix, what_it_is in setting.mistaken:
        if value.startswith(prefix):
            return what_it_is
    if value in setting.prefixes:
        return f"is only the prefix {value}: copy the whole value"
    return has_prefix(*setting.prefixes)(value) if setting.prefixes else ""


def _validate(value: str, setting: Setting) -> str:
    fault = value_fault(value, setting.prefixes) or _prefix_fault(value, setting)
    if not setting.min_length:
        return fault or setting.validate(value)
    fault = fault or characters_fault(value) or setting.validate(value)
    return fault or strength_fault(value, setting.prefixes, setting.min_length)


def _fault_at(place: int, count: int, value: str, setting: Setting) -> str:
    fault = _validate(value, setting)
    return f"value {place} of {count} {fault}" if fault and count > 1 else fault


def split_values(env: Mapping[str, str], setting: Setting) -> tuple[str, ...]:
    """Return the values of a setting without checking them: one, several if it is `multiple`, none if it is not set."""
    text = env.get(setting.name, "").strip() or setting.default
    parts = text.split(",") if setting.multiple else [text]
    return tuple(part.strip() for part in parts if part.strip())


def read_settings(env: Mapping[str, str], settings: Sequence[Setting]) -> dict[str, tuple[str, ...]]:
    """Read settings from an environment.

    Args:
        env: Values by name; a blank value counts as not set.
        settings: The settings to read.

    Returns:
        The values by name: one or more if `multiple`, none if `optional` and not set, otherwise exactly one.

    Raises:
        InvalidSettings: Settings are missing or malformed. The error names all of them, without their values.
    """
    values: dict[str, tuple[str, ...]] = {}
    wrong: list[SettingProblem] = []
    for setting in settings:
        parts = split_values(env, setting)
        if setting.optional and not env.get(setting.name, "").strip():
            values[setting.name] = ()
            continue
        faults = [fault for place, part in enumerate(parts, 1) if (fault := _fault_at(place, len(parts), part, setting))]
        if not parts or faults:
            wrong.append(SettingProblem(setting.name, faults[0] if faults else NOT_SET))
        values[setting.name] = parts
    if wrong:
        raise InvalidSettings.of(wrong)
    return values


def read_valid(env: Mapping[str, str], setting: Setting) -> str:
    """Return a setting's only value, or "" if it is not set or malformed."""
    try:
        return next(iter(read_settings(env, [setting])[setting.name]), "")
    except InvalidSettings:
        return ""


def as_secrets(values: Sequence[str]) -> tuple[Secret, ...]:
    """Wrap each value in a `Secret`."""
    return tuple(Secret(value) for value in values)
