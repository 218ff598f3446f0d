"""Finds every state that a database can reach by some steps, in any order and with any repeats.

There are too many sequences to run them all. The provider sandbox and the clock do not change meanwhile, so what a step does
depends on the database alone, and each step runs once from each state.
"""

import graphlib
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from dataclasses import dataclass

from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.ports import Send
from support.databases import TABLES
from support.postgres_tables import OpenTransaction

type Step = Callable[[], Awaitable[object]]
type State = tuple[frozenset[tuple[object, ...]], ...]

# All that a decision can depend on, but the clock: when an order was last looked at only delays the next reading. The status
# before an event is only kept for people.
_TABLES = (
    """
    SELECT id, status, paid_minor, tip_minor, refunded_minor, dispute, needs_review, review_reason, session_id, payment_ref,
        subscription_ref, busy_until
    FROM orders
    """,
    "SELECT provider, event_id, kind, order_id, amount_minor, payment_ref, subscription_ref, verdict, reason FROM events",
    "SELECT provider, payment_ref, order_id, amount_minor, tip_minor, refunded_minor, state FROM payments",
    "SELECT * FROM disputes",
    "SELECT order_id, effect, state FROM outbox",
    "SELECT * FROM refunds",
    "SELECT * FROM reconciling",
)


@dataclass(frozen=True)
class Explored:
    """The result of an exploration.

    Args:
        images: Each reachable state, with an image of the database.
        ways: For each state, the states that one step leads to.
    """

    images: Mapping[State, bytes]
    ways: Mapping[State, frozenset[State]]

    @property
    def ends(self) -> set[State]:
        """The states that no step changes."""
        return {state for state, following in self.ways.items() if not following}

    @property
    def orders(self) -> int:
        """In how many orders the steps that change something lead from the first state to an end."""
        counts: dict[State, int] = {}
        for state in graphlib.TopologicalSorter(self.ways).static_order():  # raises if there is a cycle
            counts[state] = sum(counts[following] for following in self.ways[state]) or 1
        return max(counts.values())


def read_state(connection: sqlite3.Connection) -> State:
    """Return the rows of a database that a decision can depend on."""
    return tuple(frozenset(tuple(row) for row in connection.execute(table)) for table in _TABLES)


def restore(connection: sqlite3.Connection, image: bytes) -> None:
    """Restore an image into an open database, by a backup, which keeps its connection usable."""
    with closing(sqlite3.connect(":memory:")) as copy:
        copy.deserialize(image)
        copy.backup(connection)


def remembering(send: Send) -> Send:
    """Return a `send` that repeats known responses: an unchanged sandbox would respond the same."""
    known: dict[tuple[str, str, bytes], HttpResponse] = {}

    async def ask(request: HttpRequest) -> HttpResponse:
        question = request.method, request.url, request.body
        if question not in known:
            known[question] = await send(request)
        return known[question]

    return ask


async def explore(connection: sqlite3.Connection, steps: list[Step]) -> Explored:
    """Run each step from each reachable state.

    Args:
        connection: Of a database in memory; restored at the end.
        steps: The possible steps, at any time and any number of times.
    """
    first = read_state(connection)
    images = {first: connection.serialize()}
    ways: dict[State, frozenset[State]] = {}
    waiting = [first]
    while waiting:
        state = waiting.pop()
        following = set()
        for step in steps:
            restore(connection, images[state])
            await step()
            after = read_state(connection)
            if after not in images:
                images[after] = connection.serialize()
                waiting.append(after)
            following.add(after)
        ways[state] = frozenset(following - {state})
    restore(connection, images[first])
    return Explored(images, ways)


async def explore_on_postgres(transaction: OpenTransaction, steps: list[Step]) -> dict[State, frozenset[State]]:
    """Run each step from each reachable state, and undo it: return for each state the states that one step leads to.

    Args:
        transaction: With the first state.
        steps: The possible steps, at any time and any number of times.
    """

    def read() -> State:
        return tuple(map(frozenset, transaction.read(_TABLES)))

    ways: dict[State, frozenset[State]] = {}

    async def visit(state: State) -> None:
        ways[state] = frozenset()
        following = set()
        for step in steps:
            with transaction.undone():
                await step()
                after = read()
                following.add(after)
                if after not in ways:
                    await visit(after)
        ways[state] = frozenset(following - {state})

    await visit(read())
    return ways


def copy_rows(connection: sqlite3.Connection, transaction: OpenTransaction) -> None:
    """Copy every row of a database into another with the same tables."""
    for table in reversed(TABLES):
        columns = ", ".join(column["name"] for column in connection.execute(f"PRAGMA table_info({table})"))  # none is generated
        for row in connection.execute(f"SELECT {columns} FROM {table}"):
            marks = ", ".join("?" * len(row))
            transaction.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks}) ON CONFLICT DO NOTHING", tuple(row))
