"""Keeps `lightning-cart restore` from replacing a database file that an engine has open: SQLite's own locks end between calls.

The lock is on a file beside the database, because closing a second handle of the database itself would end SQLite's locks. A
killed process holds no lock, though its file stays.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lightning_cart.errors import ConfigurationError

_IN_MEMORY = (":memory:", "")
_SLOTS = 64  # Windows has no shared locks: each engine locks one byte, and a restore all of them

type TryLock = Callable[[int, bool], bool]


def lock_bytes(windows: Any, descriptor: int, alone: bool) -> bool:  # noqa: ANN401 - the module `msvcrt`
    """Lock an open file on Windows until it is closed, and return whether that was possible.

    Args:
        windows: The module `msvcrt`.
        descriptor: The open file.
        alone: Whether nobody else may hold it.
    """
    for first in (0,) if alone else range(_SLOTS):
        os.lseek(descriptor, first, os.SEEK_SET)
        with contextlib.suppress(OSError):
            windows.locking(descriptor, windows.LK_NBLCK, _SLOTS if alone else 1)
            return True
    return False


def _try_lock(descriptor: int, alone: bool) -> bool:
    """Lock an open file until it is closed, and return whether that was possible."""
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - Windows alone has it

        return lock_bytes(msvcrt, descriptor, alone)
    try:
        import fcntl  # noqa: PLC0415 - browsers lack it, and have one process
    except ImportError:
        return True
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _open_locked(path: Path, *, alone: bool) -> int | None:
    """Return a locked handle of the file that has this path now, or None if somebody else holds it."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        is_mine = False
        try:
            is_mine = _try_lock(descriptor, alone)
            if not is_mine or _is_at(path, descriptor):
                return descriptor if is_mine else None
            is_mine = False  # its last holder has deleted it in between
        finally:
            if not is_mine:
                os.close(descriptor)


def _is_at(path: Path, descriptor: int) -> bool:
    """Return whether an open file still has its path."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _release(path: Path, descriptor: int) -> None:
    """End a lock. The last holder deletes the file: on Windows after it is closed, elsewhere while nobody else can lock it."""
    if sys.platform != "win32" and _try_lock(descriptor, True):
        path.unlink(missing_ok=True)
    os.close(descriptor)
    if sys.platform == "win32":
        with contextlib.suppress(OSError):
            path.unlink()


def _hold(database: str, *, alone: bool, otherwise: str) -> Callable[[], None]:
    if database in _IN_MEMORY:
        return lambda: None
    path = Path(f"{os.path.realpath(database)}.lock")
    try:
        descriptor = _open_locked(path, alone=alone)
    except OSError:  # SQLite says better what is wrong with the folder
        return lambda: None
    if descriptor is None:
        raise ConfigurationError(otherwise)
    return lambda: _release(path, descriptor)


def hold_database(database: str) -> Callable[[], None]:
    """Hold a database file as an engine does, with any number of others, until the returned function is called.

    Raises:
        ConfigurationError: It is being restored.
    """
    sentence = f"{database} is being restored: start again when `lightning-cart restore` is done"
    return _hold(database, alone=False, otherwise=sentence)


@contextlib.contextmanager
def hold_alone(database: str) -> Iterator[None]:
    """Hold a database file alone during the block.

    Raises:
        ConfigurationError: An engine holds it.
    """
    release = _hold(
        database,
        alone=True,
        otherwise=f"an engine is running on {database}: stop it first (`lightning-cart serve`, or another command)",
    )
    try:
        yield
    finally:
        release()
