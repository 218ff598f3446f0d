"""Masks secrets, receipts, card numbers and e-mail addresses in headers and bodies."""

import json
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from lightning_cart.security.redaction import redact

HIDDEN = "••••"
_MAX_BODY_CHARACTERS = 12_000
_NAMES = re.compile(r"secret|token|receipt|password|authorization|cookie|signature_key|card_?number|cvc|e-?mail", re.IGNORECASE)
_IN_URL = re.compile(r"([?&#](?:receipt|key)=)[^&#\s\"<]+")


def _masked(name: str, value: object) -> object:
    """Return a value with its secrets masked; its name may mark it as one."""
    match value:
        case Mapping():
            return {key: _masked(str(key), inner) for key, inner in value.items()}
        case list():
            return [_masked(name, inner) for inner in value]
        case str() if value and _NAMES.search(name):
            return HIDDEN
        case str():
            return safe_text(value)
        case _:
            return value


def safe_text(text: str) -> str:
    """Return a text with secrets, receipts and e-mail addresses masked."""
    return redact(_IN_URL.sub(rf"\1{HIDDEN}", text)).replace("[redacted]", HIDDEN)


def safe_json(value: object) -> object:
    """Return a JSON value with its secrets masked."""
    return _masked("", value)


def safe_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers with their secrets masked. The scheme of an authorization remains."""
    shown = {}
    for name, value in headers.items():
        scheme, blank, _ = value.partition(" ")
        hidden = f"{scheme} {HIDDEN}" if name == "authorization" and blank else HIDDEN
        shown[name] = hidden if _NAMES.search(name) else safe_text(value)
    return shown


def safe_body(body: bytes, content_type: str) -> str:
    """Return a body with its secrets masked and JSON and forms spread over several lines.

    Args:
        body: The bytes of the body.
        content_type: The message's `content-type` header.
    """
    text = body.decode("utf-8", "replace")
    if "html" in content_type:
        title = re.search(r"<title>(.*?)</title>", text, re.DOTALL)
        return f"a page of {len(body)} bytes{f', “{title[1].strip()}”' if title else ''}"
    if "form" in content_type:
        pairs = parse_qsl(text, keep_blank_values=True)
        shown = "\n".join(f"{name} = {_masked(name, value)}" for name, value in pairs)
    else:
        try:
            shown = json.dumps(safe_json(json.loads(text)), ensure_ascii=False, indent=2)
        except (ValueError, RecursionError):
            shown = safe_text(text)
    return (
        shown
        if len(shown) <= _MAX_BODY_CHARACTERS
        else f"{shown[:_MAX_BODY_CHARACTERS]}\n… and {len(shown) - _MAX_BODY_CHARACTERS} characters more"
    )
