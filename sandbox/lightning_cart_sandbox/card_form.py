"""The checks of a card form that all payment pages share."""

import re
from datetime import UTC, datetime

_EXPIRY = re.compile(r"\s*(0?[1-9]|1[0-2])\s*/?\s*(?:20)?([0-9]{2})\s*")


def strip_spaces(number: str) -> str:
    """Return a card number without spaces and hyphens."""
    return re.sub(r"[ -]", "", number)


def number_problem(digits: str) -> str:
    """Return what is wrong with a card number, or ""."""
    if not digits:
        return "Enter your card number."
    return "" if re.fullmatch(r"[0-9]{12,19}", digits) and _luhn(digits) else "Your card number is invalid."


def read_expiry(expiry: str) -> tuple[int, int] | None:
    """Return year and month of `MM/YY`, or `None`."""
    matched = _EXPIRY.fullmatch(expiry)
    return (2000 + int(matched[2]), int(matched[1])) if matched else None


def expiry_problem(expiry: str, now: int) -> str:
    """Return what is wrong with an expiry date at `now` (Unix seconds), or ""."""
    read = read_expiry(expiry)
    if read is None:
        return "Enter the expiry date as MM/YY."
    today = datetime.fromtimestamp(now, UTC)
    return "Your card's expiry date is in the past." if read < (today.year, today.month) else ""


def code_problem(code: str, length: int) -> str:
    """Return what is wrong with a security code, or ""."""
    return "" if re.fullmatch(rf"[0-9]{{{length}}}", code.strip()) else f"Enter the {length}-digit security code."


def _luhn(digits: str) -> bool:
    odd, even = digits[-1::-2], digits[-2::-2]
    return (sum(map(int, odd)) + sum(sum(divmod(2 * int(digit), 10)) for digit in even)) % 10 == 0
