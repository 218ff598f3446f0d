"""The leases of the engine's loops. Each loop runs in one process at a time, in any number of processes that share a database.

A lease is taken and extended by one conditional statement, and ends by itself: when its process has died, another one takes it.
One that ends too late was taken by a wrong clock, and does not count. The clocks of two machines may differ by a few seconds.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from lightning_cart.ports import Database, Row, SqlValue, Statement
from lightning_cart.storage.leases import MAX_CLOCK_DIFFERENCE
from lightning_cart.storage.sql import Sql


class Loop(StrEnum):
    """One of the engine's loops."""

    DELIVER = "deliver"
    RECONCILE = "reconcile"
    TIDY = "tidy"


LEASE_SECONDS = 20
_TAKE = Sql("""
    INSERT INTO reconciling (name, value, until) VALUES ('loop:' || :name, :value, :until)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value, until = excluded.until
    WHERE reconciling.value = excluded.value OR reconciling.until <= :now OR reconciling.until > :too_late
""")
_RELEASE = Sql("UPDATE reconciling SET until = :now WHERE name = 'loop:' || :name AND value = :value AND until > :now")
_RECORD_RUN = Sql("""
    INSERT INTO reconciling (name, value, until) VALUES ('ran:' || :name, '', :now)
    ON CONFLICT (name) DO UPDATE SET until = excluded.until
""")
SELECT_LOOPS = Sql("""
    SELECT name, value, until FROM reconciling WHERE name >= 'loop:' AND name < 'loop;'
    UNION ALL SELECT name, value, until FROM reconciling WHERE name >= 'ran:' AND name < 'ran;'
""")


class LoopState(NamedTuple):
    """Who runs a loop.

    Args:
        holder: The process that had its lease last, or empty.
        until: When that lease ends or ended, in Unix seconds, or 0.
        ran_at: When its last run ended, in Unix seconds, or 0. Of `deliver` nothing is recorded.
    """

    holder: str = ""
    until: int = 0
    ran_at: int = 0

    def is_held(self, now: int) -> bool:
        """Return whether a process has the lease, at a time in Unix seconds."""
        return now < self.until <= now + LEASE_SECONDS + MAX_CLOCK_DIFFERENCE


def rows_to_loops(rows: Sequence[Row]) -> dict[Loop, LoopState]:
    """Return the state of each loop from the rows of `SELECT_LOOPS`."""
    found = {str(row["name"]): (str(row["value"]), int(row["until"] or 0)) for row in rows}
    nothing = "", 0
    return {loop: LoopState(*found.get(f"loop:{loop}", nothing), found.get(f"ran:{loop}", nothing)[1]) for loop in Loop}


class LoopLeases:
    """The leases of all loops, for one process.

    Args:
        database: Every method raises `StorageUnavailable` if it does not answer.
        holder: The name of this process, which no other has.
    """

    def __init__(self, database: Database, holder: str = "") -> None:
        self.database, self.holder = database, holder

    async def read(self) -> Mapping[Loop, LoopState]:
        """Return the state of each loop. One round trip."""
        return rows_to_loops(await self.database.query(SELECT_LOOPS({})))

    async def take(self, now: int) -> Mapping[Loop, LoopState]:
        """Take or extend each lease that no other process has, and return the state of each loop. One round trip.

        Args:
            now: Unix seconds.
        """
        until, too_late = now + LEASE_SECONDS, now + LEASE_SECONDS + MAX_CLOCK_DIFFERENCE
        values: dict[str, SqlValue] = {"value": self.holder, "until": until, "now": now, "too_late": too_late}
        taking: list[Statement] = [_TAKE({**values, "name": loop}) for loop in Loop]
        *_, rows = await self.database.batch([*taking, SELECT_LOOPS({})])
        return rows_to_loops(rows)

    async def release(self, now: int) -> None:
        """End the leases of this process, at a time in Unix seconds. One round trip."""
        values: dict[str, SqlValue] = {"value": self.holder, "now": now}
        await self.database.batch([_RELEASE({**values, "name": loop}) for loop in Loop])

    async def record_run(self, loop: Loop, now: int) -> None:
        """Record that a run of a loop ended, at a time in Unix seconds."""
        await self.database.query(_RECORD_RUN({"name": loop, "now": now}))
