"""Removes docstrings, comments and functions' annotations from Python, so that the upload is smaller and a start cheaper.

Every statement stays on its line, so the lines in a log are those of the repository.
"""

import ast
import io
import tokenize
from collections.abc import Iterator


def _is_dataclass(node: ast.AST) -> bool:
    return isinstance(node, ast.ClassDef) and any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list)


def _docstring_lines(source: str) -> dict[int, str]:
    """Return the first line of each docstring, with what replaces it: a body must not become empty."""
    found = {}
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        first = node.body[0] if node.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            is_alone = len(node.body) == 1 and not isinstance(node, ast.Module)
            # Without a docstring `dataclass` would derive one from the signature at each start.
            found[first.lineno] = '"."' if _is_dataclass(node) else "pass" if is_alone else ""
    return found


def _annotations(source: str, lines: list[bytes]) -> Iterator[tuple[int, int, int, int]]:
    """Yield where the annotation of each parameter and result starts and ends: lines from 1, and bytes in them."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.arg) and node.annotation and node.end_lineno and node.end_col_offset:
            yield node.lineno, node.col_offset + len(node.arg.encode()), node.end_lineno, node.end_col_offset
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
            returns = node.returns
            arrow = lines[returns.lineno - 1].rfind(b" ->", 0, returns.col_offset)
            # A result's annotation of several lines is kept: without it, no line may end before the colon.
            if arrow >= 0 and returns.end_lineno == returns.lineno and returns.end_col_offset:
                yield returns.lineno, arrow, returns.lineno, returns.end_col_offset


def _without_annotations(source: str) -> str:
    """Return Python source without functions' annotations, and with as many lines. Each would be compiled to a function."""
    lines = [line.encode() for line in source.splitlines()]
    for row, column, last_row, last_column in sorted(_annotations(source, lines), reverse=True):
        rest = lines[last_row - 1][last_column:]
        if row == last_row:
            lines[row - 1] = lines[row - 1][:column] + rest
        else:
            lines[row - 1 : last_row] = [lines[row - 1][:column], *[b""] * (last_row - row - 1), rest]
    return b"\n".join(lines).decode() + "\n"


def slim(source: str) -> str:
    """Return Python source without docstrings, comments and functions' annotations, and with as many lines."""
    source = _without_annotations(source)
    lines, docstrings = source.splitlines(), _docstring_lines(source)
    is_first = {token.start[0]: token for token in reversed([*_code_tokens(source)])}
    for token in reversed([*tokenize.generate_tokens(io.StringIO(source).readline)]):
        (row, column), (last_row, last_column) = token.start, token.end
        if token.type == tokenize.COMMENT:
            lines[row - 1] = lines[row - 1][:column].rstrip()
        elif token.type == tokenize.STRING and row in docstrings and is_first[row] == token:
            rest = lines[last_row - 1][last_column:]
            lines[row - 1 : last_row] = [(lines[row - 1][:column] + docstrings[row] + rest).rstrip()] + [""] * (last_row - row)
    return "\n".join(lines) + "\n"


def _code_tokens(source: str) -> list[tokenize.TokenInfo]:
    layout = {tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT}
    return [token for token in tokenize.generate_tokens(io.StringIO(source).readline) if token.type not in layout]
