"""Makes a new file that gets its name once it is whole, and that only its owner can read."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lightning_cart.errors import ConfigurationError

BESIDE = ("-wal", "-shm", "-journal")  # SQLite's files beside a database, which it would apply to any file of its name


def flush(path: Path) -> None:
    """Let a file's content reach the disk."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def new_file_beside(path: Path) -> Iterator[Path]:
    """Create a file that only its owner can read, and delete it after the block unless it was renamed.

    Raises:
        ConfigurationError: No file can be made there.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from error
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        for file in (name, *(f"{name}{end}" for end in BESIDE)):
            Path(file).unlink(missing_ok=True)


def name_new(copy: Path, name: Path) -> None:
    """Give a file its name.

    Raises:
        ConfigurationError: A file of that name was made meanwhile.
    """
    try:
        os.link(copy, name)
    except FileExistsError as error:
        raise exists_already(name) from error
    except OSError:  # a file system without hard links
        copy.rename(name)


def exists_already(path: Path) -> ConfigurationError:
    """Return the error of a new file whose name is taken."""
    return ConfigurationError(f"{path} exists already: name a new file")
