"""Finds the place of each key and value in a TOML file, which `tomllib` does not tell."""

import re

type Path = tuple[str | int, ...]

_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BETWEEN = re.compile(r"(?:[ \t\r\n,]|#[^\n]*)*")
_REST = re.compile(r"[^\n]*")
_KEY = re.compile(r'"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|[A-Za-z0-9_-]*')
_SCALAR = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|[^,\]}#\n]*",
    re.DOTALL,
)
_BRACKETS = {"[": "]", "{": "}"}


class Positions:
    """The offset of every key and value in a file.

    Args:
        text: A file that `tomllib` reads, or the valid start of one.

    Attributes:
        last: The last key of the file, and its offset.
    """

    def __init__(self, text: str) -> None:
        self.last: tuple[Path, int] = (), 0
        self._text, self._at = text, 0
        self._keys: dict[Path, int] = {}
        self._values: dict[Path, int] = {}
        self._lengths: dict[Path, int] = {}  # of the lists of tables
        table: Path = ()
        while self._skip(_BLANK) < len(text):
            if text[self._at] == "[":
                is_list = text.startswith("[[", self._at)
                self._at += 2 if is_list else 1
                table = self._read_key(())
                if is_list:
                    table = self._start_entry(table)
                self._skip(_REST)
            else:
                self._read_pair(table)

    def find(self, path: Path, *, value: bool = False) -> int | None:
        """Return the offset of a key, or of the nearest table above it that the file has; None if it has none.

        Args:
            path: The keys from the top of the file, with the index of a list's value.
            value: Whether the place of the key's value is meant.
        """
        if value and path in self._values:
            return self._values[path]
        while path and path not in self._keys:
            path = path[:-1]
        return self._keys.get(path)

    def _skip(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._at

    def _start_entry(self, path: Path) -> Path:
        """Return the path of a new entry of a list of tables, whose place is that of the list's name in its heading."""
        index = self._lengths.get(path, 0)
        self._lengths[path] = index + 1
        entry = (*path, index)
        self._keys[entry] = self.last[1]
        self.last = entry, self.last[1]
        return entry

    def _read_key(self, table: Path) -> Path:
        """Read a key with its dots. Each part has its place; a table's own heading counts before a deeper one."""
        path, dot = table, True
        while dot:
            if path in self._lengths:  # a deeper heading means the last entry of a list of tables
                path = (*path, self._lengths[path] - 1)
            start = self._skip(_SPACE)
            key = self._text[start : self._skip(_KEY)]
            path = (*path, key[1:-1] if key.startswith(('"', "'")) else key)
            self._skip(_SPACE)
            dot = self._text.startswith(".", self._at)
            self._at += dot
            self._keys.setdefault(path, start)
        self._keys[path] = start
        self.last = path, start
        return path

    def _read_pair(self, table: Path) -> None:
        path = self._read_key(table)
        self._at += 1  # the equals sign
        self._skip(_SPACE)
        self._read_value(path)

    def _read_value(self, path: Path) -> None:
        self._values[path] = self._at
        opening = self._text[self._at : self._at + 1]
        if opening not in _BRACKETS:
            self._skip(_SCALAR)
            return
        self._at += 1
        index = 0
        while not self._closes(_BRACKETS[opening]) and self._at < len(self._text):
            if opening == "[":
                self._read_value((*path, index))
            else:
                self._read_pair(path)
            index += 1

    def _closes(self, bracket: str) -> bool:
        """Pass what is between two values. Return whether a closing bracket was passed, too."""
        self._skip(_BETWEEN)
        closed = self._text.startswith(bracket, self._at)
        self._at += closed
        return closed
