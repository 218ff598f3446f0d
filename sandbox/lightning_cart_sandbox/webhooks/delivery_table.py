"""The table of webhooks and of the attempts to deliver them, and what can be read from it."""

from lightning_cart_sandbox.document_store import DocumentStore
from lightning_cart_sandbox.types import Clock, Json

_SCHEMA = """
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    provider TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    url TEXT NOT NULL,
    event_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at REAL NOT NULL,
    state TEXT NOT NULL,            -- pending, delivered, failed, cancelled, dropped
    tries INTEGER NOT NULL,
    next_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (next_at) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS deliveries_due_at ON deliveries (endpoint_id, next_at) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event_id);
CREATE TABLE IF NOT EXISTS delivery_attempts (
    delivery_id TEXT NOT NULL REFERENCES deliveries (id),
    at REAL NOT NULL,
    status INTEGER,
    milliseconds INTEGER NOT NULL,
    excerpt TEXT NOT NULL,
    error TEXT
);
CREATE INDEX IF NOT EXISTS delivery_attempts_by_delivery ON delivery_attempts (delivery_id);
"""


class DeliveryTable:
    """The deliveries of all providers.

    Args:
        store: The database.
        clock: Unix seconds.
    """

    def __init__(self, store: DocumentStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        store.script(_SCHEMA)

    def get(self, delivery_id: str) -> Json | None:
        """Return one delivery with its `attempts`, or `None`."""
        found = self._store.rows("SELECT * FROM deliveries WHERE id = ?", (delivery_id,))
        if not found:
            return None
        attempts = self._store.rows(
            "SELECT at, status, milliseconds, excerpt, error FROM delivery_attempts WHERE delivery_id = ? ORDER BY rowid",
            (delivery_id,),
        )
        return {**dict(found[0]), "attempts": [dict(row) for row in attempts]}

    def latest(self, limit: int = 100) -> list[Json]:
        """Return the newest deliveries, newest first, without bodies and attempts."""
        columns = "id, provider, endpoint_id, url, event_id, event_type, created_at, state, tries, next_at"
        found = self._store.rows(f"SELECT {columns} FROM deliveries ORDER BY seq DESC LIMIT ?", (limit,))  # noqa: S608 - a constant
        return [dict(row) for row in found]

    def states(self, event_id: str) -> list[str]:
        """Return the state of each delivery of one event."""
        return [row["state"] for row in self._store.rows("SELECT state FROM deliveries WHERE event_id = ?", (event_id,))]

    def due(self, limit: int) -> list[tuple[str, str]]:
        """Return the delivery and endpoint ids of what is due, the longest overdue of each endpoint first.

        Args:
            limit: The maximum for one endpoint, so that many waiting webhooks do not slow the query down.
        """
        found: list[tuple[str, str]] = []
        endpoint = self._pending_after("")
        while endpoint:
            found += self.due_at(endpoint, limit)
            endpoint = self._pending_after(endpoint)
        return found

    def _pending_after(self, endpoint_id: str) -> str:
        """Return the next endpoint id that has pending deliveries, or ""."""
        sql = "SELECT min(endpoint_id) AS next FROM deliveries WHERE state = 'pending' AND endpoint_id > ?"
        return str(self._store.rows(sql, (endpoint_id,))[0]["next"] or "")

    def due_at(self, endpoint_id: str, limit: int) -> list[tuple[str, str]]:
        """Return the delivery and endpoint ids of what is due at one endpoint, up to a limit."""
        found = self._store.rows(
            "SELECT id FROM deliveries WHERE endpoint_id = ? AND state = 'pending' AND next_at <= ? "
            "ORDER BY next_at, seq LIMIT ?",
            (endpoint_id, self._clock(), limit),
        )
        return [(row["id"], endpoint_id) for row in found]

    def untried(self, event_id: str) -> list[str]:
        """Return the ids of an event's deliveries that have no attempt yet."""
        found = self._store.rows("SELECT id FROM deliveries WHERE event_id = ? AND tries = 0", (event_id,))
        return [row["id"] for row in found]

    def newest(self) -> int:
        """Return the number of the newest delivery, or 0."""
        return int(self._store.rows("SELECT COALESCE(max(seq), 0) AS newest FROM deliveries")[0]["newest"])

    def untried_since(self, number: int) -> list[str]:
        """Return the ids of the deliveries after a number that have no attempt yet."""
        found = self._store.rows("SELECT id FROM deliveries WHERE seq > ? AND tries = 0", (number,))
        return [row["id"] for row in found]

    def counts(self) -> dict[str, int]:
        """Return how many deliveries are in each state."""
        found = self._store.rows("SELECT state, count(*) AS times FROM deliveries GROUP BY state ORDER BY state")
        return {row["state"]: row["times"] for row in found}
