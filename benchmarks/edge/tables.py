"""Formats the figures as tables, for the terminal and for the documentation."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.edge.contenders import HONO, IN_PYODIDE, ON_WORKERD, RACES
from benchmarks.edge.figures import MODES, Figures, Target, cpu, start, targets

_NAMES = [contender.name for contender in IN_PYODIDE]


@dataclass(frozen=True, slots=True)
class Table:
    """A title, the names of the columns, and rows of strings."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}" if value < 10 else f"{value:.0f}"


def _requests(figures: Figures, mode: str) -> Table:
    rows = [(race.name, *(_number(cpu(figures, mode, race.name, name)) for name in _NAMES)) for race in RACES]
    return Table(f"Pyodide 314 {MODES[mode]}: ms of CPU for one request", ("", *_NAMES), rows)


def _imports(figures: Figures) -> Table:
    rows = []
    for name in _NAMES:
        parts = start(figures, name)
        others = ", ".join(f"{label} {value:.0f}" for label, value in parts.items() if label not in {"workers", "own"})
        rows.append((name, f"{parts['workers']:.0f}", others or "–", f"{parts['own']:.0f}", f"{sum(parts.values()):.0f}"))
    return Table("Pyodide 314: ms of CPU to import", ("", "workers", "libraries", "own code", "sum"), rows)


def _workerd(figures: Figures) -> Table:
    rows = [
        (race.name, name, *(_number(found[key]) for key in ("per_second", "p50", "p99")))
        for race in RACES
        for name in ON_WORKERD
        if (found := figures["workerd"][name]["races"].get(race.name))
    ]
    rows.append(("any", "FastAPI", "does not run there", "–", "–"))
    return Table("workerd with D1, four requests at a time", ("", "", "requests/s", "p50 ms", "p99 ms"), rows)


def _memory(figures: Figures) -> Table:
    return Table(
        "workerd: memory after all of it",
        ("", "MiB"),
        [(name, f"{figures['workerd'][name]['memory']:.0f}") for name in (*(n for n in ON_WORKERD if n != HONO), HONO)],
    )


def _outcome(target: Target) -> tuple[str, str]:
    if target.limit is None:
        return "none", "–"
    limit = f"{'at least' if target.at_least else 'at most'} {target.limit:g}{target.unit}"
    return limit, "reached" if target.reached else "not reached"


def _targets(figures: Figures) -> Table:
    rows = [(target.text, f"{_number(target.value)}{target.unit}", *_outcome(target)) for target in targets(figures)]
    return Table("Targets", ("", "measured", "target", ""), rows)


def tables(figures: Figures) -> list[Table]:
    """Return all tables, in reading order."""
    measured = [_requests(figures, mode) for mode in figures["requests"]]
    return [_targets(figures), *measured, _imports(figures), _workerd(figures), _memory(figures)]
