"""Rules for URLs: which ones the engine may send a buyer or a secret to."""

import re
from urllib.parse import urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_NOT_IN_ADDRESS = re.compile(r"[^!-~]")


def is_https_or_loopback(text: str) -> bool:
    """Whether it is an absolute address that may be trusted with a buyer: https, or http on this very machine."""
    try:
        parts = urlsplit(text)
        plain = bool(parts.hostname) and parts.port != 0 and not parts.username and not _NOT_IN_ADDRESS.search(text)
    except ValueError:
        return False
    return plain and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))
