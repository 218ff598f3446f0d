"""The programs that are measured: the engine, and FastAPI with stripe-python and SQLAlchemy, each on SQLite and PostgreSQL."""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.host.processes import free_port, running
from benchmarks.host.traffic import shop_env
from lightning_cart_host.edge.staging import ROOT

OURS, FASTAPI, WITHOUT_GROUPS = "ours", "FastAPI", "ours, each call alone"
SQLITE, POSTGRES = "SQLite", "PostgreSQL"
_SHOPS = Path(__file__).parent / "shops"
# Several connections that write to one SQLite file wait for each other by polling: FastAPI is faster with one.
_POOLS = {SQLITE: "1", POSTGRES: "8"}


@dataclass(frozen=True, slots=True)
class Contender:
    """A program with its database.

    Args:
        program: Its name in the tables.
        database: `SQLITE` or `POSTGRES`.
        workers: The number of its processes.
    """

    program: str
    database: str
    workers: int = 1

    @property
    def name(self) -> str:
        """The name of its figures."""
        return f"{self.program}, {self.database}" + (f", {self.workers} workers" if self.workers > 1 else "")


BOTH = tuple(Contender(program, database) for database in (SQLITE, POSTGRES) for program in (OURS, FASTAPI))
ALONE = Contender(WITHOUT_GROUPS, SQLITE)
SEVERAL = tuple(Contender(program, POSTGRES, 2) for program in (OURS, FASTAPI))


@dataclass(frozen=True, slots=True)
class Served:
    """A contender that listens.

    Args:
        contender: The contender.
        port: Its port on this machine.
        process_id: Its first process.
    """

    contender: Contender
    port: int
    process_id: int


def _own_command(contender: Contender, port: int, database: str) -> list[str | Path]:
    module = "benchmarks.host.without_groups" if contender.program == WITHOUT_GROUPS else "lightning_cart_host"
    serve = [
        "serve",
        "--port",
        str(port),
        "--config",
        str(ROOT / "benchmarks" / "config"),
        "--database",
        database,
        "--storefront",
        "none",
    ]
    return [sys.executable, "-m", module, *serve, "--log-format", "json", "--workers", str(contender.workers)]


def _other_command(contender: Contender, port: int, python: Path) -> list[str | Path]:
    server = ["-m", "uvicorn", "fastapi_shop:app", "--app-dir", str(_SHOPS), "--loop", "uvloop", "--http", "httptools"]
    return [python, *server, "--port", str(port), "--workers", str(contender.workers)]


@contextlib.contextmanager
def serving(contender: Contender, provider_port: int, folder: Path, database: str, python: Path) -> Iterator[Served]:
    """Run a contender during the block.

    Args:
        contender: The contender.
        provider_port: The port of the providers' stand-in.
        folder: Keeps its output.
        database: A file that does not exist, or the URL of an empty database of PostgreSQL.
        python: The other program's.
    """
    port, env = free_port(), shop_env(provider_port) | {"PYTHONPATH": str(ROOT)}
    if contender.program == FASTAPI:
        on_postgres = contender.database == POSTGRES
        url = f"postgresql+psycopg{database.removeprefix('postgresql')}" if on_postgres else f"sqlite+aiosqlite:///{database}"
        env |= {"SHOP_DATABASE": url, "SHOP_POOL": _POOLS[contender.database]}
        command = _other_command(contender, port, python)
    else:
        command = _own_command(contender, port, database)
    with running(command, port, env, folder, contender.name.replace(", ", "-")) as process_id:
        yield Served(contender, port, process_id)
