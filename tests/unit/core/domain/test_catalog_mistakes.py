"""A mistake in a catalogue file, as a sentence, as an object, and with its line of the file."""

import pytest

from lightning_cart.domain.catalog_mistakes import CatalogError, CatalogMistake

PLACED = CatalogMistake("a.toml", "products.x", "name", "is missing", 12, 3, source="\tname = 1")


def test_a_mistake_names_its_file_line_and_key() -> None:
    assert str(PLACED) == "a.toml:12: products.x.name: is missing"
    assert str(PLACED._replace(line=None)) == "a.toml: products.x.name: is missing"
    assert str(PLACED._replace(table="", key="")) == "a.toml:12: is missing"


def test_an_object_has_all_but_the_line_itself() -> None:
    assert PLACED.view() == {
        "file": "a.toml",
        "table": "products.x",
        "key": "name",
        "reason": "is missing",
        "line": 12,
        "column": 3,
        "level": "mistake",
    }


def test_the_line_is_shown_with_a_caret_below_the_place() -> None:
    assert PLACED.excerpt() == "12 |  name = 1\n   |   ^"


def test_a_mistake_without_a_place_has_no_line_to_show() -> None:
    assert PLACED._replace(line=None, column=None).excerpt() == ""
    assert PLACED._replace(column=None).excerpt() == ""


@pytest.mark.parametrize(
    ("column", "shown"),
    [
        (1, "1 | abcdefghijklm...\n  | ^"),
        (13, "1 | ...hijklmnopq...\n  |         ^"),
        (26, "1 | ...uvwxyz\n  |         ^"),
        (27, "1 | ...vwxyz\n  |         ^"),
    ],
)
def test_a_long_line_is_cut_around_the_place(column: int, shown: str) -> None:
    mistake = PLACED._replace(line=1, column=column, source="abcdefghijklmnopqrstuvwxyz")
    assert mistake.excerpt(20) == shown
    assert max(map(len, shown.splitlines())) <= 20


def test_wide_characters_move_the_caret() -> None:
    mistake = PLACED._replace(line=1, column=4, source="日本語x")
    assert mistake.excerpt(80, lambda text: 2 * len(text)) == "1 | 日本語x\n  |       ^"


def test_nothing_of_a_file_acts_on_the_terminal() -> None:
    mistake = PLACED._replace(key="a\x1b[31m", source='name = "Mug\u202egpj"', column=8)
    assert str(mistake) == "a.toml:12: products.x.a?[31m: is missing"
    assert mistake.excerpt() == '12 | name = "Mug?gpj"\n   |        ^'


def test_an_error_lists_its_mistakes_and_keeps_its_warnings() -> None:
    warning = PLACED._replace(level="warning")
    error = CatalogError([PLACED, CatalogMistake("b.toml", "", "", "is not TOML")], [warning])
    assert str(error) == "a.toml:12: products.x.name: is missing\nb.toml: is not TOML"
    assert error.warnings == (warning,)
