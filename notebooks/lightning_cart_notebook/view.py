"""Views of values: HTML for a notebook and the same as plain text.

Colours are the page's own or readable on white and on black, because a notebook may have either theme.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

GREEN, ORANGE, RED, BLUE = "#2f9e5f", "#cf7a1c", "#d05050", "#3d8bd4"
_MAX_UNBROKEN_CHARACTERS = 20  # in a table cell; a date with a time has 19
_STYLE = (
    "<style>"
    ".lc{font:13px/1.45 system-ui,sans-serif;max-width:960px;border:1px solid rgba(128,128,128,.4);border-radius:6px;"
    "padding:8px 12px;margin:4px 0;color:inherit;overflow-x:auto;container-type:inline-size}"
    ".lc .h{font-weight:600;overflow-wrap:anywhere}.lc .d{opacity:.7;font-weight:400}"
    ".lc code,.lc pre{font:12px/1.45 ui-monospace,monospace;background:none!important;color:inherit;overflow-wrap:anywhere}"
    ".lc pre{margin:4px 0!important;padding:6px 8px!important;background:rgba(128,128,128,.12)!important;border-radius:4px;"
    "max-height:300px;overflow:auto;white-space:pre-wrap}"
    ".lc table{border-collapse:collapse;margin:4px 0;font-size:13px;border:0}"
    ".lc tr{background:none!important}"
    ".lc td,.lc th{text-align:left!important;vertical-align:top;padding:2px 14px 2px 0;border:0;color:inherit;min-width:0;"
    "overflow-wrap:anywhere;background:none!important}.lc td.s{white-space:nowrap}"
    ".lc th{font-weight:600;opacity:.7;white-space:nowrap}"
    "@container(max-width:640px){.lc td.s{white-space:normal;overflow-wrap:normal}.lc td,.lc th{padding-right:6px}"
    ".lc td:last-child{min-width:4em}.lc th{white-space:normal}}"
    ".lc summary{cursor:pointer}.lc details{margin:4px 0}.lc svg{max-width:100%;height:auto}"
    ".lc svg text{fill:currentColor}"
    "</style>"
)


@dataclass(frozen=True, slots=True, repr=False)
class View:
    """A value as HTML and as text.

    Args:
        html: The HTML, already escaped.
        text: The same as plain text.
    """

    html: str
    text: str

    def _repr_html_(self) -> str:
        """Return the HTML that a notebook shows."""
        return f'{_STYLE}<div class="lc">{self.html}</div>'

    def __repr__(self) -> str:
        return self.text


class Shown:
    """A base class that shows the `view` of its subclass."""

    __slots__ = ()

    @property
    def view(self) -> View:
        """The view of this value."""
        raise NotImplementedError

    def _repr_html_(self) -> str:
        """Return the HTML that a notebook shows."""
        return self.view._repr_html_()

    def __repr__(self) -> str:
        return self.view.text


def note(sentence: str) -> View:
    """Return the view of one sentence."""
    return View(escape(sentence), sentence)


def headline(text: str, note: str = "", colour: str = "") -> str:
    """Return the HTML of a headline with an optional note and colour."""
    shown = f'<span style="color:{colour}">{escape(text)}</span>' if colour else escape(text)
    return f'<div class="h">{shown}{f" <span class=d>{escape(note)}</span>" if note else ""}</div>'


def facts(title: str, rows: Sequence[tuple[str, str]], picture: str = "") -> View:
    """Return a card of names and values, without the empty ones.

    Args:
        title: The headline.
        rows: The names and values.
        picture: HTML below the rows.
    """
    filled = [(name, value) for name, value in rows if value]
    cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in filled)
    width = max((len(name) for name, _ in filled), default=0)
    text = "\n".join([title, *(f"  {name:<{width}}  {value}" for name, value in filled)])
    return View(f"{headline(title)}<table>{cells}</table>{picture}", text)


def _cell(text: str) -> str:
    return f"<td{' class=s' if len(text) <= _MAX_UNBROKEN_CHARACTERS else ''}>{escape(text)}</td>"


def grid(title: str, head: Sequence[str], rows: Iterable[Sequence[str]], picture: str = "") -> View:
    """Return a card with a table.

    Args:
        title: The headline.
        head: The name of each column.
        rows: The cells of each row.
        picture: HTML above the table.
    """
    listed = [list(row) for row in rows]
    names = "".join(f"<th>{escape(name)}</th>" for name in head)
    cells = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in listed)
    widths = [max(len(row[column]) for row in [list(head), *listed]) for column in range(len(head))]
    lines = ("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in listed)
    return View(f"{headline(title)}{picture}<table><tr>{names}</tr>{cells}</table>", "\n".join([title, *lines]))
