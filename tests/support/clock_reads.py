"""Notes which files' tests read the clock: only what they prove can depend on the day, so `make clock` runs no others again."""

import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine

FOLDERS = ("tests/unit/", "tests/conformance/", "tests/notebooks/")
LEFT_OUT = ("browser", "process", "slow", "hypothesis")
# They read it for their own reports; and the cookie jar of each HTTP client at each response, also without a cookie.
UNRELATED = ("_pytest", "xdist", "execnet", "hypothesis", "http.cookiejar")


class ClockReads:
    """A plugin of pytest that notes the files whose import or whose tests read the clock, or start a process that may.

    Args:
        noted: The file to which it adds a line for each of them.
    """

    def __init__(self, noted: Path) -> None:
        self._noted = noted.resolve()  # tests change the working directory
        self._known: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Generator[None, Any, Any]:
        """Note a file that reads the clock as it is imported."""
        with self._noting(collector.nodeid if isinstance(collector, pytest.Module) else ""):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Note a test that reads the clock, in its fixtures too."""
        left_out = any(item.get_closest_marker(name) for name in LEFT_OUT)
        with self._noting("" if left_out else item.nodeid.partition("::")[0]):
            return (yield)

    @contextmanager
    def _noting(self, file: str) -> Iterator[None]:
        if not file.startswith(FOLDERS) or file in self._known:
            yield
            return

        def read(_: object) -> int:
            caller = sys._getframe(1).f_globals.get("__name__", "")
            if not caller.startswith(UNRELATED):
                self._note(file)
            try:
                return time_machine.escape_hatch.time.time_ns()
            except ValueError:  # the call of a thread that goes on after the test
                return time.time_ns()

        def start(process: Any, *args: Any, **options: Any) -> None:
            self._note(file)
            started(process, *args, **options)

        started = subprocess.Popen.__init__
        with pytest.MonkeyPatch.context() as patch, time_machine.travel(datetime.now(UTC)):
            patch.setattr(time_machine.Traveller, "time_ns", read)
            patch.setattr(subprocess.Popen, "__init__", start)
            yield

    def _note(self, file: str) -> None:
        if file not in self._known:
            self._known.add(file)
            with self._noted.open("a", encoding="utf-8") as lines:
                lines.write(f"{file}\n")
