"""From the engines' logs follows which of them ran which loop when."""

from pathlib import Path

from lightning_cart_host.chaos.loop_holders import Holding, find_overlaps, read_holdings

LOG = """
{"ts": "2026-01-01T00:00:01.000+00:00", "event": "serving"}
{"ts": "2026-01-01T00:00:02.000+00:00", "event": "loops", "running": ["deliver", "tidy"]}
not JSON
{"ts": "2026-01-01T00:00:05.500+00:00", "event": "loops", "running": ["deliver"]}
{"ts": "2026-01-01T00:00:30.000+00:00", "event": "loops", "running": ["tidy"]}
"""
NEW_YEAR = 1767225600


def test_an_engine_runs_a_loop_until_it_says_otherwise_or_is_killed(tmp_path: Path) -> None:
    (tmp_path / "serve-1.log").write_text(LOG, encoding="utf-8")
    assert read_holdings(tmp_path, "serve-1", [NEW_YEAR + 10], NEW_YEAR + 40) == [
        Holding("deliver", "serve-1", NEW_YEAR + 2, NEW_YEAR + 5.5),
        Holding("tidy", "serve-1", NEW_YEAR + 2, NEW_YEAR + 5.5),
        Holding("deliver", "serve-1", NEW_YEAR + 5.5, NEW_YEAR + 10),
        Holding("tidy", "serve-1", NEW_YEAR + 30, NEW_YEAR + 40),
    ]


def test_one_engine_after_another_is_right() -> None:
    holdings = [
        Holding("tidy", "b", 5, 9),
        Holding("tidy", "a", 1, 5),
        Holding("deliver", "b", 2, 4),
        Holding("tidy", "a", 9, 10),
    ]
    assert find_overlaps(holdings) == []


def test_two_engines_at_the_same_time_are_named() -> None:
    holdings = [
        Holding("tidy", "a", 1, 20),
        Holding("tidy", "b", 5, 6),
        Holding("tidy", "c", 18.5, 30),
        Holding("deliver", "b", 1, 40),
    ]
    assert find_overlaps(holdings) == [
        "a and b both ran the loop tidy for 1.0 seconds",
        "a and c both ran the loop tidy for 1.5 seconds",
    ]
