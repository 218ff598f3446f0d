"""Exports the orders of a database."""

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

import typer

from lightning_cart.domain.order import Order
from lightning_cart.errors import ConfigurationError
from lightning_cart.storage.order_search import OrderFilter, OrderSearch
from lightning_cart_host.adapters.database import is_postgres
from lightning_cart_host.cli.atomic_file import name_failures, replace_file
from lightning_cart_host.cli.orders.export_rows import LINE_COLUMNS, ORDER_COLUMNS, line_rows, order_row
from lightning_cart_host.cli.orders.listing import explain_none
from lightning_cart_host.cli.orders.pages import read_pages
from lightning_cart_host.cli.orders.row_writers import BYTE_ORDER_MARK, csv_lines, json_lines
from lightning_cart_host.cli.orders.stored import open_one_state
from lightning_cart_host.output import printable


class ExportFormat(NamedTuple):
    """What is written.

    Args:
        is_json: Whether it is lines of JSON instead of CSV.
        per_line: Whether an order has a row for each of its lines, instead of one.
        byte_order_mark: Whether CSV begins with one.
    """

    is_json: bool = False
    per_line: bool = False
    byte_order_mark: bool = False

    @property
    def columns(self) -> Sequence[str]:
        """The names of the columns."""
        return LINE_COLUMNS if self.per_line else ORDER_COLUMNS

    def head(self, columns: Sequence[str] = ()) -> str:
        """Return what comes before the rows: the names of the columns, or nothing.

        Args:
            columns: The columns, if they are not those of orders.
        """
        if self.is_json:
            return ""
        columns = columns or self.columns
        names = csv_lines([dict(zip(columns, columns, strict=True))], columns)
        return f"{BYTE_ORDER_MARK if self.byte_order_mark else ''}{names}"

    def lines(self, orders: Sequence[Order]) -> str:
        """Return the rows of orders."""
        rows = [row for order in orders for row in line_rows(order)] if self.per_line else map(order_row, orders)
        return (json_lines if self.is_json else csv_lines)(rows, self.columns)


def _copy_to_stdout(whole: BinaryIO) -> None:
    if sys.stdout is None:  # the shell closed it
        return
    if sys.stdout.isatty():
        for line in whole:
            typer.echo(printable(line.decode("utf-8-sig").replace("\r\n", "\n")), nl=False)
        return
    out = typer.get_binary_stream("stdout")
    shutil.copyfileobj(whole, out)
    out.flush()


@contextlib.contextmanager
def open_output(file: Path | None) -> Iterator[BinaryIO]:
    """Open what is written. Standard output gets it once it is whole, since its reader may be slow, or stop as `less` does.

    Args:
        file: The file, or None for standard output.

    Raises:
        ConfigurationError: No file can be made there.
        OSError: It cannot be written.
    """
    if file is not None:
        with replace_file(file) as out:
            yield out
        return
    with tempfile.TemporaryFile() as whole:
        with name_failures(tempfile.gettempdir()):
            yield whole
            whole.seek(0)
        with name_failures("standard output"):
            _copy_to_stdout(whole)


def refuse_database(file: Path, database: str) -> None:
    """Refuse to write a file over the database.

    Raises:
        ConfigurationError: The file is the database or a part of it.
    """
    parts = [Path(f"{database}{suffix}") for suffix in ("", "-wal", "-shm")]
    if file.exists() and any(part.exists() and file.samefile(part) for part in parts):
        raise ConfigurationError(f"{file} is the database: name another file")


async def export_orders(database: str, wanted: OrderFilter, form: ExportFormat, file: Path | None) -> tuple[int, str]:
    """Write all orders that match, newest first, as they are at one moment.

    Args:
        database: The SQLite file, or the URL of PostgreSQL.
        wanted: The filters.
        form: What is written.
        file: The file to write, or None for standard output.

    Returns:
        The number of orders, and if there are none a sentence that says why.

    Raises:
        ConfigurationError: There is no such database, it is not up to date, or no file can be made there.
        OSError: The output cannot be written.
        StorageUnavailable: It cannot be read now.
    """
    count = 0
    with open_output(file) as out:
        async with open_one_state(database) as snapshot:
            if file is not None and not is_postgres(database):
                refuse_database(file, database)
            out.write(form.head().encode())
            async for page in read_pages(snapshot, wanted):
                out.write(form.lines(page).encode("utf-8", "backslashreplace"))
                count += len(page)
            why_none = "" if count else await explain_none(OrderSearch(snapshot), wanted)
    return count, why_none
