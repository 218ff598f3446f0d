"""Finds out from the engines' logs which of them ran which loop when, and whether two ran one at the same time."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple


class Holding(NamedTuple):
    """The time in which an engine ran a loop, in Unix seconds."""

    loop: str
    engine: str
    since: float
    until: float


def _changes(folder: Path, engine: str) -> Iterator[tuple[float, frozenset[str]]]:
    """Yield when an engine logged which loops it runs, and their names."""
    for line in Path(folder, f"{engine}.log").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line) if line.startswith("{") else {}
        if entry.get("event") == "loops":
            yield datetime.fromisoformat(entry["ts"]).timestamp(), frozenset(entry["running"])


def read_holdings(folder: Path, engine: str, kills: Sequence[float], end: float) -> list[Holding]:
    """Return when an engine ran each loop.

    Args:
        folder: Contains its log.
        engine: Its name.
        kills: When it was killed, in Unix seconds.
        end: When everything ended.
    """
    killed = ((at, frozenset[str]()) for at in kills)
    changes = sorted([*_changes(folder, engine), *killed, (end, frozenset())], key=lambda change: change[0])
    found: list[Holding] = []
    for (since, running), (until, _) in pairwise(changes):
        found += [Holding(loop, engine, since, until) for loop in sorted(running)]
    return found


def find_overlaps(holdings: Sequence[Holding]) -> list[str]:
    """Return a sentence for each time at which two engines ran the same loop."""
    found: list[str] = []
    last: dict[str, Holding] = {}
    for holding in sorted(holdings, key=lambda one: one.since):
        before = last.get(holding.loop)
        if before and before.engine != holding.engine and holding.since < before.until:
            seconds = min(before.until, holding.until) - holding.since
            found.append(f"{before.engine} and {holding.engine} both ran the loop {holding.loop} for {seconds:.1f} seconds")
        if before is None or holding.until >= before.until:
            last[holding.loop] = holding
    return found
