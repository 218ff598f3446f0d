"""Checks PostgreSQL: that it can be reached and written, loses nothing, has room for the engines, and fits this program."""

import statistics
import time
from collections.abc import Callable, Iterator

from lightning_cart.errors import ConfigurationError, StorageUnavailable
from lightning_cart.ports import Row, Statement
from lightning_cart_host.adapters.database import CONNECTIONS, HostDatabase, open_database, shown_name
from lightning_cart_host.adapters.migration_files import APPLIED
from lightning_cart_host.cli.doctor.check import Check, failed, passed, warned
from lightning_cart_host.cli.doctor.migrations import check_migrations
from lightning_cart_host.server.workers import choose_workers

_SUBJECT = "database"
_START = "start `lightning-cart serve` once: it creates and migrates the tables"
_TRIPS = 5
_WARN_TRIP_SECONDS = 0.02
_WARN_CLOCK_SECONDS = 5
_MILLISECONDS = 1000
_NOTHING = Statement("SELECT 1 AS n")
_CLOCK = Statement("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS now")
_FACTS = Statement("""
    SELECT current_setting('server_version') AS version, current_setting('server_encoding') AS encoding,
        current_setting('transaction_read_only') AS is_read_only,
        current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
        current_setting('synchronous_commit') AS synchronous_commit,
        CAST(current_setting('max_connections') AS BIGINT)
            - CAST(current_setting('superuser_reserved_connections') AS BIGINT) AS max_connections,
        (SELECT CAST(COALESCE(SUM(numbackends), 0) AS BIGINT) FROM pg_stat_database) AS connected
""")
_RIGHTS = Statement("""
    SELECT has_table_privilege('orders', 'INSERT') AND has_table_privilege('orders', 'UPDATE') AS may_write,
        (SELECT COUNT(*) FROM orders) AS orders
""")


def _find_unusable(facts: Row, shown: str) -> Check | None:
    """Return why no engine can store orders there, or None."""
    if facts["encoding"] != "UTF8":
        detail = f"{shown} stores texts in {facts['encoding']}, which lacks characters that buyers type"
        return failed(_SUBJECT, detail, "create a database with ENCODING 'UTF8', and set DATABASE to it")
    if facts["is_read_only"] == "on":
        advice = "correct default_transaction_read_only of the server, the database or the user"
        return failed(_SUBJECT, f"{shown} can only be read", advice)
    return None


async def _find_outdated(store: HostDatabase, shown: str) -> Check | None:
    """Return what is wrong with the tables, or None if they are those of this program."""
    try:
        applied = {str(row["name"]) for row in await store.query(APPLIED)}
    except StorageUnavailable as error:
        if not str(error).endswith("UndefinedTable"):
            raise
        return failed(_SUBJECT, f"{shown} has no tables yet", _START)
    return check_migrations(applied, shown, _START)


def _check_durability(facts: Row) -> Iterator[Check]:
    settings = ("fsync", "full_page_writes", "synchronous_commit")
    if off := [name for name in settings if facts[name] == "off"]:
        verb = "is" if len(off) == 1 else "are"
        detail = f"{' and '.join(off)} {verb} off: a power cut loses orders and webhooks that were acknowledged"
        yield warned("durability", detail, f"set {' and '.join(off)} to on, for the server, the database and the user")


def _check_connections(facts: Row, processes: int) -> Iterator[Check]:
    allowed, connected = int(facts["max_connections"] or 0), int(facts["connected"] or 0) - 1  # without this one
    needed = processes * CONNECTIONS
    detail = f"{connected} of {allowed} in use; `lightning-cart serve` takes up to {needed} on this machine"
    if allowed < needed:
        yield failed("connections", detail, "raise max_connections of PostgreSQL, or serve with fewer --workers")
    elif allowed - connected < CONNECTIONS:
        yield warned("connections", detail, "raise max_connections of PostgreSQL, or run fewer engines and other programs")
    else:
        yield passed("connections", detail)


async def _measure_trip(store: HostDatabase) -> float:
    """Return the seconds of one round trip."""
    seconds = []
    for _ in range(_TRIPS):
        start = time.perf_counter()
        await store.query(_NOTHING)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def check_trip(seconds: float) -> Iterator[Check]:
    """Yield a warning if a round trip takes too long.

    Args:
        seconds: How long it takes.
    """
    if seconds > _WARN_TRIP_SECONDS:
        detail = f"a round trip takes {seconds * _MILLISECONDS:.0f} ms, and a checkout makes several"
        yield warned("database speed", detail, "run the engine near PostgreSQL, in the same data centre")


def check_clocks(ahead: float) -> Iterator[Check]:
    """Yield a warning if this machine's clock differs from PostgreSQL's.

    Args:
        ahead: Seconds by which this machine's clock is ahead.
    """
    if abs(ahead) >= _WARN_CLOCK_SECONDS:
        detail = f"this machine's clock is {abs(ahead):.0f} seconds {'ahead of' if ahead > 0 else 'behind'} PostgreSQL's"
        advice = "set both clocks by NTP: engines whose clocks differ by more than 5 seconds may run the same loop at once"
        yield warned("database clock", detail, advice)


async def _check_store(store: HostDatabase, shown: str, clock: Callable[[], float]) -> list[Check]:
    facts = (await store.query(_FACTS))[0]
    wrong = _find_unusable(facts, shown) or await _find_outdated(store, shown)
    if wrong and not wrong.ok:
        return [wrong]
    rights = (await store.query(_RIGHTS))[0]
    if not rights["may_write"]:
        return [failed(_SUBJECT, f"the user of DATABASE may not write the tables of {shown}", "let it own the database")]
    trip = await _measure_trip(store)
    theirs = int((await store.query(_CLOCK))[0]["now"] or 0) / _MILLISECONDS
    ahead = clock() - trip / 2 - theirs
    release = f"PostgreSQL {str(facts['version']).partition(' ')[0]}, {trip * _MILLISECONDS:.1f} ms a round trip"
    return [
        wrong or passed(_SUBJECT, f"{shown}: up to date, writable, {rights['orders']} orders; {release}"),
        *check_trip(trip),
        *_check_durability(facts),
        *_check_connections(facts, choose_workers(None, "postgresql://")),
        *check_clocks(ahead),
    ]


async def check_postgres(database: str, clock: Callable[[], float]) -> list[Check]:
    """Check the server, the tables, and how engines can use them.

    Args:
        database: The URL of PostgreSQL.
        clock: Returns Unix seconds.

    Returns:
        The checks; of the first one all others depend.
    """
    shown = shown_name(database)
    try:
        store = await open_database(database, connections=1)
    except ConfigurationError as error:
        return [failed(_SUBJECT, str(error), "correct the setting DATABASE")]
    except StorageUnavailable as error:
        return [failed(_SUBJECT, f"{shown}: {error}", "check PostgreSQL and the setting DATABASE, then run doctor again")]
    try:
        return await _check_store(store, shown, clock)
    except StorageUnavailable as error:
        return [failed(_SUBJECT, f"{shown} cannot be read: {error}", "check PostgreSQL and its log, then run doctor again")]
    finally:
        await store.aclose()
