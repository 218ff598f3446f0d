"""Lets every command write everything it has to say, whatever the encoding of its output and whatever buyers have typed.

Windows encodes what goes into a file or a pipe as cp1252 or cp932, and an old locale as Latin-1 or ASCII. Characters that such
an encoding lacks would end the command in the middle of its output. Control characters in a buyer's text would move the cursor
of an operator's terminal, or hide what is printed.
"""

import codecs
import contextlib
import json
import os
import re
import sys
from typing import TextIO

_SYMBOLS = {
    "→": "->",
    "←": "<-",
    "…": "...",
    "“": '"',
    "”": '"',
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{EN DASH}": "-",
    "—": "-",
    "•": "*",
    "·": "-",
    "\N{MULTIPLICATION SIGN}": "x",
    "✓": "ok",
    "✗": "x",
    "€": "EUR ",
    "£": "GBP ",
    "¥": "JPY ",
    "\N{NO-BREAK SPACE}": " ",
}
_BOX_DRAWING, _BLOCKS = range(0x2500, 0x2580), range(0x2580, 0x25A0)
_HARMLESS = frozenset("\n\u00a0\u202f\u200c\u200d")  # line breaks, spaces that do not break, and joiners in words and emoji
# What JSON leaves as it is, and a terminal obeys: C1 controls, line separators, and marks that reorder text.
_OBEYED = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_LEGIBLE, _ASCII = "lightning_cart_legible", "lightning_cart_ascii"


def _in_ascii(character: str) -> str:
    """Return ASCII for one character: what it looks like, else its escape as in JSON."""
    if character in _SYMBOLS:
        return _SYMBOLS[character]
    if ord(character) in _BOX_DRAWING:
        return {"─": "-", "│": "|"}.get(character, "+")
    return "#" if ord(character) in _BLOCKS else json.dumps(character)[1:-1]


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_in_ascii, error.object[error.start : error.end])), error.end


def _find_codec(name: str) -> codecs.CodecInfo | None:
    # ASCII under another name: typer writes UTF-8 to a stream whose encoding is called ASCII.
    if name != _ASCII:
        return None
    plain = codecs.lookup("ascii")
    return codecs.CodecInfo(
        plain.encode,
        plain.decode,
        plain.streamreader,
        plain.streamwriter,
        plain.incrementalencoder,
        plain.incrementaldecoder,
        name=_ASCII,
    )


codecs.register_error(_LEGIBLE, _replace)
codecs.register(_find_codec)


def write_legibly() -> None:
    """Let standard output and standard error replace the characters that their encodings lack."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            is_ascii = codecs.lookup(stream.encoding).name == "ascii"
            stream.reconfigure(errors=_LEGIBLE, encoding=_ASCII if is_ascii else None)


def plural(noun: str, number: int) -> str:
    """Return a noun behind a number: `order` after 1, `orders` after any other."""
    return noun if number == 1 else f"{noun}s"


def printable(text: str) -> str:
    """Return a text in which characters that move the cursor or hide become their escapes. Line breaks stay."""
    return "".join(char if char.isprintable() or char in _HARMLESS else ascii(char)[1:-1] for char in text)


def to_json(value: object, *, ensure_ascii: bool = False) -> str:
    """Return a value as one line of JSON without characters that move a terminal's cursor or reorder its text."""
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=ensure_ascii))


def json_line(value: object) -> str:
    """Return a value as one line of JSON, which is exact in the encoding of standard output."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return to_json(value, ensure_ascii=not encoding.lower().startswith("utf"))


def finish_output() -> None:
    """Write what is left of the output.

    Raises:
        OSError: It cannot be written; `BrokenPipeError` if its reader is gone, as `head` is after its last line.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream:  # one that the shell closed is None
                stream.flush()
        except OSError:
            _discard(stream)
            raise


def _discard(stream: TextIO) -> None:
    # Else Python's own flush at exit fails again, and says so.
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
