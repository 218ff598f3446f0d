"""Reads settings from the environment, and from a file `.env` for those that the environment does not set."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lightning_cart.errors import ConfigurationError

ENV_FILE = ".env"
_LINE = re.compile(r"(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?P<value>.*)", re.DOTALL)
_COMMENT = re.compile(r"\s+#.*")
# A word that can only be a name: anything else of a line may be part of a secret, so it is not shown.
_SHOWN_NAME = re.compile(r"(?:export\s+)?(?P<name>[A-Z][A-Z0-9_]{2,63})(?=[\s:=])", re.ASCII)
_SMART_QUOTES = frozenset("\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019\u201a\u2032\u2033")
_MULTILINE = "-----BEGIN "  # of a certificate, whose value may have several lines
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class EnvFile:
    """The settings of a `.env` file.

    Args:
        path: The file.
        values: Values by name. They may be secrets, so they are never shown.
        lines: The numbers of the lines that set a name, in order.
    """

    path: Path
    values: Mapping[str, str] = field(repr=False)
    lines: Mapping[str, list[int]]


def _refuse(number: int, line: str, reason: str) -> ConfigurationError:
    """Return the error of a line. It shows the line's name at most, and never its value."""
    sentence = f"{ENV_FILE}: line {number} {reason}"
    if match := _SHOWN_NAME.match(line):
        pointer = " " * match.start("name") + "^" * len(match["name"])
        return ConfigurationError(f"{sentence}\n    {line[: match.end()]}\n    {pointer}")
    return ConfigurationError(sentence)


def _shape_problem(line: str) -> str:
    """Return what is wrong with a line that is not NAME=value."""
    for character in line.partition("=")[0]:
        if not character.isascii() or not (character.isprintable() or character.isspace()):
            return f"is not NAME=value: the name has the character U+{ord(character):04X}, so type the name again"
    if _SHOWN_NAME.match(line) and "=" not in line:
        return "is not NAME=value: write = after the name"
    return "is not NAME=value: write a name, = and its value, or # before a comment"


def _parse_value(number: int, line: str, text: str) -> str:
    """Return the value of a line, without quotation marks and comment."""
    if text[:1] in _SMART_QUOTES:
        raise _refuse(
            number, line, f'has a typographic quotation mark (U+{ord(text[0]):04X}) around the value: write " or none'
        )
    if text[:1] not in {'"', "'"}:
        if text.startswith("#") and line[line.index("=") + 1] == "#":
            raise _refuse(number, line, "has a value that begins with #: put quotation marks around it")
        return "" if text.startswith("#") else _COMMENT.split(text, 1)[0].rstrip()
    value, quote, rest = text[1:].partition(text[0])
    if not quote:
        raise _refuse(number, line, f"has a value without its closing {text[0]}: write it at the end")
    if rest.strip() and not _COMMENT.fullmatch(rest):
        raise _refuse(
            number, line, f"has text after the closing {text[0]}: remove it, or put all of the value between the marks"
        )
    return value


def _joined_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line with its number; a quoted certificate counts as one line."""
    opened, start, quote = "", 0, ""
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        if opened:
            opened += f"\n{line}"
            if quote in line:
                yield start, opened
                opened = ""
            continue
        value = line.partition("=")[2].strip()
        if value[1:].startswith(_MULTILINE) and value[0] in {'"', "'"} and value[0] not in value[1:]:
            opened, start, quote = line, number, value[0]
        else:
            yield number, line
    if opened:
        raise _refuse(start, opened.partition("\n")[0], f"has a certificate without its closing {quote}: write it at the end")


def parse_lines(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the number, the name and the value of each line of `NAME=value`.

    Raises:
        ConfigurationError: A line is neither that nor a comment nor blank. The error names its number and never its value.
    """
    for number, raw in _joined_lines(text.removeprefix("\ufeff")):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise _refuse(number, line, _shape_problem(line))
        yield number, match["name"], _parse_value(number, line, match["value"])


def parse_env_file(text: str) -> dict[str, str]:
    """Read lines of `NAME=value`, with comments, blank lines and quotation marks around a value. The last one of a name counts.

    Args:
        text: The file's content.

    Raises:
        ConfigurationError: A line is none of these.
    """
    return {name: value for _, name, value in parse_lines(text)}


def decode_text(name: str, content: bytes) -> str:
    """Decode a text file in UTF-8, with or without a byte order mark.

    Args:
        name: The file's name, for the error.
        content: Its bytes.

    Raises:
        ConfigurationError: It is not in UTF-8; the error says what it probably is, and what to do.
    """
    if content.startswith(_UTF_16) or b"\0" in content[:200]:
        raise ConfigurationError(
            f"{name} is in UTF-16, as PowerShell's > writes it: save it as UTF-8, for example with Set-Content -Encoding utf8"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(
            f"{name} is not in UTF-8 but probably in Latin-1 or Windows-1252 (line {number}): save it as UTF-8 in your editor"
        ) from error


def read_env_file(folder: Path) -> EnvFile | None:
    """Read the `.env` of a folder, or return None if there is none.

    Raises:
        ConfigurationError: It exists and cannot be read.
    """
    path = folder / ENV_FILE
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = "it is a folder" if path.is_dir() else type(error).__name__
        raise ConfigurationError(f"{ENV_FILE} cannot be read ({reason}): make it a file that this user may read") from error
    values: dict[str, str] = {}
    lines: dict[str, list[int]] = {}
    for number, name, value in parse_lines(decode_text(ENV_FILE, content)):
        values[name] = value
        lines.setdefault(name, []).append(number)
    return EnvFile(path, values, lines)


def read_env(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the environment's variables, and those of the folder's `.env` that the environment does not have.

    Args:
        environ: The environment.
        folder: The folder in which `.env` may be.

    Raises:
        ConfigurationError: `.env` exists and cannot be read.
    """
    found = read_env_file(folder)
    return {**found.values, **environ} if found else dict(environ)
