"""CSV that spreadsheets and programs read back exactly, and in which nothing that a buyer typed is a formula."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart_host.cli.row_writers import CsvWriter, JsonLinesWriter, guard_formula, to_cell

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
    " space ",
    "\u2028",
]


def unguard(text: str) -> str:
    """Return what a cell was before its apostrophe."""
    return text[1:] if text.startswith("'") and guard_formula(text[1:]) == text else text


def written(rows: list[dict[str, Any]], columns: list[str], **options: Any) -> bytes:
    out = io.BytesIO()
    CsvWriter(out, columns, **options).write(rows)
    return out.getvalue()


def read_back(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8"), newline=""), strict=True))


@pytest.mark.parametrize("text", AWKWARD)
def test_an_awkward_text_is_read_back_as_it_was(text: str) -> None:
    assert read_back(written([{"a": text, "b": "end"}], ["a", "b"])) == [["a", "b"], [text, "end"]]


@given(
    st.lists(st.tuples(st.text(st.characters(codec="utf-8", exclude_characters="\0")), st.text("=+-@'\t\r\n\",;x", max_size=4)))
)
def test_any_rows_are_read_back_as_they_were(rows: list[tuple[str, str]]) -> None:
    _, *cells = read_back(written([{"a": a, "b": b} for a, b in rows], ["a", "b"]))
    assert [tuple(map(unguard, row)) for row in cells] == rows


@given(st.text("=+-@'\t\r\nx \uff1d", max_size=4))
def test_no_cell_begins_as_a_formula_does(text: str) -> None:
    assert not to_cell(text).startswith(tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"))


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+49 170 1", "'+49 170 1"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("'=1", "''=1"),
        ("a=1", "a=1"),
        ("'quoted'", "'quoted'"),
    ],
)
def test_a_text_that_a_spreadsheet_would_run_has_an_apostrophe_before_it(text: str, cell: str) -> None:
    assert guard_formula(text) == cell


@pytest.mark.parametrize(
    ("value", "cell"),
    [(None, ""), (True, "true"), (False, "false"), (-5, "-5"), ({"a": "ü"}, '{"a": "ü"}'), ({}, "{}")],
)
def test_a_value_that_is_no_text_has_its_own_form(value: object, cell: str) -> None:
    assert to_cell(value) == cell


def test_lines_end_as_rfc_4180_says() -> None:
    assert written([{"a": "1", "b": "x\ny"}], ["a", "b"]) == b'a,b\r\n1,"x\ny"\r\n'


def test_the_names_of_the_columns_come_once() -> None:
    out = io.BytesIO()
    writer = CsvWriter(out, ["a"])
    writer.write([])
    writer.write([{"a": 1}, {"a": 2}])
    writer.write([{"a": 3}])
    assert out.getvalue() == b"a\r\n1\r\n2\r\n3\r\n"


def test_a_byte_order_mark_is_written_only_if_it_is_wanted() -> None:
    marked = written([], ["a"], byte_order_mark=True)
    assert (marked, written([], ["a"])) == (b"\xef\xbb\xbfa\r\n", b"a\r\n")


def test_what_is_no_column_is_left_out() -> None:
    assert written([{"a": 1, "secret": 2}], ["a"]) == b"a\r\n1\r\n"


def test_json_is_one_object_a_line_with_the_columns_in_their_order() -> None:
    out = io.BytesIO()
    writer = JsonLinesWriter(out, ["b", "a"])
    writer.write([])
    writer.write([{"a": "=ü\n", "b": {"k": None}, "c": 1}, {"a": 2, "b": True}])
    lines = out.getvalue().decode().splitlines()
    assert [list(json.loads(line).items()) for line in lines] == [[("b", {"k": None}), ("a", "=ü\n")], [("b", True), ("a", 2)]]


def test_half_of_a_surrogate_pair_ends_nothing() -> None:
    out = io.BytesIO()
    JsonLinesWriter(out, ["a"]).write([{"a": "\ud83d!"}])
    assert json.loads(out.getvalue()) == {"a": "\ud83d!"}
    assert written([{"a": "\ud83d!"}], ["a"]) == b"a\r\n\\ud83d!\r\n"
