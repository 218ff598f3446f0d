"""What a file, an option or the database has moves no cursor of an operator's terminal, and hides or reorders nothing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

type Cli = Callable[..., tuple[int, str, str]]
type Rows = Callable[[str], list[tuple[Any, ...]]]
HOSTILE = "\x1b[2J\x9b1A\u202egpj\u2066\r\x07\u2028"


def obeyed(text: str) -> set[str]:
    """Return the characters of an output that a terminal obeys instead of printing them."""
    return {character for character in text if not character.isprintable()} - {"\n"}


@pytest.mark.parametrize("option", ["percent", "amount", "least", "product", "category", "from", "until", "reason"])
def test_no_option_is_printed_as_it_is(codes: Cli, option: str) -> None:
    _, out, err = codes("add", f"X{HOSTILE}", "--percent", "5", f"--{option}", f"5{HOSTILE}")
    assert (obeyed(out), obeyed(err), bool(err)) == (set(), set(), True)


@pytest.mark.parametrize("name", ["end", "add"])
def test_no_code_is_printed_as_it_is(codes: Cli, name: str) -> None:
    _, out, err = codes(name, f"X{HOSTILE}")
    assert (obeyed(out), obeyed(err), bool(err)) == (set(), set(), True)


@pytest.mark.parametrize("extra", [[], ["--json"]], ids=["people", "scripts"])
def test_no_file_is_printed_as_it_is(codes: Cli, tmp_path: Path, extra: list[str]) -> None:
    cells = ",".join(f'"5{HOSTILE}"' for _ in range(5))
    for content in (f"code,percent,amount,product,until\n{cells}\n", f'code,"{HOSTILE}"\nA,5\n'):
        (tmp_path / "codes.csv").write_text(content, encoding="utf-8", newline="")
        status, out, err = codes("import", "codes.csv", *extra)
        assert (status, obeyed(out), obeyed(err)) == (2, set(), set())


@pytest.mark.parametrize("extra", [[], ["--json"]], ids=["people", "scripts"])
def test_no_name_of_the_database_is_printed_as_it_is(codes: Cli, rows: Rows, extra: list[str]) -> None:
    terms = json.dumps({"percent": "5", "products": [f"mug{HOSTILE}"], "categories": [f"c{HOSTILE}"]}).replace("'", "''")
    rows(f"INSERT INTO codes (code, revision, terms) VALUES ('X', 1, '{terms}')")
    status, out, err = codes("list", *extra)
    assert (status, obeyed(out), err) == (0, set(), "")
