"""Prints rows as a table if the terminal is wide enough, else one below the other. Ids and amounts are never cut or wrapped."""

from collections.abc import Collection, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from lightning_cart_host.output import printable

_GAP = 2
_HEAD = 2  # columns that tell one row from the other
_INDENT = "  "
_MIN_WIDTH = 20


def pad(text: str, width: int) -> str:
    """Return a text filled up with blanks to a width in columns of the terminal, of which some characters take two."""
    return text + " " * (width - cell_len(text))


def _wrap(line: str, width: int) -> list[str]:
    lines: list[str] = []
    for word in line.split(" "):
        if lines and cell_len(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def hanging(head: str, text: str, width: int) -> str:
    """Return a text behind a head. What does not fit in the width continues below its beginning; no word is broken."""
    head = printable(head)
    indent = " " * cell_len(head)
    room = max(width - len(indent), _MIN_WIDTH)
    lines = [part for line in printable(text).split("\n") for part in _wrap(line, room)]
    return "\n".join(f"{indent if number else head}{line}".rstrip() for number, line in enumerate(lines))


def print_line(out: Console, text: Text | str, style: str = "") -> None:
    """Print a line as it is: a terminal that is narrower wraps it, and what is copied from it stays one piece."""
    out.print(Text(text, style) if isinstance(text, str) else text, soft_wrap=True)


def columns_of(rows: Sequence[Sequence[str]], numbers: Collection[int] = ()) -> list[str]:
    """Return rows as lines in columns, those with numbers to the right."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = (
            cell.rjust(width) if number in numbers else pad(cell, width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append(f"{_INDENT}{(' ' * _GAP).join(cells)}".rstrip())
    return lines


def _print_stacked(out: Console, columns: Sequence[str], rows: Sequence[Sequence[str]], head: int) -> None:
    """Print the first cells of each row as a line, and the others below it behind their names."""
    name_width = max(map(len, columns)) + _GAP
    for row in rows:
        print_line(out, f"{_INDENT}{(' ' * _GAP).join(row[:head])}".rstrip())
        for column, cell in zip(columns[head:], row[head:], strict=True):
            if cell:
                print_line(out, hanging(f"{_INDENT * 2}{column:<{name_width}}", cell, out.width))


def print_records(
    out: Console, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: Collection[int] = ()
) -> None:
    """Print a title and rows below it, or nothing if there are none. A column without any value is left out.

    Args:
        out: Where to print.
        title: What the rows are.
        columns: The columns' names.
        rows: The cells of each row.
        numbers: Which columns have numbers, counted from 0.
    """
    if not rows:
        return
    cells = [[printable(cell).replace("\n", " ") for cell in row] for row in rows]
    used = [number for number in range(len(columns)) if number < _HEAD or any(row[number] for row in cells)]
    columns, cells = [columns[number] for number in used], [[row[number] for number in used] for row in cells]
    head, *lines = columns_of((columns, *cells), [place for place, number in enumerate(used) if number in numbers])
    print_line(out, f"\n{title}", "bold")
    if max(map(cell_len, (head, *lines))) > out.width:
        _print_stacked(out, columns, cells, 1 if 1 in numbers else _HEAD)
        return
    print_line(out, head, "dim")
    for line in lines:
        print_line(out, line)
