"""The upload's source: the same program without docstrings, comments and functions' annotations, line for line."""

import ast
from pathlib import Path

import jwt
import pytest

from lightning_cart_host.edge.slim import slim
from support import ROOT

SOURCES = [
    *sorted((ROOT / "core").rglob("*.py")),
    *sorted((ROOT / "worker").rglob("*.py")),
    *sorted(Path(jwt.__file__).parent.glob("*.py")),
]


def program(source: str) -> str:
    """Return a program's syntax without its docstrings and functions' annotations, with the line of each statement."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        body = getattr(node, "body", None)
        if not isinstance(body, list) or not body or isinstance(node, ast.If | ast.With | ast.Try):
            continue
        first = body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            body.pop(0)
        if len(body) == 1 and isinstance(body[0], ast.Pass):
            body.pop()
    lines = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    return f"{ast.dump(tree)} {lines}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_the_program_stays_the_same_on_the_same_lines(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert program(slim(source)) == program(source)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('"""Doc."""\nx = 1  # why\n', "\nx = 1\n"),
        ('def f():\n    """Doc\n\n    more."""\n', "def f():\n    pass\n\n\n"),
        ('class A:\n    """Doc."""\n\n    x = "# no comment"\n', 'class A:\n\n\n    x = "# no comment"\n'),
        ('x = """text\n# kept\n"""\n', 'x = """text\n# kept\n"""\n'),
        ("x = 1; 'kept'\n", "x = 1; 'kept'\n"),
        ("def f(a: int, *b: str, c: int = 3) -> int: ...\n", "def f(a, *b, c = 3): ...\n"),
        (
            "def f(\n    ä: dict[\n        str, int\n    ] = {}, b: int = 1\n) -> None: ...\n",
            "def f(\n    ä\n\n = {}, b = 1\n): ...\n",
        ),
        ("def f() -> dict[\n    str, int\n]: ...\n", "def f() -> dict[\n    str, int\n]: ...\n"),
        ("x: int = 1\n", "x: int = 1\n"),
        ('@dataclass(slots=True)\nclass A:\n    """Doc."""\n', '@dataclass(slots=True)\nclass A:\n    "."\n'),
    ],
    ids=[
        "module",
        "only a docstring",
        "class",
        "a text with a hash",
        "no docstring",
        "a function",
        "a long parameter",
        "a long result",
        "a field",
        "a dataclass",
    ],
)
def test_only_docstrings_comments_and_annotations_of_functions_go(source: str, expected: str) -> None:
    assert slim(source) == expected
