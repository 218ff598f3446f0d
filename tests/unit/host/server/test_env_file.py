"""The `.env` file: its lines, and the environment that overrides it."""

from pathlib import Path

import pytest

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.server.env_file import parse_env_file, read_env, read_env_file


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NAME=value", "value"),
        ("  export NAME = value  ", "value"),
        ('NAME="a # b"', "a # b"),
        ("NAME='a b'  # comment", "a b"),
        ("NAME=value # comment", "value"),
        ("NAME=a,b=c", "a,b=c"),
        ("NAME=a#b", "a#b"),
        ("NAME=a b", "a b"),
        ("NAME=\t'a'\t# b", "a"),
        ("NAME=", ""),
        ('NAME=""', ""),
        ("NAME= # comment", ""),
        ("NAME=sk_test_…", "sk_test_…"),
    ],
    ids=[
        "plain",
        "export",
        "double",
        "single",
        "comment",
        "equals",
        "hash",
        "space",
        "tabs",
        "empty",
        "quoted empty",
        "only comment",
        "example",
    ],
)
def test_a_line_of_env_is_read(line: str, value: str) -> None:
    assert parse_env_file(f"# a comment\n\n{line}\n") == {"NAME": value}


@pytest.mark.parametrize("line", ["nonsense", "1NAME=x", '"NAME"=x', "=x", "sk_test_secret", "c2VjcmV0", "name: x"])
def test_a_line_that_is_none_is_named_without_what_it_holds(line: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse_env_file(f"A=1\n{line}\n")
    assert str(raised.value) == ".env: line 2 is not NAME=value: write a name, = and its value, or # before a comment"


@pytest.mark.parametrize(
    ("line", "reason", "shown"),
    [
        ("NAME: s3cret", "is not NAME=value: write = after the name", "NAME"),
        ("export NAME s3cret", "is not NAME=value: write = after the name", "export NAME"),
        ('NAME="s3cret', 'has a value without its closing ": write it at the end', "NAME"),
        ("NAME='s3cret' s3cret", "has text after the closing ': remove it, or put all of the value between the marks", "NAME"),
        (
            "NAME=\u201cs3cret\u201d",
            'has a typographic quotation mark (U+201C) around the value: write " or none',
            "NAME",
        ),
        ("NAME=#s3cret", "has a value that begins with #: put quotation marks around it", "NAME"),
        ('NAME="-----BEGIN s3cret', 'has a certificate without its closing ": write it at the end', "NAME"),
    ],
    ids=["colon", "space", "open", "text behind", "typographic", "hash", "certificate"],
)
def test_a_line_that_is_almost_right_shows_its_name_with_a_caret_and_never_its_value(
    line: str, reason: str, shown: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse_env_file(f"A=1\n{line}\n")
    told = str(raised.value).split("\n")
    caret = " " * (4 + len(shown) - 4) + "^^^^"
    assert told == [f".env: line 2 {reason}", f"    {shown}", caret]


@pytest.mark.parametrize(("name", "code"), [("NA\u200bME", "200B"), ("N\u00c4ME", "00C4"), ("NA\x00ME", "0000")])
def test_a_name_with_a_character_that_no_name_has_is_told_by_its_code(name: str, code: str) -> None:
    with pytest.raises(ConfigurationError, match=f"line 1 is not NAME=value: the name has the character U\\+{code}"):
        parse_env_file(f"{name}=s3cret")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_on_any_system(newline: str) -> None:
    assert parse_env_file(newline.join(["A=1", "\tB =\t2", ""])) == {"A": "1", "B": "2"}


def test_a_quoted_certificate_may_have_several_lines() -> None:
    pem = "-----BEGIN CERTIFICATE-----\nMIIB=\n-----END CERTIFICATE-----"
    assert parse_env_file(f'ANCHORS="{pem}"  # theirs\nB=2\n') == {"ANCHORS": pem, "B": "2"}


def test_the_last_line_of_a_name_counts_and_every_line_is_known(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1\n\nA=2\n")
    found = read_env_file(tmp_path)
    assert found is not None
    assert (found.values, found.lines) == ({"A": "2"}, {"A": [1, 3]})


def test_what_is_read_does_not_show_its_values(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=s3cret\n")
    assert "s3cret" not in repr(read_env_file(tmp_path))


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=file\nB=file\n")
    assert read_env({"A": "environment"}, tmp_path) == {"A": "environment", "B": "file"}


def test_without_a_file_the_environment_is_all(tmp_path: Path) -> None:
    assert read_env({"A": "1"}, tmp_path) == {"A": "1"}


def test_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfA=1\r\n")
    assert read_env({}, tmp_path) == {"A": "1"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_in_utf_16_is_to_be_saved_as_utf_8(tmp_path: Path, encoding: str) -> None:
    (tmp_path / ".env").write_bytes("A=1\n".encode(encoding))
    with pytest.raises(ConfigurationError, match=r"^\.env is in UTF-16, as PowerShell's > writes it: save it as UTF-8"):
        read_env({}, tmp_path)


def test_a_file_in_another_encoding_is_to_be_saved_as_utf_8(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("A=1\n# für später\n".encode("latin-1"))
    with pytest.raises(ConfigurationError, match=r"^\.env is not in UTF-8 but probably in Latin-1 .* \(line 2\): save it"):
        read_env({}, tmp_path)


def test_a_folder_of_that_name_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    with pytest.raises(ConfigurationError, match=r"^\.env cannot be read \(it is a folder\)"):
        read_env({}, tmp_path)
