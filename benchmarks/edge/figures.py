"""Computes medians, and ratios within a round, and compares them with the targets."""

from statistics import median
from typing import Any

from benchmarks.tables import Target

type Figures = dict[str, Any]  # the content of `build/bench/edge.json`

MODES = {"jspi": "with JSPI", "plain": "without JSPI"}


def cpu(figures: Figures, mode: str, race: str, name: str) -> float | None:
    """Return the median milliseconds of CPU for one request, or None if the contender is not in this race."""
    rounds = figures["requests"][mode].get(race, {}).get(name)
    return median(total for total, _ in rounds) if rounds else None


def ratio(figures: Figures, mode: str, race: str, name: str, base: str) -> float:
    """Return the CPU of a contender relative to another: the median of the ratio in each round."""
    rounds = figures["requests"][mode][race]
    pairs = zip(rounds[name], rounds[base], strict=True)
    return float(median(mine / other for (mine, _), (other, _) in pairs))


def start(figures: Figures, name: str) -> dict[str, float]:
    """Return the median milliseconds of CPU of each part of a contender's start."""
    return {label: median(values) for label, values in figures["imports"][name].items()}


def targets(figures: Figures) -> list[Target]:
    """Return every target with its measured value."""
    ours, fastapi = start(figures, "ours"), start(figures, "FastAPI")
    beyond = sum(ours.values()) - ours["workers"]
    frameworks = sum(fastapi.values()) - fastapi["workers"]
    return [
        Target(
            "A webhook, verified and recorded, against the bare Worker",
            ratio(figures, "jspi", "webhook", "ours", "floor"),
            1.15,
        ),
        Target(
            "PayPal's webhook, verified, read and recorded, against the bare Worker",
            ratio(figures, "jspi", "PayPal webhook", "ours", "floor"),
        ),
        Target("FastAPI's webhook against ours", ratio(figures, "jspi", "webhook", "FastAPI", "ours"), 2.5, at_least=True),
        Target("A checkout against hello and one `fetch`", ratio(figures, "jspi", "checkout", "ours", "floor"), 1.5),
        Target("A checkout of a full cart against the same", ratio(figures, "jspi", "full checkout", "ours", "floor"), 1.6),
        Target(
            "A checkout of a full cart with a code against the same",
            ratio(figures, "jspi", "full checkout with a code", "ours", "floor"),
            1.7,
        ),
        Target("A quote of that cart against hello", ratio(figures, "jspi", "quote", "ours", "floor"), 1.5),
        Target("Importing our own code against importing `workers`", ours["own"] / ours["workers"], 0.7),
        Target("FastAPI's imports against ours with PyJWT", frameworks / beyond, 4.0, at_least=True),
        Target("The upload, gzipped", figures["upload"] / 1024, 150, unit=" KiB"),
    ]
