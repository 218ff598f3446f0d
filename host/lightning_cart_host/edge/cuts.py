"""Cuts out of Python source what a Worker never needs: types, imports that nothing uses, and code that never runs there.

No other line moves. The annotations of each class, function and module are a function of their own to compile, and an import
that only they need costs a start as much as any other.
"""

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_ABSENT = "cryptography"  # PyJWT can do without it; it is not uploaded
_FALSE = frozenset({"TYPE_CHECKING", "has_crypto"})  # has_crypto is PyJWT's name for whether it is there
_ANY_TYPE = "int"  # instead of a field's own: a NamedTuple and a dataclass have a field for each annotation
_NO_FIELDS = ("ClassVar", "InitVar", "KW_ONLY")  # the types that a dataclass looks at


class Cut(NamedTuple):
    """What goes, and what takes its place: lines from 1, and bytes in them."""

    row: int
    column: int
    last_row: int
    last_column: int
    instead: str = ""


def apply(source: str, cuts: Iterable[Cut]) -> str:
    """Return Python source without what is cut, and with as many lines. No two cuts overlap."""
    lines = [line.encode() for line in source.split("\n")]
    for row, column, last_row, last_column, instead in sorted(cuts, reverse=True):
        start, rest = lines[row - 1][:column] + instead.encode(), lines[last_row - 1][last_column:]
        if row == last_row:
            lines[row - 1] = start + rest
        elif rest.strip():
            lines[row - 1 : last_row] = [start, *[b""] * (last_row - row - 1), rest]
        else:
            lines[row - 1 : last_row] = [start, *[b""] * (last_row - row)]
    return b"\n".join(lines).decode()


def _all_of(node: ast.stmt | ast.expr, instead: str = "") -> Cut:
    return Cut(node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0, instead)


def _of_functions(tree: ast.AST, lines: list[bytes]) -> Iterator[Cut]:
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.annotation:
            name = len(node.arg.encode())
            yield _all_of(node.annotation)._replace(row=node.lineno, column=node.col_offset + name)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
            arrow = lines[node.returns.lineno - 1].rfind(b" ->", 0, node.returns.col_offset)
            # A result's annotation of several lines is kept: without it, no line may end before the colon.
            if arrow >= 0 and node.returns.end_lineno == node.returns.lineno:
                yield _all_of(node.returns)._replace(column=arrow)


def _has_fields(node: ast.AST) -> bool:
    return isinstance(node, ast.ClassDef) and (
        any("NamedTuple" in ast.unparse(base) for base in node.bases)
        or any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list)
    )


def _is_typed_dict(node: ast.AST) -> bool:
    return isinstance(node, ast.ClassDef) and any("TypedDict" in ast.unparse(base) for base in node.bases)


def _of_names(tree: ast.AST) -> Iterator[Cut]:
    for parent in ast.walk(tree):
        body = getattr(parent, "body", [])
        for node in body if isinstance(body, list) and not _is_typed_dict(parent) else []:
            if not isinstance(node, ast.AnnAssign):
                continue
            if _has_fields(parent):
                if not any(name in ast.unparse(node.annotation) for name in _NO_FIELDS):
                    yield _all_of(node.annotation, _ANY_TYPE)
            elif node.value:
                end = _all_of(node.target)
                yield _all_of(node.annotation)._replace(row=end.last_row, column=end.last_column)


def without_annotations(source: str) -> str:
    """Return Python source in which no function, variable or field has its type. A field has another one."""
    tree = ast.parse(source)
    lines = [line.encode() for line in source.split("\n")]
    return apply(source, [*_of_functions(tree, lines), *_of_names(tree)])


def _import_of(node: ast.ImportFrom, names: list[ast.alias]) -> str:
    listed = ", ".join(name.name + (f" as {name.asname}" if name.asname else "") for name in names)
    return f"from {'.' * node.level}{node.module or ''} import {listed}"


def _of_unused(tree: ast.Module) -> Iterator[Cut]:
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    for node in tree.body:
        match node:
            case ast.ImportFrom(module=module) if module != "__future__":
                # `from … import x as x` says that other modules take the name from here.
                kept = [name for name in node.names if (name.asname or name.name) in used or name.asname == name.name]
                if len(kept) < len(node.names):
                    yield _all_of(node, _import_of(node, kept) if kept else "")
            case ast.Import(names=[name]) if (name.asname or name.name.partition(".")[0]) not in used:
                yield _all_of(node)
            case ast.TypeAlias(name=name) if name.id.startswith("_") and name.id not in used:
                yield _all_of(node)
            case ast.If(test=ast.Name(id=name), orelse=[]) if name in _FALSE:
                yield _all_of(node)
            case ast.Try(body=[ast.ImportFrom(module=module) as first, *_, last]) if module == _ABSENT:
                yield _all_of(last, "raise ModuleNotFoundError")._replace(row=first.lineno, column=first.col_offset)


def without_unused(source: str) -> str:
    """Return Python source without what is never run at the Worker, and without imports that nothing in it uses.

    A module with `__all__` is returned as it is: its imports are for others.
    """
    while True:
        tree = ast.parse(source)
        if any(isinstance(node, ast.Name) and node.id == "__all__" for node in ast.walk(tree)):
            return source
        cuts = [*_of_unused(tree)]
        if not cuts:
            return source
        source = apply(source, cuts)
