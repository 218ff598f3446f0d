"""Bracket notation: `a[b][0]=x` to nested values (Stripe: API reference, requests are form-encoded)."""

import re
from urllib.parse import parse_qsl

from lightning_cart_sandbox.stripe.errors import invalid

type Value = str | dict[str, Value]
"""What a form holds: text, or named parts. A list is parts named `0`, `1` and so on."""

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PART = re.compile(r"\[([^\[\]]*)\]")
_DEEPEST = 10
_MOST_FIELDS = 5000


def parse_form(text: str) -> dict[str, Value]:
    """Turn a form body or a query string into nested values.

    Args:
        text: Percent-encoded pairs.

    Raises:
        StripeError: A name's brackets do not match, or a name is given twice in ways that contradict each other.
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except (UnicodeDecodeError, ValueError) as error:
        raise invalid("Invalid request: the parameters could not be read.") from error
    values: dict[str, Value] = {}
    for name, value in pairs:
        _place(values, name, value)
    return values


def bracketed(outer: str, inner: str | int) -> str:
    """Return the name of a part: `a` and `b` give `a[b]`, nothing and `a` give `a`."""
    return f"{outer}[{inner}]" if outer else str(inner)


def _place(values: dict[str, Value], name: str, value: str) -> None:
    matched = _NAME.fullmatch(name)
    if matched is None:
        raise invalid(f"Invalid parameter name: {name}", name)
    path = [matched[1], *_PART.findall(matched[2])]
    if len(path) > _DEEPEST:
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
