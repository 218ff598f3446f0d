"""Bars grow with their values, and every terminal can show them."""

import pytest

from lightning_cart_host.cli.bar_chart import bar, has_blocks


@pytest.mark.parametrize(
    ("value", "blocks", "ascii_"),
    [
        (0, "", ""),
        (1, "▏", "#"),
        (50, "█" * 5, "#" * 5),
        (57, "█████▋", "#" * 6),
        (99, "█" * 9 + "▉", "#" * 10),
        (100, "█" * 10, "#" * 10),
    ],
)
def test_a_bar_is_as_long_as_its_value(value: int, blocks: str, ascii_: str) -> None:
    assert (bar(value, 100, 10), bar(value, 100, 10, blocks=False)) == (blocks, ascii_)


@pytest.mark.parametrize(("largest", "width"), [(0, 10), (5, 0)])
def test_without_a_largest_value_or_without_room_there_is_none(largest: int, width: int) -> None:
    assert bar(5, largest, width) == ""


def test_a_large_amount_keeps_to_its_width() -> None:
    assert len(bar(2**53, 2**53, 60)) == 60


@pytest.mark.parametrize(
    ("encoding", "has"), [("utf-8", True), ("cp1252", False), ("ascii", False), ("cp437", False), ("no-encoding", False)]
)
def test_an_encoding_has_the_blocks_or_not(encoding: str, *, has: bool) -> None:
    assert has_blocks(encoding) is has
