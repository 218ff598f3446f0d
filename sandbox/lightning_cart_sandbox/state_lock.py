"""Keeps two sandboxes from writing to one state file: each holds ids and idempotency keys in memory that the other lacks."""

import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows and browsers
    fcntl = None

_IN_MEMORY = (":memory:", "")


class StateInUse(RuntimeError):
    """Another sandbox writes to the same state file."""


def lock_state(path: str) -> Callable[[], None]:
    """Hold a state file until the returned function is called; a killed process no longer holds its file.

    Args:
        path: The state file. The lock is on a file beside it, because SQLite has locks of its own on the state file.

    Raises:
        StateInUse: Another sandbox holds it.
        OSError: The file beside it cannot be written, or its file system has no locks.
    """
    if path in _IN_MEMORY or fcntl is None:
        return lambda: None
    beside = Path(f"{os.path.realpath(path)}.lock")
    while True:
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise StateInUse(
                f"the state file {path} is in use by another sandbox (process {holder}): stop that one, or name another file "
                "with --state"
            ) from error
        except BaseException:
            os.close(descriptor)
            raise
        if _is_at(beside, descriptor):
            break
        os.close(descriptor)  # its holder has deleted it in between

    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)

    def release() -> None:
        beside.unlink(missing_ok=True)
        os.close(descriptor)

    return release


def _is_at(path: Path, descriptor: int) -> bool:
    """Return whether an open file still has its path."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
