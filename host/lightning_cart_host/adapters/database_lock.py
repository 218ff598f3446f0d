"""Keeps `lightning-cart restore` from replacing a database file that an engine has open: SQLite's own locks end between calls.

The lock is on a file beside the database, because closing a second handle of the database itself would end SQLite's locks. The
file stays: whoever deleted it would have to lock it alone for a moment, in which no engine could start.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from typing import Any

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.adapters.database import is_postgres

_IN_MEMORY = (":memory:", "")
_SLOTS = 64  # Windows has no shared locks: each engine locks one byte, and a restore all of them


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


def _open_locked(path: Path, *, alone: bool) -> FileIO | None:
    """Return a locked handle of a file, or None if somebody else holds it."""
    try:
        file = FileIO(path, "a+")
    except PermissionError:  # another user has made it
        file = FileIO(path)
    try:
        is_mine = _try_lock(file.fileno(), alone)
    except OSError:
        file.close()
        raise
    if is_mine:
        return file
    file.close()
    return None


def _hold(database: str, *, alone: bool, otherwise: str) -> Callable[[], None]:
    if database in _IN_MEMORY or is_postgres(database):
        return lambda: None
    path = Path(f"{os.path.realpath(database)}.lock")
    try:
        file = _open_locked(path, alone=alone)
    except OSError:  # a folder or a file system without locks; of a folder that is not there, SQLite says it better
        return lambda: None
    if file is None:
        raise ConfigurationError(otherwise)
    return file.close


def hold_database(database: str) -> Callable[[], None]:
    """Hold a database file as an engine does, with any number of others, until the returned function is called.

    PostgreSQL needs no hold: it knows its connections.

    Raises:
        ConfigurationError: It is being restored or copied.
    """
    sentence = f"{database} is being restored or copied: start again when `lightning-cart restore` or `database copy` is done"
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
