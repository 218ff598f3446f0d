"""The outbox: webhooks that are to be sent, were sent, or were given up, and every attempt at each.

A webhook is written down in the same transaction as the fact it reports, so a crash can delay one but never lose one.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import httpx

from lightning_cart_sandbox.chaos.dial import DELIVERY, Fault
from lightning_cart_sandbox.chaos.state import Dial
from lightning_cart_sandbox.document_store import DocumentStore
from lightning_cart_sandbox.types import Clock, Json, NewId

RETRY_SECONDS: tuple[float, ...] = (1, 2, 4, 8, 15, 30, 60, 120, 300)
"""Seconds after the first failure, the second, and so on. Providers do not publish their spacing; this is ours."""

OVERTAKEN_SECONDS = 1.0
"""How long a webhook that others are to overtake waits."""

_extra_delay: ContextVar[float] = ContextVar("_held", default=0.0)

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


@dataclass(frozen=True)
class Webhook:
    """One event for one receiver.

    Attributes:
        provider: Who sends it, such as `"stripe"`; picks the signature scheme.
        endpoint_id: The provider's id of the registered endpoint.
        url: Where it goes.
        event_id: The provider's id of the event.
        event_type: Its type, for the log.
        body: The exact text to send and to sign.
    """

    provider: str
    endpoint_id: str
    url: str
    event_id: str
    event_type: str
    body: str


@dataclass(frozen=True)
class AttemptResult:
    """What came of one attempt.

    Attributes:
        status: The HTTP status, or `None` without an answer.
        milliseconds: How long it took.
        excerpt: How the answer's body begins.
        error: Why there is no answer.
    """

    status: int | None
    milliseconds: int
    excerpt: str
    error: str | None

    @property
    def accepted(self) -> bool:
        """Whether the receiver took it: only 2xx counts, a redirect does not."""
        return self.status is not None and httpx.codes.is_success(self.status)


@contextmanager
def delaying_webhooks(seconds: float) -> Iterator[None]:
    """Make every webhook that is written down inside wait for some seconds before it is due."""
    token = _extra_delay.set(seconds)
    try:
        yield
    finally:
        _extra_delay.reset(token)


class Outbox:
    """The rows of all providers.

    Args:
        store: Where they live.
        clock: Unix seconds.
        new_id: Fresh identifiers.
        retry_seconds: How long to wait after each failure; after the last one a webhook is given up.
        dial: Says what goes wrong; nothing when `None`.
    """

    def __init__(
        self,
        store: DocumentStore,
        clock: Clock,
        new_id: NewId,
        *,
        retry_seconds: Sequence[float] = RETRY_SECONDS,
        dial: Dial | None = None,
    ) -> None:
        self._dial = dial or Dial(store, clock)
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self.retry_seconds = tuple(retry_seconds)
        self._schedules: dict[str, tuple[float, ...]] = {}
        store.script(_SCHEMA)

    def add(self, webhook: Webhook) -> str:
        """Write down a webhook that is due now, unless the dial says otherwise; return the delivery's id."""
        fault = self._dial.draw(DELIVERY)
        identifier = self._new_id("dlv")
        copies = (identifier, self._new_id("dlv")) if fault is Fault.DUPLICATE else (identifier,)
        wait = self._wait(fault)
        for copy in copies:
            self._insert(copy, webhook, "dropped" if fault is Fault.DROP else "pending", wait)
        if fault:
            self._dial.note(fault, identifier)
        return identifier

    def _wait(self, fault: Fault | None) -> float:
        if fault is Fault.DELAY:
            return self._dial.lateness()
        return OVERTAKEN_SECONDS if fault is Fault.REORDER else _extra_delay.get()

    def _insert(self, identifier: str, webhook: Webhook, state: str, wait: float) -> None:
        now = self._clock()
        values = (
            identifier,
            webhook.provider,
            webhook.endpoint_id,
            webhook.url,
            webhook.event_id,
            webhook.event_type,
            webhook.body,
            now,
            now + wait,
            state,
        )
        self._store.rows(
            "INSERT INTO deliveries (id, provider, endpoint_id, url, event_id, event_type, body, created_at, next_at, "
            "state, tries) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
            values,
        )

    def resend(self, delivery_id: str) -> bool:
        """Make a delivery due now, whatever became of it before; return whether it exists."""
        return bool(
            self._store.rows(
                "UPDATE deliveries SET state = 'pending', next_at = ? WHERE id = ? RETURNING id",
                (self._clock(), delivery_id),
            )
        )

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
        """Return the delivery and endpoint ids of what should be sent now, at each endpoint longest overdue first.

        Args:
            limit: How many of one endpoint at most, so that it takes no longer where many wait.
        """
        found: list[tuple[str, str]] = []
        endpoint = self._waiting_after("")
        while endpoint:
            found += self.due_at(endpoint, limit)
            endpoint = self._waiting_after(endpoint)
        return found

    def _waiting_after(self, endpoint_id: str) -> str:
        """Return the next endpoint, by its id, for which something waits."""
        sql = "SELECT min(endpoint_id) AS next FROM deliveries WHERE state = 'pending' AND endpoint_id > ?"
        return str(self._store.rows(sql, (endpoint_id,))[0]["next"] or "")

    def due_at(self, endpoint_id: str, limit: int) -> list[tuple[str, str]]:
        """Return the same of one endpoint, and no more than a limit."""
        found = self._store.rows(
            "SELECT id FROM deliveries WHERE endpoint_id = ? AND state = 'pending' AND next_at <= ? "
            "ORDER BY next_at, seq LIMIT ?",
            (endpoint_id, self._clock(), limit),
        )
        return [(row["id"], endpoint_id) for row in found]

    def untried(self, event_id: str) -> list[str]:
        """Return the ids of an event's deliveries that were not tried yet."""
        found = self._store.rows("SELECT id FROM deliveries WHERE event_id = ? AND tries = 0", (event_id,))
        return [row["id"] for row in found]

    def newest(self) -> int:
        """Return the number of the newest delivery, or 0."""
        return int(self._store.rows("SELECT COALESCE(max(seq), 0) AS newest FROM deliveries")[0]["newest"])

    def untried_since(self, number: int) -> list[str]:
        """Return the ids of the deliveries after a number that were not tried yet."""
        found = self._store.rows("SELECT id FROM deliveries WHERE seq > ? AND tries = 0", (number,))
        return [row["id"] for row in found]

    def counts(self) -> dict[str, int]:
        """Return how many deliveries are in each state."""
        found = self._store.rows("SELECT state, count(*) AS times FROM deliveries GROUP BY state ORDER BY state")
        return {row["state"]: row["times"] for row in found}

    def cancel(self, delivery_id: str) -> None:
        """Give a delivery up because its endpoint is gone."""
        self._store.rows("UPDATE deliveries SET state = 'cancelled' WHERE id = ?", (delivery_id,))

    def record(self, delivery_id: str, outcome: AttemptResult) -> None:
        """Write down an attempt, and when the next one is due if it failed."""
        now = self._clock()
        with self._store.transaction():
            self._store.rows(
                "INSERT INTO delivery_attempts VALUES (?, ?, ?, ?, ?, ?)",
                (delivery_id, now, outcome.status, outcome.milliseconds, outcome.excerpt, outcome.error),
            )
            counted = "UPDATE deliveries SET tries = tries + 1 WHERE id = ? RETURNING tries, provider"
            tries, provider = self._store.rows(counted, (delivery_id,))[0]
            schedule = self._schedules.get(provider, self.retry_seconds)
            if outcome.accepted:
                state, next_at = "delivered", now
            elif tries <= len(schedule):
                state, next_at = "pending", now + schedule[tries - 1] / self._dial.chaos.speed
            else:
                state, next_at = "failed", now
            self._store.rows("UPDATE deliveries SET state = ?, next_at = ? WHERE id = ?", (state, next_at, delivery_id))
