"""Settings of every test: no deadlines for property tests, and the order of work on several cores."""

import functools
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from support import ROOT
from support.clock_reads import ClockReads
from support.postgres import (  # noqa: F401 - fixtures of all tests
    empty_postgres_url,
    postgres,
    postgres_server,
    postgres_template,
    postgres_url,
)

settings.register_profile("lightning-cart", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("lightning-cart")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option with which the files are noted whose tests read the clock."""
    parser.addoption("--note-clock", type=Path, metavar="FILE", help="note the files whose tests read the clock")


def pytest_configure(config: pytest.Config) -> None:
    """Register what notes them."""
    if noted := config.getoption("--note-clock"):
        config.pluginmanager.register(ClockReads(noted))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Measure the coverage of unit tests alone: they reach every branch, and to measure takes others half as long again."""
    if config.pluginmanager.hasplugin("_cov"):
        # Loaded late, and perhaps by a test that is not measured.
        import lightning_cart.web.admin
        import lightning_cart.web.admin_codes  # noqa: F401

        for item in items:
            if not item.nodeid.startswith("tests/unit/"):
                item.add_marker("no_cover")


_GROUP = re.compile(r'^pytestmark = .*xdist_group\("(\w+)"\)', re.MULTILINE)


@functools.cache
def _group(file: str) -> str:
    match = _GROUP.search((ROOT / file).read_text(encoding="utf-8"))
    return match[1] if match else file


class GroupScheduling(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """Runs a file's tests on one core, and so all files with the same `xdist_group`; those of the group `each` one by one.

    It reads the marks from the files: xdist's `--dist loadgroup` writes groups to an attribute that pytest no longer reads.
    """

    def _split_scope(self, nodeid: str) -> str:
        group = _group(nodeid.partition("::")[0])
        return nodeid if group == "each" else group


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> GroupScheduling:
    """Return the scheduler for several cores."""
    return GroupScheduling(config, log)
