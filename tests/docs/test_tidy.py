"""Docstrings, comments and documents use the field's words, without images and long lines."""

import ast
import io
import json
import re
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support import ROOT
from support.documents import tracked

MAX_LINE = 128  # characters, as ruff has it for code
# What is banned, and what to write instead.
BANNED = {
    r"\bgiv(?:e|es|en|ing) (?:\w+ ){0,3}?back\b|\bgave (?:\w+ ){0,3}?back\b": "refund, return or release",
    r"\bgiv(?:e|es|en|ing) (?:\w+ )?up\b|\bgave (?:\w+ )?up\b": "cancel, expire, abandon or stop",
    r"\bc[oa]m(?:e|es|ing) again\b|\bcalls? again\b": "retry, repeat or send again",
    r"\bother ends?\b": "provider sandbox, or the provider",
    r"\bthe books\b": "the ledger",
    r"\bst(?:and|ands|anding|ood)\b(?! for\b)(?!-)": "is, has, holds or remains",
    r"\b(?:house|door|doors|knocks?|knocking)\b": "the name of the function or package",
    r"\bon the (?:way|road|wire)\b|\bwire\b": "in transit, pending, or the provider's format",
    r"\bpostman\b|\bhow-manieth\b|\bturned away\b|\bgets? hold\b": "the field's own word",
    r"\bnobody'?s business\b|\bin the dark\b|\bfor the rest of life\b": "the plain word",
    r"\b(?:a quarter of an hour|some days|a little while)\b": "a number with its unit",
}
PATTERN = re.compile("|".join(f"(?P<w{number}>{pattern})" for number, pattern in enumerate(BANNED)), re.IGNORECASE)
ADVICE = tuple(BANNED.values())
HASH = re.compile(r"(?:^|\s)#+ ")
MARKUP = re.compile(r"<(?!!--)[^>]*>|\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
SENTENCE = re.compile(r"\w+\s\w+\s\w+")  # of a text in the code: what a person reads, not a key or an address


def python_prose(source: str) -> Iterator[tuple[int, str]]:
    """Yield the comments, docstrings and sentences of a module, with their lines."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SENTENCE.search(node.value):
            for offset, line in enumerate(node.value.split("\n")):
                yield node.lineno + offset, line


def markdown_prose(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a page outside of its code blocks."""
    code = False
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("```"):
            code = not code
        elif not code:
            yield number, line


def notebook_prose(text: str) -> Iterator[tuple[int, str]]:
    """Yield the sentences of a notebook's cells, numbered by cell."""
    for number, cell in enumerate(json.loads(text)["cells"], 1):
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            yield from ((number, line) for line in source.split("\n"))
        else:
            yield from ((number, line) for line in source.split("\n") if "#" in line)


def comments(text: str) -> Iterator[tuple[int, str]]:
    """Yield the comments of a Makefile, a shell script or a TOML or YAML file, with a target's help text."""
    for number, line in enumerate(text.split("\n"), 1):
        if match := HASH.search(line):
            yield number, line[match.start() :]


def page_prose(text: str) -> Iterator[tuple[int, str]]:
    """Yield the text of an HTML template, without its tags and its template language."""
    yield from enumerate(MARKUP.sub(lambda match: "\n" * match[0].count("\n"), text).split("\n"), 1)


def every_line(text: str) -> Iterator[tuple[int, str]]:
    """Yield every line of a page's script: its sentences are strings and comments."""
    yield from enumerate(text.split("\n"), 1)


type Reader = Callable[[str], Iterator[tuple[int, str]]]
READERS: dict[str, Reader] = {
    ".py": python_prose,
    ".md": markdown_prose,
    ".ipynb": notebook_prose,
    ".html": page_prose,
    ".js": every_line,
    ".mjs": every_line,
    ".toml": comments,
    ".yml": comments,
    "": comments,
}
READ = ("*.py", "*.md", "*.ipynb", "*.html", "*.js", "*.mjs", "*.toml", "*.yml", "Makefile", "scripts/*", ".ci/run")
NOT_PROSE = {"CHANGELOG.md", "tests/docs/test_tidy.py", "tests/docs/test_old_paths.py"}  # these two hold lists of words
FILES = [name for name in tracked(*READ) if Path(name).suffix in READERS and name not in NOT_PROSE]


def banned(name: str) -> list[str]:
    """Return each banned word of a file, as `file:line: word: what to write instead`."""
    path = Path(name)
    found = []
    for number, line in READERS[path.suffix]((ROOT / path).read_text(encoding="utf-8")):
        for match in PATTERN.finditer(line):
            advice = ADVICE[int(str(match.lastgroup)[1:])]
            found.append(f"{name}:{number}: “{match[0]}”: write {advice}")
    return found


@pytest.mark.parametrize("suffix", READERS)
def test_prose_uses_the_fields_words(suffix: str) -> None:
    files = [name for name in FILES if Path(name).suffix == suffix]
    assert files
    faults = [fault for name in files for fault in banned(name)]
    assert faults == [], "\n".join(faults)


def test_no_line_of_a_page_is_too_long() -> None:
    long = [
        f"{name}:{number}"
        for name in FILES
        if name.endswith(".md")
        for number, line in enumerate((ROOT / name).read_text(encoding="utf-8").split("\n"), 1)
        if len(line) > MAX_LINE and not line.lstrip().startswith(("|", "<", "!["))
    ]
    assert long == []


PAGE = "the books\n```\nthe books\n```\n"
MODULE = 'x = 1  # the books\n"""It stands\nthere now."""\nkey = "door"\n'
NOTEBOOK = json.dumps({"cells": [{"cell_type": "markdown", "source": ["# One\n", "it stands"]}]})


@pytest.mark.parametrize(
    ("read", "text", "lines"),
    [(python_prose, MODULE, [1, 2]), (markdown_prose, PAGE, [1]), (notebook_prose, NOTEBOOK, [1])],
    ids=["module", "page", "notebook"],
)
def test_a_banned_word_is_found_where_it_is(read: Reader, text: str, lines: list[int]) -> None:
    assert [number for number, line in read(text) if PATTERN.search(line)] == lines
