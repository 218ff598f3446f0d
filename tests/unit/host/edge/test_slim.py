"""The upload's source: the same program without docstrings, comments, types and unused imports, line for line."""

import ast
from io import StringIO
from pathlib import Path
from tokenize import NAME, generate_tokens

import jwt
import pytest

from lightning_cart_host.edge.slim import slim
from support import ROOT

SOURCES = [
    *sorted((ROOT / "core").rglob("*.py")),
    *sorted((ROOT / "worker").rglob("*.py")),
    *sorted(Path(jwt.__file__).parent.glob("*.py")),
]


DATACLASSES = ("NamedTuple", "dataclass")


def is_of_types(node: ast.stmt) -> bool:
    """Return whether a statement at the top of a module only names other modules' names, or is for type checkers."""
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id in {"TYPE_CHECKING", "has_crypto"}
    if isinstance(node, ast.Try):
        return "cryptography" in ast.unparse(node.body[0]) or ast.unparse(node.body[0]) == "raise ModuleNotFoundError"
    return isinstance(node, ast.Import | ast.ImportFrom) or (isinstance(node, ast.TypeAlias) and node.name.id.startswith("_"))


class Typeless(ast.NodeTransformer):
    """Removes types from a program's syntax."""

    has_fields = is_typed_dict = False

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        outer = self.has_fields, self.is_typed_dict
        head = " ".join(map(ast.unparse, [*node.bases, *node.decorator_list]))
        self.has_fields, self.is_typed_dict = any(name in head for name in DATACLASSES), "TypedDict" in head
        self.generic_visit(node)
        self.has_fields, self.is_typed_dict = outer
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        outer, self.has_fields = self.has_fields, False
        node.returns = None
        self.generic_visit(node)
        self.has_fields = outer
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if self.has_fields:
            if "ClassVar" not in ast.unparse(node.annotation):
                node.annotation = ast.Name("int", ast.Load())
        elif node.value is not None and not self.is_typed_dict:
            return ast.copy_location(ast.Assign([node.target], node.value), node)
        return node


def program(source: str) -> str:
    """Return a program's syntax without docstrings, types and imports, with the line of each statement."""
    tree = ast.parse(source)
    if "__all__" not in source:
        tree.body = [node for node in tree.body if not is_of_types(node)]
    tree = Typeless().visit(tree)
    for node in ast.walk(tree):
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


def words(source: str) -> set[str]:
    return {token.string for token in generate_tokens(StringIO(source).readline) if token.type == NAME}


def imported(source: str) -> set[str]:
    nodes = [node for node in ast.parse(source).body if isinstance(node, ast.Import | ast.ImportFrom)]
    return {alias.asname or alias.name.partition(".")[0] for node in nodes for alias in node.names}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_the_program_stays_the_same_on_the_same_lines(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert program(slim(source)) == program(source)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_name_is_used_that_is_not_imported_any_more(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    slimmed = slim(source)
    assert (imported(source) - imported(slimmed)) & words(slimmed) == set()
    assert slimmed.count("\n") == source.count("\n")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('"""Doc."""\nx = 1  # why\n', "\nx = 1\n"),
        ('def f():\n    """Doc\n\n    more."""\n', "def f():\n pass\n\n\n"),
        ('class A:\n    """Doc."""\n\n    x = "# no comment"\n', 'class A:\n\n\n x = "# no comment"\n'),
        ('x = """text\n# kept\n"""\n', 'x = """text\n# kept\n"""\n'),
        ("x = 1; 'kept'\n", "x = 1; 'kept'\n"),
        ("def f(a: int, *b: str, c: int = 3) -> int: ...\n", "def f(a, *b, c = 3): ...\n"),
        (
            "def f(\n    ä: dict[\n        str, int\n    ] = {}, b: int = 1\n) -> None: ...\n",
            "def f(\nä\n\n= {}, b = 1\n): ...\n",
        ),
        ("def f() -> dict[\n    str, int\n]: ...\n", "def f() -> dict[\nstr, int\n]: ...\n"),
        ("x: int = 1\ny: int\n", "x = 1\ny: int\n"),
        (
            "class A(NamedTuple):\n    x: list[\n        str\n    ]\n    y: str = ''\n",
            "class A(NamedTuple):\n x: int\n\n\n y: int = ''\n",
        ),
        (
            "@dataclass\nclass A:\n    x: str\n    y: ClassVar[int] = 1\n",
            "@dataclass\nclass A:\n x: int\n y: ClassVar[int] = 1\n",
        ),
        ("class A(TypedDict):\n    x: str\n", "class A(TypedDict):\n x: str\n"),
        ('@dataclass(slots=True)\nclass A:\n    """Doc."""\n', '@dataclass(slots=True)\nclass A:\n "."\n'),
        ("import a\nimport b.c\nx = b.c.d\n", "\nimport b.c\nx = b.c.d\n"),
        (
            "from a import (\n    B,\n    C as D,\n    E as F,\n)\nfrom g import H\ny = D\ndef f(b: B) -> H: ...\n",
            "from a import C as D\n\n\n\n\n\ny = D\ndef f(b): ...\n",
        ),
        ("from a import B as B, C\n", "from a import B as B\n"),
        ("from a import B\n__all__ = ['B']\n", "from a import B\n__all__ = ['B']\n"),
        ("from a import B\ntype _C = B\ntype D = int\n", "\n\ntype D = int\n"),
        ("if TYPE_CHECKING:\n    import a\n\nx = 1\n", "\n\n\nx = 1\n"),
        (
            "try:\n    from cryptography import a\n    b = 1\nexcept ModuleNotFoundError:\n    b = 2\nif has_crypto:\n    b\n",
            "try:\n raise ModuleNotFoundError\n\nexcept ModuleNotFoundError:\n b = 2\n\n\n",
        ),
        (
            'if x:\n    if y:\n        z = f"""\n    {x(\n        1)}\n    """ + (\n            1)\nelse:\n    z = 2\n',
            'if x:\n if y:\n  z = f"""\n    {x(\n  1)}\n    """ + (\n  1)\nelse:\n z = 2\n',
        ),
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
        "a variable",
        "a field",
        "a dataclass's",
        "a key",
        "a dataclass",
        "an unused module",
        "unused names",
        "a name for others",
        "names for others",
        "an alias",
        "for type checkers",
        "a package that is not there",
        "indentation",
    ],
)
def test_only_what_a_worker_does_not_need_goes(source: str, expected: str) -> None:
    assert slim(source) == expected
