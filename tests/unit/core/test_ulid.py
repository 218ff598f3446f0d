"""ULIDs: length, alphabet and sort order."""

import re

from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.ulid import RANDOM_BITS, make_id

MOMENTS = st.integers(0, 2**48 - 1)
RANDOMNESS = st.integers(0, 2**RANDOM_BITS - 1)


@given(MOMENTS, RANDOMNESS)
def test_an_id_has_26_characters_that_nobody_mistakes_for_each_other(moment: int, randomness: int) -> None:
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{26}", make_id(moment, randomness))


@given(MOMENTS, RANDOMNESS, MOMENTS, RANDOMNESS)
def test_ids_sort_by_time_and_then_by_randomness(first: int, one: int, second: int, other: int) -> None:
    assert (make_id(first, one) < make_id(second, other)) == ((first, one) < (second, other))


def test_an_id_is_as_the_ulid_specification_writes_it() -> None:
    # https://github.com/ulid/spec: the largest id there is.
    assert make_id(2**48 - 1, 2**RANDOM_BITS - 1) == "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"
