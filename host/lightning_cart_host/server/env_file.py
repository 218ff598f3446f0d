"""Where settings come from: the environment, and a file `.env` in the working directory for what it does not say."""

import re
from collections.abc import Mapping
from pathlib import Path

from lightning_cart.errors import ConfigurationError

DATABASE = "DATABASE"
DEFAULT_DATABASE = "lightning-cart.db"
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
        ConfigurationError: Naming the first line that is none of these, without what it holds.
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
    """Every setting: the environment's own, and what the folder's `.env` adds to it.

    Args:
        environ: The environment; it wins.
        folder: Where `.env` may be.

    Raises:
        ConfigurationError: `.env` is there and cannot be read.
    """
    try:
        text = (folder / ".env").read_text(encoding="utf-8")
    except FileNotFoundError:
        return dict(environ)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f".env cannot be read ({type(error).__name__})") from error
    return {**parse_env_file(text), **environ}
