"""Records what a release does to its database: `python tests/proofs/record_release.py COMMIT FILE`.

It runs that commit's own code, from `git archive`, on its own tables: the purchases of its `support.databases.live`, and then
each statement of its storage modules once. Every statement is written with its values to a file of `releases`, and tests run
them again on later tables.
"""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

RELEASES = Path(__file__).parent / "releases"
PARTS = ("core", "host", "migrations", "sandbox", "tests")


class Recorder:
    """A release's database, which records each call.

    Args:
        migrations: The folder of its migrations.
    """

    def __init__(self, migrations: Path) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("PRAGMA foreign_keys = ON")
        for file in sorted(migrations.glob("*.sql")):
            self.connection.executescript(file.read_text())
        self.statements: list[str] = []
        self.calls: list[tuple[str, list[tuple[int, list[object]]]]] = []
        self.life = "live"

    def number(self, sql: str) -> int:
        """Return the number of a statement."""
        if sql not in self.statements:
            self.statements.append(sql)
        return self.statements.index(sql)

    async def query(self, statement: Any) -> list[dict[str, object]]:
        return (await self.batch([statement]))[0]

    async def batch(self, statements: list[Any]) -> list[list[dict[str, object]]]:
        self.calls.append((self.life, [(self.number(one.sql), list(one.values)) for one in statements]))
        self.connection.execute("BEGIN")
        rows = [[dict(row) for row in self.connection.execute(one.sql, one.values)] for one in statements]
        self.connection.execute("COMMIT")
        return rows


async def record(folder: Path, commit: str, file: str) -> None:
    """Record the purchases and the statements, in a process that imports the release's code."""
    from support.databases import live  # of the release
    from support.statements import every_statement, with_values

    database: Any = Recorder(folder / "migrations")
    await live(database)
    database.life = "every statement"
    await database.batch([with_values(name, sql, {}) for name, sql in every_statement().items()])
    calls = ",\n".join(json.dumps(call, ensure_ascii=False) for call in database.calls)
    statements = ",\n".join(json.dumps(sql) for sql in database.statements)
    text = f'{{"commit": "{commit}",\n"statements": [\n{statements}\n],\n"calls": [\n{calls}\n]}}\n'
    (RELEASES / file).write_text(text, encoding="utf-8")


def main(commit: str, file: str) -> None:
    """Unpack the release, and record it."""
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(["git", "archive", commit, *PARTS], capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x", "-C", folder], input=packed, check=True)
        path = os.pathsep.join(str(Path(folder) / part) for part in PARTS)
        subprocess.run([sys.executable, __file__, commit, file, folder], env=os.environ | {"PYTHONPATH": path}, check=True)


if __name__ == "__main__":
    if sys.argv[3:]:
        asyncio.run(record(Path(sys.argv[3]), *sys.argv[1:3]))
    else:
        main(*sys.argv[1:])
