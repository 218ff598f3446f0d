"""Rows are a table if the terminal is wide enough, else one below the other, and nothing is cut or broken."""

import io
from collections.abc import Sequence

import pytest
from rich.console import Console

from lightning_cart_host.cli.records import hanging, print_records
from lightning_cart_host.output import printable

COLUMNS = ("At", "Id", "State", "Note")
ROWS = [
    ("2026-11-01 10:00:00", "pi_0123456789012345678901", "paid", "all of it came"),
    ("2026-11-01 10:00:05", "pi_1", "failed", ""),
]


def printed(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], width: int, numbers: tuple[int, ...] = ()) -> list[str]:
    out = io.StringIO()
    print_records(Console(file=out, width=width, highlight=False), "Payments", columns, rows, numbers)
    return out.getvalue().splitlines()


def test_what_fits_is_a_table() -> None:
    assert printed(COLUMNS, ROWS, 80) == [
        "",
        "Payments",
        "  At                   Id                         State   Note",
        "  2026-11-01 10:00:00  pi_0123456789012345678901  paid    all of it came",
        "  2026-11-01 10:00:05  pi_1                       failed",
    ]


def test_what_does_not_fit_is_one_below_the_other() -> None:
    assert printed(COLUMNS, ROWS, 60) == [
        "",
        "Payments",
        "  2026-11-01 10:00:00  pi_0123456789012345678901",
        "    State  paid",
        "    Note   all of it came",
        "  2026-11-01 10:00:05  pi_1",
        "    State  failed",
    ]


def test_a_column_that_nothing_is_in_is_left_out() -> None:
    assert printed(COLUMNS, [("now", "pi_1", "paid", "")], 80)[2] == "  At   Id    State"


def test_without_rows_there_is_no_title() -> None:
    assert printed(COLUMNS, [], 80) == []


def test_characters_that_take_two_columns_count_two() -> None:
    assert printed(("At", "Id", "Note"), [("今日", "1", "x"), ("now", "2", "y")], 80)[2:] == [
        "  At    Id  Note",
        "  今日  1   x",
        "  now   2   y",
    ]


def test_numbers_are_on_the_right() -> None:
    rows = [("mug", "5", "$10.00"), ("shirt", "12", "$1.00")]
    assert printed(("Product", "Sold", "Amount"), rows, 80, (1, 2))[2:] == [
        "  Product  Sold  Amount",
        "  mug         5  $10.00",
        "  shirt      12   $1.00",
    ]


def test_a_number_below_the_other_has_its_name() -> None:
    assert printed(("Product", "Sold"), [("a-very-long-product-id", "5")], 20, (1,))[2:] == [
        "  a-very-long-product-id",
        "    Sold     5",
    ]


def test_a_long_text_continues_below_its_beginning() -> None:
    assert hanging("  note  ", "one two three four", 20) == "  note  one two three four"
    assert hanging("  note  ", "one two three four five", 28) == "  note  one two three four\n        five"


def test_a_text_of_wide_characters_is_wrapped_by_its_width() -> None:
    assert hanging("  ", "今日は 今日は 今日は 今日は", 22) == "  今日は 今日は 今日は\n  今日は"


def test_a_word_is_never_broken() -> None:
    assert hanging("  id  ", "x" * 40, 20) == f"  id  {'x' * 40}"


def test_a_line_break_stays_one() -> None:
    assert hanging("  note  ", "one\n\ntwo", 60) == "  note  one\n\n        two"


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\x1b[31mb", r"a\x1b[31mb"), ("a\u202eb", r"a\u202eb"), ("a\nb", "a\nb"), ("größe\u00a0✓", "größe\u00a0✓")],
)
def test_what_would_move_the_cursor_is_shown_as_its_escape(text: str, shown: str) -> None:
    assert printable(text) == shown
