"""The formats of email addresses, URLs and Unicode strings."""

import re
from urllib.parse import urlsplit

_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\".]+(\.[^@\s,;<>\".]+)+")
_HOST = re.compile(r"[A-Za-z0-9.:_\[\]-]+")
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_SURROGATE = re.compile("[\ud800-\udfff]")


def is_email(text: str, max_length: int) -> bool:
    """Return whether a string looks like one email address."""
    return len(text) <= max_length and _EMAIL.fullmatch(text) is not None


def is_web_url(text: str) -> bool:
    """Return whether a string is an absolute http or https URL in ASCII."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    # The host goes into a Content-Security-Policy and the URL into a header, so neither may contain anything else.
    is_host = bool(parts.hostname) and _HOST.fullmatch(parts.netloc) is not None
    return parts.scheme in {"http", "https"} and is_host and text.isascii() and not re.search(r"[\s\x00-\x1f\x7f]", text)


def is_unicode(text: str) -> bool:
    """Return whether a string can be encoded: JSON can contain half of a surrogate pair, UTF-8 cannot."""
    return _SURROGATE.search(text) is None
