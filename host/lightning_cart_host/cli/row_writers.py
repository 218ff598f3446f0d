"""Writes rows as CSV (RFC 4180), which a spreadsheet opens without running what a buyer typed, or as lines of JSON."""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from lightning_cart_host.output import printable, to_json

BYTE_ORDER_MARK = "\ufeff"
# What a spreadsheet takes for a formula, and its full-width forms (OWASP, "CSV Injection"). Apostrophes before it count too, so
# that the text is always what remains without the first one.
_FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def guard_formula(text: str) -> str:
    """Return a text with an apostrophe before it if a spreadsheet would take it for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def to_cell(value: object) -> str:
    """Return a value as the text of a cell: no value is empty, and an object is JSON."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return guard_formula(value)
        case _:
            return guard_formula(json.dumps(value, ensure_ascii=False))


class Output(Protocol):
    """Takes the bytes of an export."""

    def write(self, data: bytes, /) -> object:
        """Write them."""
        ...


class TerminalOutput:
    """Shows what is written on a terminal, with the escapes of characters that would move its cursor.

    Args:
        out: The terminal.
    """

    def __init__(self, out: Output) -> None:
        self._out = out

    def write(self, data: bytes, /) -> None:
        """Write whole lines."""
        self._out.write(printable(data.decode().replace("\r\n", "\n")).encode())


class CsvWriter:
    """Writes CSV in UTF-8, page by page. The first page has the names of the columns before it.

    Args:
        out: Where the bytes go.
        columns: The names of the columns.
        byte_order_mark: Whether the first bytes say that it is UTF-8, as Excel needs it.
    """

    def __init__(self, out: Output, columns: Sequence[str], *, byte_order_mark: bool = False) -> None:
        self._out, self._columns = out, columns
        self._text = io.StringIO(newline="")
        self._csv = csv.writer(self._text)
        self._text.write(BYTE_ORDER_MARK if byte_order_mark else "")
        self._csv.writerow(columns)

    def write(self, rows: Iterable[Mapping[str, object]]) -> None:
        """Write rows. A row may have more values than there are columns."""
        for row in rows:
            self._csv.writerow([to_cell(row[name]) for name in self._columns])
        self._out.write(self._text.getvalue().encode("utf-8", "backslashreplace"))
        self._text.seek(0)
        self._text.truncate()


class JsonLinesWriter:
    """Writes one JSON object per line, in UTF-8.

    Args:
        out: Where the bytes go.
        columns: The names in each object.
    """

    def __init__(self, out: Output, columns: Sequence[str]) -> None:
        self._out, self._columns = out, columns

    def write(self, rows: Iterable[Mapping[str, object]]) -> None:
        """Write rows. A row may have more values than there are columns."""
        objects = ({name: row[name] for name in self._columns} for row in rows)
        text = "".join(f"{to_json(one)}\n" for one in objects)
        self._out.write(text.encode("utf-8", "backslashreplace"))
