"""Removes from Python what a Worker does not need, so that the upload is smaller and a start cheaper.

Every statement stays on its line, so the lines in a log are those of the repository.
"""

import ast
import io
import tokenize

from lightning_cart_host.edge.cuts import without_annotations, without_unused


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


def slim(source: str) -> str:
    """Return Python source that does the same, without docstrings, comments, types, unused imports and wide indentation."""
    source = without_unused(without_annotations(source))
    lines, docstrings = source.splitlines(), _docstring_lines(source)
    is_first = {token.start[0]: token for token in reversed([*_code_tokens(source)])}
    for token in reversed([*tokenize.generate_tokens(io.StringIO(source).readline)]):
        (row, column), (last_row, last_column) = token.start, token.end
        if token.type == tokenize.COMMENT:
            lines[row - 1] = lines[row - 1][:column].rstrip()
        elif token.type == tokenize.STRING and row in docstrings and is_first[row] == token:
            rest = lines[last_row - 1][last_column:]
            lines[row - 1 : last_row] = [(lines[row - 1][:column] + docstrings[row] + rest).rstrip()] + [""] * (last_row - row)
    return _indented_by_one("\n".join(lines) + "\n")


def _indented_by_one(source: str) -> str:
    """Return Python source whose blocks are indented by one blank each. Texts of several lines stay as they are."""
    lines, depth, kept = source.split("\n"), 0, 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in {tokenize.INDENT, tokenize.DEDENT}:
            depth += 1 if token.type == tokenize.INDENT else -1
            continue
        if kept < token.start[0] <= len(lines):
            lines[token.start[0] - 1] = (" " * depth + lines[token.start[0] - 1].lstrip(" ")).rstrip()
        kept = max(kept, token.end[0])  # a line that begins within a text stays as it is
    return "\n".join(lines)


def _code_tokens(source: str) -> list[tokenize.TokenInfo]:
    layout = {tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT}
    return [token for token in tokenize.generate_tokens(io.StringIO(source).readline) if token.type not in layout]
