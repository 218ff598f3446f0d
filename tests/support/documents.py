"""The code blocks of every document: each with its language, its place, and the file that the words before it name."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from support.app import ROOT

NAMED = ("README.md", "SECURITY.md", "CHANGELOG.md", "templates/test-checkout/README.md")
_BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"\*\*`([^`]+)`\*\*\n\n\Z|\bin `([^`]+)`:\n\n\Z")


def tracked(*patterns: str) -> list[str]:
    """The files of this repository that match, as paths from its root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    found = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    return sorted(name for name in found if (ROOT / name).is_file())


@dataclass(frozen=True)
class Block:
    """One block of code in a document.

    Args:
        page: The document's path in the repository.
        line: Where the block begins in it.
        language: What it says it is; empty where it says nothing.
        text: The code.
        file: The path that the words before it give it; empty where they give none.
    """

    page: str
    line: int
    language: str
    text: str
    file: str = ""

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks_in(page: str, markdown: str) -> list[Block]:
    """The blocks of one document, in order."""
    found = []
    for match in _BLOCK.finditer(markdown):
        before = markdown[: match.start()]
        file = _FILE.search(before)
        text = re.sub(rf"^{match['indent']}", "", match["text"], flags=re.MULTILINE)
        found.append(Block(page, before.count("\n") + 1, match["language"], text, (file[1] or file[2]) if file else ""))
    return found


def _read() -> dict[str, str]:
    """Every document by its path: pages, and the words of notebooks."""
    pages = [*(ROOT / name for name in NAMED), *sorted((ROOT / "docs").rglob("*.md"))]
    read = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in pages}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        words = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
        read[path.relative_to(ROOT).as_posix()] = "\n\n".join(words) + "\n"
    return read


DOCUMENTS = _read()
BLOCKS = [block for page, markdown in DOCUMENTS.items() for block in blocks_in(page, markdown)]


def blocks_of(page: str, language: str) -> list[Block]:
    """The blocks of one page in one language; a page without any is a mistake of the caller's."""
    found = [block for block in BLOCKS if (block.page, block.language) == (page, language)]
    assert found, f"{page} has no {language}"
    return found


def hunks_applied(text: str, diff: str) -> str:
    """A file with what a diff says of it; each of its places must be there once."""
    for hunk in diff.split("@@\n"):
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] != "+")
        after = "".join(line[1:] for line in lines if line[0] != "-")
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


def write_tree(folder: Path, blocks: list[Block]) -> None:
    """Write the files that a page builds into a tree that has none of them yet."""
    for block in blocks:
        path = folder / block.file
        assert not path.exists(), path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
