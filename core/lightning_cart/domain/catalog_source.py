"""The text of a catalogue file: decodes it, parses its TOML, and finds the place of each mistake in it."""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from functools import cached_property

from lightning_cart.domain.catalog_mistakes import CatalogError, CatalogMistake, Level
from lightning_cart.domain.toml_positions import Path, Positions
from lightning_cart.domain.toml_syntax import explain

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_SAVE = "save the file as UTF-8 (in Notepad: Save as, Encoding: UTF-8)"


class CatalogFile:
    """One catalogue file.

    Args:
        name: Its name, for errors.
        text: Its content. A byte order mark and Windows line ends are taken.
    """

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text.removeprefix("\ufeff").replace("\r\n", "\n")

    @classmethod
    def decode(cls, name: str, data: bytes) -> "CatalogFile":
        """Return the file with these bytes.

        Raises:
            CatalogError: They are not UTF-8.
        """
        if data.startswith(_UTF_16) or b"\x00" in data:
            raise CatalogError([CatalogMistake(name, "", "", f"is UTF-16 or not a text file: {_SAVE}")])
        try:
            return cls(name, data.decode())
        except UnicodeDecodeError as error:
            byte = (
                f"has the byte 0x{data[error.start]:02X} ({data[error.start : error.start + 1].decode('latin-1')!r} in Latin-1)"
            )
            latin = cls(name, data.decode("latin-1"))
            offset = error.start - data.count(b"\r\n", 0, error.start)
            raise CatalogError([latin.mistake_at(offset, f"{byte}, which is not UTF-8: {_SAVE}")]) from error

    @cached_property
    def _positions(self) -> Positions:
        return Positions(self.text)

    def parse(self) -> Mapping[str, object]:
        """Return the document.

        Raises:
            CatalogError: It is not TOML.
        """
        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            reason, offset = explain(self.text, str(error))
            raise CatalogError([self.mistake_at(offset, f"is not TOML: {reason}")]) from error

    def mistake_at(self, offset: int, reason: str) -> CatalogMistake:
        """Return a mistake at an offset of the text."""
        return self._place(CatalogMistake(self.name, "", "", reason), offset)

    def mistake(self, path: Path, reason: str, *, key: bool = False, level: Level = "mistake") -> CatalogMistake:
        """Return a mistake at a value, or at the table that lacks it.

        Args:
            path: The keys from the top of the file. The first two are a table.
            reason: The end of the sentence, of which the key is the subject.
            key: Whether the key is the mistake, and not its value.
            level: How bad it is.
        """
        inner = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path[2:]).removeprefix(".")
        mistake = CatalogMistake(self.name, ".".join(map(str, path[:2])), inner, reason, level=level)
        offset = self._positions.find(path, value=not key)
        return mistake if offset is None else self._place(mistake, offset)

    def _place(self, mistake: CatalogMistake, offset: int) -> CatalogMistake:
        line = bisect_right(self._starts, offset)
        start = self._starts[line - 1]
        end = self._starts[line] - 1 if line < len(self._starts) else len(self.text)
        return mistake._replace(line=line, column=offset - start + 1, source=self.text[start:end])

    @cached_property
    def _starts(self) -> list[int]:
        """The offset of each line, kept because a file can have a mistake in each."""
        return [0, *(found.end() for found in re.finditer("\n", self.text))]
