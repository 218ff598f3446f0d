"""Prints lists of orders for people, in as many lines as the terminal is narrow, and their totals below.

An order's id and its buyer's e-mail address are always whole, because they are copied.
"""

from collections.abc import Iterator, Mapping, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Dispute, Order
from lightning_cart_host.cli.dates import format_utc
from lightning_cart_host.console import coloured, console
from lightning_cart_host.output import plural, printable

_COLUMNS = ("Order", "Created (UTC)", "Status", "Total", "Site", "Strategy", "Lines", "Buyer")
_FIRST_LINE = ("Order", "Created (UTC)", "Total", "Status")  # what has the best right to be beside the id
_GAP, _INDENT = "  ", "    "
_WITHOUT_SECONDS = len("2026-11-01 10:00")
_MAX_NAME = 40  # columns of a buyer's name
_MAX_LINES = 2  # of an order, that are named if there is little room

type Cells = Mapping[str, Text]


def _marks(order: Order) -> Text:
    """Return what an operator has to know beside an order's status."""
    marks = []
    if order.needs_review:
        marks.append(f"review: {order.review_reason}" if order.review_reason else "review")
    if order.dispute is not Dispute.NONE:
        marks.append(f"dispute: {order.dispute}")
    return Text(f"({', '.join(marks)})" if marks else "", "bold red")


def _marked_status(order: Order) -> Text:
    marks = _marks(order)
    return Text.assemble(coloured(order.status), " ", marks) if marks else coloured(order.status)


def _lines(order: Order, limit: int | None = None) -> str:
    shown = order.lines[:limit]
    more = len(order.lines) - len(shown)
    named = (f"{line.quantity} of {line.id_with_options}" for line in shown)
    return printable(", ".join([*named, *([f"{more} more"] if more else [])]))


def _name(order: Order) -> Text:
    """Return the buyer's name, cut if it is very long."""
    name = Text(printable(order.buyer.name))
    name.truncate(_MAX_NAME, overflow="ellipsis")
    return name


def _order_cells(order: Order) -> Cells:
    return {
        "Order": Text(order.id),
        "Created (UTC)": Text(format_utc(order.created_at)),
        "Status": _marked_status(order),
        "Total": Text(order.total.display),
        "Site": Text(printable(order.site_id)),
        "Strategy": Text(printable(order.strategy)),
        "Lines": Text(_lines(order)),
        "Buyer": Text(printable(order.customer_email)) or _name(order),
    }


def _widths(rows: Sequence[Cells], columns: Sequence[str]) -> dict[str, int]:
    return {name: max(cell_len(name), *(row[name].cell_len for row in rows)) for name in columns}


def _width(widths: Mapping[str, int]) -> int:
    return sum(widths.values()) + len(_GAP) * (len(widths) - 1)


def _in_columns(row: Cells, widths: Mapping[str, int]) -> Text:
    cells = []
    for name, width in widths.items():
        space = " " * (width - row[name].cell_len)
        cells.append(Text.assemble(space, row[name]) if name == "Total" else Text.assemble(row[name], space))
    line = Text(_GAP).join(cells)
    line.rstrip()
    return line


def _header(widths: Mapping[str, int]) -> Text:
    line = _in_columns({name: Text(name) for name in widths}, widths)
    line.stylize("bold")
    return line


def _indented(parts: Sequence[Text], width: int) -> Iterator[Text]:
    """Yield lines of parts that are never cut."""
    line = Text()
    for part in parts:
        if line and line.cell_len + len(_GAP) + part.cell_len > width:
            yield line
            line = Text()
        line = Text.assemble(line or _INDENT, _GAP if line else "", part)
    if line:
        yield line


def _stacked(orders: Sequence[Order], rows: Sequence[Cells], width: int) -> Iterator[Text]:
    """Yield two lines or more for each order: the first in columns, as many as fit."""
    short = [
        {**row, "Created (UTC)": row["Created (UTC)"][:_WITHOUT_SECONDS], "Status": coloured(order.status)}
        for order, row in zip(orders, rows, strict=True)
    ]
    widths = _widths(short, _FIRST_LINE[:1])
    for name in _FIRST_LINE[1:]:
        wider = widths | _widths(short, (name,))
        if _width(wider) > width:
            break
        widths = wider
    yield _header(widths)
    for order, row in zip(orders, short, strict=True):
        yield _in_columns(row, widths)
        missing = [row[name] for name in _FIRST_LINE if name not in widths]
        named = _name(order) if order.customer_email else Text()
        rest = (*missing, _marks(order), row["Site"], Text(_lines(order, _MAX_LINES)), row["Buyer"], named)
        yield from _indented([part for part in rest if part], width)


def table_lines(orders: Sequence[Order], width: int | None) -> Iterator[Text]:
    """Yield the lines of a table.

    Args:
        orders: At least one.
        width: Of the terminal, or None if everything is on one line.
    """
    rows = [_order_cells(order) for order in orders]
    widths = _widths(rows, _COLUMNS)
    if width is not None and _width(widths) > width:
        yield from _stacked(orders, rows, width)
        return
    yield _header(widths)
    for row in rows:
        yield _in_columns(row, widths)


def total_lines(orders: Sequence[Order]) -> Iterator[str]:
    """Yield what was paid and refunded in each currency."""
    for currency in sorted({order.total.currency for order in orders}):
        some = [order for order in orders if order.total.currency == currency]
        paid, refunded, tips = (
            Money(sum(getattr(order, name) for order in some), currency)
            for name in ("paid_minor", "refunded_minor", "tip_minor")
        )
        tipped = f", {tips.display} in tips" if tips.minor else ""
        count = f"{len(some)} {plural('order', len(some))} in {currency}"
        yield f"{count}: {paid.display} paid{tipped}, {refunded.display} refunded"


def print_lines(out: Console, lines: Iterator[Text]) -> None:
    """Print lines as they are, whatever the width of the terminal."""
    for line in lines:
        out.print(line, soft_wrap=True, no_wrap=True, overflow="ignore", crop=False)


def print_orders(orders: Sequence[Order], notes: Sequence[str] = ()) -> None:
    """Print orders, one per line if the terminal is wide enough or a program reads them, and their totals.

    Args:
        orders: At least one.
        notes: Sentences to print below.
    """
    out = console()
    print_lines(out, table_lines(orders, out.width if out.is_terminal else None))
    out.print()
    print_lines(out, map(Text, (*total_lines(orders), *notes)))
