"""Metadata: what is kept as it is, what becomes text, and where the limits are."""

import pytest

from lightning_cart.domain.metadata import MAX_BYTES, read_metadata
from lightning_cart.errors import InvalidField


def refused(value: object) -> InvalidField:
    with pytest.raises(InvalidField) as caught:
        read_metadata(value, "metadata")
    return caught.value


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("For Ada,\r\nwith love", "For Ada,\nwith love"),
        ("\u202acopied\u202c", "copied"),
        (" as it is ", " as it is "),
        ("\U0001f469\u200d\U0001f680", "\U0001f469\u200d\U0001f680"),
        (7, "7"),
        (True, "true"),
        (False, "false"),
        ("x" * 500, "x" * 500),
    ],
)
def test_a_value_is_kept_as_text(given: object, kept: str) -> None:
    assert read_metadata({"note": given}, "metadata") == {"note": kept}


@pytest.mark.parametrize("blank", [None, "", " \r\n", "\u200b"])
def test_a_key_without_a_value_is_left_out(blank: object) -> None:
    assert read_metadata({"note": blank, "table": "7"}, "metadata") == {"table": "7"}


@pytest.mark.parametrize("nothing", [None, "", {}])
def test_no_metadata_is_empty(nothing: object) -> None:
    assert read_metadata(nothing, "metadata") == {}


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_a_character_that_no_page_can_show_is_refused(text: str) -> None:
    error = refused({"gift-note": text})
    assert (error.field, error.for_buyer) == (
        "metadata.gift-note",
        "Gift note: please type it again without special characters.",
    )


def test_a_value_that_is_too_long_says_how_long_it_is() -> None:
    assert refused({"note": "x" * 501}).reason == "must be a string of 1 to 500 characters, and has 501"


def test_all_keys_and_values_together_have_a_limit_in_bytes() -> None:
    full = {f"k{number}": "\u8336" * 500 for number in range(8)} | {"last": "x" * (MAX_BYTES - 8 * 1502 - 4)}
    assert read_metadata(full, "metadata") == full
    error = refused(full | {"more": "x"})
    assert (error.field, f"has {MAX_BYTES + 5}" in error.reason) == ("metadata", True)
