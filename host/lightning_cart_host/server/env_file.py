"""Reads settings from the environment, and from a file `.env` for those that the environment does not set."""

import re
from collections.abc import Mapping
from pathlib import Path

from lightning_cart.errors import ConfigurationError

_LINE = re.compile(
    r"""
    (?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*
    (?: "(?P<double>[^"]*)" | '(?P<single>[^']*)' | (?P<bare>[^"'\s\#][^\#]*?)? )
    \s*(?:(?<=\s)\#.*)?
    """,
    re.VERBOSE,
)


def parse_env_file(text: str) -> dict[str, str]:
    """Read lines of `NAME=value`, with comments, blank lines and quotation marks around a value.

    Args:
        text: The file's content.

    Raises:
        ConfigurationError: A line is none of these. The error names its number and not its content.
    """
    values: dict[str, str] = {}
    for number, line in enumerate(map(str.strip, text.splitlines()), 1):
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise ConfigurationError(f".env: line {number} is not NAME=value")
        values[match["name"]] = match["double"] or match["single"] or match["bare"] or ""
    return values


def read_env(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the environment's variables, and those of the folder's `.env` that the environment does not have.

    Args:
        environ: The environment.
        folder: The folder in which `.env` may be.

    Raises:
        ConfigurationError: `.env` exists and cannot be read.
    """
    try:
        text = (folder / ".env").read_text(encoding="utf-8")
    except FileNotFoundError:
        return dict(environ)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f".env cannot be read ({type(error).__name__})") from error
    return {**parse_env_file(text), **environ}
