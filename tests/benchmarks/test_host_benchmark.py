"""The host benchmark runs completely with the smallest settings; its times mean nothing."""

import json
import subprocess
import sys

import pytest

from support import ROOT

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def printed() -> str:
    """Return the output of `make bench-host ARGS=--smallest`."""
    command = [sys.executable, "-m", "benchmarks.host", "--smallest"]
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "title", ["Targets", "Checkouts, one process", "Webhooks, two processes", "HTTP clients", "2,000 orders"]
)
def test_every_table_is_printed(printed: str, title: str) -> None:
    assert title in printed


def test_every_contender_answered_on_both_databases(printed: str) -> None:
    assert printed
    figures = json.loads((ROOT / "build" / "bench" / "host.json").read_text(encoding="utf-8"))
    both = {f"{program}, {database}" for program in ("ours", "FastAPI") for database in ("SQLite", "PostgreSQL")}
    assert {*figures["races"]["webhook"]["8"]} == both | {"ours, each call alone, SQLite"}
    assert {*figures["workers"]["checkout"]["8"]} == {"ours, PostgreSQL, 2 workers", "FastAPI, PostgreSQL, 2 workers"}
    assert (
        min(one["per_second"] for race in figures["races"]["checkout"].values() for rounds in race.values() for one in rounds)
        > 1
    )


def test_only_postgresql_has_cpu_beside_its_contender(printed: str) -> None:
    assert printed
    figures = json.loads((ROOT / "build" / "bench" / "host.json").read_text(encoding="utf-8"))
    beside = {name for name, rounds in figures["races"]["webhook"]["8"].items() if rounds[0]["database_cpu"] > 0}
    assert beside == {"ours, PostgreSQL", "FastAPI, PostgreSQL"}


def test_the_chart_has_a_bar_for_every_contender(printed: str) -> None:
    assert printed
    chart = (ROOT / "build" / "bench" / "host.svg").read_text(encoding="utf-8")
    names = [f"webhook: {program}, {database}" for program in ("ours", "FastAPI") for database in ("SQLite", "PostgreSQL")]
    assert [name for name in names if f">{name}</text>" not in chart] == []
