"""The page about errors quotes sentences that the program says, and names settings, options and files that are there."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import ROOT

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
GAP = "…"  # in a quotation, for what differs from case to case
PYTHON = [path for package in ("core", "host") for path in (ROOT / package).rglob("*.py")]
SCRIPTS = sorted((ROOT / "templates" / "test-checkout").glob("*.js"))
QUOTATIONS = re.findall(r"^> (.+)$", PAGE, re.MULTILINE)


def string(node: ast.expr) -> str:
    """Return a string of the code, with a gap for each value in it; empty for any other expression."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(string(part) or GAP for part in parts)
        case ast.BinOp(left=left, right=right):
            return string(left) + string(right)
    return ""


def strings(path: Path) -> Iterator[str]:
    """Yield every string of a module, those with values as a whole."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.expr) and (found := string(node)):
            yield found


@functools.cache
def sentences() -> str:
    """Return everything that the program can say, one string a line."""
    said = [text.replace("\n", " ") for path in PYTHON for text in strings(path)]
    return "\n".join([*said, *(path.read_text(encoding="utf-8") for path in SCRIPTS)])


@pytest.mark.parametrize("quotation", QUOTATIONS)
def test_a_quoted_sentence_is_said_by_the_program(quotation: str) -> None:
    gap = rf"[^\n]*{GAP}[^\n]*"
    assert re.search(gap.join(re.escape(part.strip()) for part in quotation.split(GAP)), sentences())


def test_there_are_ten_errors_each_with_a_sentence_and_what_to_do() -> None:
    sections = PAGE.split("\n## ")[1:]
    assert len(sections) == 10
    assert [section.split("\n")[0] for section in sections if "\n> " not in section or "\n- " not in section] == []
