"""Redacts log values that look like a secret or an e-mail address.

Callers already choose what they log; this catches what they overlook.
"""

import re

_REDACTED = "[redacted]"
_MAX_LENGTH = 2000  # characters of one value; a path can be as long as a request line
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
# Both run in linear time, because their input comes from anyone.
_SECRET = re.compile(
    r"""
      \b(?:sk|rk)_(?!(?:test_|live_)?\b)[A-Za-z0-9_]*  # Stripe API keys; a prefix alone is none
    | \bwhsec_[A-Za-z0-9_+/=-]+      # webhook signing secrets
    | \bEAAA[\w-]*                  # Square access tokens
    | \bA21AA[\w-]*                 # PayPal access tokens
    | \bBearer\s+\S+                # any bearer token
    | \beyJ[\w.-]*                  # JSON Web Tokens: receipts
    | (?:(?<=/return/ord_.{26}/)|(?<=/ord_.{26}/page/)|(?<=/ord_.{26}/receipt/))[^\s/?\#]+  # the secret part of a URL
    """,
    re.VERBOSE | re.IGNORECASE,
)
_AT = re.compile("@|%40")
# Whatever is hidden contains one of these, in any case. Looking for them is much faster than the expressions, and the log line
# of a request has some 25 strings.
_MARK = re.compile("k_|whsec_|eaaa|a21aa|bearer|eyj|/return/|/page/|/receipt/|@|%40")
_PLAIN = (bool, int, float, type(None))
_WORD = re.compile(r"""[^\s"'\\<>,;:/?&=]+""")


def _hide_address(word: re.Match[str]) -> str:
    return _REDACTED if _AT.search(word[0]) else word[0]


def redact(text: str) -> str:
    """Replace everything in a string that looks like a secret or an e-mail address."""
    if _MARK.search(text.casefold()) is None:
        return text
    without_secrets = _SECRET.sub(_REDACTED, text)
    return _WORD.sub(_hide_address, without_secrets) if _AT.search(text) else without_secrets


def loggable(value: object) -> object:
    """Redact a value and all values in it. A value of another type becomes the name of its type."""
    if isinstance(value, str):
        return redact(value[:_MAX_LENGTH])
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, dict):
        return {redact(str(name)): loggable(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):  # a named tuple is logged by its type
        return [loggable(inner) for inner in value]
    return type(value).__name__


def safe_request_id(value: str) -> str:
    """Return a caller's request id, or "" if it is not safe to log."""
    return value if _REQUEST_ID.fullmatch(value) else ""


def error_location(error: BaseException) -> str:
    """Return where an error was raised, as `file.py:12`. Its message is left out, because it may quote what a buyer sent."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else ""
