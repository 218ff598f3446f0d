"""Tables that the commands print for people, in colour if the terminal has it."""

from rich.table import Table


def make_table(*columns: str) -> Table:
    """Return an empty table whose long cells wrap."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
