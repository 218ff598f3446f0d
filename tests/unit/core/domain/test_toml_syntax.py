"""What to write instead of a mistake in TOML."""

import tomllib

import pytest

from lightning_cart.domain.toml_syntax import explain

STRAIGHT = 'has a typographic quotation mark: write straight ones, "'
PRICE = 'a price is in quotation marks and has a decimal point: write it as "10.00"'
NO_SPACES = "an id or key has letters from A to Z, digits, _ or -: put any other into quotation marks, or leave it out"
CLOSING = 'a closing quotation mark is missing: write it at the end of the text, as in "Mug"'
NEXT_LINE = "a line has one key and one value: write what follows into the next line"


def explained(text: str) -> tuple[str, str]:
    """Return what is said about a file, and the text at the place."""
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    reason, offset = explain(text, str(caught.value))
    return reason, text[offset : offset + 1]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name = \u201cMug\u201d", STRAIGHT),
        ("name = \u2018Mug\u2019", STRAIGHT),
        ('name = "Mug\u201d', STRAIGHT),
        ("sites = [\u201eshop\u201c]", STRAIGHT),
        ("USD = 10,00", PRICE),
        ("prices = { USD = 10,00 }", PRICE),
        ("prices = { USD = $10.00 }", PRICE),
        ("USD = .50", PRICE),
        ("USD = 010", PRICE),
        ('name "Mug"', 'the = is missing: write name = "Mug"'),
        ('name: "Mug"', "has : after the key: write = instead"),
        ('prices = { USD: "1" }', "has : after the key: write = instead"),
        ("max quantity = 3", "has a space in a key: write max_quantity"),
        ("name =", "the value after = is missing"),
        ("name = # later", "the value after = is missing"),
        ("name = Tea pot # x", 'a text is in quotation marks: write "Tea pot"'),
        ("sites = [shop]", 'a text is in quotation marks: write "shop"'),
        ("pieces = 3.", 'a text is in quotation marks, as in "10.00" or "3 pieces"'),
        ("active = True", "write true or false, in lower case"),
        ("active = NO", "write true or false, in lower case"),
        ('name = "Mug', CLOSING),
        ('name = "Mug\nactive = true', CLOSING),
        ('text = """Mug', CLOSING),
        ('text = """Mug \n', CLOSING),
        ("name\u00a0= 1", "has the invisible character U+00A0: write a space instead, or leave it out"),
        ("\ufeffname = 1", "has the invisible character U+FEFF: write a space instead, or leave it out"),
        ("name = 'it's'", 'the text has a quotation mark: put it into double ones, as in "it\'s"'),
        ('name = "Mug";', "remove the ; at the end of the line"),
        ('name = "Mug",', "remove the , at the end of the line"),
        ('name = "Mug" "Pot"', NEXT_LINE),
        ('name = "Mug", active = true', NEXT_LINE),
        ("[products.tea pot]", NO_SPACES),
        ("[products.gro\u00df]", NO_SPACES),
        ("gr\u00f6\u00dfe = 1", NO_SPACES),
        ('\u20ac = "1"', NO_SPACES),
        ('prices = { $ = "1" }', NO_SPACES),
        ('prices = {\n  USD = "1"\n}', 'a table in braces is on one line, as in prices = { USD = "10.00" }'),
        ('prices = { USD = "1", }', "remove the comma before the closing brace"),
        ('prices = { USD = "1" EUR = "2" }', "a comma or the closing bracket is missing"),
        ('sites = ["a" "b"]', "a comma or the closing bracket is missing"),
        ("// a comment", "a comment starts with #"),
        ("; a comment", "a comment starts with #"),
        ("<<<<<<< HEAD", "is the mark of a merge conflict: keep one version"),
        ("a = { b = 1 }\na.c = 2", "cannot mutate immutable namespace ('a',)"),
        ("name", "expected '=' after a key in a key/value pair"),
        ("[products.mug", "expected ']' at the end of a table declaration"),
        ("???", "invalid statement"),
    ],
)
def test_a_mistake_in_toml_says_what_to_write(text: str, reason: str) -> None:
    assert explained(text)[0] == reason


@pytest.mark.parametrize(
    ("text", "reason", "place"),
    [
        (
            "[products.mug]\nname = 1\n\n[products.mug]\nname = 2\n",
            "[products.mug] is in line 1 already: choose another id, or join the two tables",
            "m",
        ),
        ("name = 1\nactive = true\nname = 2", "name is in line 1 already: keep one of them", "n"),
        ("a.b = 1\na = 2", "a is in line 1 already: keep one of them", "a"),
        ("p = { USD = 1, USD = 2 }", "USD is in line 1 already: keep one of them", "U"),
        ("a = 1\n[a]", "[a] is in line 1 already: choose another id, or join the two tables", "a"),
        (
            "[p.a.variants]\nid = 1\n[[p.a.variants]]\nid = 2\n",
            "[p.a.variants] is in line 1 already: write each of several as [[p.a.variants]]",
            "v",
        ),
        (
            "[p.a.variants]\nid = 1\n[p.a.variants]\nid = 2\n",
            "[p.a.variants] is in line 1 already: write each of several as [[p.a.variants]]",
            "v",
        ),
        ("x = 1\nx = [\n1,\n2]", "x is in line 1 already: keep one of them", "x"),
    ],
)
def test_what_is_twice_names_the_line_of_the_first(text: str, reason: str, place: str) -> None:
    assert explained(text) == (reason, place)


def test_the_place_is_that_of_the_character_which_was_not_expected() -> None:
    assert explained('a = 1\n\nname "Mug"\nb = 2\n')[1] == '"'


def test_a_message_without_a_place_is_one_about_the_end() -> None:
    assert explain("a = 1\n", "Something new") == ("something new", 5)
