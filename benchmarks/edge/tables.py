"""Formats the figures as tables, for the terminal and for the documentation."""

from benchmarks.edge.contenders import HONO, IN_PYODIDE, ON_WORKERD, RACES
from benchmarks.edge.figures import MODES, Figures, cpu, start, targets
from benchmarks.tables import Table, number, targets_table

_NAMES = [contender.name for contender in IN_PYODIDE]


def _requests(figures: Figures, mode: str) -> Table:
    rows = [(race.name, *(number(cpu(figures, mode, race.name, name)) for name in _NAMES)) for race in RACES]
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
        (race.name, name, *(number(found[key]) for key in ("per_second", "p50", "p99")))
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


def tables(figures: Figures) -> list[Table]:
    """Return all tables, in reading order."""
    measured = [_requests(figures, mode) for mode in figures["requests"]]
    return [targets_table(targets(figures)), *measured, _imports(figures), _workerd(figures), _memory(figures)]
