"""Everything the sandbox remembers: JSON documents in one SQLite database.

The same code serves `":memory:"` and a file, so that what is tested in memory is what survives a restart. Documents are
kept by kind and id, and listed newest first, which is the order providers list in.
"""

import json
import re
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lightning_cart_sandbox.types import Json

_FIELD = re.compile(r"[a-z_]+(\.[a-z_]+)*", re.ASCII)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (kind, id)
);
CREATE INDEX IF NOT EXISTS documents_by_kind ON documents (kind, seq);
"""


class DocumentStore:
    """A place for documents, and for the few tables that need SQL of their own.

    Args:
        path: A file's path, or `":memory:"`.
    """

    def __init__(self, path: str = ":memory:") -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._lock = threading.RLock()
        self._depth = 0
        # A notebook that drops the sandbox without running its lifespan must not leave an open database behind.
        self.close = weakref.finalize(self, self._connection.close)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self.script(_SCHEMA)

    def script(self, sql: str) -> None:
        """Run several statements, such as a table's definition."""
        with self._lock:
            self._connection.executescript(sql)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside happen together or not at all; may be nested."""
        with self._lock:
            outermost = self._depth == 0
            if outermost:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                if outermost:
                    self._connection.execute("ROLLBACK")
                raise
            else:
                if outermost:
                    self._connection.execute("COMMIT")
            finally:
                self._depth -= 1

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[sqlite3.Row]:
        """Run one statement and return its rows."""
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def put(self, kind: str, document: Json) -> None:
        """Store a document under its `id`, replacing an older version in its place."""
        self.rows(
            "INSERT INTO documents (kind, id, body) VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            (kind, document["id"], json.dumps(document)),
        )

    def get(self, kind: str, identifier: str) -> Json | None:
        """Return one document, or `None`."""
        found = self.rows("SELECT body FROM documents WHERE kind = ? AND id = ?", (kind, identifier))
        return json.loads(found[0]["body"]) if found else None

    def delete(self, kind: str, identifier: str) -> None:
        """Forget one document."""
        self.rows("DELETE FROM documents WHERE kind = ? AND id = ?", (kind, identifier))

    def index(self, *fields: str) -> None:
        """Make documents quick to find by fields, given as for `find`. The database forgets no index."""
        for field in fields:
            name, value = field.replace(".", "_"), _extract(field)
            self.script(
                f"CREATE INDEX IF NOT EXISTS documents_by_{name} ON documents (kind, {value}) WHERE {value} IS NOT NULL"
            )

    def find(self, kind: str, *, limit: int = -1, **equal: object) -> list[Json]:
        """Return documents of a kind, newest first.

        Args:
            kind: The kind of document.
            limit: How many at most; all when negative.
            **equal: Fields and the values they must have; a dot leads into a field's object.
        """
        conditions = "".join(f" AND {_extract(name)} = ?" for name in equal)
        found = self.rows(
            f"SELECT body FROM documents WHERE kind = ?{conditions} ORDER BY seq DESC LIMIT ?",  # noqa: S608 - checked names
            (kind, *equal.values(), limit),
        )
        return [json.loads(row["body"]) for row in found]


def _extract(field: str) -> str:
    """Return a field's value as SQL. It is written out, not bound: only so an index over it is used."""
    if not _FIELD.fullmatch(field):
        raise ValueError(f"{field} is not a field's name")
    return f"json_extract(body, '$.{field}')"
