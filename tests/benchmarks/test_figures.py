"""Medians, ratios and targets of the edge benchmark, from figures that are made up."""

from typing import Any

import pytest

from benchmarks.edge.documenting import MAX_LINE, figures_text
from benchmarks.edge.figures import cpu, ratio, targets

ROUNDS = {"floor": [(4.0, 1.0), (2.0, 1.0)], "ours": [(4.4, 1.0), (2.0, 1.0)], "FastAPI": [(11.0, 1.0), (6.0, 1.0)]}
STARTS = {"workers": [200.0], "own": [100.0], "libraries": [50.0]}
WORKERD = {"races": {}, "memory": 300.0}


def figures(**changes: Any) -> dict[str, Any]:
    """Return the result of a run, with changes."""
    whole = {
        "machine": {"day": "2026-01-02", "processor": "one", "system": "Linux"} | {f"tool-{n}": "1.0" for n in range(20)},
        "upload": 112 * 1024,
        "requests": {"jspi": {"webhook": ROUNDS, "checkout": ROUNDS}},
        "imports": {"floor": STARTS, "ours": STARTS, "FastAPI": STARTS | {"libraries": [1000.0]}},
        "workerd": dict.fromkeys(("floor", "ours", "Hono"), WORKERD),
    }
    return whole | changes


def reached(**changes: Any) -> dict[str, bool]:
    return {target.text: target.reached for target in targets(figures(**changes))}


def test_a_ratio_is_the_median_of_what_each_round_says() -> None:
    assert ratio(figures(), "jspi", "webhook", "ours", "floor") == pytest.approx(1.05)


def test_who_is_not_in_a_race_has_no_figure() -> None:
    assert cpu(figures(), "jspi", "webhook", "floor") == 3.0
    assert cpu(figures(), "jspi", "hello", "floor") is None


def test_figures_at_their_targets_are_reached() -> None:
    assert all(reached().values())


@pytest.mark.parametrize(
    ("changes", "missed"),
    [
        ({"upload": 112 * 1024 + 1}, "The upload, gzipped"),
        (
            {"imports": {"ours": STARTS | {"own": [111.0]}, "FastAPI": STARTS | {"libraries": [1000.0]}}},
            "Importing our own code against importing `workers`",
        ),
        (
            {"requests": {"jspi": {"webhook": ROUNDS | {"ours": [(4.5, 1.0), (2.3, 1.0)]}, "checkout": ROUNDS}}},
            "A webhook, verified and recorded, against the bare Worker",
        ),
    ],
    ids=["upload", "imports", "webhook"],
)
def test_a_figure_beyond_its_target_is_not(changes: dict[str, Any], missed: str) -> None:
    assert not reached(**changes)[missed]


def test_no_line_of_the_documented_figures_is_too_long() -> None:
    lines = figures_text(figures()).splitlines()
    assert [line for line in lines if len(line) > MAX_LINE and not line.startswith("|")] == []
