"""Medians, ratios and targets of the host benchmark, from figures that are made up; and its own parts."""

import json
from typing import Any

import pytest

from benchmarks.documenting import MAX_LINE
from benchmarks.host.chart import draw
from benchmarks.host.contenders import ALONE, BOTH, SEVERAL, Contender
from benchmarks.host.documenting import figures_text
from benchmarks.host.figures import Figures, targets, typical
from benchmarks.host.loading import Load
from benchmarks.host.racing import CHECKOUT, WEBHOOK, Races, Sample
from benchmarks.host.tables import tables
from benchmarks.host.traffic import checkouts, webhooks

SLOW, FAST = "FastAPI", "ours"
CPU = {CHECKOUT: {FAST: 1.6, SLOW: 4.0}, WEBHOOK: {FAST: 1.2, SLOW: 4.0}}


def sample(cpu: float, *, per_second: float = 100, p50: float = 2) -> Sample:
    return {"cpu": cpu, "database_cpu": 0.5, "per_second": per_second, "p50": p50, "p99": 3, "generator_cpu": 0.1}


def races(*contenders: Contender, connections: tuple[str, ...] = ("1", "8", "64")) -> Races:
    """Return a race of two rounds, in which everybody is as fast as its target allows."""
    return {
        kind: {
            one: {who.name: [sample(factor * CPU[kind].get(who.program, 1.2)) for factor in (1, 3)] for who in contenders}
            for one in connections
        }
        for kind in (CHECKOUT, WEBHOOK)
    }


def figures(**changes: Any) -> Figures:
    """Return the result of a run whose targets are just reached, with changes."""
    race = races(*BOTH, ALONE)
    for one in race[WEBHOOK]["64"][ALONE.name]:
        one["per_second"] = 40
    whole = {
        "machine": {"day": "2026-01-02", "processor": "one", "system": "Linux"} | {f"tool-{n}": "1.0" for n in range(20)},
        "fsync_ms": 0.2,
        "generator_limit": 50_000.0,
        "races": race,
        "workers": races(*SEVERAL, connections=("64",)),
        "clients": [{"client": "httpx", "tls": False, "concurrency": 1, "cpu_us": 900.0, "p50_us": 900.0, "p99_us": 1000.0}],
        "slow_provider": (10.0, 12.0),
        "million": {
            "orders": 1_000_000,
            "waits": {"SQLite": {"checkout": [(1.0, 1.3)], "list": [(2.0, 2.0)]}, "PostgreSQL": {"claim": [(1.0, 1.0)]}},
            "bytes_per_order": {"SQLite": 2048.0, "PostgreSQL": 3072.0},
        },
    }
    return {**whole, **changes}  # type: ignore[typeddict-item]


def test_figures_at_their_targets_are_reached() -> None:
    assert [(target.text, target.value) for target in targets(figures()) if not target.reached] == []


@pytest.mark.parametrize(
    ("place", "figure", "value", "missed"),
    [
        ((CHECKOUT, "8", "ours, SQLite"), "cpu", 1.7, "CPU of a checkout on SQLite, 8 at a time"),
        ((WEBHOOK, "64", "ours, PostgreSQL"), "cpu", 1.3, "CPU of a webhook on PostgreSQL, 64 at a time"),
        ((WEBHOOK, "64", "ours, SQLite"), "per_second", 99, "Webhooks a second on SQLite, 64 at a time"),
        ((WEBHOOK, "1", "ours, PostgreSQL"), "p50", 3.1, "Latency of a webhook on PostgreSQL"),
    ],
)
def test_a_figure_beyond_its_target_is_not(place: tuple[str, str, str], figure: str, value: float, missed: str) -> None:
    kind, connections, name = place
    changed: Any = figures()
    for number, one in enumerate(changed["races"][kind][connections][name]):
        one[figure] = value * (3 if number and figure == "cpu" else 1)
    assert [target.text.startswith(missed) for target in targets(changed) if not target.reached] == [True]


def test_a_checkout_that_waits_for_another_provider_misses_its_target() -> None:
    missed = [target.text for target in targets(figures(slow_provider=(10.0, 12.1))) if not target.reached]
    assert missed == ["p99 of a checkout beside a provider that takes 4 s, against alone"]


def test_the_slowest_work_with_many_orders_is_named() -> None:
    (target,) = (one for one in targets(figures()) if one.text.endswith("on SQLite, against 1,000; the slowest: checkout"))
    assert target.value == pytest.approx(1.3)


def test_each_figure_is_the_median_of_the_rounds() -> None:
    found = typical([sample(1.0, p50=1), sample(9.0, p50=3), sample(2.0, p50=2)])
    assert (found["cpu"], found["p50"]) == (2.0, 2)


def test_a_run_without_many_orders_has_neither_their_targets_nor_their_tables() -> None:
    found = figures(million=None)
    assert [one.text for one in targets(found) if "1,000" in one.text] == []
    assert [one.title for one in tables(found) if "orders" in one.title] == []


def test_every_contender_has_a_row_for_each_number_of_connections() -> None:
    (table,) = (one for one in tables(figures()) if one.title == "Webhooks, one process")
    assert len(table.rows) == 3 * len((*BOTH, ALONE))


def test_no_line_of_the_documented_figures_is_too_long() -> None:
    lines = figures_text(figures()).splitlines()
    assert [line for line in lines if len(line) > MAX_LINE and not line.startswith("|")] == []


def test_the_chart_shows_postgresqls_own_cpu_beside_the_contenders() -> None:
    assert draw(figures()).count('fill-opacity="0.45"') == 2 * len(BOTH)


def test_a_percentile_is_the_latency_that_so_many_keep_within() -> None:
    load = Load(2.0, [float(number) for number in range(1, 101)], [], 0.1)
    assert (load.per_second, load.percentile(0.5), load.percentile(0.99), load.percentile(1)) == (50, 51, 100, 100)


def test_a_request_says_how_long_its_body_is() -> None:
    opened = json.dumps({"order_id": "ord_1", "session_id": "cs_1"}).encode()
    for message in (*checkouts("key", 2), *webhooks([opened])):
        head, _, body = message.partition(b"\r\n\r\n")
        assert f"content-length: {len(body)}".encode() in head
