"""Medians, ratios and targets of the edge benchmark, from figures that are made up."""

from typing import Any

import pytest

from benchmarks.documenting import MAX_LINE
from benchmarks.edge.documenting import figures_text
from benchmarks.edge.figures import cpu, ratio, targets
from benchmarks.edge.tables import tables

ROUNDS = {"floor": [(4.0, 1.0), (2.0, 1.0)], "ours": [(4.4, 1.0), (2.0, 1.0)], "FastAPI": [(11.0, 1.0), (6.0, 1.0)]}
NAMES = ("webhook", "PayPal webhook", "checkout", "full checkout", "full checkout with a code", "quote")
RACES = dict.fromkeys(NAMES, ROUNDS)
STARTS = {"workers": [200.0], "own": [140.0], "libraries": [50.0]}
WORKERD = {"races": {}, "memory": 300.0}


def figures(**changes: Any) -> dict[str, Any]:
    """Return the result of a run, with changes."""
    whole = {
        "machine": {"day": "2026-01-02", "processor": "one", "system": "Linux"} | {f"tool-{n}": "1.0" for n in range(20)},
        "upload": 150 * 1024,
        "requests": {"jspi": RACES},
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
        ({"upload": 150 * 1024 + 1}, "The upload, gzipped"),
        (
            {"imports": {"ours": STARTS | {"own": [141.0]}, "FastAPI": STARTS | {"libraries": [1000.0]}}},
            "Importing our own code against importing `workers`",
        ),
        (
            {"requests": {"jspi": RACES | {"webhook": ROUNDS | {"ours": [(4.5, 1.0), (2.4, 1.0)]}}}},
            "A webhook, verified and recorded, against the bare Worker",
        ),
        (
            {"requests": {"jspi": RACES | {"checkout": ROUNDS | {"ours": [(6.0, 1.0), (3.1, 1.0)]}}}},
            "A checkout against hello and one `fetch`",
        ),
        (
            {"requests": {"jspi": RACES | {"full checkout with a code": ROUNDS | {"ours": [(6.9, 1.0), (3.5, 1.0)]}}}},
            "A checkout of a full cart with a code against the same",
        ),
    ],
    ids=["upload", "imports", "webhook", "checkout", "code"],
)
def test_a_figure_beyond_its_target_is_not(changes: dict[str, Any], missed: str) -> None:
    assert not reached(**changes)[missed]


def test_paypals_figure_is_shown_without_a_target() -> None:
    slow = RACES | {"PayPal webhook": ROUNDS | {"ours": [(40.0, 1.0), (20.0, 1.0)]}}
    (row,) = (row for row in tables(figures(requests={"jspi": slow}))[0].rows if row[0].startswith("PayPal"))
    assert (row[1][:2], row[2]) == ("10", "none")


def test_no_line_of_the_documented_figures_is_too_long() -> None:
    lines = figures_text(figures()).splitlines()
    assert [line for line in lines if len(line) > MAX_LINE and not line.startswith("|")] == []
