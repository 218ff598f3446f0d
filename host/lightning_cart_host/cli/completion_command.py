# ruff: noqa: PLC0415 - each command imports what it needs by itself, so that `--help` is fast
"""The command `lightning-cart completion`: the script that lets a shell complete this program's commands and options."""

from enum import StrEnum
from typing import Annotated

import typer

from lightning_cart.errors import ConfigurationError

PROGRAM = "lightning-cart"
VARIABLE = "_LIGHTNING_CART_COMPLETE"  # the script sets it when it asks this program for completions


class Shell(StrEnum):
    """A shell that can be served."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


_COMMAND = f"{PROGRAM} completion"
_ADVICE = {
    Shell.BASH: f"{_COMMAND} bash > ~/.local/share/bash-completion/completions/{PROGRAM}",
    Shell.ZSH: f"{_COMMAND} zsh > ~/.zfunc/_{PROGRAM} (with `fpath+=~/.zfunc; autoload -Uz compinit; compinit` in ~/.zshrc)",
    Shell.FISH: f"{_COMMAND} fish > ~/.config/fish/completions/{PROGRAM}.fish",
    Shell.POWERSHELL: f"{_COMMAND} powershell >> $PROFILE",
}


def _detect() -> Shell:
    """Return the shell that runs this program.

    Raises:
        ConfigurationError: It is not known, or none that can be served.
    """
    import shellingham

    try:
        name = shellingham.detect_shell()[0]
    except shellingham.ShellDetectionFailure:
        name = ""
    name = Shell.POWERSHELL if name == "pwsh" else name
    if name not in set(Shell):
        found = f"{name} is not served" if name else "your shell could not be detected"
        raise ConfigurationError(f"{found}: name one of {', '.join(Shell)}, such as `{_COMMAND} bash`")
    return Shell(name)


def completion(
    shell: Annotated[Shell | None, typer.Argument(help="The shell.", show_default="the one that runs this command")] = None,
) -> None:
    """Print the script for completion with the Tab key. Where to put it is said on standard error."""
    from typer.completion import get_completion_script  # type: ignore[attr-defined]  # there in every release

    chosen = shell or _detect()
    typer.echo(get_completion_script(prog_name=PROGRAM, complete_var=VARIABLE, shell=chosen.value))
    typer.echo(f"To keep it: {_ADVICE[chosen]}\nThen open a new {chosen} session.", err=True)
