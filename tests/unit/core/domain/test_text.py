"""Texts that people read: what is refused, by which character and where, and what honest writing needs."""

import pytest

from lightning_cart.domain.text import clean_note, note_fault, text_fault


@pytest.mark.parametrize(
    "text",
    [
        "Mug",
        "Straße, naïve, Ελλάδα, Київ, 日本語",
        "می‌خواهم",  # Persian needs the zero width non-joiner
        "क्‍ष",  # Hindi needs the zero width joiner
        "Family 👨‍👩‍👧 and flag 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f ❤️",
        "שלום\u200f (Mug)\u200e",  # marks without a scope
        "Soft\u00adhyphen",
    ],
)
def test_honest_writing_is_plain_text_and_a_note(text: str) -> None:
    assert text_fault(text, 100) == note_fault(text) == ""
    assert clean_note(text) == text


@pytest.mark.parametrize(
    "character",
    "\u200b\u200c\u200d\u2060\ufeff\u00ad\u115f\u1160\u3164\uffa0\ufe0f\u2800\u034f\u061c\U000e0041\U000e0100",
)
def test_a_text_of_invisible_characters_is_refused_by_their_name(character: str) -> None:
    reason = f"has only invisible characters (U+{ord(character):04X}): write a text that can be read"
    assert text_fault(f" {character} {character}", 10) == reason


@pytest.mark.parametrize("text", [" ", "\u3000\u00a0"])
def test_a_blank_text_is_refused(text: str) -> None:
    assert text_fault(text, 10) == "is blank: write a text that can be read"


@pytest.mark.parametrize("character", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_a_character_that_reorders_a_name_is_named_with_its_place(character: str) -> None:
    expected = f"has U+{ord(character):04X} at character 4, which reorders the text around it: remove it"
    assert text_fault(f"Mug{character}gpj", 10) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb", "has U+000A at character 2, which breaks the line: remove it"),
        ("a\u2028b", "has U+2028 at character 2, which breaks the line: remove it"),
        ("\x00", "has U+0000 at character 1, which is a control character: remove it"),
        ("ab\tc", "has U+0009 at character 3, which is a control character: remove it"),
        ("\ud800", "has U+D800 at character 1, which is a control character: remove it"),
        ("", "must be a string of 1 to 5 characters"),
        ("sixsix", "must be a string of 1 to 5 characters"),
        (5, "must be a string of 1 to 5 characters"),
    ],
)
def test_a_text_of_one_line_has_no_control_characters_and_a_length(text: object, expected: str) -> None:
    assert text_fault(text, 5) == expected


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Happy birthday!\nAda", "Happy birthday!\nAda"),
        ("one\r\ntwo\rthree\n", "one\ntwo\nthree\n"),
        ("a\tb", "a\tb"),
        ("one\u2028two", "one\u2028two"),
        ("\u202a+1 555 0100\u202c", "+1 555 0100"),
        ("\u202a+1 555 0100", "+1 555 0100"),
        ("\u2067a \u202ab\u202c\u2069\u200f", "a b\u200f"),
    ],
)
def test_a_note_keeps_its_lines_and_loses_what_reorders_text(typed: str, kept: str) -> None:
    assert (clean_note(typed), note_fault(kept)) == (kept, "")


@pytest.mark.parametrize(
    ("text", "character"),
    [("a\x1bb", "U+001B at character 2"), ("a\n\udfff", "U+DFFF at character 3"), ("a\u200d\x85", "U+0085 at character 3")],
)
def test_a_control_character_of_a_note_is_named_with_its_place(text: str, character: str) -> None:
    assert note_fault(text) == f"has {character}, which is a control character: remove it"
