"""The text of a catalogue file: encodings, line ends, TOML, and the places of mistakes."""

import re

import pytest

from lightning_cart.domain.catalog_mistakes import CatalogError, CatalogMistake
from lightning_cart.domain.catalog_source import CatalogFile

TEXT = '[products.mug]\nname = "Mug"\n\tprices = { USD = "10.00" }\n'


def refusal(data: bytes) -> CatalogMistake:
    with pytest.raises(CatalogError) as caught:
        CatalogFile.decode("products.toml", data)
    (mistake,) = caught.value.mistakes
    return mistake


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r\n").encode("utf-8-sig"),
    ],
    ids=["plain", "byte order mark", "Windows line ends", "both"],
)
def test_what_editors_write_is_read(data: bytes) -> None:
    file = CatalogFile.decode("products.toml", data)
    assert file.parse() == {"products": {"mug": {"name": "Mug", "prices": {"USD": "10.00"}}}}
    mistake = file.mistake(("products", "mug", "prices", "USD"), "is wrong")
    assert (mistake.line, mistake.column, mistake.source) == (3, 19, '\tprices = { USD = "10.00" }')


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_file_in_utf_16_says_how_to_save_it(encoding: str) -> None:
    assert str(refusal(TEXT.encode(encoding))) == (
        "products.toml: is UTF-16 or not a text file: save the file as UTF-8 (in Notepad: Save as, Encoding: UTF-8)"
    )


def test_a_file_in_latin_1_names_the_character_and_its_place() -> None:
    mistake = refusal(b'[products.cafe]\r\nname = "Caf\xe9"\r\n')
    assert (mistake.line, mistake.column, mistake.source) == (2, 12, 'name = "Café"')
    assert mistake.reason.startswith("has the byte 0xE9 ('é' in Latin-1), which is not UTF-8: save the file as UTF-8")


def test_a_file_that_is_not_toml_has_the_place_of_what_is_not() -> None:
    with pytest.raises(CatalogError) as caught:
        CatalogFile("products.toml", '[products.mug]\nname "Mug"\n').parse()
    (mistake,) = caught.value.mistakes
    assert str(mistake) == 'products.toml:2: is not TOML: the = is missing: write name = "Mug"'
    assert mistake.column == 6


def test_a_mistake_is_at_the_value_or_at_the_key() -> None:
    file = CatalogFile("products.toml", TEXT)
    path = ("products", "mug", "name")
    assert file.mistake(path, "is wrong").column == 8
    assert file.mistake(path, "is wrong", key=True).column == 1


def test_a_path_is_a_table_and_a_key() -> None:
    mistake = CatalogFile("sites.toml", "").mistake(("sites", "shop", "origins", 1), "is wrong", level="warning")
    assert (mistake.table, mistake.key, mistake.line, mistake.level) == ("sites.shop", "origins[1]", None, "warning")


def test_the_last_line_has_a_place_with_and_without_a_line_end() -> None:
    for end in ("", "\n"):
        file = CatalogFile("products.toml", f"[products.mug]\nname = 1{end}")
        mistake = file.mistake(("products", "mug", "name"), "is wrong")
        assert (mistake.line, mistake.column, mistake.source) == (2, 8, "name = 1")


def test_twenty_thousand_mistakes_find_their_lines_by_one_reading_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(f"[products.p{number}]\nname = 1\n" for number in range(20_000))
    file = CatalogFile("products.toml", text)
    found: list[str] = []
    finditer = re.finditer

    def count(pattern: str, text: str) -> object:
        found.append(pattern)
        return finditer(pattern, text)

    monkeypatch.setattr(re, "finditer", count)
    lines = [file.mistake(("products", f"p{number}", "name"), "is wrong").line for number in range(20_000)]
    assert lines == list(range(2, 40_001, 2))
    assert found == ["\n"]
