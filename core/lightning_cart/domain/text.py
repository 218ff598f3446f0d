"""Texts that people read: names, descriptions and labels on one line, and notes with line breaks."""

import re

from lightning_cart.characters import BIDI, CONTROL, code_point, has_visible

# Compiled when a text is read, because the Worker starts with a catalogue that was read already.
_REFUSED = rf"(?P<breaks>[\n\r\x85\u2028\u2029])|(?P<reorders>[{BIDI}])|[{CONTROL}]"
_REFUSED_IN_NOTES = rf"(?![\t\n\r])[{CONTROL}]"
_BIDI = rf"[{BIDI}\n]"
_END_OF_EMBEDDING, _END_OF_ISOLATE = "\u202c", "\u2069"
_ISOLATES = "\u2066\u2067\u2068"
_EFFECTS = {"breaks": "breaks the line", "reorders": "reorders the text around it", None: "is a control character"}


def _at(text: str, position: int) -> str:
    return f"{code_point(text[position])} at character {position + 1}"


def _only_invisible(text: str) -> str:
    stripped = text.strip()
    return f"has only invisible characters ({code_point(stripped[0])})" if stripped else "is blank"


def text_fault(value: object, max_length: int) -> str:
    """Return what is wrong with a text on one line, as the end of a sentence without the text itself, or "".

    Invisible characters are allowed beside visible ones: emoji, Persian and Indic words need them.

    Args:
        value: Any value.
        max_length: In characters.
    """
    if not isinstance(value, str) or not 1 <= len(value) <= max_length:
        return f"must be a string of 1 to {max_length} characters"
    refused = re.search(_REFUSED, value)
    if refused is None:
        return "" if has_visible(value) else f"{_only_invisible(value)}: write a text that can be read"
    return f"has {_at(value, refused.start())}, which {_EFFECTS[refused.lastgroup]}: remove it"


def _unclosed_bidi(text: str) -> int | None:
    """Return the place of a control that reorders text and does not end on its line, or ends what is not open."""
    opened: list[tuple[str, int]] = []
    for found in re.finditer(_BIDI, text):
        control = found[0]
        if control == "\n":
            if opened:
                break
        elif control not in (_END_OF_EMBEDDING, _END_OF_ISOLATE):
            opened.append((_END_OF_ISOLATE if control in _ISOLATES else _END_OF_EMBEDDING, found.start()))
        elif not opened or opened.pop()[0] != control:
            return found.start()
    return opened[-1][1] if opened else None


def note_fault(value: object, max_bytes: int) -> str:
    """Return what is wrong with a text of any number of lines, as the end of a sentence without the text, or "".

    Telephone numbers copied from address books have bidi controls in pairs: these are allowed.

    Args:
        value: Any value.
        max_bytes: In UTF-8.
    """
    if not isinstance(value, str) or not value:
        return f"must be a string of 1 to {max_bytes} bytes"
    refused = re.search(_REFUSED_IN_NOTES, value)
    if refused:
        return f"has {_at(value, refused.start())}, which is a control character: remove it"
    size = len(value.encode())
    if size > max_bytes:
        return f"has {size} bytes in UTF-8: at most {max_bytes} are allowed"
    if not has_visible(value):
        return f"{_only_invisible(value)}: write a text that can be read"
    unclosed = _unclosed_bidi(value)
    return "" if unclosed is None else f"has {_at(value, unclosed)}, which reorders the text after it: remove it"


def is_plain_text(value: object, max_length: int) -> bool:
    """Return whether a value is a readable string of 1 to `max_length` characters on one line."""
    return not text_fault(value, max_length)


def is_note(value: object, max_bytes: int) -> bool:
    """Return whether a value is a readable string of any number of lines, and at most `max_bytes` in UTF-8."""
    return not note_fault(value, max_bytes)
