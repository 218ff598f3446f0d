"""What a log may say, wherever it is written: nothing that looks like a secret or an e-mail address.

What is logged is chosen with care where it is logged; the redaction here is the second pair of eyes.
"""

import re

_REDACTED = "[redacted]"
_LONGEST = 2000  # characters of one value; a path can be as long as a request line
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
# Both are linear in the text's length: what a stranger sends ends up here.
_SECRET = re.compile(
    r"""
      \b(?:sk|rk)_[A-Za-z0-9_]*      # Stripe's API keys
    | \bwhsec_[A-Za-z0-9_+/=-]*      # webhook signing secrets
    | \bEAAA[\w-]*                  # Square's access tokens
    | \bA21AA[\w-]*                 # PayPal's
    | \bBearer\s+\S+                # anything that opens a door
    | \beyJ[\w.-]*                  # JSON Web Tokens: receipts
    """,
    re.VERBOSE | re.IGNORECASE,
)
_AT = re.compile("@|%40")
_WORD = re.compile(r"""[^\s"'\\<>,;:/?&=]+""")


def _hide_address(word: re.Match[str]) -> str:
    return _REDACTED if _AT.search(word[0]) else word[0]


def redact(text: str) -> str:
    """A text without whatever looks like a secret or an e-mail address."""
    without_secrets = _SECRET.sub(_REDACTED, text)
    return _WORD.sub(_hide_address, without_secrets) if _AT.search(text) else without_secrets


def loggable(value: object) -> object:
    """A value as it may be logged, with all that is in it."""
    match value:
        case str():
            return redact(value[:_LONGEST])
        case dict():
            return {redact(str(name)): loggable(inner) for name, inner in value.items()}
        case list() | tuple() if not hasattr(value, "_fields"):  # a value object is told by its type, whatever it holds
            return [loggable(inner) for inner in value]
        case None | bool() | int() | float():
            return value
        case _:
            return type(value).__name__


def safe_request_id(given: str) -> str:
    """The name that a request brings along for the log, or an empty text where it will not do."""
    return given if _REQUEST_ID.fullmatch(given) else ""


def error_location(error: BaseException) -> str:
    """Where an error was raised, as `file.py:12`: neither message nor values, which may hold what a buyer sent."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else ""
