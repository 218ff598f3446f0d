"""Parses bracket notation, `a[b][0]=x`, into nested values (Stripe: API reference, requests are form-encoded)."""

import re
from urllib.parse import parse_qsl

from lightning_cart_sandbox.stripe.errors import invalid

type Value = str | dict[str, Value]
"""A value in a form: a string, or nested values by name. A list has the names `0`, `1` and so on."""

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PART = re.compile(r"\[([^\[\]]*)\]")
_MAX_DEPTH = 10
_MAX_FIELDS = 5000
_MAX_NAME = 500
_MAX_SHOWN = 100


def parse_form(text: str) -> dict[str, Value]:
    """Return the nested values of a form body or a query string.

    Args:
        text: Percent-encoded pairs.

    Raises:
        StripeError: The brackets of a name do not match, or a name is given twice.
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict")
    except (UnicodeDecodeError, ValueError) as error:
        raise invalid("Invalid request: the parameters could not be read.") from error
    values: dict[str, Value] = {}
    for name, value in pairs:
        _place(values, name, value)
    return values


def bracketed(outer: str, inner: str | int) -> str:
    """Return the name of a nested value: `a` and `b` give `a[b]`, "" and `a` give `a`."""
    return f"{outer}[{inner}]" if outer else str(inner)


def _place(values: dict[str, Value], name: str, value: str) -> None:
    matched = _NAME.fullmatch(name) if len(name) <= _MAX_NAME else None
    if matched is None:
        shown = name[:_MAX_SHOWN]
        raise invalid(f"Invalid parameter name: {shown}", shown)
    path = [matched[1], *_PART.findall(matched[2])]
    if len(path) > _MAX_DEPTH:
        raise invalid(f"Parameter nested too deeply: {name}", name)
    here = values
    for part in path[:-1]:
        inner = here.setdefault(part or str(len(here)), {})
        if isinstance(inner, str):
            raise invalid(f"Parameter given both as a value and as an object: {name}", name)
        here = inner
    last = path[-1] or str(len(here))
    if last in here:
        raise invalid(f"Parameter given more than once: {name}", name)
    here[last] = value
