"""Says what to write instead of the commonest mistakes in TOML, where `tomllib` says which character it did not expect."""

import re

from lightning_cart.characters import INVISIBLE, code_point
from lightning_cart.domain.toml_positions import Positions

_AT = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")
_TYPOGRAPHIC = r"\u2018-\u201f\xab\xbb"
_STRAIGHT = 'has a typographic quotation mark: write straight ones, "'
_CLOSING = 'a closing quotation mark is missing: write it at the end of the text, as in "Mug"'
_PRICE = 'a price is in quotation marks and has a decimal point: write it as "10.00"'
_LIST = "variants"  # the key of every list of tables in the catalogue
_NO_SPACES = "an id or key has letters from A to Z, digits, _ or -: put any other into quotation marks, or leave it out"
# The start of tomllib's message, what is before and after the place in its line, and what to write instead. The first counts;
# without one, the message itself is told.
_RULES = tuple(
    (re.compile(message), re.compile(before), re.compile(after), advice)
    for message, before, after, advice in (
        ("", ".*", f"[{_TYPOGRAPHIC}]", _STRAIGHT),
        ("Illegal|Unterminated", f".*[{_TYPOGRAPHIC}].*", r"\s*$", _STRAIGHT),
        ("", ".*", rf"[^\S \t\n]|[{INVISIBLE}]", "has the invisible character {code}: write a space instead, or leave it out"),
        ("Illegal|Unterminated", ".*", r"\s*$", _CLOSING),
        ("", r".*=\s*[0-9]+,?", ",?[0-9]", _PRICE),
        ("Expected '='", r".*=\s*[0-9]+,[0-9]+\s*", "", _PRICE),
        ("Expected '='", ".*", r"\s*:", "has : after the key: write = instead"),
        ("Expected '='", r".*?(?P<key>[\w-]*)\s*", "[\"'0-9{\\[]", "the = is missing: write {key} = {word}"),
        ("Expected '='", r".*?(?P<key>[\w-]+)\s+", r"(?P<word>[\w-]+)", "has a space in a key: write {key}_{word}"),
        ("Expected newline", ".*", r"(?P<word>[,;])\s*(?:$|#)", "remove the {word} at the end of the line"),
        ("Expected newline", ".*'[^']*'", "", 'the text has a quotation mark: put it into double ones, as in "it\'s"'),
        ("Expected newline", r".*=\s*[0-9.]+", "", 'a text is in quotation marks, as in "10.00" or "3 pieces"'),
        ("Expected newline", ".*", r"\s*[\w\"',;]", "a line has one key and one value: write what follows into the next line"),
        ("Invalid value", ".*", r"(?i:true|false|yes|no|on|off)\b", "write true or false, in lower case"),
        ("Invalid value", ".*", r"[$€£¥]?\s*[0-9.]", _PRICE),
        ("Invalid value", ".*", r"\s*(?:$|#)", "the value after = is missing"),
        (
            "Invalid value",
            ".*",
            r"(?P<word>[^\s,\]}\[{#=](?:[^,\]}#]*[^\s,\]}#])?)",
            'a text is in quotation marks: write "{word}"',
        ),
        ("Invalid initial", ".*", "$|#", 'a table in braces is on one line, as in prices = {{ USD = "10.00" }}'),
        ("Invalid initial", r".*,\s*", "}", "remove the comma before the closing brace"),
        ("Unclosed", ".*", "", "a comma or the closing bracket is missing"),
        ("Invalid statement", r"\s*", "//|;|--|/\\*", "a comment starts with #"),
        ("Invalid statement", "", "<<<<<<<|=======|>>>>>>>", "is the mark of a merge conflict: keep one version"),
        ("Expected '='|Expected '\\]|Invalid [is]", ".*", r"[^\W_]|\s|\S+\s*=", _NO_SPACES),
    )
)


def _offset(text: str, found: re.Match[str] | None) -> int:
    """Return the offset of the place in tomllib's message: of the end of the document, that of its last character's end."""
    if found is None or found["line"] is None:
        return len(text.rstrip())
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    return starts[int(found["line"]) - 1] + int(found["column"]) - 1


def _repetition(text: str, message: str, offset: int) -> tuple[str, int] | None:
    """Return what to do about a table or key that is twice in a file, and where it is the second time; or None."""
    if not re.match("Cannot declare|Cannot overwrite|Duplicate", message):
        return None
    path, second = Positions(text[:offset]).last
    first = Positions(text[:second].rstrip("[ \t")).find(path) or 0
    line = text.count("\n", 0, first) + 1
    if text.startswith("[", text.rfind("\n", 0, second) + 1):
        name = ".".join(map(str, path))
        if isinstance(path[-1], int) or path[-1] == _LIST:
            heading = ".".join(one for one in path if isinstance(one, str))
            return f"[{heading}] is in line {line} already: write each of several as [[{heading}]]", second
        return f"[{name}] is in line {line} already: choose another id, or join the two tables", second
    return f"{path[-1]} is in line {line} already: keep one of them", second


def explain(text: str, error: str) -> tuple[str, int]:
    """Return what to write instead of a mistake in TOML, and its offset.

    Args:
        text: The file.
        error: The message of `tomllib.TOMLDecodeError`.
    """
    found = _AT.search(error)
    message, offset = _AT.sub("", error), _offset(text, found)
    if repeated := _repetition(text, message, offset):
        return repeated
    start, end = text.rfind("\n", 0, offset) + 1, (text + "\n").index("\n", offset)
    before, after = text[start:offset], text[offset:end]
    for kind, left, right, advice in _RULES:
        head, tail = left.fullmatch(before), right.match(after)
        if kind.match(message) and head and tail:
            words = {"word": after.rstrip(), **head.groupdict(), **tail.groupdict()}
            return advice.format(code=code_point(after[:1] or " "), **words), offset
    return message[:1].lower() + message[1:], offset
