"""Processes of the benchmark: started, waited for, measured, and ended by their ids."""

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_START_SECONDS = 30.0


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as one:
        one.settimeout(1)
        return one.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def running(command: Sequence[str | Path], port: int, env: Mapping[str, str], folder: Path, name: str) -> Iterator[int]:
    """Run a program that listens on a port during the block.

    Args:
        command: The program and its arguments.
        port: The port that it listens on when it is ready.
        env: Its environment, beside the path of programs.
        folder: Its working directory, where its output is kept.
        name: The name of the file of its output.

    Yields:
        The id of its process.
    """
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, stdout=output, stderr=output, env={"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0", **env}
        )
        try:
            until = time.monotonic() + _START_SECONDS
            while not _listens(port):
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"{name} does not start:\n{log.read_text(encoding='utf-8', errors='replace')[-2000:]}")
                time.sleep(0.05)
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def children(pid: int) -> list[int]:
    """Return the ids of the processes that a process started and that still run."""
    found = []
    for one in Path("/proc").iterdir():
        if one.name.isdecimal():
            with contextlib.suppress(OSError):  # it ended meanwhile
                if int((one / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                    found.append(int(one.name))
    return found


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that all threads of a process used so far, and those of the processes that it started.

    Linux has a clock for each process, which counts nanoseconds; /proc counts hundredths of a second.
    """
    total = 0.0
    for one in (pid, *children(pid)):
        with contextlib.suppress(OSError):  # it ended meanwhile
            total += time.clock_gettime((~one << 3) | 2)
    return total
