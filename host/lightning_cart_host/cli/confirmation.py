"""Asks an operator before money moves, a checkout ends, or a database is replaced."""

import sys

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.output import printable

_YES = {"y", "yes"}


def is_interactive() -> bool:
    """Return whether a person can be asked: standard input is a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


def confirm(question: str) -> bool:
    """Ask a question on standard error, and return whether the answer is yes. A script can pipe the answer in.

    Raises:
        ConfigurationError: There is no answer, and no terminal at which somebody could give one.
    """
    question = printable(question).replace("\n", " ")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    answer = sys.stdin.readline() if sys.stdin else ""
    if not answer and not is_interactive():
        sys.stderr.write("\n")
        raise ConfigurationError("nobody has answered, as the input is not a terminal and is empty: add --yes to do it")
    return answer.strip().lower() in _YES
