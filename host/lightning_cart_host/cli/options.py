"""Options that several commands take, and where their values come from when nobody gives them."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from lightning_cart_host.server.env_file import DATABASE, DEFAULT_DATABASE, read_env

MEMORY = ":memory:"

Port = Annotated[int, typer.Option(help="Port to listen on; 0 for any that is free.", min=0, max=65535)]
HostOption = Annotated[str, typer.Option(help="Address to listen on.")]
Config = Annotated[
    Path | None,
    typer.Option(help="Folder of products.toml and sites.toml.", show_default="config, else the example that comes along"),
]
Database = Annotated[str | None, typer.Option(help="SQLite file.", show_default="what DATABASE names, else lightning-cart.db")]
State = Annotated[str, typer.Option(help="File in which the sandbox keeps everything.", show_default="in memory")]
Dial = Annotated[
    str,
    typer.Option(
        help="What goes wrong at the sandbox, and how often, such as 'seed=7 duplicate=0.1 drop=0.05'; /chaos names all.",
        show_default="nothing",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object a line, for scripts.")]


def read_settings_here() -> dict[str, str]:
    """Settings of the environment, and of `.env` in the working directory."""
    return read_env(os.environ, Path())


def choose_database(given: str | None, env: Mapping[str, str]) -> str:
    """The SQLite file: the one that was named, else the setting's, else the usual one."""
    return given or env.get(DATABASE, "").strip() or DEFAULT_DATABASE


def print_json(value: object) -> None:
    """Print a value as one line of JSON."""
    typer.echo(json.dumps(value, ensure_ascii=False))
