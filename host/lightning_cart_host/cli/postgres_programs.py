"""Runs PostgreSQL's own programs for backups. A database's URL gets to them by their environment, which no other user sees."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from psycopg.pq import Conninfo

from lightning_cart.errors import ConfigurationError, StorageUnavailable

_OTHER_RELEASE = ("version mismatch", "unrecognized configuration parameter")


def program_environment(url: str) -> Mapping[str, str]:
    """Return the environment in which PostgreSQL's programs connect to a database.

    Args:
        url: A URL that is well formed.
    """
    found = {
        option.envvar.decode(): option.val.decode()
        for option in Conninfo.parse(url.encode())
        if option.envvar and option.val is not None
    }
    return {**os.environ, **found}


def find_program(name: str, elsewhere: str) -> str:
    """Return where a program is.

    Args:
        name: Its name, such as pg_dump.
        elsewhere: The command to run on a machine that has it, for the error message.

    Raises:
        ConfigurationError: It is not installed.
    """
    path = shutil.which(name)
    if path is None:
        raise ConfigurationError(
            f"{name} is not installed: install PostgreSQL's client programs (apt install postgresql-client), or run on a "
            f"machine that has them: {elsewhere}"
        )
    return path


def _failed(program: str, errors: str) -> StorageUnavailable:
    """Return the error of a program. What it said first is the reason; what follows may quote rows."""
    lines = [line.strip() for line in errors.splitlines() if "error:" in line] or errors.strip().splitlines()
    reason = lines[0] if lines else "it said nothing"
    advice = ": install the client programs of the server's release" if any(sign in reason for sign in _OTHER_RELEASE) else ""
    return StorageUnavailable(f"{Path(program).name} failed: {reason}{advice}")


def run_program(program: str, arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
    """Run a program of PostgreSQL until it ends.

    Args:
        program: As `find_program` returns it.
        arguments: Without secrets, as every user of the machine can read them.
        environment: Its environment. Default: this program's.

    Raises:
        StorageUnavailable: It failed.
    """
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own program
        [program, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise _failed(program, done.stderr)


@contextmanager
def read_program(program: str, arguments: Sequence[str]) -> Iterator[IO[str]]:
    """Run a program of PostgreSQL, and read what it prints.

    Raises:
        StorageUnavailable: It failed.
    """
    with subprocess.Popen(  # noqa: S603 - PostgreSQL's own program
        [program, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as running:
        assert running.stdout  # noqa: S101 - it is a pipe
        assert running.stderr  # noqa: S101 - the same
        try:
            yield running.stdout
        except BaseException:
            running.kill()
            raise
        errors = running.stderr.read()
    if running.returncode:
        raise _failed(program, errors)
