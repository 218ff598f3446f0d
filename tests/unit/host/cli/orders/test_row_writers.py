"""CSV that spreadsheets and programs read back exactly, and in which nothing that a buyer typed is a formula."""

import csv
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart_host.cli.orders.row_writers import csv_lines, guard_formulas, json_lines, to_cell

SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
AWKWARD = [
    "",
    "plain",
    "a,b",
    'say "hi"',
    "two\r\nlines",
    "one\nline",
    "tab\there",
    "Größe ✓ 日本",
    ";",
    "'",
    '"',
    " x ",
    "\u2028",
]


def unguard(text: str) -> str:
    """Return what a text was before its apostrophes."""
    text = re.sub(f"([;\t\r\n])'(['\" ]*[{SIGNS}])", r"\1\2", text)
    return re.sub(f"^'('*[\t\r\n{SIGNS}])", r"\1", text)


def read_back(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.parametrize("text", AWKWARD)
def test_an_awkward_text_is_read_back_as_it_was(text: str) -> None:
    assert read_back(csv_lines([{"a": text, "b": "end"}], ["a", "b"])) == [[text, "end"]]


@given(
    st.lists(
        st.tuples(st.text(st.characters(codec="utf-8", exclude_characters="\0")), st.text("=+-@'\t\r\n\" ,;x", max_size=6)),
        min_size=1,
    )
)
def test_any_rows_are_read_back_as_they_were(rows: list[tuple[str, str]]) -> None:
    cells = read_back(csv_lines([{"a": a, "b": b} for a, b in rows], ["a", "b"]))
    assert [tuple(map(unguard, row)) for row in cells] == rows


@given(st.text("=+-@'\"\t\r\n;x \uff1d", max_size=6))
def test_no_cell_begins_as_a_formula_does_whatever_the_separator(text: str) -> None:
    cell = to_cell(text)
    parts = re.split("[;\t\r\n]", cell)
    assert not cell.startswith(("\t", "\r", "\n"))
    assert [part for part in (parts[0], *(part.lstrip('" ') for part in parts[1:])) if re.match(f"[{SIGNS}]", part)] == []


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+49 170 1", "'+49 170 1"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\r1", "'\r1"),
        ("'=1", "''=1"),
        ("a=1", "a=1"),
        ("'quoted'", "'quoted'"),
        ("red; =1+1", "red;' =1+1"),
        ('red;"=1', "red;'\"=1"),
        ("two\n-1", "two\n'-1"),
        ("a; b\r\nc", "a; b\r\nc"),
    ],
)
def test_a_text_that_a_spreadsheet_would_run_has_an_apostrophe_before_it(text: str, cell: str) -> None:
    assert guard_formulas(text) == cell


@pytest.mark.parametrize(
    ("value", "cell"),
    [(None, ""), (True, "true"), (False, "false"), (-5, "-5"), ({"a": "ü"}, '{"a": "ü"}'), ({}, "{}")],
)
def test_a_value_that_is_no_text_has_its_own_form(value: object, cell: str) -> None:
    assert to_cell(value) == cell


def test_lines_end_as_rfc_4180_says_and_have_the_columns_in_their_order() -> None:
    assert csv_lines([{"b": "x\ny", "secret": 2, "a": "1"}], ["a", "b"]) == '1,"x\ny"\r\n'


def test_json_is_one_object_a_line_with_the_columns_in_their_order() -> None:
    lines = json_lines([{"a": "=ü\n", "b": {"k": None}, "c": 1}, {"a": 2, "b": True}], ["b", "a"]).splitlines()
    assert [list(json.loads(line).items()) for line in lines] == [[("b", {"k": None}), ("a", "=ü\n")], [("b", True), ("a", 2)]]


def test_without_rows_there_are_no_lines() -> None:
    assert (csv_lines([], ["a"]), json_lines([], ["a"])) == ("", "")
