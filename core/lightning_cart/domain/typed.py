"""Reads what people type and what serialisers make of it: blanks at the ends, digits of other scripts."""

import re
from collections.abc import Collection, Iterable

# Blanks, and what copying adds: zero-width characters, byte order marks and marks of direction.
_ENDS = "\x85\xa0\xad\u061c\u1680\u3000\ufeff" + "".join(
    map(chr, (*range(0x09, 0x0E), *range(0x1C, 0x21), *range(0x2000, 0x2010), *range(0x2028, 0x2030), *range(0x205F, 0x2070)))
)
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}  # the ASCII characters of Japanese keyboards
_WHOLE = re.compile(r"\+?(\d{1,9})(?:[.,]0{1,2})?")


def trim(text: str) -> str:
    """Remove blanks and invisible characters from both ends, and write full-width characters as ASCII."""
    stripped = text.strip(_ENDS)
    return stripped if stripped.isascii() else stripped.translate(_FULL_WIDTH)


def is_left_out(value: object) -> bool:
    """Return whether an optional value is missing: None, or a string without anything but blanks."""
    return value is None or (isinstance(value, str) and not value.strip(_ENDS))


def read_whole(value: object) -> int | None:
    """Return a whole number from a number or a string with any script's digits, or None.

    `2`, `2.0`, `"2"` and `" ٢ "` are two. `"1.000"` is refused: it is one for some readers and a thousand for others.
    """
    if isinstance(value, str):
        found = _WHOLE.fullmatch(trim(value))
        return int(found[1]) if found else None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def match_name(value: object, names: Collection[str]) -> str | None:
    """Return the name that a value is, apart from blanks around it, or None."""
    name = trim(value) if isinstance(value, str) else None
    return name if name in names else None


def _folded(text: str) -> str:
    return "".join(trim(text).split()).casefold()


def match_label(value: object, labels: Iterable[str]) -> str | None:
    """Return the label that a text or a whole number is, apart from capitals and blanks, or None.

    Args:
        value: Any value, such as `"xl "` for `XL` or 42 for `42`.
        labels: What people read. A label that is the same goes before one that only looks alike.
    """
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str):
        return None
    known = list(labels)
    return text if text in known else next((label for label in known if _folded(label) == _folded(text)), None)
