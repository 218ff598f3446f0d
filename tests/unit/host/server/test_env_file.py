"""The `.env` file: its lines, and the environment that overrides it."""

from pathlib import Path

import pytest

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.server.env_file import parse_env_file, read_env


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NAME=value", "value"),
        ("  export NAME = value  ", "value"),
        ('NAME="a # b"', "a # b"),
        ("NAME='a b'  # comment", "a b"),
        ("NAME=value # comment", "value"),
        ("NAME=a,b=c", "a,b=c"),
        ("NAME=", ""),
        ('NAME=""', ""),
        ("NAME= # comment", ""),
        ("NAME=sk_test_…", "sk_test_…"),
    ],
    ids=["plain", "export", "double", "single", "comment", "equals", "empty", "quoted empty", "only comment", "example"],
)
def test_a_line_of_env_is_read(line: str, value: str) -> None:
    assert parse_env_file(f"# a comment\n\n{line}\n") == {"NAME": value}


@pytest.mark.parametrize("line", ["nonsense", "1NAME=x", '"NAME"=x', 'NAME="open', "=x", "NAME: x"])
def test_a_line_that_is_none_is_named_without_what_it_holds(line: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse_env_file(f"A=1\n{line}\n")
    assert str(raised.value) == ".env: line 2 is not NAME=value"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=file\nB=file\n")
    assert read_env({"A": "environment"}, tmp_path) == {"A": "environment", "B": "file"}


def test_without_a_file_the_environment_is_all(tmp_path: Path) -> None:
    assert read_env({"A": "1"}, tmp_path) == {"A": "1"}


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match=r"\.env cannot be read"):
        read_env({}, tmp_path)
