"""Writes a file that is either whole or as it was before, and that only its owner can read."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from lightning_cart.errors import ConfigurationError


@contextmanager
def name_failures(name: str) -> Iterator[None]:
    """Name the output in the error of a block that cannot be written, as on a full disk.

    Raises:
        OSError: With the name as its file. A reader that has gone is a `BrokenPipeError` without one.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, name) from error


@contextmanager
def replace_file(path: Path) -> Iterator[BinaryIO]:
    """Open a new file of mode 600, and give it its name once it is written.

    Args:
        path: Its name, or a link to it. A file of that name is replaced at the end; if the block fails, it stays as it is.

    Raises:
        ConfigurationError: No file can be made there.
        OSError: It cannot be written.
    """
    if path.exists() and not path.is_file():
        raise ConfigurationError(f"{path} is not a file: name another one, or leave it out to write to standard output")
    target = path.resolve()  # /dev/stdout is a link too, and has to stay one
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)  # made with mode 600
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from error
    try:
        with name_failures(str(path)):
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(target)  # Windows refuses that while another program has the file open
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
