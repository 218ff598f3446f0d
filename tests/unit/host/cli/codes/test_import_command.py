"""A file of codes is saved whole or not at all, and each mistake in it has its line."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lightning_cart_host.cli.codes import import_command
from lightning_cart_host.cli.codes.csv_file import MAX_CODES

type Cli = Callable[..., tuple[int, str, str]]
type Rows = Callable[[str], list[tuple[Any, ...]]]
NAMES = "SELECT code FROM codes ORDER BY code"
WHOLE = """\
code,percent,amount,free-delivery,product,category,least,from,until,most-uses,once,free
a1,10,,,tshirt;mug,,,,2050-12-31,5,yes,
A2,,5.00EUR; 6.00USD,TRUE,,clothes|kitchen,20EUR;24USD,2050-01-01,,,,x

A3,,,yes,,,,,,100.0,no,0
"""


@pytest.fixture
def imported(codes: Cli, tmp_path: Path) -> Cli:
    """Import a text or bytes as a file."""

    def run(content: str | bytes, *options: str) -> tuple[int, str, str]:
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / "codes.csv").write_bytes(data)
        return codes("import", "codes.csv", *options)

    return run


def test_every_column_is_an_option(imported: Cli, rows: Rows) -> None:
    assert imported(WHOLE, "--reason", "friends") == (0, "3 codes saved\n", "")
    assert [
        (code, json.loads(terms), *rest)
        for code, terms, *rest in rows("SELECT code, terms, most_uses, once, from_at, until_at FROM codes ORDER BY code")
    ] == [
        ("A1", {"percent": "10", "products": ["tshirt", "mug"]}, 5, 1, None, 2556144000),
        (
            "A2",
            {
                "amounts": {"EUR": 500, "USD": 600},
                "categories": ["clothes", "kitchen"],
                "least": {"EUR": 2000, "USD": 2400},
                "free_delivery": True,
                "free": True,
            },
            None,
            0,
            2524608000,
            None,
        ),
        ("A3", {"free_delivery": True}, 100, 0, None, None),
    ]
    assert rows("SELECT DISTINCT who, action, reason FROM operator_log") == [("cli", "code import", "friends")]


@pytest.mark.parametrize(
    "content",
    [
        "code,percent\nA,10\n",
        "\ufeffcode,percent\r\nA,10\r\n",
        "code;percent\nA;10\n",
        "code\tpercent\nA\t10",
        "\n\n Code , --Percent \n\n a , 10 % \n , \n",
        'percent,"code"\n10,"A"\n',
        "code,percent,most_uses,Free Delivery\nA,10\n",
    ],
    ids=["plain", "excel", "semicolons", "tabs", "blanks", "quoted", "short row"],
)
def test_files_of_any_spreadsheet_are_read(imported: Cli, rows: Rows, content: str) -> None:
    assert imported(content) == (0, "1 code saved\n", "")
    assert rows("SELECT code, terms FROM codes") == [("A", '{"percent":"10"}')]


def test_standard_input_is_read(codes: Cli, rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"code,percent\nA,10\n")))
    assert codes("import", "-") == (0, "1 code saved\n", "")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"code\nA\n")))
    assert codes("import", "-")[2].startswith("standard input:2: percent: is missing")
    assert rows(NAMES) == [("A",)]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "codes.csv:1: there are no codes: write the names of columns, such as code,percent,until, and codes below"),
        ("code,percent\n\n", "codes.csv:2: there are no codes"),
        ("cod,percent\nA,10", "codes.csv:1: cod is no column: did you mean code?"),
        ("\n\ncode,colour\nA,10", "codes.csv:3: colour is no column: the columns are code, percent, amount"),
        ("code,\x1b[2J\nA,10", "codes.csv:1: one column is no column"),
        ("code,code\nA,10", "codes.csv:1: code: is there twice: remove one of these columns"),
        ("percent\n10", "codes.csv:1: code: is missing: the first line has the names of the columns"),
        ("A,10\nB,10", "codes.csv:1: a is no column"),
        ("code,percent\nA,10\nB,10,x", "codes.csv:3: has 3 cells, and the first line names 2 columns"),
        ("code,percent\nA,10\n,10", "codes.csv:3: code: must have 1 to 40 letters"),
        ("code,percent\nA,10\na,20", "codes.csv:3: code: A is on line 2, too: remove one"),
        ("code,percent\nA,110", "codes.csv:2: percent: must be at most 100"),
        ("code,amount\nA,5", "codes.csv:2: amount: 5 must be an amount with its currency"),
        ('code,amount\nA,"5,00EUR"', "codes.csv:2: amount EUR: must be a decimal number with at most 2 decimals: write 5.00"),
        ("code,percent,product\nA,5,mgu", "codes.csv:2: product: mgu is no product of the catalogue: did you mean mug?"),
        ("code,percent,until\nA,5,31.12.2050", "codes.csv:2: until: '31.12.2050' is not a day or a time"),
        ("code,percent,most-uses\nA,5,many", "codes.csv:2: most-uses: must be a whole number such as 100, or empty"),
        ("code,percent,most-uses\nA,5,0", "codes.csv:2: most-uses: must be 1 to 1,000,000,000"),
        ("code,percent,once\nA,5,perhaps", "codes.csv:2: once: must be yes or no"),
        ('code,percent,product\nA,5,"mug\n;tshirt"\nB,0', "codes.csv:4: percent: must be above 0"),
        ('code,percent\n"A,5\n', "codes.csv:2: cannot be read as CSV (unexpected end of data): check the quotation marks"),
    ],
)
def test_a_mistake_has_its_line_and_nothing_is_saved(imported: Cli, rows: Rows, content: str, told: str) -> None:
    status, out, err = imported(content)
    assert (status, out, any(line.startswith(told) for line in err.splitlines())) == (2, "", True), err
    assert "nothing was saved" in err.splitlines()[-1]
    assert (rows(NAMES), rows("SELECT id FROM operator_log")) == ([], [])


def test_one_wrong_line_saves_none_of_the_others(imported: Cli, rows: Rows) -> None:
    status, _, err = imported("code,percent\nA,10\nB,0\nC,10\nD,x\n")
    assert (status, rows(NAMES)) == (2, [])
    assert [line.partition(": ")[0] for line in err.splitlines()] == ["codes.csv:3", "codes.csv:5", "2 mistakes"]


def test_codes_that_exist_are_replaced_only_if_asked(imported: Cli, rows: Rows) -> None:
    imported("code,percent\nB,10\n")
    status, _, err = imported("code,percent\nA,20\nB,20\n")
    assert (status, rows(NAMES)) == (2, [("B",)])
    assert err.startswith("codes.csv:3: code: B exists already: remove the line, or add --replace to write it anew\n")
    assert imported("code,percent\nA,20\nB,20\n", "--replace") == (0, "2 codes saved, 1 of which was there before\n", "")
    assert imported("code,percent\nA,20\nB,20\n", "--replace")[1] == "2 codes saved, 2 of which were there before\n"
    assert rows("SELECT code, revision FROM codes ORDER BY code") == [("A", 2), ("B", 3)]


def test_a_dry_run_finds_every_mistake_and_saves_nothing(imported: Cli, rows: Rows) -> None:
    assert imported(WHOLE, "--dry-run") == (0, "3 codes without a mistake, and nothing was saved\n", "")
    assert rows(NAMES) == []
    imported("code,percent\nA2,10\n")
    assert (imported(WHOLE, "--dry-run")[0], imported(WHOLE, "--dry-run", "--replace")[0]) == (2, 0)
    assert rows(NAMES) == [("A2",)]


def test_scripts_get_json(imported: Cli) -> None:
    saved = json.loads(imported("code,percent\nA,10\n", "--json")[1])
    wrong = imported("code,percent\nB,0\nC,10,5\n", "--json")
    assert saved == {"codes": 1, "changed": 0, "saved": True}
    assert [json.loads(line) for line in wrong[1].splitlines()] == [
        {"line": 2, "column": "percent", "reason": "must be above 0: write what is taken off, such as 10"},
        {
            "line": 3,
            "column": None,
            "reason": "has 3 cells, and the first line names 2 columns: put a cell with a comma in quotation marks",
        },
    ]
    assert wrong[0] == 2


def test_many_mistakes_do_not_fill_the_screen(imported: Cli) -> None:
    err = imported("code,percent\n" + "".join(f"C{number},0\n" for number in range(150)))[2]
    assert (len(err.splitlines()), err.splitlines()[-1]) == (101, "150 mistakes (50 not shown): nothing was saved")


def test_too_many_codes_are_not_begun_with(imported: Cli, rows: Rows) -> None:
    content = "code,percent\n" + "".join(f"C{number},5\n" for number in range(MAX_CODES + 1))
    assert imported(content)[2].startswith(f"codes.csv:{MAX_CODES + 2}: a file has at most 10,000 codes: divide it\n")
    assert rows(NAMES) == []


def test_a_thousand_codes_are_saved_at_once(imported: Cli, rows: Rows) -> None:
    content = "code,percent\n" + "".join(f"C{number},5\n" for number in range(1000))
    assert imported(content)[1] == "1000 codes saved\n"
    assert rows("SELECT COUNT(*) FROM codes") == [(1000,)]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"code,percent\nA,10\nB\xe9,5\n", "codes.csv:3: is not UTF-8: save it as CSV UTF-8, or remove accents"),
        (b"x" * 101, "codes.csv is larger than 0 MiB: divide it"),
    ],
    ids=["latin 1", "large"],
)
def test_a_file_that_cannot_be_read_is_refused(
    imported: Cli, monkeypatch: pytest.MonkeyPatch, content: bytes, told: str
) -> None:
    monkeypatch.setattr(import_command, "MAX_BYTES", 100)
    status, _, err = imported(content)
    assert (status, err) == (2, f"lightning-cart: {told}\n")


def test_a_file_that_is_not_there_is_named(codes: Cli) -> None:
    assert codes("import", "codes.csv") == (2, "", "lightning-cart: codes.csv cannot be read: No such file or directory\n")
