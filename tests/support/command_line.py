"""The command line, built once: building it takes longer than most commands, and happens at each call otherwise."""

import typer

from lightning_cart_host.cli import commands

COMMAND = typer.main.get_command(commands.app)
