"""Writes the figures of a run into docs/performance.md, between its two marks, and the chart beside it."""

from benchmarks.documenting import IMAGES, document, put_into_page
from benchmarks.edge.chart import draw
from benchmarks.edge.figures import Figures
from benchmarks.edge.tables import tables

CHART = IMAGES / "edge-cpu.svg"
BEGIN, END = "<!-- figures: make bench-edge ARGS=--write-docs -->", "<!-- end of figures -->"


def figures_text(figures: Figures) -> str:
    """Return the text between the marks."""
    return document(figures["machine"], "![Milliseconds of CPU](images/edge-cpu.svg)", tables(figures))


def write_docs(figures: Figures) -> None:
    """Put a run's figures into the documentation."""
    put_into_page(figures_text(figures), BEGIN, END)
    CHART.write_text(draw(figures), encoding="utf-8")
