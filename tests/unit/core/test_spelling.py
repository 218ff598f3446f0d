"""The name that a misspelt one was probably meant to be."""

import pytest

from lightning_cart.spelling import closest, did_you_mean, edit_distance

KEYS = ["name", "prices", "max_quantity", "sites", "image"]


@pytest.mark.parametrize(
    ("word", "other", "distance"),
    [
        ("", "", 0),
        ("abc", "abc", 0),
        ("abc", "", 3),
        ("", "abc", 3),
        ("abc", "acb", 1),
        ("kitten", "sitting", 3),
        ("ca", "abc", 3),
    ],
)
def test_a_distance_counts_letters_and_swaps(word: str, other: str, distance: int) -> None:
    assert edit_distance(word, other) == distance


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("nmae", "name"),
        ("price", "prices"),
        ("maxquantity", "max_quantity"),
        ("max-quantity", "max_quantity"),
        ("Image", "image"),
        ("site", "sites"),
        ("max", "max_quantity"),
        ("colour", ""),
        ("x", ""),
        ("", ""),
    ],
)
def test_the_closest_key_is_found(word: str, meant: str) -> None:
    assert closest(word, KEYS) == meant


def test_of_names_that_are_equally_close_the_first_is_meant() -> None:
    assert closest("USX", ["USD", "USN"]) == "USD"


def test_no_name_is_close_if_there_is_none() -> None:
    assert closest("name", []) == ""


def test_a_question_or_another_sentence_ends_the_sentence() -> None:
    assert did_you_mean("nmae", KEYS) == "did you mean name?"
    assert did_you_mean("colour", KEYS, "use name") == "use name"
