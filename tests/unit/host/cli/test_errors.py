"""How the command line ends: one sentence for every error, a code of the table, and no traceback that nobody asked for."""

import asyncio
import errno
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from lightning_cart import __version__
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.errors import ConfigurationError, OrderStateConflict
from lightning_cart.storage.orders import OrderStore
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.cli import main as cli
from lightning_cart_host.cli.exit_codes import EXIT_CODES, exit_codes_help
from lightning_cart_host.resources import find_resource
from support import ROOT
from support.builders import ORDER_ID, make_order
from support.processes import without_settings

type Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch, lightning_cart: Cli) -> Callable[[BaseException], tuple[int, str, str]]:
    """Run a command that raises an error."""

    def run(error: BaseException) -> tuple[int, str, str]:
        def fail() -> None:
            raise error

        monkeypatch.setattr(cli, "_run", fail)
        return lightning_cart()

    return run


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (ConfigurationError("set it"), 2, "lightning-cart: set it\n"),
        (OrderStateConflict("it is paid"), 1, "lightning-cart: it is paid\n"),
        (OrderStateConflict(), 1, "lightning-cart: OrderStateConflict\n"),
        (ConfigurationError("sk_test_abc of ada@example.com"), 2, "lightning-cart: [redacted] of [redacted]\n"),
        (PermissionError(errno.EACCES, "Permission denied", "x.db"), 1, "lightning-cart: x.db: Permission denied\n"),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            1,
            "lightning-cart: the output cannot be written: No space left on device\n",
        ),
        (BrokenPipeError(), 1, ""),
        (KeyboardInterrupt(), 130, ""),
        (
            ModuleNotFoundError(name="jinja2"),
            2,
            "lightning-cart: jinja2 is missing: pip install 'lightning-cart[host,sandbox]'\n",
        ),
        (
            ModuleNotFoundError(name="httpx.sub"),
            2,
            "lightning-cart: httpx.sub is missing: pip install 'lightning-cart[host,sandbox]'\n",
        ),
        (
            ModuleNotFoundError(name="psycopg"),
            2,
            "lightning-cart: psycopg is missing: pip install 'lightning-cart[host,postgres]'\n",
        ),
    ],
    ids=[
        "settings",
        "failed",
        "wordless",
        "redacted",
        "a file",
        "a full disk",
        "a closed pipe",
        "Ctrl-C",
        "an extra",
        "a part of an extra",
        "PostgreSQL",
    ],
)
def test_an_error_is_one_sentence(failing: Any, error: BaseException, code: int, sentence: str) -> None:
    assert failing(error) == (code, "", sentence)


@pytest.mark.parametrize(
    "error", [ValueError("ada@example.com"), ModuleNotFoundError(name="their_plugin"), OSError("odd")], ids=repr
)
def test_an_unexpected_error_asks_for_a_report_and_quotes_nothing(failing: Any, error: Exception) -> None:
    status, out, err = failing(error)
    assert (status, out, err.count("\n"), "ada" in err) == (1, "", 1, False)
    assert err.startswith(f"lightning-cart: unexpected {type(error).__name__} at test_errors.py:")
    assert f"Please report this line (Lightning-Cart {__version__}, Python " in err


def test_the_traceback_is_shown_on_demand_without_secrets(failing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cli.TRACEBACK, "1")
    err = failing(ValueError("of ada@example.com"))[2]
    assert ("Traceback (most recent call last)" in err, "ValueError: of [redacted]" in err) == (True, True)


def test_the_modules_of_the_extras_are_those_of_the_project() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    names = {
        distribution.partition(">")[0].replace("-", "_") for extra in ("host", "sandbox") for distribution in extras[extra]
    }
    assert names | {"lightning_cart_sandbox"} == cli.EXTRAS


def test_every_exit_code_has_its_place_in_the_table() -> None:
    assert [code for code, _ in EXIT_CODES] == [0, 1, 2, 130]
    assert exit_codes_help().count("\n- ") == len(EXIT_CODES)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--version"], 0), (["catalog", "check"], 2), (["nonsense"], 2), (["orders", "list", "--limit", "x"], 2)],
    ids=["done", "to be corrected", "no such command", "no number"],
)
def test_the_commands_use_the_table(lightning_cart: Cli, arguments: list[str], code: int) -> None:
    assert lightning_cart(*arguments)[0] == code


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Fill a folder with a shop whose product has a name of many scripts."""

    async def fill() -> None:
        database = SqliteDatabase(tmp_path / "lightning-cart.db")
        await database.migrate(find_resource("migrations"))
        line = LineItem("ten", "Café ☕ שלום", Money(1000, "EUR"), 1)
        await OrderStore(database).create_order(make_order(lines=(line,)), "", "digest")
        database.close()

    asyncio.run(fill())
    return tmp_path


def program(folder: Path, arguments: Iterable[str], **options: Any) -> "subprocess.Popen[bytes]":
    env = without_settings(os.environ) | {"PYTHONIOENCODING": "ascii"}
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "lightning_cart_host", *arguments],
        cwd=folder,
        env=env,
        stderr=subprocess.PIPE,
        **options,
    )


def test_a_process_whose_output_is_ascii_writes_to_the_end(shop: Path) -> None:
    with program(shop, ["orders", "show", ORDER_ID], stdout=subprocess.PIPE) as process:
        out, err = process.communicate(timeout=30)
    assert (process.returncode, err, rb"1 of Caf\u00e9 \u2615" in out, b"No events yet." in out) == (0, b"", True, True)


def test_a_reader_that_goes_away_ends_the_command_without_a_word(shop: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with program(shop, ["orders", "list", "--json"], stdout=writing) as process:
        os.close(writing)
        assert (process.communicate(timeout=30)[1], process.returncode) == (b"", 1)
