"""The places of keys and values in TOML, for every way to write them."""

import tomllib
from collections.abc import Iterator

import pytest

from lightning_cart.domain.toml_positions import Path, Positions

FILE = '''\
# name = "a comment"
[products]
cap.name = "Cap" # x = 3
"tea.pot" = { name = 'Pot', prices = { USD = "1", EUR = "2" } }

[products.mug.metadata]
text = """
name = "not a key"\\""""
other = \'\'\'
[products.not]\'\'\'

[ products . mug ]
name = "Mug # [x]"
sites = [ # a comment with ]
    "a", "]",
    'b', """c""",
]
empty = []
day = 1979-05-27 07:32:00
'nested' = [[1, 2], [3, { deep = 4 }]]

[[products.mug.variants]]
id = "l"
[[products.mug.variants]]
id = "m" # the second
options.size = "M"
[products.mug.variants.options.more]
colour = "red"
[[products.mug.variants.options.more.lists]]
z = 1
[products.mug.inputs.back]
label = "Back"
'''


def paths(value: object, above: Path = ()) -> Iterator[tuple[Path, object]]:
    """Yield every path of a document with its value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*above, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from paths(inner, (*above, index))
    else:
        yield above, value


@pytest.mark.parametrize(("path", "value"), list(paths(tomllib.loads(FILE))), ids=str)
def test_the_place_of_a_value_starts_with_the_value(path: Path, value: object) -> None:
    offset = Positions(FILE).find(path, value=True)
    assert offset is not None
    rest = FILE[offset:]
    ends = [end for end in range(1, len(rest) + 1) if tomllib_value(rest[:end]) == value]
    assert ends != []


def tomllib_value(text: str) -> object:
    try:
        return tomllib.loads(f"x = {text}")["x"]
    except tomllib.TOMLDecodeError:
        return None


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("products",), "[products]"),
        (("products", "cap"), 'cap.name = "Cap"'),
        (("products", "cap", "name"), 'cap.name = "Cap"'),
        (("products", "tea.pot", "prices", "EUR"), '"tea.pot" = {'),
        (("products", "mug"), "[ products . mug ]"),
        (("products", "mug", "metadata"), "[products.mug.metadata]"),
        (("products", "mug", "missing"), "[ products . mug ]"),
        (("products", "mug", "missing", "deeper"), "[ products . mug ]"),
        (("products", "mug", "nested"), "'nested' = "),
        (("products", "mug", "variants", 1), '[[products.mug.variants]]\nid = "m"'),
        (("products", "mug", "variants", 1, "price"), '[[products.mug.variants]]\nid = "m"'),
        (("products", "mug", "variants", 1, "options", "more"), "[products.mug.variants.options.more]"),
        (("products", "mug", "inputs", "back", "missing"), "[products.mug.inputs.back]"),
    ],
)
def test_a_key_has_its_own_line_or_that_of_the_table_that_lacks_it(path: Path, line: str) -> None:
    offset = Positions(FILE).find(path)
    assert offset is not None
    assert FILE[FILE.rfind("\n", 0, offset) + 1 :].startswith(line)


def test_what_the_file_has_nothing_of_has_no_place() -> None:
    assert Positions(FILE).find(("sites", "shop"), value=True) is None
    assert Positions("").find(("products",)) is None


def test_tables_of_a_list_are_passed() -> None:
    text = "[[products]]\nname = 1\n[sites]\nx = 2\n"
    assert Positions(text).find(("sites", "x")) == text.index("x = 2")


def test_a_file_that_ends_in_a_list_or_a_table_is_read_to_its_end() -> None:
    assert Positions("a = [1, 2").find(("a", 1), value=True) == 8
    assert Positions("a = { b = 1 ").last == (("a", "b"), 6)
