"""Where the chaos dial stands, how far its numbers have come, and the record of every fault that happened."""

from collections import Counter

from lightning_cart_sandbox.chaos.dial import DELIVERY, Chaos, Fault
from lightning_cart_sandbox.document_store import DocumentStore
from lightning_cart_sandbox.types import Clock, Json

_SCHEMA = """
CREATE TABLE IF NOT EXISTS faults (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    fault TEXT NOT NULL,
    target TEXT NOT NULL            -- a delivery's id, or a request's method and path
);
CREATE INDEX IF NOT EXISTS faults_by_target ON faults (target);
"""


class Dial:
    """The dial of one sandbox.

    Args:
        store: Where the record is kept.
        clock: Unix seconds.
        chaos: Where the dial stands at first.

    Attributes:
        chaos: Where it stands now.
    """

    def __init__(self, store: DocumentStore, clock: Clock, chaos: Chaos | None = None) -> None:
        self._store = store
        self._clock = clock
        self._numbers: Counter[tuple[Fault, ...]] = Counter()
        self._spared: set[str] = set()
        self.chaos = chaos or Chaos()
        store.script(_SCHEMA)

    def turn(self, chaos: Chaos) -> None:
        """Turn the dial. Its numbers begin anew, so that the same purchases meet the same faults as after the last turn."""
        self.chaos = chaos
        self._numbers.clear()
        self._spared.clear()

    def draw(self, group: tuple[Fault, ...]) -> Fault | None:
        """Return what the next one of a group meets."""
        self._numbers[group] += 1
        return self.chaos.fault_for(group, self._numbers[group])

    def draw_once(self, group: tuple[Fault, ...], key: str) -> Fault | None:
        """Return what the next one of a group meets: nothing, where the same one met something before."""
        if key in self._spared:
            return None
        fault = self.draw(group)
        if fault:
            self._spared.add(key)
        return fault

    def lateness(self) -> float:
        """Return how many seconds late the webhook is that was drawn last, if it is delayed."""
        chaos = self.chaos
        return chaos.fraction("late", self._numbers[DELIVERY]) * chaos.late / chaos.speed

    def note(self, fault: Fault, target: str) -> None:
        """Write down what happened to whom."""
        self._store.rows("INSERT INTO faults (at, fault, target) VALUES (?, ?, ?)", (self._clock(), fault, target))

    def happened_to(self, target: str) -> Fault | None:
        """Return what was written down of somebody."""
        found = self._store.rows("SELECT fault FROM faults WHERE target = ? ORDER BY seq LIMIT 1", (target,))
        return Fault(found[0]["fault"]) if found else None

    def counts(self) -> dict[str, int]:
        """Return how often each fault happened, without those that did not."""
        found = self._store.rows("SELECT fault, count(*) AS times FROM faults GROUP BY fault ORDER BY fault")
        return {row["fault"]: row["times"] for row in found}

    def latest(self, limit: int = 100) -> list[Json]:
        """Return the newest faults, newest first."""
        return [dict(row) for row in self._store.rows("SELECT * FROM faults ORDER BY seq DESC LIMIT ?", (limit,))]
