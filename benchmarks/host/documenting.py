"""Writes the figures of a run into docs/performance.md and docs/scale.md, between their marks, and the chart beside them."""

from benchmarks.documenting import IMAGES, PAGE, document, markdown, put_into_page
from benchmarks.host.chart import draw
from benchmarks.host.figures import Figures
from benchmarks.host.tables import capacity_table, tables

SCALE_PAGE = PAGE.with_name("scale.md")
CHART = IMAGES / "host-cpu.svg"
BEGIN, END = "<!-- figures: make bench-host ARGS=--write-docs -->", "<!-- end of the host's figures -->"


def figures_text(figures: Figures) -> str:
    """Return the text between the marks."""
    return document(figures["machine"], "![Milliseconds of CPU](images/host-cpu.svg)", tables(figures))


def write_docs(figures: Figures) -> None:
    """Put a run's figures into the documentation."""
    put_into_page(figures_text(figures), BEGIN, END)
    put_into_page(markdown(capacity_table(figures)), BEGIN, END, SCALE_PAGE)
    CHART.write_text(draw(figures), encoding="utf-8")
