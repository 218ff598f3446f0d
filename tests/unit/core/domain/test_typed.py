"""What people type and copy: blanks, and digits of other scripts."""

import pytest

from lightning_cart.domain.typed import is_left_out, match_label, match_name, read_whole, trim


@pytest.mark.parametrize(
    "text", [" mug", "mug\r\n", "\u00a0mug\u2003", "\ufeffmug\u200b", "\u200emug\u202c", "\uff4d\uff55\uff47", "mug"]
)
def test_blanks_and_invisible_ends_are_removed_and_full_width_letters_are_ascii(text: str) -> None:
    assert trim(text) == "mug"


def test_what_is_inside_of_a_text_remains() -> None:
    assert trim(" a\u200b b ") == "a\u200b b"


def test_a_long_text_of_blanks_is_trimmed_in_linear_time() -> None:
    assert trim(f"{' ' * 60_000}a{' ' * 60_000}") == "a"


@pytest.mark.parametrize(
    ("value", "left_out"), [(None, True), ("", True), (" \u200b", True), ("a", False), (0, False), ([], False)]
)
def test_only_nothing_and_blanks_are_left_out(value: object, left_out: bool) -> None:
    assert is_left_out(value) is left_out


@pytest.mark.parametrize(
    "value",
    ["", "x", "1.5", "1.000", "1,000", "1e1", "--1", "1 0", "\u00b2", "1" * 10, 1.5, float("inf"), True, None, [1]],
)
def test_what_is_no_whole_number_for_every_reader_is_none(value: object) -> None:
    assert read_whole(value) is None


@pytest.mark.parametrize(
    ("value", "number"), [(-1, -1), (0, 0), (10**30, 10**30), ("007", 7), ("3,00", 3), ("\u0968", 2), (3.0, 3)]
)
def test_a_whole_number_is_read_from_any_writing(value: object, number: int) -> None:
    assert read_whole(value) == number


@pytest.mark.parametrize(
    ("value", "name"), [("a", "a"), (" a\n", "a"), ("A", None), ("\u0430", None), ("", None), (1, None), (None, None)]
)
def test_a_name_has_to_be_written_exactly_but_for_blanks_around_it(value: object, name: str | None) -> None:
    assert match_name(value, ("a", "b")) == name


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("XL", "XL"),
        ("xl", "XL"),
        (" x L ", "XL"),
        ("lightblue", "Light blue"),
        ("LIGHT\u00a0BLUE", "Light blue"),
        ("\uff58\uff4c", "XL"),
        ("xL", "xL"),
        (42, "42"),
        ("", None),
        ("X", None),
        (True, None),
        (42.0, None),
        (None, None),
        (["XL"], None),
    ],
)
def test_a_label_is_matched_without_regard_to_capitals_and_blanks(value: object, label: str | None) -> None:
    assert match_label(value, ("XL", "xL", "Light blue", "42")) == label
