"""Writes rows as CSV (RFC 4180), which a spreadsheet opens without running what a buyer typed, or as lines of JSON."""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from lightning_cart_host.output import to_json

BYTE_ORDER_MARK = "\ufeff"
_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"  # a formula begins with one of them (OWASP, "CSV Injection")
_BEGINNING = re.compile(f"'*[\t\r\n{_SIGNS}]")
# A program that takes other separators than the comma begins a cell here, as Excel does where the comma is the decimal sign.
_INSIDE = re.compile(f"([;\t\r\n])(['\" ]*[{_SIGNS}])")


def guard_formulas(text: str) -> str:
    """Return a text with an apostrophe before each place at which a spreadsheet could take it for a formula.

    One is also added to apostrophes that are there already, so that the text is always what remains without the added ones.
    """
    return _INSIDE.sub(r"\1'\2", f"'{text}" if _BEGINNING.match(text) else text)


def to_cell(value: object) -> str:
    """Return a value as the text of a cell: no value is empty, and an object is JSON."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | Decimal():  # below 0 too: it is a number, which nobody typed
            return str(value)
        case str():
            return guard_formulas(value)
        case _:
            return guard_formulas(json.dumps(value, ensure_ascii=False))


def csv_lines(rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> str:
    """Return rows as CSV, without the names of the columns. A row may have more values than there are columns."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([to_cell(row[name]) for name in columns] for row in rows)
    return text.getvalue()


def json_lines(rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> str:
    """Return each row as one line of JSON. A row may have more values than there are columns."""
    return "".join(f"{to_json({name: _to_value(row[name]) for name in columns})}\n" for row in rows)


def _to_value(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else value
