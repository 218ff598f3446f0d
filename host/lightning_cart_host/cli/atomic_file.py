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
def replace_file(path: Path) -> Iterator[BinaryIO]:
    """Open a new file of mode 600, and give it its name once it is written.

    Args:
        path: Its name. A file of that name is replaced at the end; if the block fails, it stays as it is.

    Raises:
        ConfigurationError: The file cannot be written there.
    """
    if path.exists() and not path.is_file():
        raise ConfigurationError(f"{path} is not a file: name another one, or leave it out to write to standard output")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)  # made with mode 600
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
