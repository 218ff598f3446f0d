"""Writes the figures of a run into docs/performance.md, between two marks."""

import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.tables import Table
from lightning_cart_host.edge.staging import ROOT

PAGE = ROOT / "docs" / "performance.md"
IMAGES = ROOT / "docs" / "images"
MAX_LINE = 128  # characters, as in every document


def markdown(table: Table) -> str:
    """Return a table as Markdown."""
    lines = [table.columns, tuple("---" if index == 0 else "---:" for index in range(len(table.columns))), *table.rows]
    return "\n".join([f"**{table.title}**", "", *(f"| {' | '.join(line)} |" for line in lines)])


def _machine(machine: Mapping[str, str]) -> str:
    versions = ", ".join(f"{name} {machine[name]}" for name in machine if name not in {"day", "processor", "system"})
    text = f"Measured on {machine['day']}: {machine['processor']}, {machine['system']}. Versions: {versions}."
    return textwrap.fill(text, MAX_LINE, break_long_words=False, break_on_hyphens=False)


def document(machine: Mapping[str, str], chart: str, tables: Iterable[Table]) -> str:
    """Return the text of a run.

    Args:
        machine: What `describe_machine` returned.
        chart: The Markdown of its chart.
        tables: Its tables.
    """
    return "\n\n".join([_machine(machine), chart, *map(markdown, tables)])


def put_into_page(text: str, begin: str, end: str, page: Path = PAGE) -> None:
    """Replace what is between two marks of a page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2]
    page.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")
