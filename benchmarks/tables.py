"""Tables and targets of all benchmarks, for the terminal and for the documentation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table as Shown


@dataclass(frozen=True, slots=True)
class Target:
    """A figure and its target.

    Args:
        text: What is measured.
        value: The measured value.
        limit: The largest value allowed, or the smallest; None if the figure has no target.
        at_least: Whether the limit is the smallest value.
        unit: The unit of value and limit.
    """

    text: str
    value: float
    limit: float | None = None
    at_least: bool = False
    unit: str = "×"

    @property
    def reached(self) -> bool:
        """Whether the target is reached, if there is one."""
        if self.limit is None:
            return True
        return self.value >= self.limit if self.at_least else self.value <= self.limit


@dataclass(frozen=True, slots=True)
class Table:
    """A title, the names of the columns, and rows of strings."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def number(value: float | None) -> str:
    """Return a number with three digits or more, or a dash."""
    return "–" if value is None else f"{value:.2f}" if value < 10 else f"{value:.0f}"


def _outcome(target: Target) -> tuple[str, str]:
    if target.limit is None:
        return "none", "–"
    limit = f"{'at least' if target.at_least else 'at most'} {target.limit:g}{target.unit}"
    return limit, "reached" if target.reached else "not reached"


def targets_table(targets: Iterable[Target]) -> Table:
    """Return the table of all targets."""
    rows = [(target.text, f"{number(target.value)}{target.unit}", *_outcome(target)) for target in targets]
    return Table("Targets", ("", "measured", "target", ""), rows)


def show(tables: Iterable[Table], console: Console) -> None:
    """Print every table."""
    for table in tables:
        shown = Shown(title=table.title, title_justify="left", title_style="bold")
        for index, column in enumerate(table.columns):
            shown.add_column(column, justify="left" if index == 0 else "right")
        for row in table.rows:
            shown.add_row(*row)
        console.print(shown)
