"""The command line, built once: building it takes longer than most commands, and happens at each call otherwise.

And somebody who answers its questions.
"""

import io

import typer

from lightning_cart_host.cli import commands

COMMAND = typer.main.get_command(commands.app)


class Terminal(io.StringIO):
    """A terminal at which somebody types."""

    def isatty(self) -> bool:
        return True
