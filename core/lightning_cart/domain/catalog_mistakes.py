"""Mistakes in the catalogue files: what is wrong, and where in which file."""

import re
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from lightning_cart.characters import BIDI, CONTROL
from lightning_cart.errors import ConfigurationError

type Level = Literal["mistake", "warning"]

_CUT = "..."  # ASCII, because terminals of other encodings show it, too
_UNSAFE = re.compile(f"[{CONTROL}{BIDI}]")


def _visible(text: str) -> str:
    """Return a text of a file without what would act on the terminal."""
    return _UNSAFE.sub("?", text)


class CatalogMistake(NamedTuple):
    """One mistake in a catalogue file: where it is, and what to write instead.

    Args:
        file: The file's name.
        table: The table, such as `products.mug`, or empty.
        key: The key in the table, such as `prices.USD` or `sites[0]`, or empty.
        reason: The end of the sentence, of which the key is the subject.
        line: In the file, from 1, or None if it has no place there.
        column: In the line, in characters from 1, or None.
        level: A mistake is refused, a warning is only told.
        source: The text of the line.
    """

    file: str
    table: str
    key: str
    reason: str
    line: int | None = None
    column: int | None = None
    level: Level = "mistake"
    source: str = ""

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return ": ".join(part for part in (place, self.sentence) if part)

    @property
    def sentence(self) -> str:
        """The key with its reason."""
        path = ".".join(part for part in (self.table, self.key) if part)
        return _visible(f"{path}: {self.reason}" if path else self.reason)

    def view(self) -> dict[str, str | int | None]:
        """Return the mistake as an object for scripts."""
        return {
            "file": self.file,
            "table": self.table,
            "key": self.key,
            "reason": self.reason,
            "line": self.line,
            "column": self.column,
            "level": self.level,
        }

    def excerpt(self, width: int = 80, cells: Callable[[str], int] = len) -> str:
        """Return the line of the file with a caret below the place, or "" if there is no place.

        Args:
            width: The most columns of the terminal to use; a longer line is cut around the place.
            cells: Returns how many columns a text takes.
        """
        if self.line is None or self.column is None:
            return ""
        number, at = str(self.line), self.column - 1
        room = max(width - len(number) - len(" | "), 4 * len(_CUT))
        shown, before = _window(_visible(self.source.replace("\t", " ")), at, room, cells)
        return f"{number} | {shown}\n{' ' * len(number)} | {' ' * before}^"


def _window(text: str, at: int, room: int, cells: Callable[[str], int]) -> tuple[str, int]:
    """Return the part of a line around a place that fits into the room, and how many columns are before the place."""
    if cells(text) <= room:
        return text, cells(text[:at])
    start = at
    while start > 0 and len(_CUT) + cells(text[start - 1 : at]) <= room // 2:
        start -= 1
    head = _CUT if start else ""
    end = start
    while end < len(text) and len(head) + cells(text[start : end + 1]) <= room - len(_CUT):
        end += 1
    tail = _CUT if end < len(text) else ""
    return f"{head}{text[start:end]}{tail}", len(head) + cells(text[start:at])


class CatalogError(ConfigurationError):
    """Every mistake in the catalogue files.

    Args:
        mistakes: In the order of the files; at least one.
        warnings: What would be no reason to refuse them.
    """

    def __init__(self, mistakes: Sequence[CatalogMistake], warnings: Sequence[CatalogMistake] = ()) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = tuple(mistakes)
        self.warnings = tuple(warnings)
