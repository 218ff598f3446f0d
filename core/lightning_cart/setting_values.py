"""Recognises what cannot be the value of a setting: fill-ins, published examples and damaged copies.

A value that anybody can guess would let anybody sign. Each function returns what is wrong and what to do, as the reason of a
`SettingProblem`. No reason repeats a value.
"""

from collections.abc import Sequence
from typing import NamedTuple

from lightning_cart.characters import code_point, has_visible

NOT_SET = "is not set"
PLACEHOLDER = "…"  # in an example, marks what the operator has to replace
_PLACEHOLDERS = (PLACEHOLDER, "...")
_QUOTES = "\"'`\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb"
_BRACKETS = (("<", ">"), ("[", "]"), ("${", "}"), ("{{", "}}"))
_FILL_INS = (
    "your_",
    "change_me",
    "changeme",
    "replace_",
    "replaceme",
    "insert_",
    "enter_",
    "paste_",
    "put_your_",
    "placeholder",
)
# From the documentation of Stripe, PayPal and Standard Webhooks. They are long enough, and everybody knows them.
_PUBLISHED = frozenset(
    (
        "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
        "sk_test_BQokikJOvBiI2HlWgH4olfQ2",
        "sk_test_26PHem9AhJZvU623DfE1x4sd",
        "sk_test_tR3PYbcVNZZ796tH88S4VQ2u",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        "AQkquBDf1zctJOWGKWUEtKXm6qVhueUEMvXO_-MCI4DQQ4-LWvkDLIN2fGsd",
        "EL1tVxAjhT7cJimnz5-Nsx9k2reTKSVfErNQF-CmrwJgxRtylkGTKlU4RvrX",
    )
)
_MIN_DIFFERENT = 6  # characters; 16 random hexadecimal digits have fewer once in 300,000 values


class SettingProblem(NamedTuple):
    """What is wrong with a setting.

    Args:
        name: The setting.
        reason: What is wrong and what to do, as the end of a sentence that begins with the name; never with a key or secret.
    """

    name: str
    reason: str

    def __str__(self) -> str:
        """Return the whole sentence."""
        return f"{self.name} {self.reason}"


def _unseen(value: str) -> int | None:
    """Return the place of the first character that cannot be seen and is no ASCII white space, or None."""
    if value.isascii() and value.isprintable():
        return None
    for position, character in enumerate(value):
        if character not in " \t\r\n" and not (character.isprintable() and has_visible(character)):
            return position
    return None


def _is_fill_in(tail: str) -> bool:
    word = tail.lower().replace("-", "_")
    in_brackets = any(word.startswith(begin) and word.endswith(end) for begin, end in _BRACKETS)
    return in_brackets or word.startswith(_FILL_INS) or word.endswith("_here") or "changeme" in word


def without_prefix(value: str, prefixes: Sequence[str]) -> str:
    """Return the value without the first prefix that it has."""
    return next((value.removeprefix(prefix) for prefix in prefixes if value.startswith(prefix)), value)


def value_fault(value: str, prefixes: Sequence[str] = ()) -> str:
    """Return what is wrong with any setting's value, or "".

    Args:
        value: The value, not blank.
        prefixes: Those that its kind has; one of them may come before a fill-in.
    """
    for placeholder in _PLACEHOLDERS:
        if placeholder in value:
            return f"is still the example's {placeholder}: enter your own value"
    position = _unseen(value)
    if position is not None:
        return f"has {code_point(value[position])} at character {position + 1}, which cannot be seen: copy it again without"
    if value[0] in _QUOTES or value[-1] in _QUOTES:
        return "begins or ends with a quotation mark, which would be part of the value: leave it out"
    if _is_fill_in(without_prefix(value, prefixes)):
        return "is a fill-in of an example: enter your own value"
    return "is an example of a documentation, which everybody knows: enter your own value" if value in _PUBLISHED else ""


def characters_fault(value: str) -> str:
    """Return what is wrong with the characters of a key or secret, or ""."""
    if any(character.isspace() for character in value):
        return "has a space or a line break inside: copy it again in one piece"
    for position, character in enumerate(value):
        if not character.isascii():
            return f"has {code_point(character)} at character {position + 1}, but has ASCII characters only: copy it again"
    return ""


def strength_fault(value: str, prefixes: Sequence[str], min_length: int) -> str:
    """Return why a key or secret can be guessed or is cut off, or "".

    Args:
        value: The value, with one of the prefixes.
        prefixes: Those that its kind has.
        min_length: Characters after the prefix.
    """
    tail = without_prefix(value, prefixes)
    if len(tail) < min_length:
        after = f" after {value.removesuffix(tail)}" if tail != value else ""
        return f"must have at least {min_length} characters{after}: copy all of it"
    if len(set(tail)) < _MIN_DIFFERENT:
        return "repeats a few characters as a fill-in does: enter your own value"
    return ""
