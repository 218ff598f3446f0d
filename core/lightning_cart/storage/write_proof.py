"""Proves that the database can be written, which reading does not: a full disk or a read-only file is still read."""

from lightning_cart.ports import Database
from lightning_cart.storage.sql import Sql, run_batch

_INTERVAL_SECONDS = 60
_MAX_AGE_SECONDS = 300
# All engines on one database share the row, so together they write once a minute. A time in the future is a wrong clock's.
_WRITE = Sql(f"""
    INSERT INTO reconciling (name, value, until) VALUES ('health', '', :now)
    ON CONFLICT (name) DO UPDATE SET until = excluded.until
    WHERE reconciling.until < :now - {_INTERVAL_SECONDS} OR reconciling.until > :now
""")
_READ = Sql("SELECT until FROM reconciling WHERE name = 'health'")


async def can_write(database: Database, now: int) -> bool:
    """Return whether a write has succeeded in the last 5 minutes. One round trip, which writes at most once a minute.

    Args:
        database: The database.
        now: Unix seconds.

    Raises:
        StorageUnavailable: The database does not answer, or cannot be written.
        InvalidSettings: The database is missing or has no tables.
    """
    rows = (await run_batch(database, {"write": _WRITE({"now": now}), "read": _READ({})}))["read"]
    written_at = rows[0]["until"] if rows else None
    return isinstance(written_at, int) and now - _MAX_AGE_SECONDS <= written_at <= now
