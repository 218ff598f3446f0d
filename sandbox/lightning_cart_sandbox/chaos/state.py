"""The current fault rates, the counters of each group, and the log of every fault."""

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
        store: The database of the log.
        clock: Unix seconds.
        chaos: The initial fault rates.

    Attributes:
        chaos: The current fault rates.
    """

    def __init__(self, store: DocumentStore, clock: Clock, chaos: Chaos | None = None) -> None:
        self._store = store
        self._clock = clock
        self._numbers: Counter[tuple[Fault, ...]] = Counter()
        self._hit: set[str] = set()
        self.chaos = chaos or Chaos()
        store.script(_SCHEMA)

    def set_rates(self, chaos: Chaos) -> None:
        """Set the fault rates. The counters restart, so the same purchases meet the same faults again."""
        self.chaos = chaos
        self._numbers.clear()
        self._hit.clear()

    def draw(self, group: tuple[Fault, ...]) -> Fault | None:
        """Return the fault that hits the next member of a group, or `None`."""
        self._numbers[group] += 1
        return self.chaos.fault_for(group, self._numbers[group])

    def draw_once(self, group: tuple[Fault, ...], key: str) -> Fault | None:
        """Return the fault that hits the next member of a group, or `None` if this member was hit before."""
        if key in self._hit:
            return None
        fault = self.draw(group)
        if fault:
            self._hit.add(key)
        return fault

    def delay_seconds(self) -> float:
        """Return the delay of the webhook that was drawn last."""
        chaos = self.chaos
        return chaos.fraction("late", self._numbers[DELIVERY]) * chaos.late / chaos.speed

    def note(self, fault: Fault, target: str) -> None:
        """Log a fault and what it hit."""
        self._store.rows("INSERT INTO faults (at, fault, target) VALUES (?, ?, ?)", (self._clock(), fault, target))

    def find_fault(self, target: str) -> Fault | None:
        """Return the first fault that hit a target, or `None`."""
        found = self._store.rows("SELECT fault FROM faults WHERE target = ? ORDER BY seq LIMIT 1", (target,))
        return Fault(found[0]["fault"]) if found else None

    def counts(self) -> dict[str, int]:
        """Return how often each fault happened, without the ones that did not happen."""
        found = self._store.rows("SELECT fault, count(*) AS times FROM faults GROUP BY fault ORDER BY fault")
        return {row["fault"]: row["times"] for row in found}

    def latest(self, limit: int = 100) -> list[Json]:
        """Return the newest faults, newest first."""
        return [dict(row) for row in self._store.rows("SELECT * FROM faults ORDER BY seq DESC LIMIT ?", (limit,))]
