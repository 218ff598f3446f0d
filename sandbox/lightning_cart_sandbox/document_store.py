"""The state of the sandbox: JSON documents in one SQLite database.

The same code serves `":memory:"` and a file, so tests in memory also cover the file. Documents are stored by kind and id and
listed newest first, as the providers' lists are.
"""

import json
import logging
import re
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from lightning_cart_sandbox.state_lock import lock_state
from lightning_cart_sandbox.types import Json

StorageError = sqlite3.OperationalError
"""What is raised if the disk is full, or the state file cannot be read or written."""

_log = logging.getLogger(__name__)
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


@contextmanager
def storage_errors_as(make: Callable[[], Exception]) -> Iterator[None]:
    """Raise a provider's own error if a block cannot read or save the state.

    Args:
        make: Returns the error.
    """
    try:
        yield
    except StorageError as error:
        _log.error("the state could not be saved: %s", error)
        raise make() from error


class DocumentStore:
    """A database of documents, and of the few tables that need their own SQL.

    Args:
        path: The path of a file, or `":memory:"`.

    Raises:
        StateInUse: Another sandbox has the file.
    """

    def __init__(self, path: str = ":memory:") -> None:
        release = lock_state(path)
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        except BaseException:
            release()
            raise
        self._connection.row_factory = sqlite3.Row
        self._lock = threading.RLock()
        self._depth = 0
        # A notebook that drops the sandbox without running its lifespan must not leave an open database behind.
        self.close = weakref.finalize(self, _close, self._connection, release)
        with self.closed_on_error():
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self.script(_SCHEMA)

    @contextmanager
    def closed_on_error(self) -> Iterator[None]:
        """Close the store if a block fails. Its file would stay locked for as long as a notebook keeps the error."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    def script(self, sql: str) -> None:
        """Run several statements, such as a table's definition."""
        with self._lock:
            self._connection.executescript(sql)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all changes of a block, or none of them; can be nested."""
        with self._lock:
            outermost = self._depth == 0
            if outermost:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
                if outermost:
                    self._connection.execute("COMMIT")
            except BaseException:
                # On a full disk SQLite may have rolled back already.
                if outermost and self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                self._depth -= 1

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[sqlite3.Row]:
        """Run one statement and return its rows."""
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def put(self, kind: str, document: Json) -> None:
        """Store a document under its `id`. A newer version keeps the place of the older one in lists."""
        self.rows(
            "INSERT INTO documents (kind, id, body) VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            (kind, document["id"], json.dumps(document)),
        )

    def get(self, kind: str, identifier: str) -> Json | None:
        """Return one document, or `None`."""
        found = self.rows("SELECT body FROM documents WHERE kind = ? AND id = ?", (kind, identifier))
        return json.loads(found[0]["body"]) if found else None

    def delete(self, kind: str, identifier: str) -> None:
        """Delete one document."""
        self.rows("DELETE FROM documents WHERE kind = ? AND id = ?", (kind, identifier))

    def index(self, *fields: str) -> None:
        """Create an index for fields, named as for `find`, so that documents are found quickly by them."""
        for field in fields:
            name, value = field.replace(".", "_"), _extract(field)
            self.script(
                f"CREATE INDEX IF NOT EXISTS documents_by_{name} ON documents (kind, {value}) WHERE {value} IS NOT NULL"
            )

    def find(self, kind: str, *, limit: int = -1, **equal: object) -> list[Json]:
        """Return documents of a kind, newest first.

        Args:
            kind: The kind of document.
            limit: The maximum number of documents; no limit if negative.
            **equal: Fields and the values that they must have; a dot in a name leads to a nested field.
        """
        conditions = "".join(f" AND {_extract(name)} = ?" for name in equal)
        found = self.rows(
            f"SELECT body FROM documents WHERE kind = ?{conditions} ORDER BY seq DESC LIMIT ?",  # noqa: S608 - checked names
            (kind, *equal.values(), limit),
        )
        return [json.loads(row["body"]) for row in found]


def _close(connection: sqlite3.Connection, release: Callable[[], None]) -> None:
    try:
        connection.close()
    finally:
        release()


def _extract(field: str) -> str:
    """Return the SQL for a field's value. SQLite uses an index only if the path is a literal, not a parameter."""
    if not _FIELD.fullmatch(field):
        raise ValueError(f"{field} is not a field's name")
    return f"json_extract(body, '$.{field}')"
