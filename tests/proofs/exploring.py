"""Every order of some steps, with any repeats: each state that a database can come to by them is found, once.

To play every sequence would take for ever, and most of it would be the same again: what a step does depends on the database
alone, for the provider's other end and the clock stand still meanwhile. So each step is taken once from each state.
"""

import graphlib
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from dataclasses import dataclass

from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.ports import Send

type Step = Callable[[], Awaitable[object]]
type State = tuple[frozenset[tuple[object, ...]], ...]

# All that a decision can depend on. What stood before an event is kept for people, and nothing ever reads it.
_TABLES = (
    "SELECT * FROM orders",
    "SELECT provider, event_id, kind, order_id, amount_minor, payment_ref, subscription_ref, verdict, fresh FROM events",
    "SELECT order_id, effect, state FROM outbox",
    "SELECT * FROM refunds",
    "SELECT * FROM reconciling",
)


@dataclass(frozen=True)
class Explored:
    """What was found.

    Args:
        images: Each state that can be reached, with the database as it is then.
        ways: From each state to those that one step leads to.
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
        for state in graphlib.TopologicalSorter(self.ways).static_order():  # raises where steps lead in a circle
            counts[state] = sum(counts[following] for following in self.ways[state]) or 1
        return max(counts.values())


def state_of(connection: sqlite3.Connection) -> State:
    """What a database holds."""
    return tuple(frozenset(tuple(row) for row in connection.execute(table)) for table in _TABLES)


def restore(connection: sqlite3.Connection, image: bytes) -> None:
    """Make a database in use what it was when the image was made: by a backup, which its open statements outlive."""
    with closing(sqlite3.connect(":memory:")) as copy:
        copy.deserialize(image)
        copy.backup(connection)


def remembering(send: Send) -> Send:
    """The way to another end that stands still: it would answer the same again, so it is asked once."""
    known: dict[tuple[str, str, bytes], HttpResponse] = {}

    async def ask(request: HttpRequest) -> HttpResponse:
        question = request.method, request.url, request.body
        if question not in known:
            known[question] = await send(request)
        return known[question]

    return ask


async def explore(connection: sqlite3.Connection, steps: list[Step]) -> Explored:
    """Take each step from each state that steps lead to.

    Args:
        connection: Of a database in memory; it ends as it began.
        steps: What can happen, at any time and any number of times.
    """
    first = state_of(connection)
    images = {first: connection.serialize()}
    ways: dict[State, frozenset[State]] = {}
    waiting = [first]
    while waiting:
        state = waiting.pop()
        following = set()
        for step in steps:
            restore(connection, images[state])
            await step()
            after = state_of(connection)
            if after not in images:
                images[after] = connection.serialize()
                waiting.append(after)
            following.add(after)
        ways[state] = frozenset(following - {state})
    restore(connection, images[first])
    return Explored(images, ways)
