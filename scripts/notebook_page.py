"""Converts a notebook to a Markdown page with its text, its code and the saved output of each cell."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _output_html(output: Mapping[str, Any]) -> str:
    """Return one output as HTML. HTML outputs go into a shadow root, which the site's stylesheet does not reach."""
    data = output.get("data", {})
    if "text/html" in data:
        return f'<template shadowrootmode="open">{_joined(data["text/html"])}</template>'
    text = _joined(output.get("text") or data.get("text/plain", ""))
    return f"<pre>{escape(text)}</pre>"


def _cell(cell: Mapping[str, Any]) -> Iterator[str]:
    source = _joined(cell["source"])
    if cell["cell_type"] == "markdown":
        yield source
        return
    yield f"```python\n{source}\n```"
    for output in cell["outputs"]:
        yield f'<div class="shown">{_output_html(output)}</div>'


def notebook_to_markdown(notebook: Mapping[str, Any]) -> str:
    """Convert a notebook (nbformat 4) to Markdown."""
    return "\n\n".join(part for cell in notebook["cells"] for part in _cell(cell)) + "\n"
