"""Options that several commands share, and their defaults."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.output import json_line
from lightning_cart_host.server.env_file import read_env
from lightning_cart_host.server.log import LogFormat
from lightning_cart_host.server.settings_catalogue import DATABASE

MEMORY = ":memory:"

_MAX_PORT = 65535


def check_port(value: int | None) -> int | None:
    """Return a port if it is one. The library's own range would fill a column of the help."""
    if value is not None and not 0 <= value <= _MAX_PORT:
        raise typer.BadParameter(f"{value} is not a port: use a number from 0 to {_MAX_PORT}.")
    return value


Port = Annotated[int, typer.Option(help="Port to listen on; 0 for any that is free.", metavar="PORT", callback=check_port)]
HostOption = Annotated[str, typer.Option(help="Address to listen on.")]
Config = Annotated[
    Path | None,
    typer.Option(
        help="Folder of the catalogue: products.toml, sites.toml and, if there are, shipping.toml and taxes.toml.",
        show_default="config",
    ),
]
Database = Annotated[
    str | None,
    typer.Option(
        help="SQLite file, or the URL of PostgreSQL without a password: that belongs in the setting DATABASE.",
        show_default="the setting DATABASE, else lightning-cart.db",
    ),
]
State = Annotated[str, typer.Option(help="File that stores the sandbox's data.", show_default="in memory")]
FaultRates = Annotated[
    str,
    typer.Option(
        help="Fault rates of the sandbox, such as 'seed=7 duplicate=0.1 drop=0.05'; /chaos lists them all.",
        show_default="no faults",
    ),
]
LogFormatOption = Annotated[
    LogFormat,
    typer.Option(
        "--log-format",
        metavar="FORMAT",
        help="Log as text or json, one object per line; auto writes text on a terminal, else JSON.",
    ),
]
OrderId = Annotated[
    str, typer.Argument(help="The order's id, or its beginning if no other id begins so; ord_ can be left out.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object per line, for scripts.")]


def read_settings_here() -> dict[str, str]:
    """Read the settings of the environment, and of `.env` in the working directory."""
    return read_env(os.environ, Path())


def read_settings_if_possible() -> dict[str, str]:
    """Read the settings, or those of the environment alone if `.env` cannot be read, for commands that go on without."""
    try:
        return read_settings_here()
    except ConfigurationError:  # the doctor's check of `.env` says why
        return dict(os.environ)


def choose_database(option: str | None, env: Mapping[str, str]) -> str:
    """Return the SQLite file or the URL of PostgreSQL: the option, else the setting's, else the default.

    Raises:
        ConfigurationError: It is the URL of another kind of database.
    """
    chosen = option or env.get(DATABASE.name, "").strip() or DATABASE.default
    if fault := DATABASE.validate(chosen):
        raise ConfigurationError(f"{'--database' if option else DATABASE.name} {fault}")
    return chosen


def print_json(value: object) -> None:
    """Print a value as one line of JSON."""
    typer.echo(json_line(value))
