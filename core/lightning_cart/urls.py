"""Rules for URLs to which the engine sends buyers or secrets."""

import re
from urllib.parse import urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_NOT_IN_URL = re.compile(r"[^!-~]")


def without_www(host: str | None) -> str:
    """Return a host as its apex and its `www` name share it, or "" for none."""
    return (host or "").removeprefix("www.")


def is_https_or_loopback(text: str) -> bool:
    """Return whether a string is an absolute https URL, or an http URL of a loopback host, without a user name."""
    try:
        parts = urlsplit(text)
        is_valid = bool(parts.hostname) and parts.port != 0 and not parts.username and not _NOT_IN_URL.search(text)
    except ValueError:
        return False
    return is_valid and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))
