"""Exports the orders of a database."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import typer

from lightning_cart.domain.order import Order
from lightning_cart.errors import ConfigurationError
from lightning_cart.storage.order_search import OrderFilter, OrderSearch
from lightning_cart_host.cli.atomic_file import name_failures, replace_file
from lightning_cart_host.cli.export_rows import LINE_COLUMNS, ORDER_COLUMNS, ExportRow, line_rows, order_row
from lightning_cart_host.cli.order_listing import explain_none
from lightning_cart_host.cli.order_pages import open_snapshot, read_pages
from lightning_cart_host.cli.row_writers import CsvWriter, JsonLinesWriter, Output, TerminalOutput
from lightning_cart_host.cli.stored_orders import open_orders

_METADATA = "metadata."  # before the name of a key that has a column of its own


class ExportFormat(NamedTuple):
    """What is written.

    Args:
        is_json: Whether it is lines of JSON instead of CSV.
        per_line: Whether an order has a row for each of its lines, instead of one.
        byte_order_mark: Whether CSV begins with one.
        metadata_keys: Keys of the orders' metadata that have columns of their own.
    """

    is_json: bool = False
    per_line: bool = False
    byte_order_mark: bool = False
    metadata_keys: Sequence[str] = ()

    def columns(self) -> list[str]:
        """Return the names of the columns."""
        own = LINE_COLUMNS if self.per_line else ORDER_COLUMNS
        return [*own, *(f"{_METADATA}{key}" for key in self.metadata_keys)]

    def rows(self, orders: Sequence[Order]) -> Iterator[ExportRow]:
        """Yield the rows of orders."""
        for order in orders:
            values = {f"{_METADATA}{key}": order.metadata.get(key) for key in self.metadata_keys}
            for row in line_rows(order) if self.per_line else (order_row(order),):
                yield row | values


class _Writer(Protocol):
    def write(self, rows: Iterator[ExportRow]) -> None: ...


def _open_writer(out: Output, form: ExportFormat) -> _Writer:
    if form.is_json:
        return JsonLinesWriter(out, form.columns())
    return CsvWriter(out, form.columns(), byte_order_mark=form.byte_order_mark)


@contextlib.contextmanager
def _open_output(file: Path | None, database: str) -> Iterator[Output]:
    if file is None:
        with name_failures("standard output"):
            out = typer.get_binary_stream("stdout")
            yield TerminalOutput(out) if out.isatty() else out
            out.flush()
        return
    if file.exists() and file.samefile(database):
        raise ConfigurationError(f"{file} is the database: name another file")
    with replace_file(file) as out:
        yield out


async def export_orders(database: str, wanted: OrderFilter, form: ExportFormat, file: Path | None) -> tuple[int, str]:
    """Write all orders that match, newest first, as they are at one moment.

    Args:
        database: The SQLite file.
        wanted: The filters.
        form: What is written.
        file: The file to write, or None for standard output.

    Returns:
        The number of orders, and if there are none a sentence that says why.

    Raises:
        ConfigurationError: There is no such database, it is not up to date, or no file can be made there.
        OSError: The output cannot be written.
        StorageUnavailable: The database is not one of Lightning-Cart.
    """
    count = 0
    async with open_orders(database) as store, open_snapshot(store) as snapshot:
        with _open_output(file, database) as out:
            writer = _open_writer(out, form)
            writer.write(iter(()))  # the names of the columns, also if no order matches
            async for page in read_pages(snapshot, wanted):
                writer.write(form.rows(page))
                count += len(page)
        return count, "" if count else await explain_none(OrderSearch(snapshot), wanted)
