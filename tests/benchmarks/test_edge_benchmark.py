"""The edge benchmark runs completely with the smallest settings; its times mean nothing."""

import json
import subprocess
import sys

import pytest

from support import ROOT

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def printed() -> str:
    """Return the output of `make bench-edge ARGS=--smallest`."""
    command = [sys.executable, "-m", "benchmarks.edge", "--smallest"]
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("title", ["Targets", "with JSPI", "to import", "workerd with D1", "memory"])
def test_every_table_is_printed(printed: str, title: str) -> None:
    assert title in printed


def test_every_contender_answered_on_both_runtimes(printed: str) -> None:
    assert printed
    figures = json.loads((ROOT / "build" / "bench" / "edge.json").read_text(encoding="utf-8"))
    assert {*figures["requests"]["jspi"]["webhook"]} == {"floor", "ours", "FastAPI"}
    assert {*figures["requests"]["jspi"]["PayPal webhook"]} == {"floor", "ours"}
    assert {name for name, found in figures["workerd"].items() if found["races"]["webhook"]["per_second"] > 0} == {
        "floor",
        "ours",
        "Hono",
    }
    assert min(found["memory"] for found in figures["workerd"].values()) > 1


def test_the_chart_has_a_bar_for_every_contender(printed: str) -> None:
    assert printed
    chart = (ROOT / "build" / "bench" / "edge.svg").read_text(encoding="utf-8")
    assert [name for name in ("floor", "ours", "FastAPI") if f">{name}</text>" not in chart] == []
