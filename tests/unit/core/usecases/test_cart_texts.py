"""The buyer's note: what is kept of it, and what is refused. The texts of inputs are tested with the lines of carts."""

import pytest

from lightning_cart.errors import InvalidField
from lightning_cart.usecases.cart_texts import MAX_NOTE, read_note, read_vat_id


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, ""),
        (" \n ", ""),
        (" Ring twice.\r\nThanks! ", "Ring twice.\nThanks!"),
        ("\u202eRing", "Ring"),
        (7, "7"),
        ("\u8336" * MAX_NOTE, "\u8336" * MAX_NOTE),
    ],
)
def test_a_note_is_kept_with_its_line_breaks(given: object, kept: str) -> None:
    assert read_note(given) == kept


@pytest.mark.parametrize(
    ("given", "reason", "for_buyer"),
    [
        (
            "x" * 1001,
            "must be a string of at most 1000 characters, and has 1001",
            "Note: please shorten it to 1000 characters.",
        ),
        ("a\0", "has U+0000 at character 2, which is a control", "Note: please type it again without special characters."),
        ("\ud800", "has U+D800 at character 1, which is a control", "Note: please type it again without special characters."),
        (["x"], "must be a string of at most 1000 characters", ""),
        (True, "must be a string of at most 1000 characters", ""),
    ],
)
def test_a_note_that_cannot_be_kept_is_refused(given: object, reason: str, for_buyer: str) -> None:
    with pytest.raises(InvalidField) as caught:
        read_note(given)
    assert (caught.value.field, caught.value.for_buyer) == ("note", for_buyer)
    assert caught.value.reason.startswith(reason)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, ""),
        (" ", ""),
        ("ESB12345678", "ESB12345678"),
        (" es b-1234.5678 ", "ESB12345678"),
        ("NL 123456789 B01", "NL123456789B01"),
        ("\u200bCHE-123.456.788", "CHE123456788"),
        (12345678, "12345678"),
    ],
)
def test_a_vat_id_is_kept_in_capitals_without_what_separates(given: object, kept: str) -> None:
    assert read_vat_id(given) == kept


@pytest.mark.parametrize("given", ["ES1", "X" * 21, "ESB1234\u00c45678", "B12;DROP", 123, True, ["ESB12345678"]])
def test_what_cannot_be_a_vat_id_is_refused(given: object) -> None:
    with pytest.raises(InvalidField) as caught:
        read_vat_id(given)
    assert (caught.value.field, caught.value.for_buyer) == (
        "vat_id",
        "VAT id: please check it. It looks like ESB12345678.",
    )
    assert caught.value.reason == "must be a VAT id of 4 to 20 letters and digits, such as ESB12345678"
