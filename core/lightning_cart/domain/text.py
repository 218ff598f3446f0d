"""Texts that people read: names, descriptions and labels on one line, and notes with line breaks."""

import re

from lightning_cart.characters import BIDI, CONTROL, code_point, has_visible

# Compiled when a text needs them, because the Worker starts with a catalogue that was read already.
_REFUSED = rf"(?P<breaks>[\n\r\x85\u2028\u2029])|(?P<reorders>[{BIDI}])|[{CONTROL}]"
_REFUSED_IN_NOTES = rf"(?![\t\n])[{CONTROL}]"
_REORDERING = dict.fromkeys(map(ord, BIDI))
_EFFECTS = {"breaks": "breaks the line", "reorders": "reorders the text around it", None: "is a control character"}


def _fault(refused: re.Match[str]) -> str:
    place = refused.start() + 1
    return f"has {code_point(refused[0])} at character {place}, which {_EFFECTS[refused.lastgroup]}: remove it"


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
    if refused:
        return _fault(refused)
    if has_visible(value):
        return ""
    stripped = value.strip()
    unreadable = f"has only invisible characters ({code_point(stripped[0])})" if stripped else "is blank"
    return f"{unreadable}: write a text that can be read"


def clean_note(text: str) -> str:
    """Return a text of any number of lines with line feeds between them, and without what reorders text.

    Address books wrap telephone numbers in such characters, and people copy one of a pair without seeing it.
    """
    return text.translate(_REORDERING).replace("\r\n", "\n").replace("\r", "\n")


def note_fault(text: str) -> str:
    """Return which control character a cleaned note has, as the end of a sentence, or ""."""
    if text.replace("\n", " ").replace("\t", " ").isprintable():
        return ""
    refused = re.search(_REFUSED_IN_NOTES, text)
    return _fault(refused) if refused else ""
