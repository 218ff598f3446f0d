"""The options of a chaos run, and its fault rates."""

from dataclasses import dataclass
from pathlib import Path

# 20 % of webhooks are faulty and 5 % are never sent. API calls and buyer returns fail, too. Waits are 60 times shorter.
FAULTS = (
    "duplicate=0.05 reorder=0.04 delay=0.04 stale_timestamp=0.035 wrong_secret=0.035 drop=0.05 "
    "early_event=0.02 server_error=0.01 rate_limit=0.005 lost_answer=0.002 early_return=0.05 no_return=0.05 speed=60 late=120"
)
MANY = 1000  # orders; from here on, a lost response runs into the engine's timeout
_HOLD_SECONDS_MANY, _HOLD_SECONDS_FEW = 12.0, 0.2  # the host's HTTP client times out after 10 seconds


@dataclass(frozen=True, slots=True)
class ChaosPlan:
    """The options of a run.

    Args:
        orders: The number of orders to buy.
        buyers: The number of buyers at the same time.
        seed: The same seed gives the same acts and faults.
        crowded: Orders in the large table of the latency measurement; 0 skips it.
        faults: The fault rates during the purchases, without the seed.
        keep: A new folder for databases and logs, or `None` for a temporary one.
        engines: The number of engines that share the database. If there are several, they are killed in turns.
        postgres: Whether the engines use PostgreSQL, which then is restarted twice.
    """

    orders: int
    buyers: int
    seed: int
    crowded: int
    faults: str = FAULTS
    keep: Path | None = None
    engines: int = 1
    postgres: bool = False

    @property
    def dial(self) -> str:
        """The sandbox's fault rates during the purchases."""
        hold = _HOLD_SECONDS_MANY if self.orders >= MANY else _HOLD_SECONDS_FEW
        return f"seed={self.seed} hold={hold} {self.faults}"

    @property
    def calm(self) -> str:
        """The fault rates afterwards: no faults, and waits still 60 times shorter."""
        return "speed=60"
