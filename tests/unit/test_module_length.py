"""Modules are short enough to be read in one go."""

from pathlib import Path
from statistics import median

import pytest

from support import ROOT

MAX_LINES = 260
MAX_MEDIAN = 110  # lines
PACKAGES = ("core", "host", "sandbox", "worker")


def count_lines(package: str) -> dict[Path, int]:
    """Return the number of lines of each module of a package."""
    return {
        path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / package).rglob("*.py")
    }


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_is_long(package: str) -> None:
    assert {path: lines for path, lines in count_lines(package).items() if lines > MAX_LINES} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_the_median_module_is_short(package: str) -> None:
    assert median(count_lines(package).values()) < MAX_MEDIAN
