"""The code blocks of every document, and a check of each shell command in them against the real program."""

import argparse
import functools
import itertools
import json
import os
import re
import shlex
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import typer
from _pytest.config import get_config
from typer.core import TyperGroup

from lightning_cart_host.cli.commands import app
from support import ROOT

NAMED = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "templates/test-checkout/README.md")
_SETTING = re.compile(r"([A-Z_]+)=\S*\s+")
_BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"\*\*`([^`]+)`\*\*\n\n\Z|\bin `([^`]+)`:\n\n\Z")


def tracked(*patterns: str) -> list[str]:
    """Return the files of this repository that match, as paths from its root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    found = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    return sorted(name for name in found if (ROOT / name).is_file())


@dataclass(frozen=True)
class Block:
    """One block of code in a document.

    Args:
        page: The document's path in the repository.
        line: Its first line.
        language: Its language, or empty.
        text: The code.
        file: The file path in the line before it, or empty.
    """

    page: str
    line: int
    language: str
    text: str
    file: str = ""

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks_in(page: str, markdown: str) -> list[Block]:
    """Yield the blocks of one document, in order."""
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


def read_blocks(page: str, language: str) -> list[Block]:
    """Return the blocks of one page in one language; fail if there are none."""
    found = [block for block in BLOCKS if (block.page, block.language) == (page, language)]
    assert found, f"{page} has no {language}"
    return found


def send_curl(client: httpx.Client, line: str) -> httpx.Response:
    """Send the request that a command of curl sends; curl itself may not be installed."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("url")
    parser.add_argument("-X", dest="method")
    parser.add_argument("-u", dest="user", default="")
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", dest="data", action="append", default=[])
    parser.add_argument("--json")
    options = parser.parse_args(shlex.split(line)[1:])
    headers = dict(header.split(": ", 1) for header in options.headers)
    body: dict[str, Any] = {"data": dict(pair.split("=", 1) for pair in options.data)} if options.data else {}
    if options.json:
        body = {"json": json.loads(options.json)}
    method = options.method or ("POST" if body else "GET")
    auth = tuple(options.user.split(":", 1)) if options.user else None
    return client.request(method, options.url, headers=headers, auth=auth, **body)


def _run(folder: Path, *command: str) -> str:
    """Run a program, and return its output."""
    env = {**os.environ, "HOME": str(folder), "NO_COLOR": "1", "WRANGLER_SEND_METRICS": "false"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{shlex.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout


def _ours(_: Path, line: str) -> None:
    """Our own command line parses it; nothing is carried out."""
    command, words = typer.main.get_command(app), shlex.split(line)[1:]
    while isinstance(command, TyperGroup):
        found = command.get_command(typer.Context(command), words.pop(0))
        assert found, line
        command = found
    with command.make_context(command.name, words):
        pass


def _make(folder: Path, line: str) -> None:
    """Check that make has the target, and check each of our commands in it."""
    for step in _run(folder, *shlex.split(line), "--dry-run").splitlines():
        if step.startswith(".venv/bin/lightning-cart"):
            _ours(folder, step)


def _python(folder: Path, line: str) -> None:
    """Pytest knows the options, and the tests are there; any other module has a help."""
    words = shlex.split(line)
    if words[1:3] != ["-m", "pytest"]:
        _run(folder, *words[:3], "--help")
        return
    options = get_config()._parser.parse(words[3:])
    assert [path for path in options.file_or_dir if not (ROOT / path).exists()] == []


@functools.cache
def _wranglers_help(*words: str) -> str:
    node, wrangler = ROOT / "node_modules" / ".bin" / "node", ROOT / "node_modules" / "wrangler" / "bin" / "wrangler.js"
    with tempfile.TemporaryDirectory() as folder:
        return _run(Path(folder), str(node), str(wrangler), *words, "--help")


def _npx(_: Path, line: str) -> None:
    """Wrangler's own help shows the command with as many values as it is given here, and each of its options."""
    program, *words = shlex.split(line, comments=True)[1:]
    assert program == "wrangler", line
    plain = list(itertools.takewhile(lambda word: not word.startswith("-"), words))
    shown = _wranglers_help(*plain)
    usage = shown.split("\n", 1)[0].split()[1:]
    named = [word for word in usage if word[0] not in "<["]
    assert plain[: len(named)] == named
    assert len(named) <= len(plain) <= len(usage)
    assert [word for word in words if word.startswith("-") and not re.search(rf"(?<!\S){word}(?![\w-])", shown)] == []


def _script(_: Path, line: str) -> None:
    """Check that a program of the repository exists and is executable."""
    (program,) = line.split()
    assert os.access(ROOT / program, os.X_OK), program


def _sqlite(folder: Path, line: str) -> None:
    """Check that the command line opens a copy of the database; the program `sqlite3` may not be installed."""
    match = re.fullmatch(r"sqlite3 (\S+) < \S+\.sql", line)
    assert match, line
    migrations = sorted((ROOT / "migrations").glob("*.sql"))
    with closing(sqlite3.connect(folder / match[1])) as database:
        database.executescript("".join(path.read_text(encoding="utf-8") for path in migrations))
        database.execute("CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT UNIQUE)")  # wrangler exports it too
        with database:
            database.executemany("INSERT INTO d1_migrations (name) VALUES (?)", [(path.name,) for path in migrations])
    _run(folder, ".venv/bin/lightning-cart", "orders", "list", "--database", str(folder / match[1]))


def _asked_of_a_shop(_: Path, line: str) -> None:
    """Check only the URL: `test_interface.py` sends the request to a real shop."""
    assert "https://pay.shop.example/" in line


def _carried_out(folder: Path, line: str) -> None:
    """Nothing needs to be spared: it is carried out, in a folder of its own."""
    assert _run(folder, "sh", "-euc", f"cd {shlex.quote(str(folder))}; {line}")


CHECKERS: dict[str, Callable[[Path, str], None]] = {
    "lightning-cart": _ours,
    ".venv/bin/lightning-cart": _ours,
    "make": _make,
    ".venv/bin/python": _python,
    "curl": _asked_of_a_shop,
    "echo": _carried_out,
    "npx": _npx,
    "scripts/setup-node": _script,
    "sqlite3": _sqlite,
}
"""The checker of a command, by its first word."""


def shell_commands(text: str) -> list[str]:
    """Return the commands of a block without comments; a backslash continues a line."""
    joined = text.replace("\\\n", " ").splitlines()
    return [line for line in (re.sub(r"(^|\s)#.*", "", line).strip() for line in joined) if line]


def check_command(line: str, folder: Path) -> None:
    """Fail if the real program does not accept a command.

    Args:
        line: One command, perhaps with settings before it.
        folder: An empty folder.
    """
    while setting := _SETTING.match(line):
        assert setting[1] == "PYTHONPATH" or _is_read(setting[1]), f"nothing reads {setting[1]}"
        line = line[setting.end() :]
    program = line.split()[0]
    assert program in CHECKERS, f"nobody judges {program}: {line}"
    CHECKERS[program](folder, line)


def _is_read(setting: str) -> bool:
    """Return whether any code reads a setting."""
    folders = (ROOT / name for name in ("core", "host", "tests/conformance"))
    return any(setting in path.read_text(encoding="utf-8") for folder in folders for path in folder.rglob("*.py"))
