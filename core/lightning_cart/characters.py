"""Characters that a reader cannot see or that change what a reader sees, as bodies of regular expression classes."""

import re

CONTROL = r"\x00-\x1f\x7f-\x9f\ud800-\udfff"  # with half surrogates, which no UTF-8 has
# Unicode's Default_Ignorable_Code_Point, and the blanks of Braille (U+2800) and of musical notes (U+1D159).
INVISIBLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Embeddings, overrides and isolates reorder all text up to their end. The marks U+200E, U+200F and U+061C have no
# scope, and honest Hebrew and Arabic has them, so they are not here.
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

_UNSEEN = rf"[\s{INVISIBLE}]*"  # compiled when it is needed: the Worker starts without


def has_visible(text: str) -> bool:
    """Return whether a string has a character that can be seen."""
    return bool(text.strip()) if text.isascii() else not re.fullmatch(_UNSEEN, text)


def code_point(character: str) -> str:
    """Return the name of a character as Unicode writes it, such as U+202E."""
    return f"U+{ord(character):04X}"
