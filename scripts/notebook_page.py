"""A notebook as a page of Markdown: its words, its code, and what each cell showed when it was last run."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _shown(output: Mapping[str, Any]) -> str:
    """Return one output as HTML: a picture where there is one, out of reach of the site's own style, and text elsewhere."""
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
        yield f'<div class="shown">{_shown(output)}</div>'


def page_of(notebook: Mapping[str, Any]) -> str:
    """Return a notebook (nbformat 4) as Markdown."""
    return "\n\n".join(part for cell in notebook["cells"] for part in _cell(cell)) + "\n"
