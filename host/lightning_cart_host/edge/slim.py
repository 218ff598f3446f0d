"""Removes docstrings and comments from Python source, so that the upload is smaller and a start cheaper.

Every statement stays on its line, so the lines in a log are those of the repository.
"""

import ast
import io
import tokenize


def _docstring_lines(source: str) -> dict[int, str]:
    """Return the first line of each docstring, with what replaces it: a body must not become empty."""
    found = {}
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        first = node.body[0] if node.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            is_alone = len(node.body) == 1 and not isinstance(node, ast.Module)
            found[first.lineno] = "pass" if is_alone else ""
    return found


def without_docs(source: str) -> str:
    """Return Python source without docstrings and comments, and with as many lines."""
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
