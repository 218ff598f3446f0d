"""Reads the codes of a CSV file, whose columns are named as the options of `codes add`."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from lightning_cart.domain.typed import read_whole
from lightning_cart.spelling import did_you_mean
from lightning_cart.usecases.cart_keys import is_shown
from lightning_cart_host.cli.codes.fields import CodeTexts, Mistake

COLUMNS = (
    *("code", "percent", "amount", "free-delivery", "product", "category", "least", "from", "until", "most-uses", "once"),
    "free",
)
MAX_CODES = 10_000  # of one file: they are saved in one transaction
_YES, _NO = frozenset({"yes", "true", "1", "x", "on"}), frozenset({"no", "false", "0", "off", ""})
_EXAMPLE = "such as code,percent,until"

type Cells = Mapping[str, str]


class CodeRow(NamedTuple):
    """A code of a file.

    Args:
        line: The number of its first line, from 1.
        texts: What it says.
        mistakes: What cannot be read of it.
    """

    line: int
    texts: CodeTexts
    mistakes: list[Mistake]


class CodeFile(NamedTuple):
    """The codes of a file.

    Args:
        rows: In the order of the file.
        mistakes: What is wrong with the file, with the number of the line.
    """

    rows: list[CodeRow]
    mistakes: list[tuple[int, Mistake]]


def _separator(head: str) -> str:
    """Return what separates the cells: spreadsheets write what the country of their user has."""
    return max((",", ";", "\t"), key=head.count)


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not empty, each with the number of its first line. Raises `csv.Error`."""
    reader, line = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text.partition("\n")[0]), strict=True), 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield line, [cell.strip() for cell in cells]
        line = reader.line_num + 1


def _column(cell: str) -> str:
    return re.sub(r"[\s_]+", "-", cell.lower().removeprefix("--"))


def _check_head(line: int, columns: list[str]) -> list[tuple[int, Mistake]]:
    mistakes = []
    for column in columns:
        shown = column if is_shown(column) else "one column"
        if column not in COLUMNS:
            advice = did_you_mean(column, COLUMNS, f"the columns are {', '.join(COLUMNS)}")
            mistakes.append((line, Mistake("", f"{shown} is no column: {advice}")))
        elif columns.count(column) > 1:
            mistakes.append((line, Mistake(column, "is there twice: remove one of these columns")))
    if "code" not in columns:
        mistakes.append((line, Mistake("code", f"is missing: the first line has the names of the columns, {_EXAMPLE}")))
    return list(dict.fromkeys(mistakes))


def _switch(cells: Cells, column: str, mistakes: list[Mistake]) -> bool:
    word = cells.get(column, "").lower()
    if word not in _YES | _NO:
        mistakes.append(Mistake(column, "must be yes or no"))
    return word in _YES


def _several(cells: Cells, column: str) -> list[str]:
    return [part for part in map(str.strip, re.split("[;|]", cells.get(column, ""))) if part]


def _limit(cells: Cells, mistakes: list[Mistake]) -> int | None:
    text = cells.get("most-uses", "")
    number = read_whole(text) if text else None
    if text and number is None:
        mistakes.append(Mistake("most-uses", "must be a whole number such as 100, or empty"))
    return number


def _read_row(line: int, cells: Cells) -> CodeRow:
    mistakes: list[Mistake] = []
    texts = CodeTexts(
        code=cells["code"],
        percent=cells.get("percent", ""),
        amount=_several(cells, "amount"),
        free_delivery=_switch(cells, "free-delivery", mistakes),
        product=_several(cells, "product"),
        category=_several(cells, "category"),
        least=_several(cells, "least"),
        begins=cells.get("from", ""),
        until=cells.get("until", ""),
        most_uses=_limit(cells, mistakes),
        once=_switch(cells, "once", mistakes),
        free=_switch(cells, "free", mistakes),
    )
    return CodeRow(line, texts, mistakes)


def read_code_file(text: str) -> CodeFile:
    """Return the codes of a file, and what is wrong with it. Empty lines are left out.

    Args:
        text: CSV with commas, semicolons or tabs. In a cell `;` or `|` separates several amounts, products or categories.
    """
    rows: list[CodeRow] = []
    mistakes: list[tuple[int, Mistake]] = []
    columns: list[str] = []
    line = 0
    try:
        for line, cells in _records(text):
            if not columns:
                columns = [_column(cell) for cell in cells]
                mistakes += _check_head(line, columns)
                if mistakes:
                    return CodeFile([], mistakes)
            elif len(cells) > len(columns):
                reason = f"has {len(cells)} cells, and the first line names {len(columns)} columns"
                mistakes.append((line, Mistake("", f"{reason}: put a cell with a comma in quotation marks")))
            elif len(rows) == MAX_CODES:
                mistakes.append((line, Mistake("", f"a file has at most {MAX_CODES:,} codes: divide it")))
                break
            else:
                rows.append(_read_row(line, dict(zip(columns, cells, strict=False))))
    except csv.Error as error:
        mistakes.append((line + 1, Mistake("", f"cannot be read as CSV ({error}): check the quotation marks")))
    if not rows and not mistakes:
        mistakes.append((line + 1, Mistake("", f"there are no codes: write the names of columns, {_EXAMPLE}, and codes below")))
    return CodeFile(rows, mistakes)
