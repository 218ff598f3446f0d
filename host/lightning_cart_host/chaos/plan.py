"""How a run of chaos is set up, and how the dial stands during it."""

from dataclasses import dataclass
from pathlib import Path

# 20 % of webhooks are faulty and 5 % never sent; calls and ways back fail beside that. Waits are 60 times shorter.
FAULTS = (
    "duplicate=0.05 reorder=0.04 delay=0.04 stale_timestamp=0.035 wrong_secret=0.035 drop=0.05 "
    "early_event=0.02 server_error=0.01 rate_limit=0.005 lost_answer=0.002 early_return=0.05 no_return=0.05 speed=60 late=120"
)
MANY = 1000  # orders, from which on a lost answer keeps the engine waiting for as long as it waits
_HOLD_ALL, _HOLD_LITTLE = 12.0, 0.2  # seconds; the host's sender waits for ten


@dataclass(frozen=True, slots=True)
class ChaosPlan:
    """What is asked of a run.

    Args:
        orders: How many are bought.
        buyers: How many buy at once.
        seed: Of the buyers and of the dial: the same one brings the same acts and faults.
        crowded: How many orders the table holds for which a webhook's time is measured; 0 leaves that out.
        faults: How the dial stands while the crowd buys, beside its seed.
        keep: A folder in which databases and logs stay, or `None` for one that is removed.
    """

    orders: int
    buyers: int
    seed: int
    crowded: int
    faults: str = FAULTS
    keep: Path | None = None

    @property
    def dial(self) -> str:
        """How the sandbox's dial stands while the crowd buys."""
        hold = _HOLD_ALL if self.orders >= MANY else _HOLD_LITTLE
        return f"seed={self.seed} hold={hold} {self.faults}"

    @property
    def calm(self) -> str:
        """How it stands after that: nothing goes wrong any more, and time still passes fast."""
        return "speed=60"
