"""Writes the figures of a run into docs/performance.md, between its two marks, and the chart beside it."""

import textwrap

from benchmarks.edge.chart import draw
from benchmarks.edge.figures import Figures
from benchmarks.edge.tables import Table, tables
from lightning_cart_host.edge.staging import ROOT

PAGE = ROOT / "docs" / "performance.md"
CHART = ROOT / "docs" / "images" / "edge-cpu.svg"
MAX_LINE = 128  # characters, as in every document
BEGIN, END = "<!-- figures: make bench-edge ARGS=--write-docs -->", "<!-- end of figures -->"


def _markdown(table: Table) -> str:
    lines = [table.columns, tuple("---" if index == 0 else "---:" for index in range(len(table.columns))), *table.rows]
    return "\n".join([f"**{table.title}**", "", *(f"| {' | '.join(line)} |" for line in lines)])


def _machine(figures: Figures) -> str:
    machine = figures["machine"]
    versions = ", ".join(f"{name} {machine[name]}" for name in machine if name not in {"day", "processor", "system"})
    text = f"Measured on {machine['day']}: {machine['processor']}, {machine['system']}. Versions: {versions}."
    return textwrap.fill(text, MAX_LINE, break_long_words=False, break_on_hyphens=False)


def figures_text(figures: Figures) -> str:
    """Return the text between the marks."""
    return "\n\n".join([_machine(figures), "![Milliseconds of CPU](images/edge-cpu.svg)", *map(_markdown, tables(figures))])


def write_docs(figures: Figures) -> None:
    """Put a run's figures into the documentation."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{figures_text(figures)}\n\n{END}{after}", encoding="utf-8")
    CHART.write_text(draw(figures), encoding="utf-8")
